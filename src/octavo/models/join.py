"""A vision-language model joined of a SigLIP encoder and a decoder that were trained apart.

Shapes: V rows of a vocabulary, D hidden size of the decoder, E of the encoder.
"""

from dataclasses import replace

import torch
from torch import Tensor, nn

from octavo.errors import OctavoError
from octavo.models.config import Idefics3Config, PerceiverConfig, TextConfig, VisionConfig
from octavo.models.config.composition import COMPOSED, cross_for
from octavo.models.idefics3 import Idefics3
from octavo.models.initial import init_weights, new_rows
from octavo.models.text import CausalLM
from octavo.models.vision import VisionModel, position_ids


def tile_for(vision: VisionConfig, scale_factor: int) -> int:
    """The tile's side in pixels that an encoder is best asked for: its own, or the next smaller that can be shuffled.

    SigLIP-SO400M of 384 pixels has 27² patches: 384 for scale 3 (SmolVLM), 364 for scale 2 (Idefics3).
    """
    side = vision.patches_per_side
    if side < scale_factor:
        raise OctavoError(f"the encoder has {side}² patches a tile, too few for a scale of {scale_factor}")
    return vision.image_size if side % scale_factor == 0 else side // scale_factor * scale_factor * vision.patch_size


def join(
    encoder: VisionModel,
    decoder: CausalLM,
    config: Idefics3Config,
    first_new: int,
    seed: int,
) -> Idefics3:
    """The model of `config` around the parameters of `encoder` and `decoder`, which it takes over, in eval mode.

    Rows from `first_new` on in the vocabulary are made new, and so is the connector, from `seed`. Where the tile's
    grid of patches is not the encoder's own, its table of positions becomes the one that Idefics3's mapping reads
    there (`position_ids`). Raises `OctavoError` where encoder or decoder are not those of `config`.
    """
    _check(encoder.config, decoder.config, config)
    generator = torch.Generator().manual_seed(seed)
    with torch.device("meta"):
        model = Idefics3(config)
    for vocabulary in (decoder.model.embed_tokens, decoder.lm_head):
        if vocabulary is not None:
            whole_VD = _extended(vocabulary.weight, first_new, config.text.vocab_size, generator)
            vocabulary.weight = nn.Parameter(whole_VD)
    _fit_positions(encoder, config.vision)
    model.model.vision_model, model.model.text_model, model.lm_head = encoder, decoder.model, decoder.lm_head
    dtype = decoder.model.norm.weight.dtype
    for name, part in model.model.named_children():
        if name in ("connector", "fusion"):
            init_weights(part.to_empty(device="cpu").to(dtype), generator)
    return model.requires_grad_(True).eval()


def joined_config(
    vision: VisionConfig,
    text: TextConfig,
    *,
    tokenizer_size: int,
    image_token_id: int,
    scale_factor: int,
    tile: int,
    connector: str = "linear",
    interval: int | None = None,
) -> Idefics3Config:
    """The configuration of a joined model: tiles of `tile` pixels, a row for each token.

    With an `interval`, a gated cross-attention layer before every `interval`-th layer of the decoder.
    """
    cross = None if interval is None else cross_for(text)
    perceiver = PerceiverConfig(hidden_size=text.hidden_size, rms_norm_eps=text.rms_norm_eps)
    return Idefics3Config(
        model_type="idefics3" if connector == "linear" and cross is None else COMPOSED,
        connector=connector,
        perceiver=perceiver if connector == "perceiver" else None,
        cross=cross,
        cross_layer_interval=interval or 4,
        vision=replace(vision, image_size=tile),
        text=replace(text, vocab_size=max(text.vocab_size, tokenizer_size)),
        scale_factor=scale_factor,
        image_token_id=image_token_id,
    )


def _check(vision: VisionConfig, text: TextConfig, config: Idefics3Config) -> None:
    same_vision = replace(vision, image_size=config.vision.image_size) == config.vision
    grown = replace(config.text, vocab_size=text.vocab_size, eos_token_ids=text.eos_token_ids)
    if not same_vision or replace(grown, pad_token_id=text.pad_token_id) != text:
        raise OctavoError("encoder and decoder are not those of the joined model's configuration")


def _extended(base_VD: Tensor, first_new: int, vocab_size: int, generator: torch.Generator) -> Tensor:
    kept_VD = base_VD.detach()[:first_new]
    return torch.cat((kept_VD, new_rows(kept_VD, vocab_size - len(kept_VD), generator)))


def _fit_positions(encoder: VisionModel, vision: VisionConfig) -> None:
    trained, wanted = encoder.config.patches_per_side, vision.patches_per_side
    table = encoder.embeddings.position_embedding
    if wanted != trained:
        table.weight = nn.Parameter(table.weight.detach()[position_ids(wanted, wanted, trained)])
        table.num_embeddings = wanted**2
    encoder.config = encoder.embeddings.config = vision

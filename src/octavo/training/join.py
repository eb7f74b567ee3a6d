"""`octavo join`: an encoder and a language model, trained apart, as one folder to train from."""

from dataclasses import dataclass, replace
from pathlib import Path

from octavo.files import written_whole
from octavo.hub import model_folder
from octavo.models import Idefics3, Idefics3Config, save_model
from octavo.models.backbones import load_decoder, load_encoder
from octavo.models.join import join, joined_config, tile_for
from octavo.models.text import CausalLM
from octavo.models.vision import VisionModel
from octavo.processing import ImageConfig, Processor
from octavo.processing.extend import TEMPLATE, Extended, extend_tokenizer
from octavo.processing.prompts import IMAGE

TILES_OF_LONGEST_EDGE = 4  # Idefics3's, SmolVLM's: a page is at most four tiles long


@dataclass(frozen=True, slots=True)
class Joined:
    """What was made: sizes in parameters, sides in patches, and what the backbones' folders held besides.

    `fresh` are connector and gated layers, which no backbone had.
    """

    vision: int
    fresh: int
    text: int
    tokens_per_tile: int
    vocabulary: int
    new_rows: int
    left_out: int
    patches_trained: int
    patches: int


def join_folders(
    vision: str,
    text: str,
    out: Path,
    *,
    connector: str = "linear",
    interval: int | None = None,
    scale_factor: int | None = None,
    tile: int | None = None,
    seed: int = 0,
) -> Joined:
    """Join a SigLIP encoder and a language model, each a folder or a hub name, to a model in the folder `out`.

    `connector` is linear, mlp or perceiver. With an `interval`, gated cross-attention stands before every
    `interval`-th layer of the decoder; without, image tokens stand in its sequence. `scale_factor` (pixel shuffle)
    is 2 where it is None, and 1 for a perceiver; `tile` the side of a tile in pixels: the encoder's own, or the next
    smaller that fits. Raises `OctavoError` for folders that hold no such model, and for parts that do not fit.
    """
    encoder, decoder = load_encoder(vision), load_decoder(text)
    extended = extend_tokenizer(model_folder(text))
    trained, vocabulary = encoder.model.config, extended.tokenizer.get_vocab()
    scale = scale_factor or (1 if connector == "perceiver" else 2)
    config = joined_config(
        trained,
        decoder.model.config,
        tokenizer_size=max(vocabulary.values()) + 1,
        image_token_id=vocabulary[IMAGE],
        scale_factor=scale,
        tile=tile or tile_for(trained, scale),
        connector=connector,
        interval=interval,
    )
    side = config.vision.image_size
    image_config = ImageConfig(longest_edge=TILES_OF_LONGEST_EDGE * side, tile_size=side)
    model, processor = join_parts(encoder.model, decoder.model, config, extended, image_config, seed)
    config = model.config
    with written_whole(out) as aside:
        aside.mkdir()
        save_model(model, aside)
        processor.save_pretrained(aside)
    parts = (encoder.model, model.model.connector, model.model.fusion)
    sizes = [0 if part is None else sum(p.numel() for p in part.parameters()) for part in parts]
    return Joined(
        vision=sizes[0],
        fresh=sizes[1] + sizes[2],
        text=sum(p.numel() for p in model.parameters()) - sum(sizes),
        tokens_per_tile=config.tokens_per_tile,
        vocabulary=config.text.vocab_size,
        new_rows=config.text.vocab_size - extended.first_new,
        left_out=len(encoder.left_out) + len(decoder.left_out),
        patches_trained=trained.patches_per_side,
        patches=config.vision.patches_per_side,
    )


def join_parts(
    encoder: VisionModel,
    decoder: CausalLM,
    config: Idefics3Config,
    extended: Extended,
    image_config: ImageConfig,
    seed: int,
) -> tuple[Idefics3, Processor]:
    """The model of `config` around `encoder` and `decoder`, which it takes over, and its processor.

    Raises `OctavoError` where encoder or decoder are not those of `config`.
    """
    processor = Processor(extended.tokenizer, image_config, config.image_seq_len, TEMPLATE, extended.named_tokens)
    ends = replace(config.text, eos_token_ids=(processor.end_token_id,), pad_token_id=processor.pad_token_id)
    return join(encoder, decoder, replace(config, text=ends), extended.first_new, seed), processor

"""The model that a recipe begins with: opened from a folder, joined of backbones, or fresh with its own tokenizer."""

from dataclasses import asdict, replace

import torch
from torch import nn

from octavo.datasets import DataSet
from octavo.errors import OctavoError
from octavo.hub import model_folder
from octavo.models import Idefics3, Idefics3Config, Llama3Scaling, TextConfig, VisionConfig, load_model, tiled
from octavo.models.backbones import load_decoder, load_encoder
from octavo.models.config import PerceiverConfig
from octavo.models.config.composition import COMPOSED, cross_for
from octavo.models.text import CausalLM
from octavo.processing import ImageConfig, Processor, train_tokenizer
from octavo.processing.extend import extend_tokenizer
from octavo.processing.prompts import IMAGE
from octavo.training.join import join_parts
from octavo.training.recipe import Backbones, Recipe, Shape
from octavo.training.sources.synthetic import vocabulary_texts

# What a shape may set otherwise than its backbone: the tile, how far positions reach and what the tokens are.
OWN = {
    "image_size", "vocab_size", "max_position_embeddings", "rope_theta", "rope_scaling", "tie_word_embeddings",
    "bos_token_id", "eos_token_ids", "pad_token_id",
}  # fmt: skip


def starting_model(recipe: Recipe, data: DataSet | None) -> tuple[Idefics3, Processor]:
    """The model and the processor before the first step, in float32."""
    if recipe.base is not None:
        folder = model_folder(recipe.base)
        return tiled(load_model(folder)), Processor.from_pretrained(folder)
    assert recipe.shape is not None, "a recipe has either a shape or a base"
    if recipe.backbones is not None:
        return model_of_backbones(recipe.shape, recipe.backbones, recipe.seed)
    return new_model(recipe.shape, data, recipe.seed)


def new_model(shape: Shape, data: DataSet | None, seed: int) -> tuple[Idefics3, Processor]:
    """Random weights from `seed`, and a byte-level BPE trained on the training split's questions and answers.

    Without a data set it is trained on texts as drawn pages have them.
    """
    config = shape_config(shape)
    texts = vocabulary_texts(seed) if data is None else _texts(data)
    tokenizer = train_tokenizer(texts, shape.vocab_size)
    processor = Processor(tokenizer, image_config(shape), config.image_seq_len)
    text = replace(
        config.text,
        vocab_size=processor.vocab_size,
        eos_token_ids=(processor.end_token_id,),
        pad_token_id=processor.pad_token_id,
    )
    model = Idefics3(replace(config, text=text, image_token_id=processor.image_token_id))
    model.init_weights(torch.Generator().manual_seed(seed))
    return model, processor


def _texts(data: DataSet) -> list[str]:
    rows = data.rows("train")
    return [text for i in range(len(rows)) for q in rows.questions(i) for text in (q.text, q.answer)]


def model_of_backbones(shape: Shape, backbones: Backbones, seed: int) -> tuple[Idefics3, Processor]:
    """Encoder and decoder with the weights of models trained apart; the rest of the shape is fresh from `seed`.

    The vocabulary is the language model's and behind it the family's tokens. The shape decides how far positions
    reach; a head that the backbone ties to its embeddings and the shape does not begins as their copy. Raises
    `OctavoError` for folders that hold no such model, and for backbones of another shape.
    """
    encoder, decoder = load_encoder(backbones.vision).model, load_decoder(backbones.text).model
    extended = extend_tokenizer(model_folder(backbones.text))
    vocabulary, wanted, trained = extended.tokenizer.get_vocab(), shape_config(shape), decoder.config
    _check_equal(backbones.vision, asdict(encoder.config), asdict(wanted.vision))
    _check_equal(backbones.text, asdict(trained), asdict(wanted.text))
    text = replace(wanted.text, vocab_size=trained.vocab_size, bos_token_id=trained.bos_token_id)
    _set_config(decoder, text)
    rows = max(trained.vocab_size, max(vocabulary.values()) + 1)
    config = replace(wanted, text=replace(text, vocab_size=rows), image_token_id=vocabulary[IMAGE])
    return join_parts(encoder, decoder, config, extended, image_config(shape), seed)


def _check_equal(name: str, trained: dict[str, object], wanted: dict[str, object]) -> None:
    for key in sorted(trained.keys() - OWN):
        if trained[key] != wanted[key]:
            raise OctavoError(
                f"{name} is no backbone of the recipe's shape: its {key} is {trained[key]}, the shape's {wanted[key]}"
            )


def _set_config(decoder: CausalLM, text: TextConfig) -> None:
    """Make `text`, of the same sizes, the decoder's configuration: its positions, and whether its head is tied."""
    if decoder.lm_head is not None and text.tie_word_embeddings:
        raise OctavoError(
            "the recipe ties the head to the embeddings and its backbone does not; set "
            "shape.text.tie_word_embeddings to false"
        )
    if decoder.lm_head is None and not text.tie_word_embeddings:
        table = decoder.model.embed_tokens.weight
        with torch.device("meta"):
            decoder.lm_head = nn.Linear(text.hidden_size, text.vocab_size, bias=False)
        decoder.lm_head.weight = nn.Parameter(table.detach().clone())
    decoder.config = decoder.model.config = text


def image_config(shape: Shape) -> ImageConfig:
    """How a shape cuts a page."""
    return ImageConfig(longest_edge=shape.longest_edge, tile_size=shape.tile_size, splitting=shape.splitting)


def shape_config(shape: Shape) -> Idefics3Config:
    """The configuration of a shape; the ids of its tokens are those of no tokenizer yet.

    Raises `OctavoError` where the parts of a shape do not fit each other.
    """
    scaling = shape.text.rope_scaling
    text = TextConfig(
        vocab_size=shape.vocab_size,
        rope_scaling=Llama3Scaling(**scaling.model_dump()) if scaling is not None else None,
        **shape.text.model_dump(exclude={"rope_scaling"}),
    )
    perceiver = None
    if shape.perceiver is not None:
        sizes = shape.perceiver.model_dump()
        perceiver = PerceiverConfig(hidden_size=text.hidden_size, rms_norm_eps=text.rms_norm_eps, **sizes)
    published = shape.connector == "linear" and shape.cross_attention is None
    return Idefics3Config(
        vision=VisionConfig(image_size=shape.tile_size, **shape.vision.model_dump()),
        text=text,
        scale_factor=shape.scale_factor,
        image_token_id=0,
        model_type="idefics3" if published else COMPOSED,
        connector=shape.connector,
        perceiver=perceiver,
        cross=None if shape.cross_attention is None else cross_for(text),
        cross_layer_interval=shape.cross_attention or 4,
    )

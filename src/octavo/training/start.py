"""The model that a recipe begins with: one opened from a folder, or a fresh one with a tokenizer of its own."""

from dataclasses import replace

import torch

from octavo.datasets import DataSet
from octavo.errors import OctavoError
from octavo.hub import model_folder
from octavo.models import Idefics3, Idefics3Config, Llama3Scaling, TextConfig, VisionConfig, load_model, tiled
from octavo.processing import ImageConfig, Processor, train_tokenizer
from octavo.training.recipe import Recipe, Shape
from octavo.training.sources.synthetic import vocabulary_texts


def starting_model(recipe: Recipe, data: DataSet | None) -> tuple[Idefics3, Processor]:
    """The model and the processor before the first step, in float32."""
    if recipe.base is not None:
        folder = model_folder(recipe.base)
        return tiled(load_model(folder)), Processor.from_pretrained(folder)
    assert recipe.shape is not None, "a recipe has either a shape or a base"
    return new_model(recipe.shape, data, recipe.seed)


def new_model(shape: Shape, data: DataSet | None, seed: int) -> tuple[Idefics3, Processor]:
    """Random weights from `seed`, and a byte-level BPE trained on the training split's questions and answers.

    Without a data set it is trained on texts as drawn pages have them.
    """
    config = shape_config(shape)
    texts = vocabulary_texts(seed) if data is None else _texts(data)
    tokenizer = train_tokenizer(texts, shape.vocab_size)
    image_config = ImageConfig(longest_edge=shape.longest_edge, tile_size=shape.tile_size)
    processor = Processor(tokenizer, image_config, config.tokens_per_tile)
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


def shape_config(shape: Shape) -> Idefics3Config:
    """The configuration of a shape; the ids of its tokens are those of no tokenizer yet."""
    check_shape(shape)
    text = shape.text.model_dump(exclude={"rope_scaling"})
    scaling = shape.text.rope_scaling
    return Idefics3Config(
        vision=VisionConfig(image_size=shape.tile_size, **shape.vision.model_dump()),
        text=TextConfig(
            vocab_size=shape.vocab_size,
            rope_scaling=Llama3Scaling(**scaling.model_dump()) if scaling is not None else None,
            **text,
        ),
        scale_factor=shape.scale_factor,
        image_token_id=0,
    )


def check_shape(shape: Shape) -> None:
    """Raise `OctavoError` where the parts of a shape do not fit each other."""
    side = shape.tile_size // shape.vision.patch_size
    faults = {
        f"scale_factor {shape.scale_factor} does not divide the {side} patches on a tile's side": side == 0
        or side % shape.scale_factor != 0,
        "vision.hidden_size is no multiple of its num_attention_heads": shape.vision.hidden_size
        % shape.vision.num_attention_heads
        != 0,
        "text.hidden_size is no multiple of twice its num_attention_heads": shape.text.hidden_size
        % (2 * shape.text.num_attention_heads)
        != 0,
        "text.num_attention_heads is no multiple of its num_key_value_heads": shape.text.num_attention_heads
        % shape.text.num_key_value_heads
        != 0,
    }
    for fault, holds in faults.items():
        if holds:
            raise OctavoError(f"the recipe's shape does not fit: {fault}")

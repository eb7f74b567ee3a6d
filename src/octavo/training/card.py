"""The card of a trained model: what the hub reads, and what a person needs to know before using it."""

from octavo import __version__
from octavo.models import Idefics3
from octavo.training.recipe import Recipe


def model_card(model: Idefics3, recipe: Recipe, steps: int) -> str:
    """The text of README.md for a model after `steps` optimiser steps of `recipe`."""
    parameters = sum(parameter.numel() for parameter in model.parameters())
    origin = f"weights of `{recipe.base}`" if recipe.base else f"random weights (seed {recipe.seed})"
    if recipe.backbones is not None:
        origin = f"`{recipe.backbones.vision}` and `{recipe.backbones.text}`, what joins them at random"
    named = {recipe.data} | {part.path for stage in recipe.stages for part in stage.data}
    data = ", ".join(f"`{folder}`" for folder in sorted(folder for folder in named if folder is not None))
    data = data or "drawn pages"
    trained = (
        f"{steps} optimiser steps of the recipe `{recipe.name}` on {data}" if steps else "nothing: it is untrained"
    )
    vision, text = model.config.vision, model.config.text
    opens = "in `transformers` with `AutoModelForImageTextToText`, and in octavo"
    if model.config.model_type == "octavo":
        opens = "in octavo alone, for its composition of connector and fusion is no published one,"
    encoder = f"SigLIP, patch {vision.patch_size}, tile {vision.image_size}"
    return f"""---
pipeline_tag: image-text-to-text
library_name: transformers
tags:
- idefics3
- octavo
---

# {recipe.name}: a model of Idefics3's architecture, {parameters / 1e6:.1f}M parameters

Made by octavo {__version__} from {origin}; trained by {trained}.

| part | width | layers |
|---|---|---|
| vision ({encoder}) | {vision.hidden_size} | {vision.num_hidden_layers} |
| language (Llama family, vocabulary {text.vocab_size}) | {text.hidden_size} | {text.num_hidden_layers} |

A tile becomes {model.config.tokens_per_tile} tokens (pixel shuffle {model.config.scale_factor}). It opens
{opens} with `octavo.load`.
It answers about pages like those it was trained on; expect less of others. A run of `octavo fit` has its score on
held-out documents in `report.json`.
"""

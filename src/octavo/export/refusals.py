"""What an export refuses before a byte is written: a folder that exists, and what GGUF cannot carry.

llama.cpp cuts pages and lays out the prompt by itself, in fixed ways; a model that was trained otherwise would
answer from other tiles or other tokens without an error. The facts are those of its `mtmd` library, of October 2026.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from octavo.errors import OctavoError
from octavo.models import VisionConfig
from octavo.processing import ImageConfig, Processor
from octavo.processing.config import MAX_EDGE
from octavo.processing.prompts import FAKE, GLOBAL

ARCHITECTURES = {"idefics3": "llama", "smolvlm": "llama"}  # the model's type and its decoder's
PIXEL = 1 / 255  # what llama.cpp multiplies a pixel by before mean and deviation


def require_new(out: Path) -> None:
    """Raise `OctavoError` where `out` exists: an export replaces nothing."""
    if out.exists():
        raise OctavoError(f"{out} exists; give another --out or remove it")


def require_carried(config: Mapping[str, Any], vision: VisionConfig, processor: Processor) -> None:
    """Raise `OctavoError`, with the remedy, where llama.cpp would compute something else.

    `config` is what config.json holds.
    """
    _check_architecture(config)
    _check_vision(vision)
    _check_images(processor.image_config, vision)
    _check_tokens(processor)


def refuse(fault: str, remedy: str) -> None:
    """Raise the `OctavoError` of a model that cannot become GGUF."""
    raise OctavoError(f"GGUF cannot carry this model: {fault}; {remedy}")


def _check_architecture(config: Mapping[str, Any]) -> None:
    kind, decoder = config["model_type"], config["text_config"]["model_type"]
    if ARCHITECTURES.get(kind) != decoder:
        refuse(
            f"its model_type is {kind} with a decoder of type {decoder}, and only Idefics3 and SmolVLM on llama fit",
            "use --to hf",
        )


def _check_vision(vision: VisionConfig) -> None:
    if vision.intermediate_size == vision.hidden_size:
        refuse(
            f"the vision MLP is as wide as the encoder ({vision.hidden_size}), and llama.cpp would swap its matrices",
            "train one with another intermediate_size, or use --to hf",
        )


def _check_images(images: ImageConfig, vision: VisionConfig) -> None:
    tile, edge = images.tile_size, images.longest_edge
    if not images.splitting or edge <= tile:
        refuse(
            f"it reads an image as one tile (longest edge {edge}, tile {tile}), and llama.cpp always adds an overview",
            "train with do_image_splitting and a longest edge of two tiles or more, or use --to hf",
        )
    if edge % tile or edge > MAX_EDGE:
        refuse(
            f"the longest edge ({edge}) is no multiple of the tile ({tile}) of at most {MAX_EDGE} pixels",
            f"set size.longest_edge to {max(2, min(edge, MAX_EDGE) // tile) * tile} in preprocessor_config.json",
        )
    if tile != vision.image_size:
        refuse(
            f"the tile is {tile} pixels and the encoder's image_size {vision.image_size}",
            "make them equal in preprocessor_config.json, or use --to hf",
        )
    if images.rescale_factor != PIXEL:
        refuse(f"rescale_factor is {images.rescale_factor}, not 1/255", "use --to hf")


def _check_tokens(processor: Processor) -> None:
    encode = processor.tokenizer.encode
    for text in ("\n", "\n\n", FAKE, GLOBAL):
        if len(encode(text, add_special_tokens=False).ids) != 1:
            refuse(
                f"its tokenizer has no single token {text!r}, which llama.cpp puts around tiles",
                "train with a tokenizer of octavo.processing.train_tokenizer, or use --to hf",
            )

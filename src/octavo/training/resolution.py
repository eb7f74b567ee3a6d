"""The resolution of images in training: a stage's own, and one drawn as the authors' splitter draws it."""

from bisect import bisect_right
from copy import copy
from dataclasses import replace
from itertools import accumulate

from octavo.errors import OctavoError
from octavo.processing import Processor
from octavo.training.recipe import Stage

# Shares of 1, 2, 3, … tiles on the longest side (github.com/huggingface/smollm, vision/m4): of an image whose longest
# side has at most three tiles' pixels (1092 for tiles of 364), and of a larger one.
SMALL = (0.5, 0.3, 0.2)
LARGE = (0.0, 0.4, 0.3, 0.2, 0.1)


def drawn_side(longest: int, tile_size: int, draw: float) -> int:
    """The pixels that the longest side of an image gets, some tiles' sides; `draw` is in 0 ≤ x < 1.

    `longest` is the image's longest side in pixels.
    """
    shares = SMALL if longest <= 3 * tile_size else LARGE
    within = list(accumulate(shares))[:-1]  # what is left is the last one's, whatever the rounding
    return (bisect_right(within, draw) + 1) * tile_size


def at_edge(processor: Processor, longest_edge: int | None) -> Processor:
    """The processor, but that the longest side of an image gets so many pixels; as it is where that is None."""
    if longest_edge is None:
        return processor
    other = copy(processor)
    other.image_config = replace(processor.image_config, longest_edge=longest_edge)
    return other


def at_stage(processor: Processor, stage: Stage) -> Processor:
    """The processor with the stage's `longest_edge`, and as many image tokens a tile as a `strip` of it has.

    Raises `OctavoError` where strips of that height do not make up a tile.
    """
    other, side = at_edge(processor, stage.longest_edge), processor.image_config.tile_size
    if stage.strip is None:
        return other
    if side % stage.strip or round(processor.image_seq_len**0.5) % (side // stage.strip):
        raise OctavoError(f"stage {stage.name}: tiles of {side} pixels are not made of strips of {stage.strip}")
    other = copy(other)
    other.image_seq_len = processor.image_seq_len * stage.strip // side
    return other

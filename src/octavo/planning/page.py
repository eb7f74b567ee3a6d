"""What a page costs: tiles, tokens, operations."""

from collections.abc import Mapping
from dataclasses import dataclass

from octavo.models import Idefics3Config
from octavo.planning.flops import part_flops
from octavo.processing import ImageConfig
from octavo.processing.prompts import image_text
from octavo.processing.tiles import grid

PAGE = (1240, 1754)  # pixels of an A4 page at 150 dpi
TEXT_TOKENS = 200  # of a page's questions and answers


@dataclass(frozen=True, slots=True)
class PagePlan:
    """One page and `text_tokens` tokens about it: tiles, tokens, and operations of a forward pass by part.

    `prompt_tokens` are those of the page: its `image_tokens` and the markers between them.
    """

    width: int
    height: int
    tiles: int
    image_tokens: int
    prompt_tokens: int
    text_tokens: int
    flops: Mapping[str, int]

    @property
    def tokens(self) -> int:
        """All of them."""
        return self.prompt_tokens + self.text_tokens


def plan_page(config: Idefics3Config, images: ImageConfig, size: tuple[int, int], text_tokens: int) -> PagePlan:
    """A page of `size`, width and height in pixels. Raises `OctavoError` for one without a pixel."""
    rows, cols = grid(*size, images)
    tiles = rows * cols + 1
    image_tokens = tiles * config.image_seq_len
    # One token for each marker at least: tokenizers differ, and it is under 2% of the image tokens.
    prompt = image_tokens + image_text(rows, cols, 0).count("<")
    flops = part_flops(config, tiles, prompt + text_tokens, text_tokens)
    return PagePlan(*size, tiles, image_tokens, prompt, text_tokens, flops)


def plan_text(config: Idefics3Config, text_tokens: int) -> PagePlan:
    """Text alone, as a page of nothing."""
    return PagePlan(0, 0, 0, 0, 0, text_tokens, part_flops(config, 0, text_tokens, text_tokens))

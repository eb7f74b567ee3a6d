"""What a page costs: tiles, tokens, operations."""

from collections.abc import Mapping
from dataclasses import dataclass

from octavo.models import Idefics3Config, flops
from octavo.models.flops import NONE, Backward
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


def part_flops(
    config: Idefics3Config, tiles: int, tokens: int, texts: int, backward: Mapping[str, Backward] | None = None
) -> dict[str, int]:
    """A forward pass by part: one segment of `tokens` tokens that see `tiles` tiles, logits at `texts` of them.

    With what `backward` says of the parts, forward and backward together.
    """
    of = (backward or {}).get
    costs = {
        "vision": flops.encoder_flops(config.vision, tiles, of("vision", NONE)),
        "connector": flops.connector_flops(config, tiles, of("connector", NONE)),
        "decoder": flops.decoder_flops(config.text, [tokens], of("decoder", NONE)),
        "head": flops.head_flops(config.text, texts, of("head", NONE)),
    }
    if config.cross is not None:
        looking = flops.Looking(tokens if tiles else 0, tokens * tiles)
        costs["fusion"] = flops.gated_flops(config, config.cross, tokens, tiles, looking, of("fusion", NONE))
    return costs


def plan_page(config: Idefics3Config, images: ImageConfig, size: tuple[int, int], text_tokens: int) -> PagePlan:
    """A page of `size`, width and height in pixels. Raises `OctavoError` for one without a pixel."""
    rows, cols = grid(*size, images)
    tiles = rows * cols + 1
    image_tokens = tiles * config.image_seq_len
    # One token for each marker at least: tokenizers differ, and it is under 2% of the image tokens.
    prompt = image_tokens + image_text(rows, cols, 0).count("<")
    costs = part_flops(config, tiles, prompt + text_tokens, text_tokens)
    return PagePlan(*size, tiles, image_tokens, prompt, text_tokens, costs)


def plan_text(config: Idefics3Config, text_tokens: int) -> PagePlan:
    """Text alone, as a page of nothing."""
    return PagePlan(0, 0, 0, 0, 0, text_tokens, part_flops(config, 0, text_tokens, text_tokens))

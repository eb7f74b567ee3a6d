"""The processor: a conversation and its images become token ids, labels and tiles.

T tokens of the sample, N tiles of all its images.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import torch
from PIL import Image
from tokenizers import Tokenizer

from octavo.errors import OctavoError
from octavo.processing import prompts
from octavo.processing import tiles as tiling
from octavo.processing.base import FamilyProcessor, Pixels
from octavo.processing.config import ImageConfig
from octavo.processing.conversation import conversation
from octavo.processing.folder import Parts
from octavo.processing.prompts import CHAT_TEMPLATE, Message
from octavo.processing.tokenizer import NAMED_TOKENS


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A conversation as the model takes it.

    `token_ids` int64 [T]. `labels` int64 [T]: the token's id at answers and their `<end_of_utterance>`, else
    -100; not shifted. `tiles` uint8 [N, 3, H, W], of all images in order; N is 0 for a text-only one. `branches`
    are the tokens of each question with its answer where those, and no conversation, stand behind the images.
    `cells` are the classes of the characters in each patch, int64 [N, patches of a tile, 2], and `looks` the tokens
    whose image holds each answer token, int64 [T], -1 for none, where they are known.
    """

    token_ids: torch.Tensor
    labels: torch.Tensor
    tiles: torch.Tensor
    branches: tuple[int, ...] = field(default=(), kw_only=True)
    cells: torch.Tensor | None = field(default=None, kw_only=True)
    looks: torch.Tensor | None = field(default=None, kw_only=True)


class Processor(FamilyProcessor):
    """Tiles and token ids as the published processors of Idefics3 and SmolVLM give them.

    `image_seq_len` is the number of `<image>` tokens a tile, (tile / patch / pixel shuffle)². `named_tokens`
    are `bos_token` and its like, which a template may use. Raises `OctavoError` where the tokenizer lacks a
    special token of the family or the template does not compile.
    """

    processor_class = "Idefics3Processor"  # opens in transformers without what SmolVLM's needs for videos
    default_seq_len = 169  # as in transformers: Idefics3's (26 / 2)²

    def __init__(
        self,
        tokenizer: Tokenizer,
        image_config: ImageConfig,
        image_seq_len: int,
        chat_template: str = CHAT_TEMPLATE,
        named_tokens: Mapping[str, str] = NAMED_TOKENS,
    ) -> None:
        super().__init__(tokenizer, image_seq_len, chat_template, named_tokens)
        self.image_config: ImageConfig = image_config

    @classmethod
    def from_parts(cls, parts: Parts) -> Self:
        config = ImageConfig.from_dict(parts.image_settings)
        return cls(parts.tokenizer, config, parts.image_seq_len, parts.chat_template, parts.named_tokens)

    def grid(self, width: int, height: int) -> tuple[int, int]:
        return tiling.grid(width, height, self.image_config)

    def tiles(self, image: Image.Image) -> tuple[torch.Tensor, int, int]:
        """Cut an image: (uint8 [N, 3, H, W], rows, columns); see `octavo.processing.tiles.tiles`."""
        return tiling.tiles(image, self.image_config)

    def canvas(self, width: float, height: float) -> tuple[int, int]:
        """The size in pixels to draw a page to for `cut`: rows · columns tiles; `width` and `height` in any unit."""
        return tiling.canvas(width, height, self.image_config)

    def cut(self, canvas: Image.Image) -> tuple[torch.Tensor, int, int]:
        """Cut a page drawn to its `canvas`: (uint8 [N, 3, H, W], rows, columns); see `octavo.processing.tiles.cut`.

        `Reader.pages(document, fit=processor.canvas)` draws PDFs so: sharper and faster, not as published.
        """
        return tiling.cut(canvas, self.image_config)

    def normalise(self, tiles: torch.Tensor) -> torch.Tensor:
        """uint8 tiles [N, 3, H, W] as the vision encoder takes them, float32."""
        return tiling.normalise(tiles, self.image_config)

    def pixels(self, images: Sequence[Image.Image]) -> Pixels:
        return self.normalise(torch.cat([self.tiles(image)[0] for image in images]))

    def encode(
        self, messages: Sequence[Message], images: Sequence[Image.Image], add_generation_prompt: bool = False
    ) -> Sample:
        """Encode a conversation of messages {"role", "content"}; its image parts are `images`, in order.

        A content is a string or a list of {"type": "text", "text": …} and {"type": "image"} parts. Raises
        `OctavoError` where images and image parts differ in number, or a text contains a special token.
        """
        cut = [self.tiles(image) for image in images]
        grids = [(rows, cols) for _, rows, cols in cut]
        token_ids, labels = self.encode_text(messages, grids, add_generation_prompt)
        side = self.image_config.tile_size
        none = torch.empty((0, 3, side, side), dtype=torch.uint8)
        return Sample(token_ids, labels, torch.cat([none, *(tiles for tiles, _, _ in cut)]))

    def encode_branches(self, turns: Sequence[tuple[str, str]], images: Sequence[Image.Image]) -> Sample:
        """Encode questions with their answers, each as if it alone were asked, behind the same images.

        Everything up to the last image token stands once; what follows it is a branch for each question. Raises what
        `encode` raises, and `OctavoError` where there is no image or the template writes a question before them.
        """
        cut = [self.tiles(image) for image in images]
        token_ids, labels, branches = self.encode_branch_texts(turns, [(rows, cols) for _, rows, cols in cut])
        return Sample(token_ids, labels, torch.cat([tiles for tiles, _, _ in cut]), branches=branches)

    def encode_branch_texts(
        self, turns: Sequence[tuple[str, str]], grids: Sequence[tuple[int, int]]
    ) -> tuple[torch.Tensor, torch.Tensor, tuple[int, ...]]:
        """Token ids and labels of `encode_branches`, int64 [T] each, and each branch's tokens; no pixels are needed.

        Raises what `encode_branches` raises.
        """
        if not grids or not turns:
            raise OctavoError("questions are branches behind an image; give at least one of each")
        unsplit = [(0, 0)] * len(grids)  # what follows the last image token does not depend on the grids
        alone = [self._encode_tiles_once(conversation([turn], len(grids)), unsplit) for turn in turns]
        first = alone[0][0]
        behind = self._behind_images(first)
        if not all(torch.equal(ids[:behind], first[:behind]) for ids, _ in alone):
            raise OctavoError("the chat template writes a question before the images; they cannot be shared")
        prefix, labels = self._encode_tiles_once(conversation(turns[:1], len(grids)), grids)
        prefix = prefix[: self._behind_images(prefix)]
        token_ids = torch.cat([prefix, *(ids[behind:] for ids, _ in alone)])
        labels = torch.cat([labels[: len(prefix)], *(labels[behind:] for _, labels in alone)])
        return *self._with_repeats(token_ids, labels), tuple(len(ids) - behind for ids, _ in alone)

    def _behind_images(self, token_ids: torch.Tensor) -> int:
        return int((token_ids == self.image_token_id).nonzero()[-1]) + 1

    def encode_text(
        self,
        messages: Sequence[Message],
        grids: Sequence[tuple[int, int]],
        add_generation_prompt: bool = False,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        return self._with_repeats(*self._encode_tiles_once(messages, grids, add_generation_prompt))

    def _encode_tiles_once(
        self,
        messages: Sequence[Message],
        grids: Sequence[tuple[int, int]],
        add_generation_prompt: bool = False,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What `encode_text` gives but for one `<image>` a tile, so that the tokenizer does not read a page's 832."""

        def image_texts(_: list[str]) -> list[str]:
            return [prompts.image_text(rows, cols, 1) for rows, cols in grids]

        return self.encode_conversation(messages, len(grids), image_texts, add_generation_prompt)

    def _with_repeats(self, token_ids: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Every `<image>` as often as a tile has it. By numpy: torch wakes threads for so little, and takes tenfold."""
        repeats = np.where(token_ids.numpy() == self.image_token_id, self.image_seq_len, 1)
        return torch.from_numpy(token_ids.numpy().repeat(repeats)), torch.from_numpy(labels.numpy().repeat(repeats))

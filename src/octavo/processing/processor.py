"""The processor: a conversation and its images become token ids, labels and tiles.

T tokens of the sample, N tiles of all its images.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from PIL import Image
from tokenizers import Tokenizer

from octavo.errors import OctavoError
from octavo.processing import prompts
from octavo.processing import tiles as tiling
from octavo.processing.config import ImageConfig
from octavo.processing.folder import Parts, read_parts, write_parts
from octavo.processing.prompts import CHAT_TEMPLATE, END_OF_UTTERANCE, IMAGE, ChatTemplate, Message
from octavo.processing.tokenizer import NAMED_TOKENS, check_tokens, special_pattern

IGNORED = -100  # a label that the loss passes over


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A conversation as the model takes it.

    `token_ids` int64 [T]. `labels` int64 [T]: the token's id at answers and their `<end_of_utterance>`, else
    -100; not shifted. `tiles` uint8 [N, 3, H, W], of all images in order; N is 0 for a text-only one.
    """

    token_ids: torch.Tensor
    labels: torch.Tensor
    tiles: torch.Tensor


class Processor:
    """Tiles and token ids as the published processors of Idefics3 and SmolVLM give them.

    `image_seq_len` is the number of `<image>` tokens a tile, (tile / patch / pixel shuffle)². `named_tokens`
    are `bos_token` and its like, which a template may use. Raises `OctavoError` where the tokenizer lacks a
    special token of the family or the template does not compile.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        image_config: ImageConfig,
        image_seq_len: int,
        chat_template: str = CHAT_TEMPLATE,
        named_tokens: Mapping[str, str] = NAMED_TOKENS,
    ) -> None:
        check_tokens(tokenizer)
        self.tokenizer, self.image_config, self.image_seq_len = tokenizer, image_config, image_seq_len
        self.template = ChatTemplate(chat_template, named_tokens)
        self.named_tokens = dict(named_tokens)
        self._special = special_pattern(tokenizer)

    @classmethod
    def from_pretrained(cls, folder: str | Path) -> Self:
        """Open the processor of a Hugging Face folder; raises `OctavoError` naming the file at fault."""
        parts = read_parts(Path(folder))
        settings = (parts.image_config, parts.image_seq_len, parts.chat_template, parts.named_tokens)
        return cls(parts.tokenizer, *settings)

    def save_pretrained(self, folder: str | Path) -> None:
        """Write the files that `from_pretrained` and transformers open; each whole or not at all."""
        settings = (self.image_config, self.image_seq_len, self.template.source, self.named_tokens)
        write_parts(Path(folder), Parts(self.tokenizer, *settings))

    def grid(self, width: int, height: int) -> tuple[int, int]:
        """Rows and columns of tiles of an image of that size in pixels; (0, 0) where it is not split."""
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

    def encode_text(
        self,
        messages: Sequence[Message],
        grids: Sequence[tuple[int, int]],
        add_generation_prompt: bool = False,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Token ids and labels, int64 [T] each, of a conversation whose images have these grids of tiles.

        Raises what `encode` raises. No pixels are needed: the grid of an image's size is enough.
        """
        conversation = prompts.checked(messages)
        self._check_texts(conversation, len(grids))
        text = self.template.render(conversation, add_generation_prompt)
        answers = self._answer_spans(conversation, text)
        pieces = text.split(IMAGE)
        if len(pieces) - 1 != len(grids):
            raise OctavoError(f"the chat template wrote {len(pieces) - 1} of {len(grids)} images")
        inserts = [prompts.image_text(rows, cols, self.image_seq_len) for rows, cols in grids]
        expanded = "".join(part for pair in zip(pieces, [*inserts, ""], strict=True) for part in pair)
        return self._tokens_and_labels(expanded, _moved(answers, pieces, inserts))

    def decode(self, token_ids: Sequence[int] | torch.Tensor) -> str:
        """The text of token ids, without special tokens and without white space at its ends."""
        ids = token_ids.tolist() if isinstance(token_ids, torch.Tensor) else list(token_ids)
        return self.tokenizer.decode(ids, skip_special_tokens=True).strip()

    @cached_property
    def image_token_id(self) -> int:
        """The id that stands for one feature of a tile."""
        return self._id(IMAGE)

    @cached_property
    def end_token_id(self) -> int:
        """The id that ends an answer."""
        return self._id(END_OF_UTTERANCE)

    @cached_property
    def pad_token_id(self) -> int:
        """The id that fills up batches; the end token's where the tokenizer names none."""
        return self._id(self.named_tokens.get("pad_token", END_OF_UTTERANCE))

    @cached_property
    def vocab_size(self) -> int:
        """One more than the largest token id: the rows that an embedding needs."""
        return max(self.tokenizer.get_vocab().values()) + 1

    def _id(self, token: str) -> int:
        token_id: int | None = self.tokenizer.token_to_id(token)
        if token_id is None:
            raise OctavoError(f"the tokenizer has no token {token}, which tokenizer_config.json names")
        return token_id

    def _check_texts(self, conversation: list[dict[str, Any]], image_count: int) -> None:
        parts = sum(part["type"] == "image" for message in conversation for part in message["content"])
        if parts != image_count:
            raise OctavoError(f"the conversation has {parts} image parts and {image_count} images were given")
        for number, message in enumerate(conversation, start=1):
            # Neighbouring texts are joined first: "<ima" and "ge>" side by side are an image.
            text = "".join(part.get("text", "\0") for part in message["content"])
            if found := self._special.search(text):
                raise OctavoError(f"message {number} contains {found[0]}, a special token; take it out")
            try:
                text.encode()
            except UnicodeEncodeError as error:
                raise OctavoError(f"message {number} is not valid Unicode ({error.reason})") from error

    def _answer_spans(self, conversation: list[dict[str, Any]], text: str) -> list[tuple[int, int]]:
        """Where the answers and their end tokens stand in the rendered text, as (start, end) in characters.

        An answer starts where the prompt for it ends, so what is trained is what is generated.
        """
        spans = []
        for index, message in enumerate(conversation):
            if message["role"] != "assistant":
                continue
            prompt = self.template.render(conversation[:index], add_generation_prompt=True)
            turn = self.template.render(conversation[: index + 1])
            end = turn.find(END_OF_UTTERANCE, len(prompt))
            if end < 0 or not turn.startswith(prompt) or not text.startswith(turn):
                raise OctavoError(
                    "the chat template does not write an answer as its generation prompt, the answer and "
                    f"{END_OF_UTTERANCE}; labels cannot be placed"
                )
            spans.append((len(prompt), end + len(END_OF_UTTERANCE)))
        return spans

    def _tokens_and_labels(self, text: str, answers: list[tuple[int, int]]) -> tuple[torch.Tensor, torch.Tensor]:
        # The template writes the BOS token, so a post-processor that would add another is passed by.
        encoding = self.tokenizer.encode(text, add_special_tokens=False)
        ids_T = np.array(encoding.ids, dtype=np.int64)
        starts_T, ends_T = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2).T
        answer_T = np.zeros(len(ids_T), dtype=bool)
        for start, end in answers:
            if ((starts_T < start) & (ends_T > start)).any():
                raise OctavoError("the tokenizer joins a prompt and its answer; labels cannot be placed")
            answer_T |= (starts_T >= start) & (ends_T <= end)
        return torch.from_numpy(ids_T), torch.from_numpy(np.where(answer_T, ids_T, IGNORED))


def _moved(spans: list[tuple[int, int]], pieces: list[str], inserts: list[str]) -> list[tuple[int, int]]:
    """Spans of the rendered text where they stand once each `<image>` between the pieces is its insert."""
    ends = list(accumulate(len(piece) + len(IMAGE) for piece in pieces[:-1]))
    grown = [0, *accumulate(len(insert) - len(IMAGE) for insert in inserts)]

    def moved(position: int) -> int:
        return position + grown[bisect_right(ends, position)]

    return [(moved(start), moved(end)) for start, end in spans]

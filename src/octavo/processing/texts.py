"""What every processor of the family has: a conversation's text becomes token ids and labels, and files are its own.

T tokens.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any, ClassVar

import numpy as np
import torch
from tokenizers import Tokenizer

from octavo.errors import OctavoError
from octavo.processing import prompts
from octavo.processing.prompts import END_OF_UTTERANCE, IMAGE, ChatTemplate, Message
from octavo.processing.tokenizer import REQUIRED_TOKENS, check_tokens, special_pattern

IGNORED = -100  # a label that the loss passes over


class TextEncoder:
    """Tokenizer and chat template.

    `image_seq_len` is the number of `<image>` tokens a tile or image. `named_tokens` are `bos_token` and its
    like, which a template may use. Raises `OctavoError` where the tokenizer lacks a special token of the family
    or the template does not compile.
    """

    required: ClassVar[Sequence[str]] = REQUIRED_TOKENS  # the special tokens that a tokenizer must have

    def __init__(
        self, tokenizer: Tokenizer, image_seq_len: int, chat_template: str, named_tokens: Mapping[str, str]
    ) -> None:
        check_tokens(tokenizer, self.required)
        self.tokenizer, self.image_seq_len = tokenizer, image_seq_len
        self.template = ChatTemplate(chat_template, named_tokens)
        self.named_tokens = dict(named_tokens)
        self._special = special_pattern(tokenizer)

    def encode_conversation(
        self,
        messages: Sequence[Message],
        images: int,
        image_texts: Callable[[list[str]], list[str]],
        add_generation_prompt: bool = False,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Token ids and labels, int64 [T] each, of a conversation of so many images.

        `image_texts` gives the text that stands for each image, from the texts that follow the images. Raises
        `OctavoError` where images and image parts differ in number, or a text contains a special token.
        """
        conversation = prompts.checked(messages)
        self._check_texts(conversation, images)
        text = self.template.render(conversation, add_generation_prompt)
        answers = self._answer_spans(conversation, text)
        pieces = text.split(IMAGE)
        if len(pieces) - 1 != images:
            raise OctavoError(f"the chat template wrote {len(pieces) - 1} of {images} images")
        inserts = image_texts(pieces[1:])
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
        # As transformers: where the template writes the BOS token, a post-processor adds no other.
        bos = self.named_tokens.get("bos_token")
        written = bos is not None and text.startswith(bos)
        encoding = self.tokenizer.encode(text, add_special_tokens=not written)
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

"""The processor of IDEFICS1: texts and images between them become token ids, squares, and who sees what.

T tokens of the sample, N images, S the side of an image in pixels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import torch
from PIL import Image
from tokenizers import Tokenizer

from octavo.errors import OctavoError
from octavo.processing import tiles as tiling
from octavo.processing.base import FamilyProcessor, Pixels
from octavo.processing.folder import Parts
from octavo.processing.interleaved import SquareConfig, square, visible
from octavo.processing.processor import Sample
from octavo.processing.prompts import CHAT_TEMPLATE, END_OF_UTTERANCE, FAKE, IMAGE, ChatTemplate, Message

# The conversations of the instructed models' cards. Their folders have no template; one that has is taken at its word.
TEMPLATE = CHAT_TEMPLATE.replace("<|im_start|>", "{{ bos_token }}")


@dataclass(frozen=True, slots=True, eq=False)
class InterleavedSample(Sample):
    """A `Sample` of N images, `tiles` uint8 [N, 3, S, S], and `visible` bool [T, N]: which image each token sees."""

    visible: torch.Tensor


class Trimmed(ChatTemplate):
    """A chat template whose texts lose the spaces at images, as `IdeficsProcessor` of transformers strips them."""

    def render(self, messages: Sequence[Message], add_generation_prompt: bool = False) -> str:
        pieces = super().render(messages, add_generation_prompt).split(IMAGE)
        return IMAGE.join(piece.strip(" ") for piece in pieces)


class IdeficsProcessor(FamilyProcessor):
    """Images and token ids as the published processor of IDEFICS1 gives them.

    It takes conversations (`encode`) and texts with images between them (`encode_prompt`). An image is one
    `<image>` token, and the tokens behind it see it. A base model's tokenizer has no `<end_of_utterance>`, and takes
    prompts alone. Raises what `TextEncoder` raises.
    """

    required = (FAKE, IMAGE)
    processor_class = "IdeficsProcessor"
    default_seq_len = 1
    default_template = TEMPLATE

    def __init__(
        self,
        tokenizer: Tokenizer,
        image_config: SquareConfig,
        chat_template: str,
        named_tokens: Mapping[str, str],
    ) -> None:
        super().__init__(tokenizer, 1, chat_template, named_tokens)
        self.template = Trimmed(chat_template, named_tokens)
        self.image_config: SquareConfig = image_config

    @classmethod
    def from_parts(cls, parts: Parts) -> Self:
        config = SquareConfig.from_dict(parts.image_settings)
        return cls(parts.tokenizer, config, parts.chat_template, parts.named_tokens)

    def normalise(self, tiles: torch.Tensor) -> torch.Tensor:
        """uint8 squares [N, 3, S, S] as the vision encoder takes them, float32."""
        return tiling.normalise(tiles, self.image_config)

    def pixels(self, images: Sequence[Image.Image]) -> Pixels:
        return self.normalise(self._squares(images))

    def encode(
        self, messages: Sequence[Message], images: Sequence[Image.Image], add_generation_prompt: bool = False
    ) -> InterleavedSample:
        """Encode a conversation of messages {"role", "content"}; see `Processor.encode`."""
        token_ids, labels = self.encode_text(messages, [(0, 0)] * len(images), add_generation_prompt)
        return self._sample(token_ids, labels, images)

    def encode_text(
        self, messages: Sequence[Message], grids: Sequence[tuple[int, int]], add_generation_prompt: bool = False
    ) -> tuple[torch.Tensor, torch.Tensor]:
        self._require_utterances()
        return self.encode_conversation(messages, len(grids), _image_texts, add_generation_prompt)

    def sight(self, token_ids_T: torch.Tensor) -> dict[str, torch.Tensor]:
        """Which image each token sees: see `octavo.processing.interleaved.visible`."""
        return {"visible_TN": self._visible(token_ids_T)}

    def _visible(self, token_ids_T: torch.Tensor) -> torch.Tensor:
        return visible(token_ids_T, self.image_token_id, self.eos_token_id)

    def encode_prompt(self, parts: Sequence[str | Image.Image], end_of_utterance: bool = False) -> InterleavedSample:
        """Encode texts and the images between them, for a model to go on from; no token carries a label.

        With `end_of_utterance` the token of that name stands between two neighbouring texts. Texts may hold special
        tokens, such as those of a conversation, but no image's. Raises `OctavoError` where one does.
        """
        if end_of_utterance:
            self._require_utterances()
        written, before = [self.named_tokens.get("bos_token", "")], None
        for part in parts:
            if not isinstance(part, str):
                written.append(_image_text(isinstance(before, Image.Image)))
            elif IMAGE in part or FAKE in part:
                raise OctavoError(f"a text of the prompt contains {IMAGE} or {FAKE}; give the image instead")
            else:
                written += [END_OF_UTTERANCE] if end_of_utterance and isinstance(before, str) else []
                written.append(part.strip(" "))
            before = part
        images = [part for part in parts if not isinstance(part, str)]
        return self._sample(*self._tokens_and_labels("".join(written), []), images)

    @cached_property
    def eos_token_id(self) -> int:
        """The id that ends a text; what follows sees none of its images."""
        return self._id(self.named_tokens.get("eos_token", END_OF_UTTERANCE))

    def _require_utterances(self) -> None:
        if self.tokenizer.token_to_id(END_OF_UTTERANCE) is None:
            raise OctavoError(
                f"the tokenizer has no {END_OF_UTTERANCE}: the model knows no conversations, only prompts"
            )

    def _sample(
        self, token_ids: torch.Tensor, labels: torch.Tensor, images: Sequence[Image.Image]
    ) -> InterleavedSample:
        return InterleavedSample(token_ids, labels, self._squares(images), self._visible(token_ids))

    def _squares(self, images: Sequence[Image.Image]) -> torch.Tensor:
        side = self.image_config.image_size
        none = torch.empty((0, 3, side, side), dtype=torch.uint8)
        return torch.cat([none, *(square(image, self.image_config)[None] for image in images)])


def _image_text(follows_image: bool) -> str:
    """The text that stands for an image: images side by side share the `FAKE` between them."""
    return f"{IMAGE}{FAKE}" if follows_image else f"{FAKE}{IMAGE}{FAKE}"


def _image_texts(following: list[str]) -> list[str]:
    """The text that stands for each image, from the texts that follow the images."""
    return [_image_text(number > 0 and not following[number - 1]) for number in range(len(following))]

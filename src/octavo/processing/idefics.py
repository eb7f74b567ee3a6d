"""The processor of IDEFICS1: texts and images between them become token ids, squares, and who sees what.

T tokens of the sample, N images, S the side of an image in pixels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import torch
from PIL import Image
from tokenizers import Tokenizer

from octavo.errors import OctavoError
from octavo.processing import tiles as tiling
from octavo.processing.folder import Parts, read_parts, write_parts
from octavo.processing.interleaved import SquareConfig, square, visible
from octavo.processing.processor import Sample
from octavo.processing.prompts import CHAT_TEMPLATE, END_OF_UTTERANCE, FAKE, IMAGE, ChatTemplate, Message
from octavo.processing.texts import TextEncoder

PROCESSOR_CLASS = "IdeficsProcessor"
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


class IdeficsProcessor(TextEncoder):
    """Images and token ids as the published processor of IDEFICS1 gives them.

    It takes conversations (`encode`) and texts with images between them (`encode_prompt`). An image is one
    `<image>` token, and the tokens behind it see it. A base model's tokenizer has no `<end_of_utterance>`, and takes
    prompts alone. Raises what `TextEncoder` raises.
    """

    required = (FAKE, IMAGE)

    def __init__(
        self,
        tokenizer: Tokenizer,
        image_config: SquareConfig,
        chat_template: str,
        named_tokens: Mapping[str, str],
    ) -> None:
        super().__init__(tokenizer, 1, chat_template, named_tokens)
        self.template = Trimmed(chat_template, named_tokens)
        self.image_config = image_config

    @classmethod
    def from_pretrained(cls, folder: str | Path) -> Self:
        """Open the processor of a Hugging Face folder; raises `OctavoError` naming the file at fault."""
        parts = read_parts(Path(folder), PROCESSOR_CLASS, 1, TEMPLATE, cls.required)
        config = SquareConfig.from_dict(parts.image_settings)
        return cls(parts.tokenizer, config, parts.chat_template, parts.named_tokens)

    def save_pretrained(self, folder: str | Path) -> None:
        """Write the files that `from_pretrained` and transformers open; each whole or not at all."""
        texts = (1, self.template.source, self.named_tokens)
        write_parts(Path(folder), Parts(PROCESSOR_CLASS, self.tokenizer, self.image_config.to_dict(), *texts))

    def normalise(self, tiles: torch.Tensor) -> torch.Tensor:
        """uint8 squares [N, 3, S, S] as the vision encoder takes them, float32."""
        return tiling.normalise(tiles, self.image_config)

    def encode(
        self, messages: Sequence[Message], images: Sequence[Image.Image], add_generation_prompt: bool = False
    ) -> InterleavedSample:
        """Encode a conversation of messages {"role", "content"}; see `Processor.encode`."""
        self._require_utterances()
        token_ids, labels = self.encode_conversation(messages, len(images), _image_texts, add_generation_prompt)
        return self._sample(token_ids, labels, images)

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
        side = self.image_config.image_size
        none = torch.empty((0, 3, side, side), dtype=torch.uint8)
        tiles = torch.cat([none, *(square(image, self.image_config)[None] for image in images)])
        return InterleavedSample(token_ids, labels, tiles, visible(token_ids, self.image_token_id, self.eos_token_id))


def _image_text(follows_image: bool) -> str:
    """The text that stands for an image: images side by side share the `FAKE` between them."""
    return f"{IMAGE}{FAKE}" if follows_image else f"{FAKE}{IMAGE}{FAKE}"


def _image_texts(following: list[str]) -> list[str]:
    """The text that stands for each image, from the texts that follow the images."""
    return [_image_text(number > 0 and not following[number - 1]) for number in range(len(following))]

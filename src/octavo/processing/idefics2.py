"""The processor of Idefics2: a conversation and its images become token ids, labels and images of many sizes.

T tokens of the sample; H and W pixels of one image.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import torch
from PIL import Image
from tokenizers import Tokenizer

from octavo.processing import tiles as tiling
from octavo.processing.base import FamilyProcessor, Pixels
from octavo.processing.folder import Parts
from octavo.processing.native import QUARTERS_AND_WHOLE, NativeConfig, native_images
from octavo.processing.prompts import FAKE, IMAGE, Message


@dataclass(frozen=True, slots=True, eq=False)
class NativeSample:
    """A conversation as the model takes it.

    `token_ids` and `labels` are those of a `Sample`. `images` uint8 [3, H, W] each, of all images in order; where
    they are split, five of each.
    """

    token_ids: torch.Tensor
    labels: torch.Tensor
    images: tuple[torch.Tensor, ...]


class Idefics2Processor(FamilyProcessor):
    """Images and token ids as the published processor of Idefics2 gives them.

    It is not `Processor`, since images are no tiles: each has a size of its own. They are not padded, either; the
    model reads each by itself, where transformers' pads to the largest and masks. `image_seq_len` is the number
    of `<image>` tokens an image. Raises what `TextEncoder` raises.
    """

    processor_class = "Idefics2Processor"
    default_seq_len = 64  # as in transformers: the latents of Idefics2's perceiver

    def __init__(
        self,
        tokenizer: Tokenizer,
        image_config: NativeConfig,
        image_seq_len: int,
        chat_template: str,
        named_tokens: Mapping[str, str],
    ) -> None:
        super().__init__(tokenizer, image_seq_len, chat_template, named_tokens)
        self.image_config: NativeConfig = image_config

    @classmethod
    def from_parts(cls, parts: Parts) -> Self:
        config = NativeConfig.from_dict(parts.image_settings)
        return cls(parts.tokenizer, config, parts.image_seq_len, parts.chat_template, parts.named_tokens)

    def images(self, image: Image.Image) -> list[torch.Tensor]:
        """What the model sees of an image, uint8 [3, H, W] each; see `octavo.processing.native.native_images`."""
        return native_images(image, self.image_config)

    def normalise(self, images: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """uint8 images [3, H, W] as the vision encoder takes them, float32."""
        return [tiling.normalise(image[None], self.image_config)[0] for image in images]

    def pixels(self, images: Sequence[Image.Image]) -> Pixels:
        return self.normalise([part for image in images for part in self.images(image)])

    def encode(
        self, messages: Sequence[Message], images: Sequence[Image.Image], add_generation_prompt: bool = False
    ) -> NativeSample:
        """Encode a conversation of messages {"role", "content"}; see `Processor.encode`."""
        seen = tuple(part for image in images for part in self.images(image))
        token_ids, labels = self.encode_text(messages, [(0, 0)] * len(images), add_generation_prompt)
        return NativeSample(token_ids, labels, seen)

    def encode_text(
        self, messages: Sequence[Message], grids: Sequence[tuple[int, int]], add_generation_prompt: bool = False
    ) -> tuple[torch.Tensor, torch.Tensor]:
        return self.encode_conversation(messages, len(grids), self._image_texts, add_generation_prompt)

    def _image_texts(self, following: list[str]) -> list[str]:
        """The text that stands for each image, from the texts that follow the images.

        Equal to the expansion of transformers' `Idefics2Processor`: images side by side share the `FAKE` between
        them, and a word right behind an image is set off by a space.
        """
        parts = QUARTERS_AND_WHOLE if self.image_config.splitting else 1
        image = f"{FAKE}{IMAGE * self.image_seq_len}" * parts
        texts = []
        for number, text in enumerate(following, start=1):
            side_by_side = not text and number < len(following)
            space = " " if re.match(r"[^\s<]", text) else ""
            texts.append(image if side_by_side else f"{image}{FAKE}{space}")
        return texts

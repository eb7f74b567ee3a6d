"""What the processors of all architectures have in common: texts, files, and pixels for the model.

T tokens; N tiles or images, H and W pixels.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self, TypeAlias

import torch
from PIL import Image

from octavo.processing.config import Normalisation
from octavo.processing.folder import Parts, read_parts, write_parts
from octavo.processing.prompts import Message
from octavo.processing.texts import TextEncoder

Pixels: TypeAlias = torch.Tensor | list[torch.Tensor]  # of one size [N, 3, H, W], or [3, H, W] each


class FamilyProcessor(TextEncoder, ABC):
    """A processor as inference and export take it, whatever the architecture. `open_processor` opens a folder's."""

    processor_class: ClassVar[str]  # its name in transformers
    default_seq_len: ClassVar[int]  # `image_seq_len` where a folder says nothing
    default_template: ClassVar[str | None] = None  # the chat template where a folder has none
    image_config: Normalisation

    @classmethod
    def from_pretrained(cls, folder: str | Path) -> Self:
        """Open the processor of a Hugging Face folder; raises `OctavoError` naming the file at fault."""
        return cls.from_parts(
            read_parts(Path(folder), cls.processor_class, cls.default_seq_len, cls.default_template, cls.required)
        )

    @classmethod
    @abstractmethod
    def from_parts(cls, parts: Parts) -> Self:
        """The processor of what a folder's files say."""

    def save_pretrained(self, folder: str | Path) -> None:
        """Write the files that `from_pretrained` and transformers open; each whole or not at all."""
        texts = (self.image_seq_len, self.template.source, self.named_tokens)
        write_parts(Path(folder), Parts(self.processor_class, self.tokenizer, self.image_config.to_dict(), *texts))

    def grid(self, width: int, height: int) -> tuple[int, int]:
        """Rows and columns of tiles of an image of that size in pixels; (0, 0) where it is not split."""
        return 0, 0

    @abstractmethod
    def pixels(self, images: Sequence[Image.Image]) -> Pixels:
        """What the model's `features_of` takes of some images: normalised float32 pixels."""

    @abstractmethod
    def encode_text(
        self, messages: Sequence[Message], grids: Sequence[tuple[int, int]], add_generation_prompt: bool = False
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Token ids and labels, int64 [T] each, of a conversation whose images have these grids of tiles.

        No pixels are needed: the grid of an image's size is enough. Raises `OctavoError` where images and image parts
        differ in number, or a text contains a special token.
        """

    def sight(self, token_ids_T: torch.Tensor) -> Mapping[str, torch.Tensor]:
        """What the model must be told beside ids and features, by the name of its argument; a row for each token.

        Nothing where image features stand in the decoder's own sequence.
        """
        return {}

"""What can be trained on: sources of samples, each known in tokens and tiles before a pixel is decoded."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch
from PIL import Image

from octavo.datasets import DataSet, Row, Rows
from octavo.datasets.types import Question
from octavo.errors import OctavoError
from octavo.processing import ImageConfig, Processor, Sample
from octavo.processing import tiles as tiling
from octavo.processing.conversation import conversation
from octavo.training.resolution import drawn_side


class Spec(NamedTuple):
    """What a sample takes of a pack: tokens in all, of them those of each branch, and tiles."""

    tokens: int
    tiles: int
    branches: tuple[int, ...] = ()


class Source(ABC):
    """Samples by number; what one is depends on number, epoch and seed alone.

    `isolated` makes each turn a branch of its own behind the images, in place of a conversation in which later
    turns see the earlier ones. `resolutions` draws the size at which each image is cut, as the authors' splitter does.
    Not for use from several threads at once.
    """

    pictured = True  # its samples have images; one that lacks them is not used

    def __init__(self, processor: Processor, seed: int, isolated: bool = False, resolutions: bool = False) -> None:
        self.processor, self.seed = processor, seed
        self.isolated, self.resolutions = isolated, resolutions

    @abstractmethod
    def __len__(self) -> int:
        """How many samples an epoch has."""

    @abstractmethod
    def turns(self, index: int, epoch: int) -> list[tuple[str, str]]:
        """Questions and answers of sample `index`, in order. Raises `OctavoError` where it is not to be used."""

    @abstractmethod
    def name(self, index: int) -> str:
        """What a person finds sample `index` by, in a line about it."""

    @abstractmethod
    def sizes(self, index: int) -> Sequence[tuple[int, int]]:
        """Width and height of its images in pixels, (0, 0) of one that cannot be opened."""

    @abstractmethod
    def images(self, index: int) -> list[Image.Image]:
        """Its images, decoded. Raises `OctavoError` where one cannot be."""

    def groups(self) -> Sequence[int]:
        """How its samples stand together in files, as numbers of them one after the other: reading one reads its group.

        One group says that any order is as good as another.
        """
        return (len(self),)

    def spec(self, index: int, epoch: int) -> Spec:
        """What `sample` will take, from its texts and its images' sizes. Raises `OctavoError` where there is none."""
        sizes = self.sizes(index)
        if (0, 0) in sizes or (self.pictured and not sizes):
            raise OctavoError("an image is missing or cannot be opened")
        configs = self._configs(index, epoch, sizes)
        grids = [tiling.grid(*size, config) for size, config in zip(sizes, configs, strict=True)]
        token_ids, _, branches = self._texts(index, epoch, grids)
        return Spec(len(token_ids), sum(rows * cols + 1 for rows, cols in grids), branches)

    def sample(self, index: int, epoch: int) -> Sample:
        """Sample `index` of an epoch. Raises `OctavoError` where its text holds a special token, which would forge an
        image, or an image cannot be decoded.
        """
        images = self.images(index)
        configs = self._configs(index, epoch, [image.size for image in images])
        cut = [tiling.tiles(image, config) for image, config in zip(images, configs, strict=True)]
        token_ids, labels, branches = self._texts(index, epoch, [(rows, cols) for _, rows, cols in cut])
        side = self.processor.image_config.tile_size
        none = torch.empty((0, 3, side, side), dtype=torch.uint8)
        return Sample(token_ids, labels, torch.cat([none, *(tiles for tiles, _, _ in cut)]), branches=branches)

    def _configs(self, index: int, epoch: int, sizes: Sequence[tuple[int, int]]) -> list[ImageConfig]:
        """How each image is cut."""
        config = self.processor.image_config
        if not self.resolutions:
            return [config] * len(sizes)
        key = f"{self.seed}/{epoch}/{index}"
        sides = [
            drawn_side(max(size), config.tile_size, uniform(f"{key}/resolution/{n}")) for n, size in enumerate(sizes)
        ]
        return [replace(config, longest_edge=side) for side in sides]

    def _texts(
        self, index: int, epoch: int, grids: Sequence[tuple[int, int]]
    ) -> tuple[torch.Tensor, torch.Tensor, tuple[int, ...]]:
        """Token ids, labels, and tokens of each branch."""
        turns = self.turns(index, epoch)
        if self.isolated:
            return self.processor.encode_branch_texts(turns, grids)
        return *self.processor.encode_text(conversation(turns, len(grids)), grids), ()


def digest(key: str) -> bytes:
    """16 bytes that a text alone decides.

    A hash and not a generator's state: what is drawn for a sample does not depend on what was drawn before, so a run
    resumed in the middle of an epoch draws what it would have drawn.
    """
    return hashlib.blake2b(key.encode(errors="surrogatepass"), digest_size=16).digest()


def uniform(key: str) -> float:
    """A number of 0 ≤ x < 1 that a text alone decides, a multiple of 2⁻²⁰."""
    return (int.from_bytes(digest(key)[:4]) >> 12) / 2**20


def drawn(questions: Sequence[Question], most: int, key: str) -> list[Question]:
    """At most `most` of the questions, chosen and ordered by a hash of `key` and the question."""
    return sorted(questions, key=lambda question: digest(f"{key}\0{question.text}"))[:most]


def place(rows: Rows, index: int, folder: Path) -> str:
    """A row by its document's SHA-256 and its pages; of a data set that names no documents, by its number."""
    document, pages = rows.place(index)
    return f"{document[:12]} p. {', '.join(map(str, pages))}" if document else f"row {index} of {folder}"


def decoded(row: Row) -> list[Image.Image]:
    """The images of a row. Raises `OctavoError` where one cannot be decoded."""
    try:
        return [image.pil() for image in row.images]
    except tiling.BROKEN as error:
        raise OctavoError("an image cannot be decoded") from error


class SampleSource(Source):
    """The samples of one split of a data set: a page, and questions about it or a conversation.

    `questions_per_sample` bounds the turns; a page's other questions come in other epochs.
    """

    def __init__(
        self,
        data: DataSet,
        split: str,
        processor: Processor,
        questions_per_sample: int,
        seed: int,
        isolated: bool = True,
        resolutions: bool = False,
    ) -> None:
        super().__init__(processor, seed, isolated, resolutions)
        self.rows, self.folder = data.rows(split), data.folder
        self.questions_per_sample = questions_per_sample

    def __len__(self) -> int:
        return len(self.rows)

    def turns(self, index: int, epoch: int) -> list[tuple[str, str]]:
        """Some of the page's questions, others in another epoch."""
        questions = self.rows.questions(index)
        some = drawn(questions, self.questions_per_sample, f"{self.seed}/{epoch}/{index}")
        return [(question.text, question.answer) for question in some]

    def name(self, index: int) -> str:
        """The document and its pages."""
        return place(self.rows, index, self.folder)

    def sizes(self, index: int) -> Sequence[tuple[int, int]]:
        """Width and height of the row's pages in pixels."""
        return self.rows.sizes(index)

    def images(self, index: int) -> list[Image.Image]:
        """The row's pages."""
        return decoded(self.rows.row(index))

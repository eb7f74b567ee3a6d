"""What the models under test have in common."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from octavo.documents.types import PageImage
from octavo.evaluation.types import Item, Reply

MOST_TOKENS = 64  # of an answer, as `octavo ask` gives; benchmarks of the family have short ones


class Examinee(Protocol):
    """A model under test."""

    @property
    def name(self) -> str:
        """What results call the model."""

    @property
    def identity(self) -> Mapping[str, str]:
        """Everything that its answers depend on besides the question and the images: hashes, settings."""

    @property
    def at_once(self) -> int:
        """How many groups of items it takes side by side, in threads."""

    def answer(self, images: Sequence[PageImage], asked: Sequence[tuple[Item, str]]) -> Iterator[Reply]:
        """A reply to each of some items with their prompts, all about the same images, in their order.

        Each comes as soon as it is known, so that it can be kept. Whatever goes wrong with one of them is its reply's
        failure.
        """

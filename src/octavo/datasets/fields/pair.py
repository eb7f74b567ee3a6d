"""Pair: a key and its value as they stand on a page."""

from dataclasses import dataclass

from octavo.datasets.fields.fits import is_whole
from octavo.datasets.fields.keys import KnownKey
from octavo.documents.structure.rows import Line
from octavo.documents.types import Word

_AROUND_START, _AROUND_END = ":,; ", ",;: "


@dataclass(frozen=True, slots=True)
class Pair:
    """A key and the words of its value, line by line.

    `key` is the label as a question quotes it, "" where only its meaning can be asked for; `known` is None for a
    key of no common name. `label` is the line that the key is, or begins. `section` is the heading that tells
    this key from others of the same name, "" where none is needed.
    """

    key: str
    known: KnownKey | None
    label: Line
    parts: tuple[tuple[Word, ...], ...]
    section: str = ""

    @property
    def words(self) -> tuple[Word, ...]:
        """The words of the value."""
        return tuple(word for part in self.parts for word in part)

    @property
    def value(self) -> str:
        """The value's text, without the punctuation that belongs to the sentence around it."""
        text = " ".join(word.text for word in self.words).lstrip(_AROUND_START).rstrip(_AROUND_END)
        text = text[:-1] if text.endswith(").") else text
        if text.startswith("(") and text.endswith(")") and text.count("(") == 1 and any(map(str.isalpha, text)):
            text = text[1:-1]
        return text[:-1] if text.endswith(".") and text[-2:-1].isdigit() else text

    @property
    def identity(self) -> str:
        """What makes two keys the same to a reader: the noun they mean, or their letters."""
        return self.known.noun if self.known else self.key.casefold()

    @property
    def is_proven(self) -> bool:
        """Whether the value's form shows that it is whole: a date, a sum, what a common key takes."""
        return (self.known is not None and self.known.proves) or is_whole(self.value)

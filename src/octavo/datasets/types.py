"""The nouns of a data set: Question and Row."""

from dataclasses import dataclass

from octavo.documents.types import Box, PageImage


@dataclass(frozen=True, slots=True)
class Question:
    """A question with an answer that stands on a page.

    `boxes` are the evidence, fractions of page `page` (counted from 1 in the file); the words whose centre
    lies in them are the answer. `kind` names what was asked for ("key_value", "title", ...), `source` the
    generator and its version.
    """

    text: str
    answer: str
    page: int
    boxes: tuple[Box, ...]
    kind: str
    source: str


@dataclass(frozen=True, slots=True)
class Row:
    """Pages of one document and the questions about them: one line of the data set.

    `document` is the file's path inside the input folder; `pages` are the page numbers of `images`, in order;
    every question's page is one of them. `split` is "train", "validation" or "test".
    """

    document: str
    document_sha256: str
    pages: tuple[int, ...]
    images: tuple[PageImage, ...]
    questions: tuple[Question, ...]
    split: str

"""The nouns of a data set: Question and Row."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from octavo.documents.types import LAYER, Box, PageImage

EXTRACTIVE, YES_NO, UNANSWERABLE, ABSTRACTIVE = "extractive", "yes_no", "unanswerable", "abstractive"


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a page, with its answer and the evidence for it.

    `boxes` are the evidence, fractions of page `page` (counted from 1 in the file). `kind` names what was asked
    for ("key_value", "title", ...), `source` the generator and its version. `form` says what the answer is:

    - "extractive": the words whose centre lies in the boxes;
    - "yes_no": "Yes" or "No", the boxes are those of the check box and its label;
    - "unanswerable": `NOT_HERE`, without boxes: what is asked for was looked for in the whole document;
    - "abstractive": a language model's words, the boxes (if any) where they come from.

    `variants` are other ways to write the same answer, for scoring: a date as 2017-02-28, an amount as 1234.50.
    `key` is what is asked for, as it recurs over documents ("invoice number"), "" where nothing does.
    """

    text: str
    answer: str
    page: int
    boxes: tuple[Box, ...]
    kind: str
    source: str
    form: str = EXTRACTIVE
    variants: tuple[str, ...] = ()
    key: str = ""

    def to_json(self) -> dict[str, Any]:
        """The question as JSON holds it."""
        return asdict(self)

    @classmethod
    def of_json(cls, value: Mapping[str, Any]) -> Self:
        """The question that `to_json` wrote."""
        boxes = tuple(Box(*box) for box in value["boxes"])
        return cls(**{**value, "boxes": boxes, "variants": tuple(value["variants"])})


@dataclass(frozen=True, slots=True)
class Row:
    """Pages of one document and the questions about them: one line of the data set.

    `document` is the file's path inside the input folder; `pages` are the page numbers of `images`, in order;
    every question's page is one of them. `split` is "train", "validation" or "test"; `cluster` names the
    near-duplicates that the document is one of, and `text` where the pages' words come from ("layer", "ocr").
    """

    document: str
    document_sha256: str
    pages: tuple[int, ...]
    images: tuple[PageImage, ...]
    questions: tuple[Question, ...]
    split: str
    cluster: str = ""
    text: str = LAYER

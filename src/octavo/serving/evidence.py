"""Where an answer comes from: of the files that a request sent, which one, which page, which boxes."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self

from octavo.documents import Box, Page
from octavo.documents.types import NO_IMAGE
from octavo.inference.grounding import Grounding, SpanGuide, Vocabulary
from octavo.inference.locate import locate
from octavo.inference.types import is_absent


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where an answer comes from: file and page from 1, None where no single page is meant, boxes in page fractions."""

    file: int | None
    page: int | None
    boxes: tuple[Box, ...]


NOWHERE = Evidence(None, None, ())


@dataclass(frozen=True, slots=True)
class Held:
    """What holds a grounded answer to the pages of its prompt, by file from 0."""

    grounding: Grounding
    guide: SpanGuide
    pages: dict[int, Page]
    question: str

    @classmethod
    def to(cls, pages: dict[int, Page], question: str, vocabulary: Vocabulary) -> Self:
        """Hold one answer. Raises `OctavoError` where the pages have no words."""
        grounding = _grounding(vocabulary, tuple(replace(page, image=NO_IMAGE) for page in pages.values()))
        return cls(grounding, grounding.guide(), pages, question)

    def evidence(self) -> Evidence:
        """Where the finished answer stands."""
        found = self.grounding.evidence(self.guide, self.question)
        if found is None:
            return NOWHERE
        file, page = list(self.pages.items())[found[0]]
        return Evidence(file + 1, page.number, found[1])


@lru_cache(maxsize=8)  # a tenth of a second's work for a dense page, of which several things are asked
def _grounding(vocabulary: Vocabulary, pages: tuple[Page, ...]) -> Grounding:
    return Grounding(vocabulary, pages)


def evidence_of(text: str, pages: dict[int, Page], located: bool = True) -> Evidence:
    """The one page on which the answer stands exactly once, with its boxes; else the only page that was shown.

    Where it is not to be `located`, it is not looked for.
    """
    if is_absent(text):
        return NOWHERE
    found = {i: boxes for i, page in pages.items() if located and (boxes := locate(text, page.words))}
    sure = list(found or pages)
    if len(sure) != 1:
        return NOWHERE
    return Evidence(sure[0] + 1, pages[sure[0]].number, found.get(sure[0], ()))

"""What the finders of questions see: a page taken apart, its document, and what is known of the corpus."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from octavo.datasets.mining import Corpus
from octavo.documents.structure.layout import Layout
from octavo.documents.types import OutlineItem, Page


@dataclass(frozen=True, slots=True)
class Whole:
    """The document a page is of.

    `text` is every word of all its pages, in lower case, joined with spaces; `has_unread` says that a page of
    it gave no words or was not read, so that nothing can be called absent from the document.
    """

    sha256: str
    page_count: int
    text: str
    has_unread: bool = False
    outline: tuple[OutlineItem, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class View:
    """One page with all that a finder may look at. What a finder yields depends on this alone."""

    layout: Layout
    document: Whole
    corpus: Corpus

    @property
    def page(self) -> Page:
        """The page itself."""
        return self.layout.page

    def draw(self, *parts: object) -> str:
        """What a phrasing is chosen by: the same for the same document, page and parts."""
        return " ".join(map(str, (self.document.sha256, self.page.number, *parts)))

"""The pages of a prompt, to hold answers to."""

from collections.abc import Sequence

from octavo.documents.types import Box, Page
from octavo.errors import OctavoError
from octavo.inference.grounding.automaton import Automaton, SpanGuide
from octavo.inference.grounding.evidence import nearest
from octavo.inference.grounding.source import Source, Span, chains
from octavo.inference.grounding.vocabulary import Vocabulary
from octavo.inference.locate import line_boxes

MOST_TEXT = 100_000  # characters of a prompt's pages: some seconds' work; a dense page has 12,000


class Grounding:
    """Answers held to the words of `pages`, of which at least one must have some.

    Made once for all questions about them. Raises `OctavoError` for pages without words, and with too much text.
    """

    def __init__(self, vocabulary: Vocabulary, pages: Sequence[Page]) -> None:
        self.words = [page.words for page in pages]
        size = sum(len(word.text) + 1 for words in self.words for word in words)
        if size == 0:
            raise OctavoError("these pages have no words that an answer could be held to; take mode auto")
        if size > MOST_TEXT:
            raise OctavoError(
                f"grounded answers are held to {MOST_TEXT} characters at most, and these pages have {size}; "
                "ask fewer pages at a time, or take mode auto"
            )
        found = [Span(i, words) for i, page in enumerate(pages) for words in chains(page)]
        self.automaton = Automaton(vocabulary, Source(found))

    def guide(self) -> SpanGuide:
        """What holds one answer."""
        return SpanGuide(self.automaton)

    def evidence(self, guide: SpanGuide, question: str) -> tuple[int, tuple[Box, ...]] | None:
        """The page (its place among `pages`) and the boxes of a finished answer; None where it stands on none."""
        places = guide.spans()
        spans = [span for span in places if span is not None]
        if len(spans) < len(places):
            return None
        span = nearest(spans, self.words, question)
        return span.page, line_boxes(span.words)

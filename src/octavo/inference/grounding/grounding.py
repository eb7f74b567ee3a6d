"""The pages of a prompt, to hold answers to."""

from collections.abc import Sequence

from octavo.documents.types import Box, Page
from octavo.errors import OctavoError
from octavo.inference.grounding.automaton import Automaton, SpanGuide
from octavo.inference.grounding.evidence import nearest
from octavo.inference.grounding.source import Source, Span, chains
from octavo.inference.grounding.vocabulary import Vocabulary
from octavo.inference.locate import line_boxes

MOST_WORDS = 20_000  # of a prompt's pages: half a second's work; a dense page has 2,000


class Grounding:
    """Answers held to the words of `pages`, of which at least one must have some.

    Made once for all questions about them. Raises `OctavoError` for pages without words, and with too many.
    """

    def __init__(self, vocabulary: Vocabulary, pages: Sequence[Page]) -> None:
        self.words = [page.words for page in pages]
        count = sum(map(len, self.words))
        if not 0 < count <= MOST_WORDS:
            raise OctavoError(
                f"grounded answers are held to 1 to {MOST_WORDS} words, and these pages have {count}; take mode auto"
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

"""Grounded decoding: an answer is held to a span of the page's words, or to "not on this page".

`cuts` says where in a word a span may begin and end, `source` writes the pages' words as bytes, `vocabulary` knows the
bytes of every token, `automaton` lays the tokens over the words and guides the engine, `evidence` makes boxes of the
spans that came out, `grounding` joins them for the pages of a prompt.
"""

from octavo.inference.grounding.automaton import Automaton, SpanGuide
from octavo.inference.grounding.grounding import Grounding
from octavo.inference.grounding.source import Source, Span
from octavo.inference.grounding.vocabulary import Vocabulary

__all__ = ["Automaton", "Grounding", "Source", "Span", "SpanGuide", "Vocabulary"]

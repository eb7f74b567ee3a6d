"""All ways to write a span in tokens, as an automaton whose states are sets of places on the page.

What was written so far may stand at several places; the places behind all of them are the state, and the tokens that
stand at one of them are those that may come next. That is the suffix automaton of the page's bytes, walked by tokens
of any tokenisation.

Shapes: P places, E edges from one place to another by a token, S places of a state, A allowed token ids.
"""

from bisect import bisect_right
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from octavo.errors import OctavoError
from octavo.inference.grounding.source import Source, Span
from octavo.inference.grounding.vocabulary import Vocabulary

Ints = npt.NDArray[np.int64]
FAR = 2**31  # tokens to an end that cannot be reached


class Automaton:
    """Spans of `source` in tokens of `vocabulary`, with a space before them or without."""

    def __init__(self, vocabulary: Vocabulary, source: Source) -> None:
        self.vocabulary, self.source = vocabulary, source
        self.ends_P = source.ends_P
        self.start = len(self.ends_P) - 1
        fewest = np.where(self.ends_P, 0, FAR).tolist()
        edges = [edge for chain in source.chains for edge in self._inside(chain, fewest)]
        first = list(self._from_start(fewest))
        fewest[self.start] = 1 + min(fewest[to] for _, _, to in first)
        self.fewest_P = np.array(fewest, dtype=np.int64)  # tokens to the nearest end
        edges_E3 = np.array(edges + first, dtype=np.int64).reshape(-1, 3)
        at_E, self.tokens_E, self.nexts_E = edges_E3[np.argsort(edges_E3[:, 0], kind="stable")].T
        self.first_P = np.searchsorted(at_E, np.arange(len(self.ends_P) + 1))

    def _inside(self, chain: tuple[int, int], fewest: list[int]) -> Iterator[tuple[int, int, int]]:
        """The edges (place, token, place) of a chain that lead to an end, from behind. Fills in `fewest`."""
        begin, end = chain
        for at in range(end - 1, begin - 1, -1):
            for token, size in self.vocabulary.matches(self.source.data, at, end):
                if fewest[at + size] < FAR:
                    fewest[at] = min(fewest[at], 1 + fewest[at + size])
                    yield at, token, at + size

    def _from_start(self, fewest: list[int]) -> Iterator[tuple[int, int, int]]:
        """The edges from the start to where the first token ends."""
        data, longest = self.source.data, self.vocabulary.longest
        for place in self.source.starts:
            _, end = self.source.chains[bisect_right(self.source.chains, (place, FAR)) - 1]
            head = b" " + data[place : min(end, place + longest)]
            for skipped in (0, 1):
                for token, size in self.vocabulary.matches(head, skipped, len(head)):
                    to = place + skipped + size - 1
                    if fewest[to] < FAR:
                        yield self.start, token, to

    def edges(self, state_S: Ints) -> Ints:
        """The edges that leave a state [E]."""
        first_S = self.first_P[state_S]
        counts_S = self.first_P[state_S + 1] - first_S
        behind_S = np.cumsum(counts_S) - counts_S
        return np.repeat(first_S - behind_S, counts_S) + np.arange(int(counts_S.sum()))


class SpanGuide:
    """Holds one answer to the spans of an automaton: see `octavo.inference.engine.Guide`."""

    def __init__(self, automaton: Automaton) -> None:
        self.automaton = automaton
        self.state_S: Ints = np.array([automaton.start], dtype=np.int64)
        self.written = b""

    def require(self, tokens: int) -> None:
        """Raises `OctavoError` where no span fits in so many tokens."""
        fewest = int(self.automaton.fewest_P[self.automaton.start])
        if fewest > tokens:
            raise OctavoError(f"{tokens} tokens hold no words of the page; allow an answer at least {fewest}")

    def allowed(self, room: int) -> Tensor:
        """Ids [A] that may come next, where at most `room` tokens more are taken: ends where a span may end."""
        automaton = self.automaton
        edges_E = automaton.edges(self.state_S)
        reaches_E = automaton.fewest_P[automaton.nexts_E[edges_E]] < room
        ids_A = np.unique(automaton.tokens_E[edges_E[reaches_E]])
        if automaton.ends_P[self.state_S].any():
            ids_A = np.concatenate((ids_A, np.array(automaton.vocabulary.ends, dtype=np.int64)))
        return torch.from_numpy(ids_A)

    def take(self, token_id: int) -> None:
        """Go on with an allowed token."""
        if token_id not in self.automaton.vocabulary.ends:
            edges_E = self.automaton.edges(self.state_S)
            mine_E = edges_E[self.automaton.tokens_E[edges_E] == token_id]
            self.state_S = np.unique(self.automaton.nexts_E[mine_E])
            self.written += self.automaton.vocabulary.spelled[token_id]

    def spans(self) -> list[Span | None]:
        """Where what was written stands as a span: all its places, None among them for `NOT_HERE`."""
        size = len(self.written.removeprefix(b" "))
        ends = self.state_S[self.automaton.ends_P[self.state_S]].tolist()
        return [self.automaton.source.span(end - size, end) for end in ends]

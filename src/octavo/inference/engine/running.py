"""One request while it is served."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from octavo.inference.engine.sampling import Sampler, score
from octavo.inference.engine.types import Completion, Guide, Piece, Prompt, Sampling, Token
from octavo.inference.engine.writing import Writer
from octavo.models.attention import KVCache

Event = Piece | Completion | Exception  # the last one told is no Piece
Tell = Callable[[Event], None]


@dataclass(slots=True, eq=False)
class Slot:
    """Room for one sequence, and the key of the page that it still holds from the last one."""

    cache: KVCache
    page: bytes = b""


@dataclass(slots=True, eq=False)
class Request:
    """What was asked, whom to tell, and whether it is still wanted.

    `tell` is called from the engine's thread with each `Piece` and last with the `Completion` or the exception; it must
    neither wait nor raise. Setting `cancelled` ends the request before the next step.
    """

    prompt: Prompt
    sampling: Sampling
    tell: Tell
    scored: int = 0  # so many of the prompt's last tokens get their log-probabilities, and no token is chosen
    guide: Guide | None = None  # what the answer is held to
    submitted: float = field(default_factory=time.perf_counter)
    cancelled: bool = False


class Sequence:
    """A request in a slot: first its prompt goes through the decoder in chunks, then a token at a time."""

    def __init__(self, request: Request, slot: Slot, writer: Writer, ends: set[int]) -> None:
        self.request, self.slot, self.writer, self.ends = request, slot, writer, ends
        self.sampler = Sampler(request.sampling)
        self.tokens: list[Token] = []
        self.pieces: list[str] = []
        self.missing = b""  # the key of the page that it waits for
        self.cached = 0
        self.first_s = self.page_s = 0.0
        self.pending_T = request.prompt.token_ids  # ids that the cache does not hold yet

    def begin_behind(self, page: bytes, cached: bool) -> None:
        """The slot holds the prompt's prefix now; `cached` tells whether it was there before it was asked for."""
        self.missing, self.slot.page = b"", page
        self.slot.cache.truncate(self.request.prompt.prefix)
        self.pending_T = self.request.prompt.token_ids[self.request.prompt.prefix :]
        self.cached = self.request.prompt.prefix if cached else 0
        self.page_s = time.perf_counter() - self.request.submitted

    def wanted(self, new: int) -> range:
        """Which of the next `new` tokens get logits, counted from the first of them."""
        left, scored = len(self.pending_T), self.request.scored
        if scored:
            return range(min(max(left - scored - 1, 0), new), min(left - 1, new))
        return range(new - 1, new) if new == left else range(0)

    def advance(self, new: int, logits_MV: Tensor) -> Completion | None:
        """The next `new` tokens went through, and gave the wanted logits; the completion where that was the end."""
        first = self.wanted(new).start + 1
        if self.request.scored:
            self.tokens += [score(row_V, int(i)) for row_V, i in zip(logits_MV, self.pending_T[first:], strict=False)]
        elif len(logits_MV):
            return self._take(logits_MV[0])
        self.pending_T = self.pending_T[new:]
        return None if len(self.pending_T) else self.completion("scored")

    def _take(self, logits_V: Tensor) -> Completion | None:
        """Choose the next token and tell it; the completion where it is the last one."""
        guide, room = self.request.guide, self.request.sampling.max_tokens - len(self.tokens)
        token = self.sampler.choose(logits_V, None if guide is None else guide.allowed(room))
        if guide is not None:
            guide.take(token.id)
        self.tokens.append(token)
        if len(self.tokens) == 1:
            self.first_s = time.perf_counter() - self.request.submitted
        text = "" if token.id in self.ends else self.writer.write(token.id)
        reason = self._reason(token)
        if reason:
            text += self.writer.finish()
        self.pieces.append(text)
        self.request.tell(Piece(text, token))
        self.pending_T = torch.tensor([token.id])
        return self.completion(reason) if reason else None

    def completion(self, reason: str) -> Completion:
        """What there is, as a whole."""
        return Completion(
            "".join(self.pieces),
            tuple(self.tokens),
            reason,
            len(self.request.prompt.token_ids),
            self.cached,
            self.page_s,
            self.first_s,
            time.perf_counter() - self.request.submitted,
        )

    def _reason(self, token: Token) -> str:
        if token.id in self.ends or self.writer.stopped:
            return "stop"
        return "length" if len(self.tokens) == self.request.sampling.max_tokens else ""

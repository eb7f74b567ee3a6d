"""The next token out of logits. V vocabulary, A ids that are allowed, M tokens that top-p leaves."""

import torch
from torch import Tensor

from octavo.inference.engine.types import Sampling, Token


def score(logits_V: Tensor, token_id: int) -> Token:
    """A token that was not chosen, but given."""
    return Token(token_id, float(logits_V[token_id].float() - logits_V.float().logsumexp(0)))


class Sampler:
    """Draws one request's tokens. Its random numbers are its own, so that no neighbour in the batch moves them."""

    def __init__(self, sampling: Sampling) -> None:
        self.sampling = sampling
        self.random = torch.Generator().manual_seed(sampling.seed)

    def choose(self, logits_V: Tensor, allowed_A: Tensor | None = None) -> Token:
        """The next token, greedy or drawn, among the ids int64 [A] where they are given."""
        logits_V = logits_V.float()
        among = logits_V if allowed_A is None else logits_V[allowed_A]
        place = int(among.argmax()) if self.sampling.temperature == 0 else self._draw(among)
        chosen = place if allowed_A is None else int(allowed_A[place])
        total = float(logits_V.logsumexp(0))
        top = logits_V.topk(self.sampling.top_logprobs)
        pairs = zip(top.indices.tolist(), (top.values - total).tolist(), strict=True)
        return Token(chosen, float(logits_V[chosen]) - total, tuple(pairs))

    def _draw(self, logits_V: Tensor) -> int:
        """One uniform number a token, looked up among the probabilities in falling order.

        In double precision: sums over a vocabulary in single precision end visibly below 1.
        """
        ordered_V = logits_V.double().div(self.sampling.temperature).sort(descending=True, stable=True)
        sums_V = ordered_V.values.softmax(0).cumsum(0)
        kept = int((sums_V < self.sampling.top_p).sum()) + 1
        sums_M = sums_V[:kept]
        uniform = torch.rand((), generator=self.random, dtype=torch.float64)
        place = int(torch.searchsorted(sums_M, uniform * sums_M[-1], right=True))
        return int(ordered_V.indices[min(place, len(sums_M) - 1)])

"""What is asked of the engine, and what comes back."""

import math
from dataclasses import dataclass
from typing import Protocol

from PIL import Image
from torch import Tensor

from octavo.errors import OctavoError


class Busy(OctavoError):
    """The engine's queue is full, or it is closing: ask again later."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an answer is drawn.

    `temperature` 0 takes the likeliest token; above it tokens are drawn with logits / `temperature`, among the fewest
    whose probabilities reach `top_p`. The draws depend on `seed` alone. The answer ends at an end token, before the
    first of the texts `stop`, or with `max_tokens`. `top_logprobs` is how many of the likeliest tokens are told at
    each step. Raises `OctavoError` for what makes no sense.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 64
    stop: tuple[str, ...] = ()
    seed: int = 0
    top_logprobs: int = 0

    def __post_init__(self) -> None:
        allowed = {
            "temperature (0 or more)": 0 <= self.temperature < math.inf,
            "top_p (above 0, at most 1)": 0 < self.top_p <= 1,
            "max_tokens (at least 1)": self.max_tokens >= 1,
            "stop (no empty text)": all(self.stop),
            "seed (0 to 2^63 - 1)": 0 <= self.seed < 2**63,
            "top_logprobs (0 to 20)": 0 <= self.top_logprobs <= 20,
        }
        wrong = next((name for name, right in allowed.items() if not right), None)
        if wrong is not None:
            raise OctavoError(f"{wrong} is out of range")


class Guide(Protocol):
    """Says which tokens an answer may go on with, for one answer."""

    def require(self, tokens: int) -> None:
        """Raises `OctavoError` where no answer fits in so many tokens."""

    def allowed(self, room: int) -> Tensor:
        """The ids that may come next, int64 [A] with A above 0, where at most `room` tokens more are taken."""

    def take(self, token_id: int) -> None:
        """Hear which of them was chosen."""


@dataclass(frozen=True, slots=True, eq=False)
class Prompt:
    """A conversation as the engine takes it: see `Engine.prepare`.

    `token_ids` int64 [T]. The first `prefix` of them, up to the last image token, are what `key` stands for; without
    images there is no prefix and no key.
    """

    token_ids: Tensor
    prefix: int
    images: tuple[Image.Image, ...]
    key: bytes


@dataclass(frozen=True, slots=True)
class Token:
    """A token that was chosen: its natural log-probability, and the likeliest ids at its place with theirs.

    Log-probabilities are the model's own, before temperature and top-p.
    """

    id: int
    logprob: float
    top: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """What one step adds to an answer. `text` is "" while a character or a stop text may still be incomplete."""

    text: str
    token: Token


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer.

    `reason` is "stop" (an end token or a stop text), "length", "cancelled", or "scored": the tokens are the prompt's.
    `cached_tokens` of `prompt_tokens` came from the page cache. `page_s`, `first_s` and `seconds` are the times from
    submission to the page, the first and the last token.
    """

    text: str
    tokens: tuple[Token, ...]
    reason: str
    prompt_tokens: int
    cached_tokens: int
    page_s: float
    first_s: float
    seconds: float

    @property
    def confidence(self) -> float:
        """The geometric mean of the chosen tokens' probabilities, its end token's among them; 0 without a token."""
        if not self.tokens:
            return 0.0
        return math.exp(sum(token.logprob for token in self.tokens) / len(self.tokens))

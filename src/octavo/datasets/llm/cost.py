"""What replies cost: an estimate before, the sum so far, and whether the budget allows one more."""

from dataclasses import dataclass

from octavo.datasets.llm.settings import LlmSettings
from octavo.datasets.llm.types import Request

REPLY_TOKENS_PER_PAIR = 45  # question, answer and their labels, for estimates


@dataclass(frozen=True, slots=True)
class Cost:
    """Requests and tokens, in and out."""

    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.requests + other.requests, self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out
        )

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(
            self.requests - other.requests, self.tokens_in - other.tokens_in, self.tokens_out - other.tokens_out
        )

    def money(self, settings: LlmSettings) -> float:
        """The price, 0 where none is known."""
        return (self.tokens_in * settings.price_in + self.tokens_out * settings.price_out) / 1e6

    def against(self, settings: LlmSettings) -> float:
        """What counts against the budget: money where there are prices, tokens where there are none."""
        return self.money(settings) if settings.has_prices else float(self.tokens_in + self.tokens_out)

    def text(self, settings: LlmSettings) -> str:
        """As a person reads it: "120 requests, 310k tokens in, 14k out, 0.52"."""
        money = f", {self.money(settings):.2f}" if settings.has_prices else ""
        return f"{self.requests} requests, {_short(self.tokens_in)} tokens in, {_short(self.tokens_out)} out{money}"


NO_COST = Cost()


def most(request: Request, settings: LlmSettings) -> Cost:
    """The most that a request and the judging of its reply can cost; its own tokens are an estimate."""
    cost = Cost(1, request.tokens, request.max_tokens)
    if settings.judge:  # sees the same pages and what was written
        cost += Cost(1, request.tokens + request.max_tokens, request.max_tokens)
    return cost


def _short(count: int) -> str:
    return str(count) if count < 1000 else f"{count / 1e3:.0f}k" if count < 1_000_000 else f"{count / 1e6:.1f}M"

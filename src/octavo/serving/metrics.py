"""Figures of a running server in Prometheus' text format."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
PATHS = {"/v1/chat/completions": "chat", "/v1/models": "models", "/health": "health", "/metrics": "metrics"}


class Histogram:
    """Counts of seconds, by the bounds `SECONDS`."""

    def __init__(self) -> None:
        self.counts = [0] * (len(SECONDS) + 1)
        self.sum = 0.0

    def observe(self, seconds: float) -> None:
        """Take in one value."""
        self.counts[bisect_left(SECONDS, seconds)] += 1
        self.sum += seconds

    def lines(self, name: str) -> Iterator[str]:
        """The samples of a histogram of that name."""
        total = 0
        for bound, count in zip((*map(str, SECONDS), "+Inf"), self.counts, strict=True):
            total += count
            yield f'{name}_bucket{{le="{bound}"}} {total}'
        yield f"{name}_sum {self.sum:.6f}"
        yield f"{name}_count {total}"


class Metrics:
    """What happened since the start. For one event loop."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        self.tokens: Counter[str] = Counter()  # prompt, cached, generated
        self.left = self.pages = 0
        self.first, self.whole = Histogram(), Histogram()

    def answered(self, path: str, status: int, seconds: float) -> None:
        """A request has ended; `status` is 0 where its client left before the answer."""
        name = PATHS.get(path, "other")
        self.requests[name, status] += 1
        if name == "chat" and status == 200:
            self.whole.observe(seconds)

    def text(self, gauges: dict[str, tuple[str, float]]) -> str:
        """All figures, those of `gauges` (name: help and value) among them."""
        lines = [*_head("octavo_requests_total", "counter", "Requests by endpoint and status; 0: the client left.")]
        for (endpoint, status), count in sorted(self.requests.items()):
            lines.append(f'octavo_requests_total{{endpoint="{endpoint}",status="{status}"}} {count}')
        lines += _head("octavo_tokens_total", "counter", "Tokens of prompts, from the page cache, and generated.")
        lines += [
            f'octavo_tokens_total{{kind="{kind}"}} {self.tokens[kind]}' for kind in ("prompt", "cached", "generated")
        ]
        for name, meaning, count in (
            ("octavo_clients_left_total", "Clients that left before their answer was whole.", self.left),
            ("octavo_pages_read_total", "Pages that the reading processes gave.", self.pages),
        ):
            lines += [*_head(name, "counter", meaning), f"{name} {count}"]
        for name, (meaning, value) in gauges.items():
            lines += [*_head(name, "gauge", meaning), f"{name} {value:g}"]
        for name, meaning, histogram in (
            ("octavo_first_token_seconds", "From a request's turn to its first token, pages read.", self.first),
            ("octavo_request_seconds", "Whole chat requests that were answered.", self.whole),
        ):
            lines += [*_head(name, "histogram", meaning), *histogram.lines(name)]
        return "\n".join(lines) + "\n"


def _head(name: str, kind: str, meaning: str) -> tuple[str, str]:
    return f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"

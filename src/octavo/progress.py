"""Progress of long work: a live line on a terminal, a heartbeat line elsewhere."""

import sys
import time
from types import TracebackType
from typing import Self

HEARTBEAT_S = 15.0  # a log keeps every line, a person looks at the last one


def duration(seconds: float) -> str:
    """Seconds as a person writes them: "48s", "3m05s", "2h10m"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"


class Progress:
    """Counts `unit`s of `total` and prints done, rate and time left to standard error.

    On a terminal one line is rewritten at most ten times a second; elsewhere a line is printed every 15 s
    and at the end, so that a log shows life without filling up. `done` at the start is work of an earlier,
    interrupted run: it counts as done and not into the rate. `silent`: of several processes, one tells.
    """

    def __init__(self, title: str, total: int, unit: str, done: int = 0, silent: bool = False) -> None:
        self.title, self.total, self.unit, self.silent = title, total, unit, silent
        self.done, self.done_before = done, done
        self.note = ""
        self.started = time.monotonic()
        self.live = sys.stderr.isatty() and not silent
        self.printed_at = self.started

    def advance(self, count: int = 1, note: str | None = None) -> None:
        """Add `count` to what is done; `note` replaces the text at the end of the line."""
        self.done += count
        self.note = self.note if note is None else note
        if time.monotonic() - self.printed_at >= (0.1 if self.live else HEARTBEAT_S):
            self._print()

    def per_second(self, count: float) -> float:
        """`count` over the seconds since the start: the rate of something that is not the unit."""
        return count / max(time.monotonic() - self.started, 1e-9)

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes at the rate so far; None where nothing is done yet."""
        done = self.done - self.done_before
        return (self.total - self.done) / self.per_second(done) if done else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._print()
        if self.live:
            print(file=sys.stderr, flush=True)

    def _print(self) -> None:
        if self.silent:
            return
        self.printed_at = time.monotonic()
        rate, seconds = self.per_second(self.done - self.done_before), self.seconds_left
        left = f", {duration(seconds)} left" if seconds is not None and self.done < self.total else ""
        line = f"{self.title} {self.done}/{self.total} {self.unit}, {rate:.1f}/s{left}"
        line = f"{line} · {self.note}" if self.note else line
        print(f"\r\x1b[2K{line}" if self.live else line, end="" if self.live else "\n", file=sys.stderr, flush=True)

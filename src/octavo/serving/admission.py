"""Who may come in: so many requests, and so many bytes of them, at a time."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil

from octavo.serving.errors import ApiError
from octavo.serving.settings import Settings

MOST_RETRY_S = 60


class Admission:
    """Counts what is inside. For one event loop."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.inside = self.held = 0
        self._recent: deque[float] = deque([1.0], maxlen=32)  # seconds that requests took

    @contextmanager
    def enter(self) -> Iterator["Visit"]:
        """A request from its head to the end of its answer. Raises `ApiError` where there is no room."""
        most = self.settings.active + self.settings.waiting
        if self.inside >= most:
            raise self._full(f"{self.inside} requests are being answered or wait already")
        visit = Visit(self)
        self.inside += 1
        try:
            yield visit
        finally:
            self.inside -= 1
            self.held -= visit.held

    def took(self, seconds: float) -> None:
        """Note how long an answered request took: how soon to ask again depends on it."""
        self._recent.append(seconds)

    def _full(self, reason: str) -> ApiError:
        # The queue moves on by `active` requests in the time that one takes.
        turns = self.inside / self.settings.active
        seconds = sum(self._recent) / len(self._recent) * turns
        retry_s = max(1, min(MOST_RETRY_S, ceil(seconds)))
        return ApiError(429, f"{reason}; ask again later", code="rate_limit_exceeded", retry_s=retry_s)


class Visit:
    """One request's share of what is inside."""

    def __init__(self, admission: Admission) -> None:
        self.admission, self.held = admission, 0

    def hold(self, count: int) -> None:
        """Take in so many bytes more. Raises `ApiError` where the request or all together hold too many."""
        settings = self.admission.settings
        if self.held + count > settings.body_bytes:
            raise ApiError(413, f"the request is larger than the limit of {settings.body_bytes} bytes")
        if self.admission.held + count > settings.held_bytes:
            raise self.admission._full(f"requests hold {self.admission.held} bytes already")
        self.held += count
        self.admission.held += count

"""Limits on requests and tokens per minute."""

import asyncio
import time
from collections.abc import Awaitable, Callable

BURST = 0.1  # of a minute's allowance may be taken at once

Sleep = Callable[[float], Awaitable[None]]
Clock = Callable[[], float]


class Bucket:
    """An allowance that refills: `per_minute` in any minute, and not all of it in the minute's first second.

    A tenth of it may be taken at once, the rest flows in evenly, so that no minute sees more than the limit
    plus the one amount that overdrew it. What is larger than the bucket waits until it is full and overdraws.
    """

    def __init__(self, per_minute: float, now: Clock) -> None:
        self.size = max(BURST * per_minute, 1.0)
        self.rate = (1 - BURST) * per_minute / 60
        self.level, self.now, self.filled_at = self.size, now, now()

    def take(self, amount: float) -> float:
        """Take `amount` and return 0.0, or take nothing and return the seconds until it can be taken."""
        at = self.now()
        self.level = min(self.size, self.level + self.rate * (at - self.filled_at))
        self.filled_at = at
        wanted = min(amount, self.size)
        if self.level >= wanted - 1e-6:  # a clock's rounding must not make it wait for nothing
            self.level -= amount
            return 0.0
        return (wanted - self.level) / self.rate

    def give_back(self, amount: float) -> None:
        """Correct an estimate: what was taken too much, or too little where `amount` is negative."""
        self.level = min(self.size, self.level + amount)


class Limits:
    """What one endpoint allows: requests and tokens per minute (0: any number), and a pause for all.

    Whoever comes first is served first.
    """

    def __init__(
        self,
        requests_per_minute: int,
        tokens_per_minute: int,
        sleep: Sleep = asyncio.sleep,
        now: Clock = time.monotonic,
    ) -> None:
        self.requests = Bucket(requests_per_minute, now) if requests_per_minute else None
        self.tokens = Bucket(tokens_per_minute, now) if tokens_per_minute else None
        self.sleep, self.now = sleep, now
        self.paused_until = 0.0
        self.turn = asyncio.Lock()

    async def wait(self, tokens: int) -> None:
        """Return when a request of about so many tokens may be sent."""
        async with self.turn:
            while (left := self.paused_until - self.now()) > 0:
                await self.sleep(left)
            for bucket, amount in ((self.tokens, tokens), (self.requests, 1)):
                while bucket and (seconds := bucket.take(amount)):
                    await self.sleep(seconds)

    def used(self, estimate: int, tokens: int) -> None:
        """A request that waited with `estimate` took so many tokens."""
        if self.tokens:
            self.tokens.give_back(estimate - tokens)

    def pause(self, seconds: float) -> None:
        """Let nobody send anything for so long."""
        self.paused_until = max(self.paused_until, self.now() + seconds)

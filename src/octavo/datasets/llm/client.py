"""An OpenAI-compatible endpoint: one request in, one reply out, with patience and without surprises.

What goes wrong is one of four things. The user's fault (no such model, a wrong key, no credit) ends the run with
a line that says so. A fault that passes (429, 5xx, a lost connection, no answer in time) is tried again. A
request that the endpoint refuses, or fails at while it answers others, is a `RefusedError` and costs that request
alone. A reply that cannot be used is a `Reply` with a fault: it was paid for.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from octavo.datasets.llm.limits import Clock, Limits, Sleep
from octavo.datasets.llm.settings import KEY_VARIABLES, LlmSettings
from octavo.datasets.llm.tokens import count_tokens
from octavo.datasets.llm.types import RefusedError, Reply, Request
from octavo.errors import OctavoError

PATH = "/chat/completions"
FIRST_ATTEMPTS = 5  # while nothing was answered yet: whoever mistyped the port should not wait for minutes
ATTEMPTS = 10  # afterwards; about five minutes
LONGEST_BACK_OFF_S = 60.0
LONGEST_PAUSE_S = 900.0  # that an endpoint may ask for
MOST_REFUSED = 10  # requests, while none is answered
MOST_BYTES = 1 << 20  # of a reply
MOST_CHARACTERS = 100_000  # of its text
BAD_ATTEMPTS = 2  # a reply of garbage may be a proxy's; twice it is the model's

_FATAL = {
    401: f"does not accept the key; set {KEY_VARIABLES[0]}",
    402: "asks for payment; add credit or give another --llm",
    403: f"does not let this key in; set another {KEY_VARIABLES[0]} or --llm-model",
    404: "knows no such address or model; give an --llm that ends in /v1 and an --llm-model that it serves",
    405: "takes no chat completions; give an --llm that ends in /v1",
}


@dataclass(frozen=True, slots=True)
class _Trouble:
    """A failed attempt: why, whether another may do better, and the pause that the endpoint asked for."""

    reason: str
    passes: bool
    pause: float | None = None


class Client:
    """`settings.url` and its limits. To be used inside one event loop."""

    def __init__(
        self, settings: LlmSettings, key: str, sleep: Sleep = asyncio.sleep, now: Clock = time.monotonic
    ) -> None:
        url = httpx.URL(settings.url)
        self.url = url.copy_with(path=url.path.rstrip("/").removesuffix(PATH) + PATH)
        self.host = url.netloc.decode()
        self.key = key
        self.sleep = sleep
        self.timeout_s = settings.timeout_s
        self.limits = Limits(settings.requests_per_minute, settings.tokens_per_minute, sleep, now)
        self.slots = asyncio.Semaphore(settings.concurrency)
        self.names = {"max_tokens": "max_tokens", "temperature": "temperature"}  # as this model wants them
        self.answered = self.refused = self.retries = 0
        self.refusal = ""  # what the endpoint said at the last one
        self.http = httpx.AsyncClient(
            headers={"Accept-Encoding": "identity", **({"Authorization": f"Bearer {key}"} if key else {})},
            timeout=httpx.Timeout(settings.timeout_s, pool=None),
            limits=httpx.Limits(max_connections=settings.concurrency),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self.http.aclose()

    async def ask(self, request: Request) -> Reply:
        """The reply to `request`. Raises `OctavoError` where the run cannot go on, `RefusedError` where it can."""
        async with self.slots:
            answered_before, bad = self.answered, 0
            attempt = 0
            while True:
                attempt += 1
                await self.limits.wait(request.tokens + request.max_tokens)
                outcome = await self._attempt(request)
                used = outcome.tokens_in + outcome.tokens_out if isinstance(outcome, Reply) else 0
                self.limits.used(request.tokens + request.max_tokens, used)
                if isinstance(outcome, Reply):
                    bad += bool(outcome.fault)
                    if not outcome.fault or bad == BAD_ATTEMPTS:
                        self.answered += 1
                        return outcome
                    outcome = _Trouble(outcome.fault, passes=True)
                if not outcome.passes:
                    self.refused, self.refusal = self.refused + 1, outcome.reason
                    if self.refused >= MOST_REFUSED:
                        self.check()
                    raise RefusedError("the endpoint refused the request")
                if attempt >= (ATTEMPTS if self.answered else FIRST_ATTEMPTS):
                    if self.answered > answered_before:
                        raise RefusedError("the endpoint failed at the request and answered others")
                    raise OctavoError(
                        f"{self.host} does not answer ({outcome.reason}, {attempt} attempts); see that it runs and "
                        "start again: replies so far are kept"
                    )
                self.retries += 1
                if outcome.pause is not None:
                    self.limits.pause(outcome.pause)
                else:
                    await self.sleep(back_off(attempt, request.key))

    def check(self) -> None:
        """Raise `OctavoError` where the endpoint refused every request."""
        if self.refused and not self.answered:
            raise OctavoError(f"{self.host} refused all of {self.refused} requests: {self.refusal}")

    async def _attempt(self, request: Request) -> "Reply | _Trouble":
        names = dict(self.names)
        body = {names.get(name, name): value for name, value in request.body().items() if names.get(name, name)}
        try:
            async with (
                asyncio.timeout(self.timeout_s),
                self.http.stream(
                    "POST", self.url, content=json.dumps(body), headers={"Content-Type": "application/json"}
                ) as response,
            ):
                data = await _bounded(response)
        except TimeoutError:
            return _Trouble("no answer in time", passes=True)
        except httpx.HTTPError as error:
            return _Trouble(f"no connection: {self._quoted(str(error) or type(error).__name__)}", passes=True)
        if response.status_code == 200:
            return _reply(data, request)
        return self._trouble(response, data, names)

    def _trouble(self, response: httpx.Response, data: bytes | None, names: Mapping[str, str]) -> "_Trouble":
        status, message = response.status_code, _message(data)
        reason = f"{status}: {self._quoted(message)}" if message else str(status)
        if status in _FATAL:
            raise OctavoError(f"{self.host} {_FATAL[status]} ({reason})")
        if response.is_redirect:
            raise OctavoError(f"{self.host} sends to another address ({reason}); give that address as --llm")
        if status == 429 and "insufficient_quota" in message:
            raise OctavoError(f"{self.host} {_FATAL[402]} ({reason})")
        if status in (408, 409, 425, 429) or status >= 500:
            pause = retry_after(response.headers, time.time())
            if pause is not None and pause > LONGEST_PAUSE_S:
                raise OctavoError(f"{self.host} asks to wait for {pause:.0f} seconds; start again after that")
            return _Trouble(reason, passes=True, pause=pause)
        # Newer models want another name for the one parameter and none of the other.
        if status == 400 and "max_completion_tokens" in message and names["max_tokens"] == "max_tokens":
            self.names["max_tokens"] = "max_completion_tokens"
            return _Trouble(reason, passes=True, pause=0.0)
        if status == 400 and "temperature" in message and names["temperature"]:
            self.names["temperature"] = ""
            return _Trouble(reason, passes=True, pause=0.0)
        return _Trouble(reason, passes=False)

    def _quoted(self, message: str) -> str:
        """What a server says, short, printable, and without the key if it repeats it."""
        if self.key:
            message = message.replace(self.key, "…")
        return " ".join("".join(char if char.isprintable() else " " for char in message[:2000]).split())[:200]


def back_off(attempt: int, key: str) -> float:
    """Seconds before attempt `attempt` + 1: doubling from 1, times 0.5…1 by the hash of the request."""
    draw = int.from_bytes(hashlib.sha256(f"{key} {attempt}".encode()).digest()[:4]) / 2**32
    return float(min(2.0 ** (attempt - 1), LONGEST_BACK_OFF_S) * (0.5 + draw / 2))


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds that a Retry-After asks for, given as such or as an HTTP date (RFC 9110, 10.2.3), or None."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.replace(".", "", 1).isdecimal() and len(value) < 12:
        return float(value)
    try:
        at = parsedate_to_datetime(value)
        return max((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now, 0.0)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


async def _bounded(response: httpx.Response) -> bytes | None:
    """The body, or None where it is larger than `MOST_BYTES`. Not unpacked: nothing packed was asked for."""
    data = bytearray()
    async for part in response.aiter_raw():
        data += part
        if len(data) > MOST_BYTES:
            return None
    return bytes(data)


def _parsed(data: bytes | None) -> Any:
    try:
        return json.loads(data) if data else None
    except (ValueError, RecursionError):
        return None


def _reply(data: bytes | None, request: Request) -> Reply:
    """What a body with status 200 says; strange parts of it become a fault, never an exception."""
    if data is None:
        return Reply("", False, request.tokens, request.max_tokens, "the reply was too long")
    value = _parsed(data)
    choices = value.get("choices") if isinstance(value, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    text = message.get("content") if isinstance(message, dict) else None
    usage = value.get("usage") if isinstance(value, dict) else None
    if not isinstance(text, str) or not text.strip():
        tokens_in, tokens_out = _usage(usage, request.tokens, 0)
        fault = "the reply was no chat completion" if message is None else "the reply was empty"
        return Reply("", False, tokens_in, tokens_out, fault)
    text = text[:MOST_CHARACTERS].encode("utf-8", "replace").decode()  # JSON can hold halves of surrogate pairs
    tokens_in, tokens_out = _usage(usage, request.tokens, count_tokens(text))
    return Reply(text, isinstance(choice, dict) and choice.get("finish_reason") == "length", tokens_in, tokens_out)


def _usage(usage: object, tokens_in: int, tokens_out: int) -> tuple[int, int]:
    """The tokens that the endpoint reports, as far as they can be true, else the estimates."""

    def counted(name: str, estimate: int) -> int:
        count = usage.get(name) if isinstance(usage, dict) else None
        return count if isinstance(count, int) and 0 <= count <= 10_000_000 else estimate

    return counted("prompt_tokens", tokens_in), counted("completion_tokens", tokens_out)


def _message(data: bytes | None) -> str:
    """What an error's body says, in OpenAI's form or as it is."""
    value = _parsed(data)
    error = value.get("error", value) if isinstance(value, dict) else None
    if isinstance(error, dict):
        return " ".join(str(error[name])[:1000] for name in ("code", "message", "detail") if error.get(name))
    return error[:1000] if isinstance(error, str) else (data or b"")[:1000].decode("utf-8", "replace")

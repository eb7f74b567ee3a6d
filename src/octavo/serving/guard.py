"""What stands before the application: key, host, body within its limits, a client that leaves."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from octavo.serving.admission import Admission, Visit
from octavo.serving.errors import ApiError
from octavo.serving.metrics import Metrics
from octavo.serving.settings import Settings
from octavo.web import SECURITY_HEADERS, is_ours

CLOSED = (
    "/v1/",
    "/documents/",
    "/examples",
    "/metrics",
    "/openapi.json",
)  # without the key; /health and the page's own files are open
STALL_S = 30.0  # a client that takes nothing for so long has left


class ClientLeft(Exception):
    """Nobody takes the answer."""


class Guard:
    """ASGI middleware around everything.

    A POST's body is taken in whole, within its limits of bytes and time, before the application sees it. While that
    answers, the guard watches the connection: when the client leaves, the application's task is cancelled, and with it
    what it waits for.
    """

    def __init__(self, app: ASGIApp, settings: Settings, admission: Admission, metrics: Metrics) -> None:
        self.app, self.settings, self.admission, self.metrics = app, settings, admission, metrics
        self.key_digest = None if settings.key is None else _digest(settings.key)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        answered = _Answered(send)
        try:
            self._check(scope["method"], scope["path"], Headers(scope=scope))
            if scope["method"] == "POST":
                with self.admission.enter() as visit:
                    await self._take(scope, receive, answered, visit)
                if answered.status == 200:
                    self.admission.took(time.perf_counter() - started)
            else:
                await self.app(scope, receive, answered)
        except ApiError as error:
            await error.response()(scope, receive, answered)
        except ClientLeft:
            self.metrics.left += 1
        except Exception:
            answered.status = 500  # which is answered further out
            raise
        finally:
            self.metrics.answered(scope["path"], answered.status, time.perf_counter() - started)

    def _check(self, method: str, path: str, headers: Headers) -> None:
        """Raise `ApiError` for what must not come in, whatever its body says."""
        if self.key_digest is None:
            if not is_ours(headers.get("host", ""), self.settings.names):
                raise ApiError(421, "this host name is not served without a key; start octavo serve with --host NAME")
        elif path.startswith(CLOSED) and not hmac.compare_digest(_digest(_bearer(headers)), self.key_digest):
            raise ApiError(401, "the API key is missing or wrong", code="invalid_api_key")
        if method != "POST":
            return
        # A browser sends other types across origins without asking the server first.
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise ApiError(415, "send application/json")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > self.settings.body_bytes:
            raise ApiError(413, f"the request is larger than the limit of {self.settings.body_bytes} bytes")

    async def _take(self, scope: Scope, receive: Receive, send: Send, visit: Visit) -> None:
        try:
            async with asyncio.timeout(self.settings.body_s):
                body = await _body(receive, visit)
        except TimeoutError:
            raise ApiError(408, f"the request did not arrive within {self.settings.body_s:g} s") from None
        if body is None:
            return
        await _unless_left(self.app(scope, _once(body), send), receive)


class _Answered:
    """`send`, with the headers that all answers have; it remembers the status and gives up on clients that stall."""

    def __init__(self, send: Send) -> None:
        self.send, self.status = send, 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers[name] = value
            headers.setdefault("Cache-Control", "no-store")
        try:
            async with asyncio.timeout(STALL_S):
                await self.send(message)
        except TimeoutError:
            raise ClientLeft from None


async def _body(receive: Receive, visit: Visit) -> bytes | None:
    """The whole body; None where the client left before its end."""
    parts = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        visit.hold(len(part))
        parts += part
        more = message.get("more_body", False)
    return bytes(parts)


def _once(body: bytes) -> Callable[[], Awaitable[Message]]:
    """A `receive` that gives the body, and after it nothing: who leaves is the guard's to see."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await asyncio.Event().wait()
        raise AssertionError

    return receive


async def _unless_left(answering: Awaitable[None], receive: Receive) -> None:
    """Run the application until it is done. Raises `ClientLeft`, and ends it, where that comes first."""
    task = asyncio.ensure_future(answering)
    leaving = asyncio.ensure_future(receive())
    try:
        await asyncio.wait((task, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientLeft
        task.result()
    finally:
        leaving.cancel()
        task.cancel()
        await asyncio.gather(task, leaving, return_exceptions=True)


def _bearer(headers: Headers) -> str:
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _digest(key: str) -> bytes:
    """Of one length for all keys, so that a comparison in constant time tells not even that."""
    return hashlib.sha256(key.encode()).digest()

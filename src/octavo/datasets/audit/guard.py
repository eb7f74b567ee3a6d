"""What a request must be to reach the audit page: from this page, to this host, and small.

The page listens on this machine alone, but so does every browser tab of it: a stranger's page can send requests
here (cross-site request forgery).
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from octavo.web import SECURITY_HEADERS, is_ours

MOST_BYTES = 64 * 2**10  # of a request's body; an edit has a question and an answer of 4000 characters at most
MARK = "X-Octavo"  # a header that another origin's page cannot send without asking, and nobody answers it


class Guard:
    """ASGI middleware: refuses foreign hosts and origins and large bodies, and adds the security headers."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self.app, self.hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":  # start and end of the server; there are no web sockets
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        status, reason = refusal(scope["method"], Headers(scope=scope), self.hosts)
        answer = JSONResponse({"detail": reason}, status) if status else self.app
        await answer(scope, receive, secured)


def refusal(method: str, headers: Headers, hosts: Collection[str]) -> tuple[int, str]:
    """The status and reason to refuse a request with, (0, "") where there is none."""
    host = headers.get("host", "")
    if not is_ours(host, hosts):
        return 421, "this host name is not served here; start octavo inspect with --host NAME"
    if method in ("GET", "HEAD"):
        return 0, ""
    origin = headers.get("origin")
    if MARK not in headers or (origin is not None and urlsplit(origin).netloc.casefold() != host.casefold()):
        return 403, "only the page itself may send this"
    if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return 415, "send application/json"
    length = headers.get("content-length", "")
    if "transfer-encoding" in headers or not length.isdecimal():  # the server holds a body to its stated length
        return 411, "state the length"
    if int(length[:12]) > MOST_BYTES:
        return 413, "the request is too large"
    return 0, ""

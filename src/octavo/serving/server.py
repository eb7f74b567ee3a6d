"""The application listening: connections, signals, the end."""

import asyncio
import ipaddress
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from octavo.errors import OctavoError
from octavo.inference.engine import Engine
from octavo.serving.app import create_app
from octavo.serving.settings import Settings

HEAD_S = 20.0  # a connection that has not sent a request's head by then is cut
IDLE_S = 10  # between two requests of a connection
MOST_CONNECTIONS = 2000


class Impatient(H11Protocol):
    """Uvicorn's protocol, which by itself waits for a request's head without end."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    def on_response_complete(self) -> None:
        self._expect_head()
        super().on_response_complete()

    def _expect_head(self) -> None:
        self.loop.call_later(HEAD_S, self._cut, self.cycle)

    def _cut(self, last: Any) -> None:
        if self.cycle is last:
            self.transport.abort()


def serve(engine: Engine, settings: Settings, host: str, port: int) -> None:
    """Answer requests until SIGTERM or Ctrl-C; those inside are answered to their end, at most `settings.seconds`.

    Raises `OctavoError` where the address cannot be listened on, and where
    others can reach it without a key.
    """
    if settings.key is None and not _is_loopback(host):
        raise OctavoError(f"others can reach {host}: set OCTAVO_API_KEY to a key that clients must give")
    if settings.key is not None and not settings.key.isascii():
        raise OctavoError("OCTAVO_API_KEY has characters that no header can hold: take letters and digits")
    config = uvicorn.Config(
        create_app(engine, settings),
        host=host,
        port=port,
        http=Impatient,
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=int(settings.seconds),
    )
    server = _Announced(config)
    try:
        server.run()
    except SystemExit as error:  # what uvicorn does where the port is taken, after a line on standard error
        raise OctavoError(f"{host}:{port} cannot be listened on: give another --host or --port") from error


class _Announced(uvicorn.Server):
    """Says where it listens once it does."""

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            for socket in server.sockets:
                host, port = socket.getsockname()[:2]
                shown = f"[{host}]" if ":" in host else host
                print(f"http://{shown}:{port}/v1    page: http://{shown}:{port}    Ctrl-C ends", flush=True)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

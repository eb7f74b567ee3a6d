"""Connections, and addresses to listen on."""

import asyncio

import pytest
import uvicorn
from uvicorn.server import ServerState

from octavo.errors import OctavoError
from octavo.serving import server
from octavo.serving.server import Impatient, serve
from octavo.serving.settings import Settings


async def slow(scope, receive, send):
    await asyncio.sleep(0.4)
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize(
    ("sent", "got"),
    [
        (b"GET / HTTP/1.1\r\nHo", b""),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 204 No Content"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET", b"HTTP/1.1 204 No Content"),
    ],
)
def test_a_head_must_come_in_time_and_an_answer_may_take_longer(monkeypatch, sent, got):
    monkeypatch.setattr(server, "HEAD_S", 0.2)

    async def talk():
        config = uvicorn.Config(slow, http=Impatient, lifespan="off")
        config.load()
        listening = await asyncio.get_running_loop().create_server(
            lambda: Impatient(config, ServerState(), {}), "127.0.0.1", 0
        )
        reader, writer = await asyncio.open_connection(*listening.sockets[0].getsockname())
        writer.write(sent)
        try:
            answer = await asyncio.wait_for(reader.read(), 5)  # to the end: the server cuts, long before its idle limit
        except ConnectionResetError:
            answer = b""
        writer.close()
        listening.close()
        return answer

    assert asyncio.run(talk()).partition(b"\r\n")[0] == got


def test_others_need_a_key():
    for host in ("0.0.0.0", "::", "192.168.1.5", "octavo.example"):
        with pytest.raises(OctavoError, match="OCTAVO_API_KEY"):
            serve(None, Settings("tiny"), host, 8000)
    with pytest.raises(OctavoError, match="letters and digits"):
        serve(None, Settings("tiny", key="ümlaut"), "127.0.0.1", 8000)

"""What stands before the application, one limit at a time."""

import asyncio

import pytest

from octavo.serving import guard
from octavo.serving.admission import Admission
from octavo.serving.errors import ApiError
from octavo.serving.guard import Guard
from octavo.serving.metrics import Metrics
from octavo.serving.settings import Settings

HEADERS = {"host": "localhost:8000", "content-type": "application/json"}


class Client:
    """One connection: body parts on their way, what was answered."""

    def __init__(self, *parts, then_waits=False, headers=HEADERS, **scope):
        self.parts, self.then_waits, self.sent = list(parts), then_waits, []
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        self.scope = {"type": "http", "method": "POST", "path": "/v1/chat/completions", "headers": pairs, **scope}
        self.gone = asyncio.Event()

    async def receive(self):
        if self.parts:
            part = self.parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(self.parts) or self.then_waits}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        self.sent.append(message)

    @property
    def status(self):
        return self.sent[0]["status"]


async def echo(scope, receive, send):
    message = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": message["body"]})


def guarded(client, app=echo, **limits):
    settings = Settings("tiny", **limits)
    made = Guard(app, settings, Admission(settings), Metrics())
    asyncio.run(made(client.scope, client.receive, client.send))
    assert (made.admission.inside, made.admission.held) == (0, 0)
    return made


def test_a_body_in_parts_arrives_whole():
    client = Client(b"a", b"b", b"c")
    guarded(client)
    assert client.sent[1]["body"] == b"abc"


@pytest.mark.parametrize(
    ("limits", "status"), [({"body_bytes": 4}, 413), ({"held_bytes": 4}, 429), ({"body_s": 0.05}, 408)]
)
def test_a_body_is_held_to_its_limits_while_it_comes(limits, status):
    client = Client(b"abc", b"def", then_waits=True)
    guarded(client, **limits)
    assert client.status == status


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost:8000", 200), ("127.0.0.1", 200), ("[::1]:80", 200), ("evil.example", 421), ("", 421)],
)
def test_strange_hosts_are_refused_where_no_key_is(host, status):
    client = Client(b"", headers=HEADERS | {"host": host})
    guarded(client)
    assert client.status == status


def test_with_a_key_the_host_does_not_matter_and_the_key_does():
    for given, status in (
        ("Bearer secret", 200),
        ("bearer secret", 200),
        ("Bearer Secret", 401),
        ("Basic secret", 401),
    ):
        client = Client(b"", headers=HEADERS | {"host": "evil.example", "authorization": given})
        guarded(client, key="secret")
        assert client.status == status


def test_who_leaves_ends_the_work():
    client, ended = Client(b""), []

    async def slow(scope, receive, send):
        client.gone.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    assert guarded(client, slow).metrics.left == 1
    assert ended
    assert not client.sent


def test_who_leaves_before_the_body_is_whole_is_not_answered():
    client = Client(b"abc", then_waits=True)
    client.gone.set()
    guarded(client)
    assert not client.sent


def test_who_takes_nothing_has_left(monkeypatch):
    monkeypatch.setattr(guard, "STALL_S", 0.05)
    client = Client(b"")

    async def stuck(message):
        await asyncio.Event().wait()

    client.send = stuck
    assert guarded(client).metrics.left == 1


def test_a_full_house_says_when_to_come_again():
    admission = Admission(Settings("tiny", active=1, waiting=1))
    for seconds in (4.0,) * 32:
        admission.took(seconds)
    with admission.enter(), admission.enter(), pytest.raises(ApiError) as refused, admission.enter():
        pass
    assert (refused.value.status, refused.value.retry_s) == (429, 8)
    assert admission.inside == 0

"""The client against a real server: what it tries again, what ends the run, what costs one request."""

import asyncio
import json
import time
from email.utils import formatdate
from typing import Any

import pytest

from octavo.datasets.llm import client as module
from octavo.datasets.llm.client import FIRST_ATTEMPTS, MOST_BYTES, MOST_REFUSED, Client, back_off, retry_after
from octavo.datasets.llm.settings import LlmSettings, key_from_environment
from octavo.datasets.llm.types import RefusedError, Reply, Request
from octavo.errors import OctavoError

from .conftest import Answer, Endpoint, completion


def request(user: str = "Ask!") -> Request:
    return Request("reader", "You ask.", user, "test-1", 0.0, 50)


class Run:
    """Asks and remembers for how long it would have slept."""

    def __init__(self, endpoint: Endpoint, key: str = "", **changes: Any) -> None:
        self.settings, self.key, self.slept = LlmSettings(endpoint.url, "reader", **changes), key, list[float]()
        self.time = 0.0

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)

    def ask(self, *requests: Request, in_turn: bool = True) -> list[Reply | BaseException]:
        async def run() -> list[Reply | BaseException]:
            client = Client(self.settings, self.key, self.sleep, lambda: self.time)
            try:
                if in_turn:
                    return [(await asyncio.gather(client.ask(each), return_exceptions=True))[0] for each in requests]
                return await asyncio.gather(*map(client.ask, requests), return_exceptions=True)
            finally:
                await client.close()

        return asyncio.run(run())

    def one(self, each: Request | None = None) -> Reply:
        [outcome] = self.ask(each or request())
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


def error(status: int, message: str = "", **headers: str) -> Answer:
    return Answer(status, json.dumps({"error": {"message": message}}).encode(), headers)


def test_a_request_as_openai_wants_it_and_its_reply(endpoint: Endpoint) -> None:
    endpoint.script.append(Answer(body=completion("Q1: Ü?\nA1: x", finish="length")))
    reply = Run(endpoint, "sk-1").one()
    assert reply == Reply("Q1: Ü?\nA1: x", True, 100, 20)
    assert endpoint.paths == ["/v1/chat/completions"]
    assert endpoint.requests == [
        {
            "model": "reader",
            "messages": [{"role": "system", "content": "You ask."}, {"role": "user", "content": "Ask!"}],
            "temperature": 0.0,
            "max_tokens": 50,
        }
    ]
    assert endpoint.headers[0]["authorization"] == "Bearer sk-1"
    assert endpoint.headers[0]["content-type"] == "application/json"


@pytest.mark.parametrize("end", ["", "/", "/chat/completions", "?api-version=3", "/?api-version=3#top"])
def test_the_address_however_it_ends(endpoint: Endpoint, end: str) -> None:
    run = Run(endpoint)
    run.settings = LlmSettings(endpoint.url + end, "reader")
    run.one()
    assert endpoint.paths == ["/v1/chat/completions" + ("?api-version=3" if "?" in end else "")]


def test_no_key_no_header(endpoint: Endpoint) -> None:
    Run(endpoint).one()
    assert "authorization" not in endpoint.headers[0]


def test_faults_that_pass_are_tried_again_with_growing_pauses(endpoint: Endpoint) -> None:
    endpoint.script.extend([error(500), error(503), Answer(body=completion("x"), drop=True)])
    run = Run(endpoint)
    assert run.one().text == "NOTHING"
    assert len(endpoint.requests) == 4
    # 1, 2 and 4 seconds, each times 0.5 to 1, and the same in every run
    assert [low <= slept <= 2 * low for slept, low in zip(run.slept, (0.5, 1.0, 2.0), strict=True)] == [True] * 3
    assert run.slept == [back_off(attempt, request().key) for attempt in (1, 2, 3)]


def test_retry_after_is_waited_for_by_all(endpoint: Endpoint) -> None:
    endpoint.script.append(error(429, "slow down", **{"Retry-After": "7"}))
    run = Run(endpoint, concurrency=1)
    assert run.one().text == "NOTHING"
    assert run.slept == [7.0]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("", None),
        ("soon", None),
        ("-3", None),
        ("1" * 40, None),
        (formatdate(999_000, usegmt=True), 0.0),
        (formatdate(1_000_030, usegmt=True), 30.0),
    ],
)
def test_retry_after_as_seconds_or_date(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value} if value else {}, 1_000_000) == seconds


def test_an_endless_retry_after_ends_the_run(endpoint: Endpoint) -> None:
    endpoint.script.append(error(429, **{"Retry-After": "86400"}))
    with pytest.raises(OctavoError, match="asks to wait for 86400 seconds"):
        Run(endpoint).one()


@pytest.mark.parametrize(
    ("status", "message", "line"),
    [
        (401, "bad key", "does not accept the key; set OCTAVO_LLM_KEY"),
        (403, "no", "does not let this key in"),
        (404, "no such model", "knows no such address or model"),
        (402, "pay", "asks for payment"),
        (405, "", "takes no chat completions"),
        (307, "", "sends to another address"),
    ],
)
def test_the_users_faults_end_the_run_at_once(endpoint: Endpoint, status: int, message: str, line: str) -> None:
    endpoint.script.append(error(status, message, Location="http://127.0.0.1:1/"))
    with pytest.raises(OctavoError, match=line):
        Run(endpoint).one()
    assert len(endpoint.requests) == 1


def test_no_credit_is_not_tried_again(endpoint: Endpoint) -> None:
    body = json.dumps({"error": {"code": "insufficient_quota", "message": "You exceeded your quota"}}).encode()
    endpoint.script.append(Answer(429, body))
    with pytest.raises(OctavoError, match="asks for payment"):
        Run(endpoint).one()


def test_what_a_server_says_is_quoted_short_printable_and_without_the_key(endpoint: Endpoint) -> None:
    endpoint.script.append(error(404, "sk-secret\x1b[2J\n" + "y" * 5000))
    with pytest.raises(OctavoError) as caught:
        Run(endpoint, "sk-secret").one()
    message = str(caught.value)
    assert len(message) < 400
    assert message.isprintable()
    assert "secret" not in message


def test_a_server_that_is_not_there(endpoint: Endpoint) -> None:
    run = Run(endpoint)
    run.settings = LlmSettings("http://127.0.0.1:1/v1", "reader")
    with pytest.raises(OctavoError, match=r"127\.0\.0\.1:1 does not answer .*start again"):
        run.one()
    assert len(run.slept) == FIRST_ATTEMPTS - 1


def test_a_slow_server_is_not_waited_for(endpoint: Endpoint) -> None:
    endpoint.script.append(Answer(body=completion("late"), delay=1.0))
    began = time.monotonic()
    assert Run(endpoint, timeout_s=0.2).one().text == "NOTHING"
    assert time.monotonic() - began < 0.9


def test_a_refused_request_costs_itself(endpoint: Endpoint) -> None:
    endpoint.script.extend([error(400, "context length exceeded"), Answer(body=completion("x"))])
    refused, answered = Run(endpoint).ask(request("long"), request("short"))
    assert isinstance(refused, RefusedError)
    assert isinstance(answered, Reply)
    assert len(endpoint.requests) == 2


def test_an_endpoint_that_refuses_everything_ends_the_run(endpoint: Endpoint) -> None:
    endpoint.script.extend([error(422, "field 'messages' is odd")] * MOST_REFUSED)
    outcomes = Run(endpoint).ask(*(request(str(n)) for n in range(MOST_REFUSED)))
    assert all(isinstance(outcome, RefusedError) for outcome in outcomes[:-1])
    assert isinstance(outcomes[-1], OctavoError)
    assert "field 'messages' is odd" in str(outcomes[-1])


def test_a_request_that_breaks_the_server_costs_itself(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ATTEMPTS", 3)

    async def run() -> list[Any]:
        client = Client(LlmSettings(endpoint.url, "reader"), "", lambda _: asyncio.sleep(0.05))
        try:
            broken = asyncio.create_task(client.ask(request("poison")))
            while not endpoint.requests:
                await asyncio.sleep(0.005)
            endpoint.script.clear()
            endpoint.script.append(Answer(body=completion("fine")))
            fine = await client.ask(request("other"))
            endpoint.script.extend([error(500)] * 5)
            return [fine, *await asyncio.gather(broken, return_exceptions=True)]
        finally:
            await client.close()

    endpoint.script.extend([error(500)] * 5)
    fine, broken = asyncio.run(run())
    assert fine.text == "fine"
    assert isinstance(broken, RefusedError)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"<html>502 from a proxy</html>", "the reply was no chat completion"),
        (b'{"choices": [{"message": {"content": "cut o', "the reply was no chat completion"),
        (b"[" * 100_000, "the reply was no chat completion"),
        (b'{"choices": []}', "the reply was no chat completion"),
        (b'{"choices": {"0": 1}}', "the reply was no chat completion"),
        (b"[]", "the reply was no chat completion"),
        (b"", "the reply was no chat completion"),
        (b'{"choices": [{"message": {"content": null}}]}', "the reply was empty"),
        (completion("  \n"), "the reply was empty"),
        (completion("x" * MOST_BYTES), "the reply was too long"),
    ],
)
def test_a_reply_that_cannot_be_used_is_a_fault(endpoint: Endpoint, body: bytes, fault: str) -> None:
    endpoint.script.extend([Answer(body=body)] * 2)
    reply = Run(endpoint).one()
    assert (reply.text, reply.fault) == ("", fault)
    assert len(endpoint.requests) == 2  # a proxy's hiccup is given one more chance


def test_strange_usage_and_half_characters(endpoint: Endpoint) -> None:
    endpoint.script.append(Answer(body=completion("a\ud800b", usage={"prompt_tokens": -5, "completion_tokens": "9"})))
    reply = Run(endpoint).one()
    assert reply.text == "a?b"
    assert (reply.tokens_in, reply.tokens_out) == (request().tokens, 3)


def test_names_that_newer_models_want(endpoint: Endpoint) -> None:
    endpoint.script.append(error(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."))
    endpoint.script.append(error(400, "Unsupported value: 'temperature' does not support 0"))
    assert Run(endpoint).one().text == "NOTHING"
    assert endpoint.requests[-1]["max_completion_tokens"] == 50
    assert not {"max_tokens", "temperature"} & set(endpoint.requests[-1])


def test_no_more_requests_at_once_than_allowed(endpoint: Endpoint) -> None:
    endpoint.script.extend([Answer(body=completion("x"), delay=0.05)] * 12)
    replies = Run(endpoint, concurrency=3).ask(*(request(str(n)) for n in range(12)), in_turn=False)
    assert all(isinstance(reply, Reply) for reply in replies)
    assert 2 <= endpoint.most_at_once <= 3


def test_requests_per_minute(endpoint: Endpoint) -> None:
    run = Run(endpoint, requests_per_minute=60)
    run.ask(*(request(str(n)) for n in range(10)))
    # six at once (a tenth of 60), then one every 60 / 54 seconds
    assert run.time == pytest.approx(4 * 60 / 54)


def test_tokens_per_minute_go_by_what_was_used(endpoint: Endpoint) -> None:
    # A request is estimated at 71 tokens (21 and a reply of 50) and takes 120: 100 in, 20 out. The bucket holds 100.
    assert request().tokens + 50 == 16 + 3 + 2 + 50
    run = Run(endpoint, tokens_per_minute=1000)
    run.ask(*(request("Ask!") for _ in range(3)))
    # 100 - 120 = -20: to 71 are 91 more, at 15 a second; then 71 - 120 = -48: 120 more
    assert run.slept == pytest.approx([91 / 15, 120 / 15])


def test_keys_come_from_the_environment(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    assert key_from_environment() == ""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-2\n")
    assert key_from_environment() == "sk-2"
    monkeypatch.setenv("OCTAVO_LLM_KEY", "sk-1")
    assert key_from_environment() == "sk-1"
    monkeypatch.setenv("OCTAVO_LLM_KEY", "sk\n1")
    with pytest.raises(OctavoError, match="OCTAVO_LLM_KEY holds characters"):
        key_from_environment()

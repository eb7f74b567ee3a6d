"""Many clients, clients that leave, and the end of the server."""

import asyncio
import json
import re
import signal
import time

import httpx
import pytest

from tests.serving.conftest import KEY, running

HEADERS = {"Authorization": f"Bearer {KEY}"}
CLIENTS, SECONDS = 200, 3.0
LONG = 800


def body(question, tokens, stream=False):
    return {
        "model": "tiny",
        "messages": [{"role": "user", "content": question}],
        "max_tokens": tokens,
        "stream": stream,
    }


@pytest.fixture(scope="module")
def endless(server):
    """A question whose answer goes on for hundreds of tokens."""
    with httpx.Client(base_url=server, headers=HEADERS, timeout=30) as client:
        for number in range(20):
            answer = client.post("/v1/chat/completions", json=body(f"How long {number}?", LONG)).json()
            if answer["choices"][0]["finish_reason"] == "length":
                return f"How long {number}?"
    raise AssertionError("all answers end soon")


def figure(server, name):
    text = httpx.get(f"{server}/metrics", headers=HEADERS).text
    return float(re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)[1])


def until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_many_clients_get_answers_or_are_told_to_come_again(server):
    answers = []

    async def ask(client, number, end):
        while time.monotonic() < end:
            answers.append(await client.post("/v1/chat/completions", json=body(f"Question {number}?", 4)))
            if answers[-1].status_code == 429:
                await asyncio.sleep(0.5)

    async def crowd():
        limits = httpx.Limits(max_connections=CLIENTS)
        async with httpx.AsyncClient(base_url=server, headers=HEADERS, timeout=60, limits=limits) as client:
            end = time.monotonic() + SECONDS
            await asyncio.gather(*(ask(client, number, end) for number in range(CLIENTS)))

    asyncio.run(crowd())
    statuses = {answer.status_code for answer in answers}
    assert statuses == {200, 429}
    refused = [answer for answer in answers if answer.status_code == 429]
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    assert all(answer.json()["error"]["code"] == "rate_limit_exceeded" for answer in refused)
    until(lambda: figure(server, "octavo_sequences_running") == 0)
    assert figure(server, "octavo_requests_inside") == figure(server, "octavo_request_bytes_held") == 0


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_leaves_frees_its_slot(server, endless, stream):
    before = figure(server, "octavo_clients_left_total")
    request = {"json": body(endless, LONG, stream), "headers": HEADERS}
    with httpx.Client(base_url=server, timeout=0.2) as client:
        if stream:
            with client.stream("POST", "/v1/chat/completions", **request) as answer:
                next(answer.iter_lines())
        else:
            with pytest.raises(httpx.ReadTimeout):
                client.post("/v1/chat/completions", **request)
    until(lambda: figure(server, "octavo_clients_left_total") == before + 1)
    until(lambda: figure(server, "octavo_sequences_running") == 0, seconds=1)


def test_sigterm_lets_answers_end_and_lets_nobody_in(model_folder, endless):
    with running(model_folder) as (url, process):
        with httpx.stream(
            "POST", f"{url}/v1/chat/completions", json=body(endless, LONG, True), headers=HEADERS, timeout=30
        ) as answer:
            lines = (line.removeprefix("data: ") for line in answer.iter_lines() if line)
            next(lines)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            with pytest.raises(httpx.ConnectError):
                httpx.get(f"{url}/health")
            *chunks, done = lines
        assert done == "[DONE]"
        assert json.loads(chunks[-1])["choices"][0]["finish_reason"] == "length"
        process.wait(10)

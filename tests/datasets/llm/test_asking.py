"""All documents of a build asked about: order, cache, budget, judge, and a kill."""

import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from octavo.datasets.llm import LlmSettings, Meter, ask_all, estimate
from octavo.datasets.llm.asking import NOT_ASKED, TWICE
from octavo.datasets.llm.chunks import TOO_FEW, TOO_LONG
from octavo.datasets.llm.judge import JUDGED
from octavo.datasets.llm.writer import NOT_ON_PAGE
from octavo.datasets.types import ABSTRACTIVE, Question
from octavo.datasets.verify import grounded
from octavo.documents.types import Box, Page, PageImage, Word
from octavo.errors import OctavoError
from octavo.progress import Progress

from .conftest import Answer, Endpoint, completion

Asked = list[tuple[str, list[Question], Counter[str]]]


def page_of(*lines: str, number: int = 1) -> Page:
    """A page of these lines, in type of 10 points."""
    words = [
        Word(word, Box(at / 120, 0.03 * row + 0.05, (at + len(word)) / 120, 0.03 * row + 0.06), 10.0)
        for row, line in enumerate(lines)
        for word, at in ((match[0], match.start()) for match in re.finditer(r"\S+", line))
    ]
    return Page(number, "", 600, 800, tuple(words), PageImage(b"", "JPEG", 0, 0))


def paper(number: int) -> tuple[str, list[Page]]:
    """A document: its hash and its one page."""
    page = page_of(
        f"Order number: {number:06d}",
        "Goods are delivered to the yard by the carrier",
        f"Amount due: EUR {number},250.00",
    )
    return f"{number:064x}", [page]


def write(body: dict[str, Any]) -> str:
    """A model that reads: number and amount of the page, and an answer that it made up."""
    user = body["messages"][1]["content"]
    order = re.search(r"Order number: (\d+)", user)
    amount = re.search(r"EUR ([\d,.]+)", user)
    assert order
    assert amount
    value = float(amount[1].replace(",", ""))
    return (
        f"Q1: What is the order number?\nA1 [page 1]: {order[1]}\n"
        f"Q2: How much is due?\nA2 [page 1]: {value:.1f}\n"
        "Q3: Who signed?\nA3 [page 1]: Hieronymus Bosch"
    )


def settings(endpoint: Endpoint, **changes: Any) -> LlmSettings:
    return LlmSettings(endpoint.url, "reader", **changes)


def test_documents_come_back_in_order_with_grounded_questions(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.write = write
    documents = [paper(number) for number in range(1, 9)]
    meter = Meter(settings(endpoint))
    with Progress("ask", 8, "documents") as progress:
        asked = list(ask_all(documents, settings(endpoint), tmp_path / "cache.sqlite", progress, meter))
    assert [sha256 for sha256, _, _ in asked] == [sha256 for sha256, _ in documents]
    assert progress.done == 8
    assert "tokens in" in progress.note
    for number, ((_, questions, dropped), (_, pages)) in enumerate(zip(asked, documents, strict=True), 1):
        assert [question.answer for question in questions] == [f"{number:06d}", f"EUR {number},250.00"]
        assert questions[1].variants == (f"{number}250.0",)
        assert all(grounded(question, pages[0].words) for question in questions)
        assert all(question.source == "llm:reader:fields-1" and question.kind == "llm" for question in questions)
        assert dropped == {NOT_ON_PAGE: 1}
    assert meter.report()["used"] == {"requests": 8, "tokens_in": 800, "tokens_out": 160, "money": None}
    assert meter.questions == 16


def test_nothing_is_asked_twice(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.write = write
    documents = [paper(number) for number in range(1, 6)]
    first_meter = Meter(settings(endpoint))
    first = list(ask_all(documents, settings(endpoint), tmp_path / "cache.sqlite", meter=first_meter))
    assert len(endpoint.requests) == 5
    meter = Meter(settings(endpoint))
    elsewhere = replace(settings(endpoint), url="http://localhost:1/v1")  # nobody there is asked anything
    assert list(ask_all(documents, elsewhere, tmp_path / "cache.sqlite", meter=meter)) == first
    assert len(endpoint.requests) == 5
    assert (meter.used.requests, meter.paid.requests, meter.cached) == (5, 0, 5)
    assert meter.note == "0 requests, 0 tokens in, 0 out, 5 more from the cache"
    assert meter.report() == first_meter.report()
    list(ask_all(documents, settings(endpoint, temperature=0.5), tmp_path / "cache.sqlite"))
    assert len(endpoint.requests) == 10


def test_a_page_that_two_documents_share_is_paid_once(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.script.append(
        Answer(body=completion(write({"messages": [{}, {"content": "Order number: 7 EUR 5"}]})), delay=0.2)
    )
    endpoint.write = write
    _, pages = paper(3)
    asked = list(ask_all([("a" * 64, pages), ("b" * 64, pages)], settings(endpoint), tmp_path / "c.sqlite"))
    assert len(endpoint.requests) == 1
    assert asked[0][1] == asked[1][1]


def test_one_bad_reply_costs_one_reply(endpoint: Endpoint, tmp_path: Path) -> None:
    def sometimes(body: dict[str, Any]) -> str:
        return "I am sorry, Dave." if "000002" in body["messages"][1]["content"] else write(body)

    endpoint.write = sometimes
    asked = list(ask_all(map(paper, (1, 2, 3)), settings(endpoint), tmp_path / "cache.sqlite"))
    assert [len(questions) for _, questions, _ in asked] == [2, 0, 2]
    assert asked[1][2] == {"the reply has no pair in it": 1}


def test_the_judge_has_the_last_word(endpoint: Endpoint, tmp_path: Path) -> None:
    def both(body: dict[str, Any]) -> str:
        if body["model"] == "critic":
            assert "How much is due?" in body["messages"][1]["content"]
            return "1: KEEP\n2: DROP"
        return write(body)

    endpoint.write = both
    [(_, questions, dropped)] = ask_all([paper(4)], settings(endpoint, judge="critic"), tmp_path / "cache.sqlite")
    assert [question.answer for question in questions] == ["000004"]
    assert dropped == {NOT_ON_PAGE: 1, JUDGED: 1}
    assert len(endpoint.requests) == 2


def test_abstractive_answers_are_kept_if_asked(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.write = write
    [(_, questions, dropped)] = ask_all([paper(4)], settings(endpoint, abstractive=True), tmp_path / "cache.sqlite")
    assert [(question.form, question.boxes) for question in questions[2:]] == [(ABSTRACTIVE, ())]
    assert questions[2].answer == "Hieronymus Bosch"
    assert not dropped


def test_the_budget_stops_the_run_and_counts_what_was_not_asked(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.write = write
    documents = [paper(number) for number in range(1, 11)]
    [one] = {estimate([document], settings(endpoint)).limit for document in documents[:1]}
    # Three replies of 120 tokens and room for a fourth request, whose bound is larger than what it will take.
    budget = 3 * 120 + one.tokens_in + one.tokens_out + 1
    limited = settings(endpoint, budget=budget)
    meter = Meter(limited)
    asked = list(ask_all(documents, limited, tmp_path / "cache.sqlite", meter=meter))
    assert [bool(questions) for _, questions, _ in asked] == [True] * 4 + [False] * 6
    assert all(dropped == {NOT_ASKED: 1} for _, _, dropped in asked[4:])
    assert (meter.not_asked, len(endpoint.requests)) == (6, 4)
    # What the cache holds counts as well, so a restart ends the same; with more budget it goes on.
    for concurrency in (1, 64):
        assert list(ask_all(documents, replace(limited, concurrency=concurrency), tmp_path / "cache.sqlite")) == asked
    assert len(endpoint.requests) == 4
    list(ask_all(documents, settings(endpoint, budget=10 * budget), tmp_path / "cache.sqlite"))
    assert len(endpoint.requests) == 10


def test_a_budget_in_money(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.write = write
    priced = settings(endpoint, price_in=2.0, price_out=10.0)
    meter = Meter(priced)
    list(ask_all([paper(1)], priced, tmp_path / "cache.sqlite", meter=meter))
    # 100 tokens at 2 and 20 at 10 per million
    assert meter.used.money(priced) == pytest.approx(0.0004)
    assert meter.this_run()["paid"] == {"requests": 1, "tokens_in": 100, "tokens_out": 20, "money": 0.0004}
    poor = replace(priced, budget=0.001)
    assert [dropped for _, _, dropped in ask_all([paper(2)], poor, tmp_path / "cache.sqlite")] == [{NOT_ASKED: 1}]


def test_the_estimate_asks_nothing_and_knows_the_cache(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.write = write
    cache = tmp_path / "cache.sqlite"
    priced = settings(endpoint, price_in=1.0, price_out=4.0)
    documents = [paper(number) for number in range(1, 4)]
    before = estimate(documents, priced, cache)
    assert (before.requests, before.cached, before.new.requests) == (3, 0, 3)
    assert before.limit.tokens_out == 3 * priced.max_tokens > before.new.tokens_out
    assert not endpoint.requests
    assert not cache.exists()
    list(ask_all(documents[:2], priced, cache))
    after = estimate(documents, priced, cache)
    assert (after.requests, after.cached, after.new.requests) == (3, 2, 1)
    assert "2 of 3 are in the cache" in after.text(priced)
    # 375 tokens of prompt at least: within a fifth of a third of what three would be
    assert after.new.tokens_in * 3 == pytest.approx(before.new.tokens_in, rel=0.05)


def test_pages_and_documents_that_are_left_out_are_counted(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.write = write
    empty = ("e" * 64, [page_of("Two words")])
    long = ("f" * 64, [replace(paper(1)[1][0], number=number) for number in range(1, 6)])
    asked = list(ask_all([empty, long], settings(endpoint, prompt="docmatix"), tmp_path / "cache.sqlite"))
    assert [dropped for _, _, dropped in asked] == [{TOO_FEW: 1}, {TOO_LONG: 1}]
    assert not endpoint.requests
    # The other preset asks page by page. This model says "page 1" of each, which is put right.
    [(_, questions, dropped)] = ask_all([long], settings(endpoint), tmp_path / "cache.sqlite")
    assert len(endpoint.requests) == 5
    assert [question.page for question in questions] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert dropped == {NOT_ON_PAGE: 5}


def test_the_same_question_is_kept_once_a_page(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.write = lambda body: "Q1: What is due?\nA1: EUR 4,250.00\nQ2: What is due?\nA2: 4250"
    [(_, questions, dropped)] = ask_all([paper(4)], settings(endpoint), tmp_path / "cache.sqlite")
    assert len(questions) == 1
    assert dropped == {TWICE: 1}


def test_a_wrong_key_ends_the_run_in_one_line(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    message = {"error": {"message": "Incorrect API key provided: sk-very-secret\nsee the site"}}
    endpoint.script.extend([Answer(401, json.dumps(message).encode())] * 30)
    with pytest.raises(OctavoError, match="does not accept the key; set OCTAVO_LLM_KEY") as caught:
        list(ask_all(map(paper, range(1, 9)), settings(endpoint), tmp_path / "cache.sqlite"))
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert endpoint.headers[0]["authorization"] == "Bearer sk-very-secret"
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"secret" not in files


def test_an_endpoint_that_refuses_all_there_is_is_an_error_at_the_end(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.script.extend([Answer(400, b'{"error": "no such parameter: messages"}')] * 3)
    run = ask_all(map(paper, (1, 2, 3)), settings(endpoint), tmp_path / "cache.sqlite")
    assert [dropped for _, _, dropped in (next(run) for _ in range(3))] == [{"the endpoint refused the request": 1}] * 3
    with pytest.raises(OctavoError, match="refused all of 3 requests: 400: no such parameter: messages"):
        next(run)


def test_a_consumer_that_stops_leaves_no_thread(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.write = write
    before = {thread.name for thread in threading.enumerate()}
    run = ask_all((paper(number) for number in range(1, 10_000)), settings(endpoint), tmp_path / "cache.sqlite")
    next(run)
    run.close()
    assert "octavo-llm" not in {thread.name for thread in threading.enumerate()} - before
    assert len(endpoint.requests) < 200  # documents are taken as they are needed


KILLED = """
import sys
from pathlib import Path
from octavo.datasets.llm import LlmSettings, ask_all
from octavo.documents.types import Box, Page, PageImage, Word

def paper(number):
    texts = f"Order number: {number:06d} Goods delivered to the yard for EUR {number},250.00".split()
    words = tuple(Word(text, Box(at / 20, 0.1, at / 20 + 0.04, 0.11), 10.0) for at, text in enumerate(texts))
    return f"{number:064x}", [Page(1, "", 600, 800, words, PageImage(b"", "JPEG", 0, 0))]

settings = LlmSettings(sys.argv[1], "reader", concurrency=2)
for sha256, questions, dropped in ask_all(map(paper, range(1, 21)), settings, Path(sys.argv[2])):
    print(sha256, questions, sorted(dropped.items()), flush=True)
"""


def run_apart(endpoint: Endpoint, cache: Path) -> "subprocess.Popen[str]":
    """A process that asks about 20 documents and prints what it gets."""
    command = [sys.executable, "-c", KILLED, endpoint.url, str(cache)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_killed_and_restarted_it_asks_only_what_is_missing(endpoint: Endpoint, tmp_path: Path) -> None:
    def slowly(body: dict[str, Any]) -> str:
        time.sleep(0.02)
        return write(body)

    endpoint.write = slowly
    cache = tmp_path / "cache.sqlite"
    first = run_apart(endpoint, cache)
    while len(endpoint.requests) < 12:
        assert first.poll() is None
        time.sleep(0.005)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    time.sleep(0.1)
    asked_before = prompts(endpoint)
    second, _ = run_apart(endpoint, cache).communicate(timeout=60)
    asked = Counter(prompts(endpoint))
    assert len(asked) == 20
    # Two requests were under way when it was killed; nobody knows their replies, so they are asked again.
    assert len(endpoint.requests) <= 20 + 2
    assert len(asked_before) < 20
    assert set(asked.values()) <= {1, 2}
    undisturbed, _ = run_apart(endpoint, tmp_path / "other.sqlite").communicate(timeout=60)
    assert second == undisturbed
    assert len(second.splitlines()) == 20


def prompts(endpoint: Endpoint) -> list[str]:
    return [request["messages"][1]["content"] for request in endpoint.requests]

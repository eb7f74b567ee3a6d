"""Questions about all documents of a build by a language model: many requests at once, results in order.

The caller's thread makes the chunks, keeps the budget and yields; an event loop in a thread of its own talks to
the endpoint and to the cache. What is asked, and what comes of it, depends on the documents, the settings and the
replies alone: neither on which reply was first, nor on what a killed run had asked already.
"""

import asyncio
import threading
from collections import Counter, deque
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from octavo.datasets.llm.cache import Cache
from octavo.datasets.llm.chunks import Chunk, document_chunks, page_chunks, readable, unfit
from octavo.datasets.llm.client import Client
from octavo.datasets.llm.cost import NO_COST, REPLY_TOKENS_PER_PAIR, Cost, most
from octavo.datasets.llm.judge import NOT_JUDGED, verdict_request, verdicts
from octavo.datasets.llm.settings import LlmSettings, key_from_environment
from octavo.datasets.llm.types import RefusedError, Reply, Request
from octavo.datasets.llm.writer import pairs_wanted, questions_of, request_for
from octavo.datasets.types import Question
from octavo.documents.types import Page
from octavo.progress import Progress

WINDOW = 64  # chunks under way; the budget looks no further back, so it does not depend on `concurrency`
TWICE = "the same question is already asked of the page"
NOT_ASKED = "the budget for language models was used up"

Documents = Iterable[tuple[str, Sequence[Page]]]  # (sha256, pages)


@dataclass(slots=True)
class Meter:
    """What a run cost so far: `used` are the replies that the questions rest on, `paid` those asked for in this run.

    `cached` replies came from the cache, `not_asked` chunks were left out for the budget.
    """

    settings: LlmSettings
    used: Cost = NO_COST
    paid: Cost = NO_COST
    cached: int = 0
    retries: int = 0
    not_asked: int = 0
    questions: int = 0
    dropped: Counter[str] = field(default_factory=Counter)

    @property
    def note(self) -> str:
        """The cost so far for a line of progress."""
        cached = f", {self.cached} more from the cache" if self.cached else ""
        return self.paid.text(self.settings) + cached + (", budget used up" if self.not_asked else "")

    def report(self) -> dict[str, object]:
        """The totals, JSON-able: what the questions rest on, the same for every run over the same replies."""
        return {
            "source": self.settings.source,
            "judge": self.settings.judge,
            "used": self._plain(self.used),
            "not_asked": self.not_asked,
            "questions": self.questions,
            "dropped": dict(sorted(self.dropped.items())),
        }

    def this_run(self) -> dict[str, object]:
        """What this run paid and had to try again, JSON-able; another run over the same documents tells otherwise."""
        return {"paid": self._plain(self.paid), "cached": self.cached, "retries": self.retries}

    def _plain(self, cost: Cost) -> dict[str, object]:
        """A cost with its price in money, null without prices."""
        money = round(cost.money(self.settings), 6) if self.settings.has_prices else None
        return {"requests": cost.requests, "tokens_in": cost.tokens_in, "tokens_out": cost.tokens_out, "money": money}


@dataclass(frozen=True, slots=True)
class Estimate:
    """What asking about documents would cost: `new` is expected to be paid, `limit` is the most it can be."""

    requests: int
    cached: int
    new: Cost
    limit: Cost

    def text(self, settings: LlmSettings) -> str:
        """As a person reads it before the run."""
        cached = f"; {self.cached} of {self.requests} are in the cache" if self.cached else ""
        return f"about {self.new.text(settings)}; at most {self.limit.text(settings)}{cached}"


@dataclass(frozen=True, slots=True)
class _Written:
    """What one chunk gave."""

    questions: tuple[Question, ...] = ()
    dropped: Counter[str] = field(default_factory=Counter)
    cost: Cost = NO_COST


@dataclass(slots=True)
class _Document:
    """A document under way: `written` grows in the order of its chunks until there are `chunks` of them."""

    sha256: str
    dropped: Counter[str] = field(default_factory=Counter)
    written: list[_Written] = field(default_factory=list)
    chunks: int = 0

    def result(self) -> tuple[str, list[Question], Counter[str]]:
        """Its questions, each once a page, and what was dropped."""
        kept: dict[tuple[int, str], Question] = {}
        for written in self.written:
            self.dropped.update(written.dropped)
            for question in written.questions:
                if kept.setdefault((question.page, question.text.casefold()), question) is not question:
                    self.dropped[TWICE] += 1
        return self.sha256, list(kept.values()), self.dropped


def chunks_of(pages: Sequence[Page], settings: LlmSettings, dropped: Counter[str]) -> Iterator[Chunk]:
    """The parts in which a document is asked about; what is left out is counted."""
    if settings.preset.chunks == "document" and (reason := unfit(pages)):
        dropped[reason] += 1
        return
    fit = []
    for page in pages:
        if reason := readable(page):
            dropped[reason] += 1
        elif settings.preset.chunks == "document":
            fit.append(page)
        else:
            yield from page_chunks(page)
    yield from document_chunks(fit)


def estimate(documents: Documents, settings: LlmSettings, cache_path: Path | None = None) -> Estimate:
    """What `ask_all` would cost, asking nothing.

    Tokens are counted by the rule of `tokens.count_tokens`; a reply is taken to hold the pairs that were asked
    for, at `REPLY_TOKENS_PER_PAIR`, and the most it can be is `settings.max_tokens`.
    """
    requests = cached = 0
    new = limit = NO_COST
    cache = Cache(cache_path) if cache_path and cache_path.exists() else None
    try:
        for sha256, pages in documents:
            for number, chunk in enumerate(chunks_of(pages, settings, Counter())):
                request = request_for(chunk, sha256, number, settings)
                requests += 1
                if cache and cache.get(request):
                    cached += 1
                    continue
                reply = min(pairs_wanted(chunk, settings) * REPLY_TOKENS_PER_PAIR, settings.max_tokens)
                new += Cost(1, request.tokens, reply)
                if settings.judge:
                    new += Cost(1, request.tokens + reply, reply // 4)
                limit += most(request, settings)
    finally:
        if cache:
            cache.close()
    return Estimate(requests, cached, new, limit)


def ask_all(
    documents: Documents,
    settings: LlmSettings,
    cache_path: Path,
    progress: Progress | None = None,
    meter: Meter | None = None,
) -> Iterator[tuple[str, list[Question], Counter[str]]]:
    """For each document, in the order given: its hash, its questions, and what was dropped for which reason.

    Every question is `grounded` in its page's words, or has the form "abstractive" if the settings allow it.
    Replies are kept in `cache_path`, so that nothing is paid twice; `progress` advances by a document at a time
    and shows the cost so far; `meter` has the totals afterwards. A budget is kept from the first document on, so a
    run that was killed must be given all its documents again. At most `WINDOW` chunks are under way, which
    bounds the memory. Where the budget does not cover a chunk, it and all later ones are left out and counted.
    Raises `OctavoError` where the endpoint cannot be used.
    """
    meter = meter or Meter(settings)
    waiting: deque[_Document] = deque()
    under_way: deque[tuple[_Document, Future[_Written], Cost]] = deque()
    reserved = NO_COST
    is_over = False

    def settle() -> None:
        nonlocal reserved
        document, future, bound = under_way.popleft()
        written = future.result()
        document.written.append(written)
        meter.used += written.cost
        reserved -= bound

    def fits(bound: Cost) -> bool:
        return not settings.budget or (meter.used + reserved + bound).against(settings) <= settings.budget

    def finished(most_waiting: int) -> Iterator[tuple[str, list[Question], Counter[str]]]:
        while waiting and (len(waiting[0].written) == waiting[0].chunks or len(waiting) > most_waiting):
            while len(waiting[0].written) < waiting[0].chunks:
                settle()
            sha256, questions, dropped = waiting.popleft().result()
            meter.questions += len(questions)
            meter.dropped.update(dropped)
            if progress:
                progress.advance(note=meter.note)
            yield sha256, questions, dropped

    with _Desk(settings, cache_path, meter) as desk:
        for sha256, pages in documents:
            document = _Document(sha256)
            for number, chunk in enumerate(chunks_of(pages, settings, document.dropped)):
                request = request_for(chunk, sha256, number, settings)
                bound = most(request, settings)
                while len(under_way) >= WINDOW or (under_way and not is_over and not fits(bound)):
                    settle()
                is_over = is_over or not fits(bound)
                if is_over:
                    document.dropped[NOT_ASKED] += 1
                    meter.not_asked += 1
                    continue
                document.chunks += 1
                reserved += bound
                under_way.append((document, desk.submit(desk.write(request, chunk)), bound))
            waiting.append(document)
            # Without a budget, what is done need not wait for the window to be full.
            while not settings.budget and under_way and under_way[0][1].done():
                settle()
            yield from finished(WINDOW)
        yield from finished(0)
        if not meter.used.requests:
            desk.client.check()


class _Desk:
    """The thread with the event loop, and what lives in it: client, cache, and requests under way."""

    def __init__(self, settings: LlmSettings, cache_path: Path, meter: Meter) -> None:
        self.settings, self.cache_path, self.meter = settings, cache_path, meter
        self.key = key_from_environment()
        self.flying: dict[str, asyncio.Task[Reply]] = {}

    def submit(self, coroutine: "Coroutine[Any, Any, _Written]") -> "Future[_Written]":
        """Have the loop run it."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    async def write(self, request: Request, chunk: Chunk) -> _Written:
        """Ask about a chunk, look the answers up, and have them judged if a judge is named."""
        settings, dropped = self.settings, Counter[str]()
        try:
            reply = await self._reply(request)
        except RefusedError as error:
            return _Written(dropped=Counter({str(error): 1}))
        cost = Cost(1, reply.tokens_in, reply.tokens_out)
        questions = questions_of(reply, chunk, settings, dropped)
        if settings.judge and questions:
            try:
                reply = await self._reply(verdict_request(chunk, questions, settings))
            except RefusedError:
                dropped[NOT_JUDGED] += len(questions)
                return _Written((), dropped, cost)
            cost += Cost(1, reply.tokens_in, reply.tokens_out)
            said = verdicts(reply, len(questions))
            dropped.update(reason for reason in said if reason)
            questions = [question for question, reason in zip(questions, said, strict=True) if not reason]
        return _Written(tuple(questions), dropped, cost)

    async def _reply(self, request: Request) -> Reply:
        """From the cache, from the same request under way, or from the endpoint."""
        key = request.key
        if key not in self.flying:
            self.flying[key] = asyncio.create_task(self._kept(request))
            self.flying[key].add_done_callback(lambda _: self.flying.pop(key))
        return await self.flying[key]

    async def _kept(self, request: Request) -> Reply:
        reply = self.cache.get(request)
        if reply:
            self.meter.cached += 1
        else:
            reply = await self.client.ask(request)
            self.meter.paid += Cost(1, reply.tokens_in, reply.tokens_out)
            self.meter.retries = self.client.retries
            reply = self.cache.put(request, reply)
        return reply

    def __enter__(self) -> Self:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="octavo-llm", daemon=True)
        self.thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._open(), self.loop).result()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            asyncio.run_coroutine_threadsafe(self._close(), self.loop).result()
        finally:
            self._stop()

    async def _open(self) -> None:
        self.cache = Cache(self.cache_path)  # SQLite wants to be used by the thread that opened it
        self.client = Client(self.settings, self.key)

    async def _close(self) -> None:
        """Drop what is under way (the run is over, or failed) and close."""
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.client.close()
        self.cache.close()

    def _stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

"""A chat request is answered: its files are read, the model is asked, the answer is looked for on its pages."""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from octavo.documents import Document, Page
from octavo.inference.engine import Completion, Engine, Event, Guide, Piece, Prompt, Request, Sampling
from octavo.inference.grounding import Vocabulary
from octavo.inference.ranking import Tally, ranked, tally
from octavo.inference.types import AUTO, GROUNDED, surest
from octavo.serving.conversation import Sources, question_of, turns, uploads_of
from octavo.serving.errors import ApiError
from octavo.serving.evidence import Evidence, Held, evidence_of
from octavo.serving.files import Files
from octavo.serving.metrics import Metrics
from octavo.serving.readers import Readers
from octavo.serving.remote import Fetcher
from octavo.serving.schema import ChatRequest
from octavo.serving.settings import Settings
from octavo.serving.uploads import Upload

DEFAULT_TOKENS = 256  # of an answer; a trained model ends by itself
Shown: TypeAlias = dict[int, int]  # file (from 0) to its page (from 1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A whole answer.

    `asked` are the files and pages of each prompt that it took, from 1; `tokens` (prompt, cached, generated) are of all
    of them.
    """

    completion: Completion
    evidence: Evidence
    asked: list[list[tuple[int, int]]]
    tokens: dict[str, int]
    timings: dict[str, float]

    def extension(self) -> dict[str, Any]:
        """The response's field `octavo`."""
        return {
            "file": self.evidence.file,
            "page": self.evidence.page,
            "boxes": [list(box) for box in self.evidence.boxes],
            "confidence": self.completion.confidence,
            "asked": [[{"file": file, "page": page} for file, page in prompt] for prompt in self.asked],
            "timings": {name: round(seconds, 4) for name, seconds in self.timings.items()},
        }


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request with its files; `until` is when it must be answered, by the event loop's clock."""

    request: ChatRequest
    sampling: Sampling
    uploads: list[Upload]
    documents: list[Document]
    until: float


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One prompt's answer, where it comes from, and the pages that it was shown, by file from 0."""

    pieces: list[Piece]
    completion: Completion
    evidence: Evidence
    pages: dict[int, Page]
    read_s: float


class Answering:
    """Answers requests, `settings.active` at a time and the others in the order in which they came."""

    def __init__(self, engine: Engine, readers: Readers, files: Files, settings: Settings, metrics: Metrics) -> None:
        self.engine, self.readers, self.settings, self.metrics = engine, readers, settings, metrics
        self.turn = asyncio.Semaphore(settings.active)
        self.sources = Sources(files, Fetcher(settings.body_bytes) if settings.remote_images else None)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What the tokens spell."""
        return Vocabulary(self.engine.processor.tokenizer, self.engine.ends)

    async def answer(self, request: ChatRequest) -> AsyncGenerator[Piece | Outcome, None]:
        """The answer's pieces, then the outcome.

        One prompt's pieces come as they are made. Where there are several, all are asked, and the pieces are those of
        the most confident answer that says something. Raises `OctavoError`, `ApiError`, and `TimeoutError` after
        `settings.seconds`.
        """
        started = time.perf_counter()
        until = asyncio.get_running_loop().time() + self.settings.seconds
        sampling = _sampling(request)
        async with asyncio.timeout_at(until):
            await self.turn.acquire()
        try:
            async with AsyncExitStack() as files:
                async with asyncio.timeout_at(until):
                    uploads = await uploads_of(request.messages, self.settings.pages, self.sources)
                    documents = await files.enter_async_context(self.readers.opened(uploads))
                asked = _Asked(request, sampling, uploads, documents, until)
                async with aclosing(self._best(asked, started)) as events:
                    async for event in events:
                        yield event
        finally:
            self.turn.release()

    async def _best(self, asked: _Asked, started: float) -> AsyncGenerator[Piece | Outcome, None]:
        choices = await self._choices(asked)
        attempts: list[_Attempt] = []
        for shown in choices:
            async with aclosing(self._attempt(asked, shown)) as events:
                async for event in events:
                    if isinstance(event, _Attempt):
                        attempts.append(event)
                    elif len(choices) == 1:
                        yield event
        best = attempts[surest([(attempt.completion.text, attempt.completion.confidence) for attempt in attempts])]
        if len(choices) > 1:
            for piece in best.pieces:
                yield piece
        self.metrics.first.observe(attempts[0].read_s + attempts[0].completion.first_s)
        yield self._outcome(attempts, best, time.perf_counter() - started)

    async def _choices(self, asked: _Asked) -> list[Shown]:
        """Which pages each prompt shows: those asked for, or of a long document those whose words fit best."""
        wanted, most, limit = asked.request.octavo.pages, asked.request.octavo.most, self.settings.pages
        choices = choices_of(asked.documents, wanted)
        if not wanted:
            choices = await self._likeliest(asked, choices, most or self.settings.most)
        count = len({page for shown in choices for page in shown.items()})
        if count > limit:
            reason = f"{count} pages, more than the limit of {limit}; choose fewer as octavo.pages or octavo.most"
            raise ApiError(400, reason, "messages", "too_many_pages")
        return choices

    async def _likeliest(self, asked: _Asked, choices: list[Shown], most: int) -> list[Shown]:
        """The `most` prompts whose pages' words fit the question best, in their order."""
        if len(choices) <= most:
            return choices
        question, tallies = question_of(asked.request.messages), list[Tally]()
        async with asyncio.timeout_at(asked.until):
            for shown in choices:
                *_, (i, number) = shown.items()  # the page in which the prompts differ
                words = await self.readers.words(asked.uploads[i], asked.documents[i], number)
                tallies.append(await asyncio.to_thread(tally, question, words))
        return [choices[place] for place in sorted(ranked(tallies)[:most])]

    async def _attempt(self, asked: _Asked, shown: Shown) -> AsyncGenerator[Piece | _Attempt, None]:
        """Read the pages, ask about them: the pieces, then the whole."""
        started = time.perf_counter()
        pages: dict[int, Page] = {}
        async with asyncio.timeout_at(asked.until):
            for i, number in shown.items():
                pages[i] = await self.readers.page(asked.uploads[i], asked.documents[i], number)
            prompt, held = await asyncio.to_thread(self._prepared, asked.request, pages)
        read_s = time.perf_counter() - started
        pieces: list[Piece] = []
        guide = None if held is None else held.guide
        async with aclosing(generated(self.engine, prompt, asked.sampling, asked.until, guide)) as events:
            async for event in events:
                if isinstance(event, Piece):
                    pieces.append(event)
                    yield event
                else:
                    located = asked.request.octavo.mode == AUTO
                    evidence = evidence_of(event.text, pages, located) if held is None else held.evidence()
                    yield _Attempt(pieces, event, evidence, pages, read_s)

    def _prepared(self, request: ChatRequest, pages: dict[int, Page]) -> tuple[Prompt, Held | None]:
        """The prompt, and what its answer is held to."""
        images = [page.image.pil() for page in pages.values()]
        prompt = self.engine.prepare(turns(request.messages, set(pages)), images)
        grounded = request.octavo.mode == GROUNDED
        return prompt, Held.to(pages, question_of(request.messages), self.vocabulary) if grounded else None

    def _outcome(self, attempts: Sequence[_Attempt], best: _Attempt, seconds: float) -> Outcome:
        completions = [attempt.completion for attempt in attempts]
        counts = {
            "prompt": sum(completion.prompt_tokens for completion in completions),
            "cached": sum(completion.cached_tokens for completion in completions),
            "generated": sum(len(completion.tokens) for completion in completions),
        }
        self.metrics.tokens.update(counts)
        timings = {
            "page": best.read_s,
            "first": best.completion.first_s,
            "answer": best.completion.seconds,
            "request": seconds,
        }
        shown = [[(i + 1, page.number) for i, page in attempt.pages.items()] for attempt in attempts]
        return Outcome(best.completion, best.evidence, shown, counts, timings)


async def generated(
    engine: Engine, prompt: Prompt, sampling: Sampling, until: float, guide: Guide | None = None
) -> AsyncGenerator[Piece | Completion, None]:
    """The engine's pieces as they come, then the completion. Whoever stops listening frees the request's slot.

    Raises `Busy` and `OctavoError` as `Engine.submit` does, and `TimeoutError` at `until` of the event loop's clock.
    """
    loop = asyncio.get_running_loop()
    events: asyncio.Queue[Event] = asyncio.Queue()

    def tell(event: Event) -> None:
        loop.call_soon_threadsafe(events.put_nowait, event)

    request = Request(prompt, sampling, tell, guide=guide)
    engine.submit(request)
    try:
        while True:
            async with asyncio.timeout_at(until):
                event = await events.get()
            if isinstance(event, Exception):
                raise event
            if isinstance(event, Completion) and event.reason == "cancelled":
                raise ApiError(503, "the server is stopping")
            yield event
            if isinstance(event, Completion):
                return
    finally:
        request.cancelled = True


def choices_of(documents: Sequence[Document], wanted: Sequence[int]) -> list[Shown]:
    """Which pages each prompt may show.

    Files of one page stand in every prompt. Of the others, each prompt shows one page, which is the last that it names:
    of those `wanted`, or of all. Raises `ApiError` for a page that no file has.
    """
    last = max((document.page_count for document in documents), default=0)
    missing = next((number for number in wanted if number > last), None)
    if missing is not None:
        raise ApiError(400, f"the files have {last} pages, and no page {missing}", "octavo.pages", "invalid_value")
    always = {i: 1 for i, document in enumerate(documents) if document.page_count == 1}
    choices = [
        always | {i: number}
        for i, document in enumerate(documents)
        if document.page_count > 1
        for number in sorted(set(wanted)) or range(1, document.page_count + 1)
        if number <= document.page_count
    ]
    return choices or [always]


def _sampling(request: ChatRequest) -> Sampling:
    if request.top_logprobs and not request.logprobs:
        raise ApiError(400, "top_logprobs needs logprobs", "top_logprobs", "invalid_value")
    if request.stop and request.octavo.mode == GROUNDED:
        raise ApiError(400, "a grounded answer ends with its span; leave out stop", "stop", "invalid_value")
    seed = secrets.randbits(63) if request.seed is None else request.seed
    most = request.max_completion_tokens or request.max_tokens or DEFAULT_TOKENS
    return Sampling(request.temperature, request.top_p, most, tuple(request.stop), seed, request.top_logprobs)

"""The application: OpenAI's API, documents to look at, examples, health, metrics and the page's files."""

import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from octavo import __version__
from octavo.errors import OctavoError
from octavo.inference.engine import Engine
from octavo.serving.admission import Admission
from octavo.serving.answering import Answering, Outcome
from octavo.serving.errors import ApiError, answer_error
from octavo.serving.examples import Examples, add_examples
from octavo.serving.files import Files
from octavo.serving.guard import Guard
from octavo.serving.metrics import Metrics
from octavo.serving.readers import Readers
from octavo.serving.replies import EventStream, Reply
from octavo.serving.schema import ChatRequest
from octavo.serving.settings import Settings
from octavo.serving.showing import Showing, add_documents
from octavo.serving.structured import form_of
from octavo.web import SHARED

STATIC = Path(__file__).parent / "static"
FAULTS = (ApiError, OctavoError, RequestValidationError, HTTPException, TimeoutError, Exception)


def create_app(engine: Engine, settings: Settings) -> FastAPI:
    """The server's application. It closes the engine and its reading processes when it ends."""
    readers, metrics, admission = Readers(settings), Metrics(), Admission(settings)
    files = Files(settings.file_bytes)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        yield
        engine.close()
        readers.close()

    app = FastAPI(title="octavo serve", version=__version__, lifespan=life, docs_url=None, redoc_url=None)
    app.add_middleware(Guard, settings=settings, admission=admission, metrics=metrics)
    for fault in FAULTS:
        app.add_exception_handler(fault, answer_error)
    _add_chat(app, Answering(engine, readers, files, settings, metrics), settings)
    _add_models(app, settings)
    add_documents(app, Showing(files, readers, engine.processor, admission, settings))
    add_examples(app, Examples(readers))
    _add_operation(app, engine, readers, files, metrics, admission)
    app.mount("/shared", StaticFiles(directory=SHARED), name="shared")
    app.mount("/", StaticFiles(directory=STATIC, html=True), name="page")
    return app


def _add_chat(app: FastAPI, answering: Answering, settings: Settings) -> None:
    tokenizer = answering.engine.processor.tokenizer

    @app.post("/v1/chat/completions", response_model=None)
    async def chat(request: ChatRequest) -> Response:
        _check_model(request.model, settings)
        reply = Reply(settings.model, form_of(request.response_format), tokenizer if request.logprobs else None)
        events = answering.answer(request)
        if not request.stream:
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, Outcome):
                        return JSONResponse(reply.whole(event))
            raise AssertionError("an answer without an outcome")
        # A fault before the first piece has a status of its own, so the stream begins with that piece.
        first = await anext(events)
        return EventStream(reply.events(first, events, request.stream_options.include_usage))


def _add_models(app: FastAPI, settings: Settings) -> None:
    model = {"id": settings.model, "object": "model", "created": int(time.time()), "owned_by": "octavo"}

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [model]}

    @app.get("/v1/models/{name:path}")
    async def one(name: str) -> dict[str, Any]:
        _check_model(name, settings)
        return model


def _add_operation(
    app: FastAPI, engine: Engine, readers: Readers, files: Files, metrics: Metrics, admission: Admission
) -> None:
    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/metrics")
    async def figures() -> PlainTextResponse:
        running, waiting = engine.load
        metrics.pages = readers.read
        gauges: dict[str, tuple[str, float]] = {
            "octavo_requests_inside": ("Requests that are being received, answered or wait.", admission.inside),
            "octavo_request_bytes_held": ("Bytes of their bodies.", admission.held),
            "octavo_sequences_running": ("Sequences in the engine's slots.", running),
            "octavo_sequences_waiting": ("Sequences that wait for a slot.", waiting),
            "octavo_files_bytes": ("Bytes of files that were sent ahead.", files.held),
            "octavo_page_images_bytes": ("Bytes of page images that are kept.", readers.kept_bytes),
        }
        return PlainTextResponse(metrics.text(gauges), media_type="text/plain; version=0.0.4")


def _check_model(name: str, settings: Settings) -> None:
    if name != settings.model:
        raise ApiError(404, f"this server has one model, {settings.model}", "model", "model_not_found")

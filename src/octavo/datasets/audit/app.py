"""The audit page: leaf through a data set, see the evidence drawn on the page, judge the questions."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, ConfigDict, Field

from octavo.datasets.audit.catalogue import Catalogue, Filter, Place
from octavo.datasets.audit.guard import Guard
from octavo.datasets.audit.statistics import wilson
from octavo.datasets.audit.words import checked
from octavo.datasets.reading import DataSet
from octavo.datasets.review import ACCEPT, EDIT, REJECT, Decision, Review, question_id
from octavo.datasets.types import Question, Row
from octavo.errors import OctavoError
from octavo.web import SHARED

STATIC = Path(__file__).parent / "static"
LOCAL = ("localhost",)  # names that are this machine's in every browser; IP addresses need no list
MOST_TEXT = 4000  # characters of an edited question or answer
MOST_SAMPLE = 5000
MOST_NUMBER = 2**53  # what JavaScript counts to
Short = Annotated[str, Query(max_length=200)]
Number = Annotated[int, Query(ge=0, le=MOST_NUMBER)]


class Judgement(BaseModel):
    """A decision as the page sends it. `id` guards against a data set that changed under an open page."""

    model_config = ConfigDict(extra="forbid")
    row: int = Field(ge=0, le=MOST_NUMBER)
    position: int = Field(ge=0, le=MOST_NUMBER)
    id: str = Field(max_length=16)
    verdict: Literal["accept", "reject", "edit"]
    text: str = Field(default="", max_length=MOST_TEXT)
    answer: str = Field(default="", max_length=MOST_TEXT)
    tab: str = Field(default="", max_length=40)


class Tab(BaseModel):
    """Which browser tab asks to take back its newest judgement."""

    model_config = ConfigDict(extra="forbid")
    tab: str = Field(default="", max_length=40)


def wanted(
    split: Short = "", kind: Short = "", form: Short = "", language: Short = "", decision: Short = "", text: Short = ""
) -> Filter:
    """The filter in a request's query."""
    return Filter(split, kind, form, language, decision, text)


Wanted = Annotated[Filter, Depends(wanted)]


def create_app(dataset_folder: Path, review_path: Path, hosts: Collection[str] = ()) -> FastAPI:
    """The page for a data set, with its judgements in `review_path` (made where it is missing).

    Requests are answered where their Host is an IP address, "localhost" or one of `hosts`. Raises `OctavoError`
    where one of the two files is not what it should be.
    """
    DataSet(dataset_folder)  # before a review is made for what is no data set
    review = Review(review_path)
    catalogue = Catalogue(dataset_folder, review_path)
    app = FastAPI(title="octavo inspect", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard, hosts={*LOCAL, *hosts})
    name = dataset_folder.resolve().name
    _add_reading(app, catalogue, review, name)
    _add_judging(app, catalogue, review)

    @app.exception_handler(OctavoError)
    def fault(request: Request, error: OctavoError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 422)

    @app.exception_handler(RequestValidationError)
    def misfit(request: Request, error: RequestValidationError) -> JSONResponse:
        where = error.errors()[0]
        return JSONResponse({"detail": f"{where['loc'][-1]}: {where['msg']}"}, 422)  # never what was sent

    @app.get("/")
    def page() -> FileResponse:
        return FileResponse(STATIC / "index.html")

    app.mount("/shared", StaticFiles(directory=SHARED), name="shared")
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def _add_reading(app: FastAPI, catalogue: Catalogue, review: Review, name: str) -> None:
    """What the page shows: the data set, a row, an image, a sample."""

    @app.get("/api/dataset")
    def dataset() -> dict[str, Any]:
        facets = {column: catalogue.counts(column) for column in ("split", "kind", "form", "language")}
        judged, questions = catalogue.progress()
        return {"name": name, "rows": catalogue.count, "facets": facets, "judged": judged, "questions": questions}

    @app.get("/api/row")
    def row(wanted: Wanted, near: Number = 0, step: Annotated[int, Query(ge=-1, le=1)] = 0) -> dict[str, Any]:
        found = catalogue.near(near, step, wanted)
        judged, questions = catalogue.progress()
        counts = {"at": found.at, "rows": found.rows, "matching": found.questions, "matching_judged": found.judged}
        shown = None
        if found.row is not None:
            shown = _row(catalogue, review, found.row, catalogue.matching(found.row, wanted))
        return {"row": shown, "judged": judged, "questions": questions, **counts}

    @app.get("/api/image/{number}/{position}")
    def image(number: int, position: int) -> Response:
        images = _at(catalogue, number).images
        if not 0 <= position < len(images):
            raise HTTPException(404, "there is no such page")
        picture = images[position]
        return Response(picture.data, media_type=f"image/{picture.format.lower()}")

    @app.get("/api/sample")
    def sample(wanted: Wanted, sample: Annotated[int, Query(ge=1, le=MOST_SAMPLE)], seed: Number = 0) -> dict[str, Any]:
        places = catalogue.sample(sample, seed, _whatever_decided(wanted))
        return _sample(review, places)


def _add_judging(app: FastAPI, catalogue: Catalogue, review: Review) -> None:
    """What the page does: judge, take back, export."""

    @app.post("/api/decisions")
    def judge(judgement: Judgement) -> dict[str, Any]:
        row = _at(catalogue, judgement.row)
        identity = catalogue.identity(judgement.row, row.document_sha256)
        if judgement.position >= len(row.questions):
            raise HTTPException(404, "there is no such question")
        question = row.questions[judgement.position]
        if question_id(identity, question) != judgement.id:
            raise HTTPException(409, "the data set has changed since this page was opened: reload it")
        review.judge(identity, question, _decision(catalogue, identity, question, judgement), judgement.tab)
        judged, questions = catalogue.progress()
        shown = _question(question, judgement.id, review.decided([judgement.id]).get(judgement.id))
        return {"question": {**shown, "position": judgement.position}, "judged": judged, "questions": questions}

    @app.post("/api/undo")
    def undo(tab: Tab) -> dict[str, Any]:
        place = catalogue.place(review.undo(tab.tab))
        judged, questions = catalogue.progress()
        return {"place": place._asdict() if place else None, "judged": judged, "questions": questions}

    @app.get("/api/export")
    def export(wanted: Wanted, sample: Annotated[int, Query(ge=0, le=MOST_SAMPLE)] = 0, seed: Number = 0) -> Response:
        lines = review.lines()
        if sample:
            drawn = {place.id for place in catalogue.sample(sample, seed, _whatever_decided(wanted))}
            lines = [line for line in lines if line["id"] in drawn]
        body = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        headers = {"Content-Disposition": 'attachment; filename="judgements.jsonl"'}
        return Response(body, media_type="application/x-ndjson", headers=headers)


def _at(catalogue: Catalogue, number: int) -> Row:
    try:
        return catalogue.row(number)
    except IndexError:
        raise HTTPException(404, "there is no such row") from None


def _row(catalogue: Catalogue, review: Review, number: int, matching: set[int]) -> dict[str, Any]:
    row = _at(catalogue, number)
    identity = catalogue.identity(number, row.document_sha256)
    ids = [question_id(identity, question) for question in row.questions]
    decided = review.decided(ids)
    return {
        "number": number,
        "document": row.document,
        "document_sha256": row.document_sha256,
        "split": row.split,
        **catalogue.about(number),
        "images": [
            {"page": page, "width": image.width, "height": image.height}
            for page, image in zip(row.pages, row.images, strict=False)
        ],
        "listed": [
            {**_question(question, key, decided.get(key)), "position": position, "matches": position in matching}
            for position, (question, key) in enumerate(zip(row.questions, ids, strict=True))
        ],
    }


def _question(question: Question, key: str, decision: Decision | None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": key,
        "text": question.text,
        "answer": question.answer,
        "page": question.page,
        "boxes": question.boxes,
        "kind": question.kind,
        "form": question.form,
        "source": question.source,
        "variants": question.variants,
        "decision": None,
    }
    if decision:
        shown["decision"] = {"verdict": decision.verdict}
    if decision and decision.verdict == EDIT:
        shown["decision"] |= {"text": decision.text, "answer": decision.answer, "checked": decision.checked}
        shown["boxes"] = decision.boxes
    return shown


def _decision(catalogue: Catalogue, identity: str, question: Question, judgement: Judgement) -> Decision:
    if judgement.verdict != EDIT:
        return Decision(judgement.verdict)
    text, answer = (" ".join(given.split()) for given in (judgement.text, judgement.answer))
    if not text or not answer:
        raise HTTPException(422, "a question and an answer are needed")
    words = catalogue.words(identity, question.page)
    return Decision(EDIT, text, answer, *checked(question, answer, words))


def _sample(review: Review, places: tuple[Place, ...]) -> dict[str, Any]:
    """The pairs drawn, their verdicts, and the share accepted; an edited pair was not right as it was."""
    decisions = review.decisions
    verdicts = [decisions[place.id].verdict if place.id in decisions else "" for place in places]
    counts = {verdict: verdicts.count(verdict) for verdict in (ACCEPT, REJECT, EDIT)}
    judged = sum(counts.values())
    low, high = wilson(counts[ACCEPT], judged)
    return {
        "pairs": [{**place._asdict(), "verdict": verdict} for place, verdict in zip(places, verdicts, strict=True)],
        "judged": judged,
        **counts,
        "share": counts[ACCEPT] / judged if judged else None,
        "low": low,
        "high": high,
    }


def _whatever_decided(wanted: Filter) -> Filter:
    """The filter without its decision: what was drawn must not change while it is judged."""
    return Filter(wanted.split, wanted.kind, wanted.form, wanted.language, "", wanted.text)

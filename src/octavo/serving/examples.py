"""Documents to try the page with: typeset on the first request, from a seed, so that they are always the same."""

import asyncio
import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Response

from octavo.serving.errors import ApiError
from octavo.serving.readers import Readers
from octavo.serving.showing import PICTURE, webp
from octavo.serving.uploads import Upload
from octavo.synthetic import typeset
from octavo.synthetic.writer import ANSWERS

KINDS = ("invoice", "statement", "letter", "report")
MOST_QUESTIONS = 5
THUMB = (400, 520)  # pixels at most; shown at half of it on sharp screens


@dataclass(frozen=True, slots=True)
class Example:
    """A typeset document: its PDF, its first page as a small picture, questions of different kinds about it."""

    data: bytes = field(repr=False)
    picture: bytes = field(repr=False)
    pages: int
    questions: tuple[str, ...]


class Examples:
    """The examples by their names, made once."""

    def __init__(self, readers: Readers) -> None:
        self.readers = readers
        self._made: dict[str, Example] = {}
        self._making = asyncio.Lock()

    async def every(self) -> dict[str, Example]:
        """All of them, in the order in which they are shown."""
        async with self._making:
            if not self._made:
                typeset_now = await asyncio.to_thread(_typeset)
                self._made = {kind: await self._example(*parts) for kind, parts in typeset_now.items()}
        return self._made

    async def named(self, name: str) -> Example:
        """One of them. Raises `ApiError` for a name that there is not."""
        found = (await self.every()).get(name)
        if found is None:
            raise ApiError(404, "there is no such example")
        return found

    async def _example(self, data: bytes, questions: tuple[str, ...]) -> Example:
        upload = Upload("example", data, "example")
        async with self.readers.opened([upload]) as (document,):
            first = (await self.readers.page(upload, document, 1)).image.pil()
        first.thumbnail(THUMB)
        return Example(data, webp(first), document.page_count, questions)


def add_examples(app: FastAPI, examples: Examples) -> None:
    """GET /examples, and each one's PDF and picture."""

    @app.get("/examples")
    async def every() -> list[dict[str, Any]]:
        made = await examples.every()
        return [{"name": name, "pages": one.pages, "questions": one.questions} for name, one in made.items()]

    @app.get("/examples/{name}", response_class=Response)
    async def document(name: str) -> Response:
        return Response((await examples.named(name)).data, media_type="application/pdf")

    @app.get("/examples/{name}/picture", response_class=Response)
    async def picture(name: str) -> Response:
        return Response((await examples.named(name)).picture, media_type="image/webp", headers=PICTURE)


def _typeset() -> dict[str, tuple[bytes, tuple[str, ...]]]:
    """Each kind's PDF and questions, the first of every kind of question."""
    made = {}
    with tempfile.TemporaryDirectory(prefix="octavo-examples-") as folder:
        for kind in KINDS:
            (path,) = typeset(kind, 1, Path(folder) / kind)
            asked = json.loads((path.parent / ANSWERS).read_text())[path.name]
            first: dict[str, str] = {}
            for question in asked:
                first.setdefault(question["kind"], question["text"])
            made[kind] = path.read_bytes(), tuple(first.values())[:MOST_QUESTIONS]
    return made

"""Documents to look at: sent once, shown page by page, asked about by their id."""

import asyncio
import io
from typing import Annotated, Any

from fastapi import FastAPI, Response
from fastapi import Path as InPath
from PIL import Image
from pydantic import Field

from octavo.documents import Page
from octavo.processing import FamilyProcessor
from octavo.serving.admission import Admission
from octavo.serving.errors import ApiError
from octavo.serving.files import Files
from octavo.serving.readers import Readers
from octavo.serving.schema import Given
from octavo.serving.settings import Settings
from octavo.serving.uploads import from_file_data

QUALITY = 80  # of WebP; the smallest print stays sharp, and a page takes some 100 KB
PICTURE = {"Cache-Control": "private, max-age=3600, immutable"}  # what an id stands for never changes
Number = Annotated[int, InPath(ge=1, le=2**31)]


class SentDocument(Given):
    """The body of POST /v1/documents."""

    file_data: str = Field(description="A data: URL or bare base64.")
    filename: str = Field(default="", max_length=300)


class Showing:
    """Pages of kept files, read as they are for answers, and as often as there is room for a request."""

    def __init__(
        self, files: Files, readers: Readers, processor: FamilyProcessor, admission: Admission, settings: Settings
    ) -> None:
        self.files, self.readers, self.processor = files, readers, processor
        self.admission, self.settings = admission, settings

    async def take(self, sent: SentDocument) -> dict[str, Any]:
        """Keep a file: its id, how many pages it has, and of how many a question is asked that names none."""
        upload = from_file_data(sent.file_data, sent.filename or "file", "file_data")
        async with self.readers.opened([upload]) as (document,):
            return {
                "id": self.files.keep(upload),
                "object": "document",
                "filename": upload.name,
                "pages": document.page_count,
                "most": self.settings.most,
            }

    async def page(self, file_id: str, number: int) -> Page:
        """A page of a kept file. Raises `ApiError` where there is none, or no room to read it."""
        upload = self.files.get(file_id, "file_id")
        with self.admission.enter():
            async with asyncio.timeout(self.settings.seconds), self.readers.opened([upload]) as (document,):
                if number > document.page_count:
                    raise ApiError(404, f"the file has {document.page_count} pages, and no page {number}", "number")
                return await self.readers.page(upload, document, number)

    def about(self, page: Page) -> dict[str, Any]:
        """What stands beside a page's picture: its size in pixels, rows and columns of the model's tiles."""
        image = page.image
        return {
            "number": page.number,
            "label": page.label,
            "width": image.width,
            "height": image.height,
            "grid": list(self.processor.grid(image.width, image.height)),
            "words": len(page.words),
        }


def add_documents(app: FastAPI, showing: Showing) -> None:
    """POST /v1/documents, and the pages of what was sent."""

    @app.post("/v1/documents")
    async def send(sent: SentDocument) -> dict[str, Any]:
        return await showing.take(sent)

    @app.get("/documents/{file_id}/pages/{number}")
    async def page(file_id: str, number: Number) -> dict[str, Any]:
        return showing.about(await showing.page(file_id, number))

    @app.get("/documents/{file_id}/pages/{number}/picture", response_class=Response)
    async def picture(file_id: str, number: Number) -> Response:
        shown = await showing.page(file_id, number)
        data = await asyncio.to_thread(webp, shown.image.pil())
        return Response(data, media_type="image/webp", headers=PICTURE)


def webp(image: Image.Image) -> bytes:
    """A picture as WebP."""
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=QUALITY, method=2)
    return buffer.getvalue()

"""A loaded model that answers questions about files."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from octavo.documents import Document, Page, Reader
from octavo.errors import OctavoError
from octavo.hub import model_folder
from octavo.inference.locate import locate
from octavo.inference.reader import PageReader
from octavo.inference.types import Answer
from octavo.models import Model, load_model
from octavo.processing import FamilyProcessor, open_processor
from octavo.progress import Progress


class VisionLanguageModel:
    """A model of any architecture with its processor: the object behind `octavo.load`."""

    def __init__(self, model: Model, processor: FamilyProcessor) -> None:
        self.model = model.eval()
        self.processor = processor

    @classmethod
    def load(cls, name: str | Path) -> Self:
        """Open a run folder, a Hugging Face folder or a hub name. Raises `OctavoError` where it holds no model."""
        folder = model_folder(name)
        return cls(load_model(folder), open_processor(folder))

    def read(self, page: Page, max_new_tokens: int = 64) -> PageReader:
        """Encode one page, to ask it."""
        return PageReader(self.model, self.processor, [page.image.pil()], max_new_tokens)

    def ask(
        self, path: str | Path, question: str, pages: Sequence[int] | None = None, passwords: Sequence[str] = ()
    ) -> Answer:
        """The answer to one question about a file: see `ask_all`."""
        return self.ask_all(path, [question], pages, passwords)[0]

    def ask_all(
        self,
        path: str | Path,
        questions: Sequence[str],
        pages: Sequence[int] | None = None,
        passwords: Sequence[str] = (),
    ) -> list[Answer]:
        """Answers to questions about a PDF or an image, each from the page that answers it most confidently.

        Every page of `pages` (all by default) is encoded once and asked every question. Raises
        `OctavoError` for a file that cannot be read, a page it does not have, or an empty question.
        """
        empty = next((question for question in questions if not question.strip()), None)
        if empty is not None or not questions:
            raise OctavoError("the question is empty; write what you want to know")
        best: list[Answer | None] = [None] * len(questions)
        # Raw pixels: an answer must not depend on what JPEG made of a thin letter.
        with Reader(image_format="RGB") as files:
            document = files.open(Path(path), passwords)
            numbers = _numbers(document, pages)
            for page in _counted(files.pages(document, numbers), len(numbers)):
                reader = self.read(page)
                for i, question in enumerate(questions):
                    answer = _answer(reader, page, question)
                    held = best[i]
                    if held is None or answer.confidence > held.confidence:
                        best[i] = answer
        return [answer for answer in best if answer is not None]


def _answer(reader: PageReader, page: Page, question: str) -> Answer:
    generated = reader.ask(question)
    timings = {"page": reader.seconds, "answer": generated.seconds}
    boxes = locate(generated.text, page.words)
    return Answer(question, generated.text, page.number, boxes, generated.confidence, timings)


def _numbers(document: Document, pages: Sequence[int] | None) -> list[int]:
    if pages is None:
        return list(range(1, document.page_count + 1))
    missing = [number for number in pages if not 1 <= number <= document.page_count]
    if missing:
        raise OctavoError(f"{document.path} has pages 1 to {document.page_count}, and no page {missing[0]}")
    return list(pages)


def _counted(pages: Iterator[Page], total: int) -> Iterator[Page]:
    """The pages, with a progress line where there are enough of them to wait for."""
    if total < 4:
        yield from pages
        return
    with Progress("read", total, "pages") as progress:
        for page in pages:
            yield page
            progress.advance()

"""A loaded model that answers questions about files."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Self

import torch
from PIL import Image

from octavo.documents import Document, Page, Reader
from octavo.errors import OctavoError
from octavo.hub import model_folder
from octavo.inference.asking import PageAsker
from octavo.inference.engine import Engine, runs
from octavo.inference.locate import locate
from octavo.inference.reader import PageReader
from octavo.inference.types import Answer
from octavo.models import Model, load_model
from octavo.processing import FamilyProcessor, open_processor
from octavo.progress import Progress

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "int8": torch.float32}


class VisionLanguageModel:
    """A model of any architecture with its processor: the object behind `octavo.load`.

    With `int8` the engine computes in 8 bits.
    """

    def __init__(self, model: Model, processor: FamilyProcessor, int8: bool = False) -> None:
        self.model = model.eval()
        self.processor = processor
        self.int8 = int8

    @classmethod
    def load(cls, name: str | Path, dtype: str = "float32") -> Self:
        """Open a run folder, a Hugging Face folder or a hub name, to compute in `dtype`: one of `DTYPES`.

        Raises `OctavoError` where it holds no model.
        """
        folder = model_folder(name)
        return cls(load_model(folder, DTYPES[dtype]), open_processor(folder), dtype == "int8")

    @cached_property
    def engine(self) -> Engine:
        """The engine, started when first asked for. Raises `OctavoError` for a model that it does not take."""
        if not runs(self.model):
            raise OctavoError(
                f"{self.model.config.model_type} models with cross-attention are asked page by page; "
                "take an idefics3, a smolvlm or an idefics2 one"
            )
        return Engine(self.model, self.processor, int8=self.int8)

    def read(self, images: Sequence[Image.Image], max_new_tokens: int = 64) -> PageAsker | PageReader:
        """Images seen together, to ask them: through the engine where it takes the model."""
        if runs(self.model):
            return PageAsker(self.engine, images, max_new_tokens)
        return PageReader(self.model, self.processor, images, max_new_tokens)

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
                reader = self.read([page.image.pil()])
                for i, question in enumerate(questions):
                    answer = _answer(reader, page, question)
                    held = best[i]
                    if held is None or answer.confidence > held.confidence:
                        best[i] = answer
        return [answer for answer in best if answer is not None]


def _answer(reader: PageAsker | PageReader, page: Page, question: str) -> Answer:
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

"""A loaded model that answers questions about files."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Self

import torch
from PIL import Image

from octavo.documents import Box, Document, Page, Reader
from octavo.documents.ocr import Ocr, with_ocr
from octavo.documents.types import NOT_HERE
from octavo.errors import OctavoError
from octavo.hub import model_folder
from octavo.inference.asking import PageAsker
from octavo.inference.engine import Engine, runs
from octavo.inference.grounding import Grounding, Vocabulary
from octavo.inference.locate import locate
from octavo.inference.ranking import MOST_PAGES, Tally, ranked, tally
from octavo.inference.reader import PageReader
from octavo.inference.types import AUTO, GROUNDED, MODES, Answer, best_of
from octavo.models import Model, load_model
from octavo.processing import FamilyProcessor, open_processor
from octavo.progress import Progress

UNASKED = {"page": 0.0, "answer": 0.0}  # timings of a page without words
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

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What the processor's tokens spell."""
        ends = {self.processor.end_token_id, *self.model.config.text.eos_token_ids}
        return Vocabulary(self.processor.tokenizer, ends)

    @cached_property
    def ocr(self) -> Ocr:
        """OCR for pages without words. Raises `OctavoError` where it is not installed."""
        return Ocr()

    def ask(
        self,
        path: str | Path,
        question: str,
        pages: Sequence[int] | None = None,
        passwords: Sequence[str] = (),
        mode: str = AUTO,
        most: int = MOST_PAGES,
    ) -> Answer:
        """The answer to one question about a file: see `ask_all`."""
        return self.ask_all(path, [question], pages, passwords, mode, most)[0]

    def ask_all(
        self,
        path: str | Path,
        questions: Sequence[str],
        pages: Sequence[int] | None = None,
        passwords: Sequence[str] = (),
        mode: str = AUTO,
        most: int = MOST_PAGES,
    ) -> list[Answer]:
        """Answers to questions about a PDF or an image, each from the page that answers it most confidently.

        A question is asked of all `pages`, or else of the `most` pages of the file whose words fit it best; a page is
        encoded once for all questions. `mode` is one of `MODES`:

        - "free": whatever the model writes, without boxes;
        - "auto": the same, with boxes where the answer stands exactly once among the page's words;
        - "grounded": held to a span of the page's words (read by OCR where the page has none) or to "not on this page".

        Raises `OctavoError` for a file that cannot be read, a page it does not have, an empty question, or words that
        cannot be read.
        """
        if mode not in MODES:
            raise OctavoError(f"mode {mode}: it can be {', '.join(MODES)}")
        empty = next((question for question in questions if not question.strip()), None)
        if empty is not None or not questions:
            raise OctavoError("the question is empty; write what you want to know")
        answers: list[list[Answer]] = [[] for _ in questions]
        # Raw pixels: an answer must not depend on what JPEG made of a thin letter.
        with Reader(image_format="RGB") as files:
            document = files.open(Path(path), passwords)
            chosen = _pages_for(questions, files, document, pages, most)
            numbers = sorted({number for mine in chosen for number in mine})
            for page in _counted(files.pages(document, numbers), len(numbers)):
                about = [i for i, mine in enumerate(chosen) if page.number in mine]
                for i, answer in zip(about, self._ask(page, [questions[i] for i in about], mode), strict=True):
                    answers[i].append(answer)
        return [best_of(found) for found in answers]

    def _ask(self, page: Page, questions: Sequence[str], mode: str) -> Iterator[Answer]:
        """The page's answer to each question."""
        if mode == GROUNDED and not page.words:
            page = with_ocr(page, self.ocr)
            if not page.words:
                yield from (
                    Answer(question, NOT_HERE, None, (), 0.0, UNASKED, (page.number,)) for question in questions
                )
                return
        reader = self.read([page.image.pil()])
        grounding = Grounding(self.vocabulary, [page]) if mode == GROUNDED else None
        for question in questions:
            guide = None if grounding is None else grounding.guide()
            generated = reader.ask(question, guide)
            boxes: tuple[Box, ...] = ()
            if grounding is not None and guide is not None:
                found = grounding.evidence(guide, question)
                boxes = () if found is None else found[1]
            elif mode == AUTO:
                boxes = locate(generated.text, page.words)
            timings = {"page": reader.seconds, "answer": generated.seconds}
            yield Answer(question, generated.text, page.number, boxes, generated.confidence, timings, (page.number,))


def _pages_for(
    questions: Sequence[str], files: Reader, document: Document, pages: Sequence[int] | None, most: int
) -> list[set[int]]:
    """The numbers of the pages to ask each question of: `pages`, or else the `most` that fit it best."""
    if pages is not None:
        missing = [number for number in pages if not 1 <= number <= document.page_count]
        if missing:
            raise OctavoError(f"{document.path} has pages 1 to {document.page_count}, and no page {missing[0]}")
        return [set(pages)] * len(questions)
    numbers = range(1, document.page_count + 1)
    if len(numbers) <= most:
        return [set(numbers)] * len(questions)
    tallies: list[list[Tally]] = [[] for _ in questions]
    for page in files.pages(document, numbers, image=False):
        for mine, question in zip(tallies, questions, strict=True):
            mine.append(tally(question, page.words))
    return [{numbers[place] for place in ranked(mine)[:most]} for mine in tallies]


def _counted(pages: Iterator[Page], total: int) -> Iterator[Page]:
    """The pages, with a progress line where there are enough of them to wait for."""
    if total < 4:
        yield from pages
        return
    with Progress("read", total, "pages") as progress:
        for page in pages:
            yield page
            progress.advance()

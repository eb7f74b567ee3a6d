"""Octavo's own engine under test: a page is encoded once for all its questions.

The questions of a page follow each other, and several pages are asked side by side, so that the engine's steps are
full. It lays requests on one axis without padding, so a batch need not be of one length.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from PIL import Image

from octavo.documents.types import PageImage
from octavo.errors import OctavoError
from octavo.evaluation.models.base import MOST_TOKENS
from octavo.evaluation.models.files import identity_of
from octavo.evaluation.types import Item, Reply
from octavo.hub import model_folder
from octavo.inference import PageAsker, PageReader, VisionLanguageModel
from octavo.inference.engine import runs
from octavo.processing import Processor
from octavo.training.resolution import at_edge

AT_ONCE = 4  # groups of questions; the engine has twice as many slots, so a page stays in one to its last question
LONGEST_ANSWER = 400  # characters of a true answer whose loss is taken; longer ones do not fit behind the page


class OwnModel:
    """Octavo-nano, a run folder, a Hugging Face folder or a hub name, greedily decoded.

    `edges` says for a tile's side what images are scaled to (pixels of the longest edge) where that is not what the
    folder says. The pages of a document are asked one by one, as `octavo ask` does, and the surest answer counts;
    images that a question is composed of are seen together. Raises `OctavoError` where there is no model.
    """

    def __init__(self, name: str, edges: Mapping[int, int] | None = None) -> None:
        folder = model_folder(name)
        self.name = name
        self.vlm = VisionLanguageModel.load(folder)
        processor, edge = self.vlm.processor, None
        if isinstance(processor, Processor):  # the other architectures have no tiles of one size
            config = processor.image_config
            edge = (edges or {}).get(config.tile_size, config.longest_edge)
            self.vlm.processor = at_edge(processor, edge)
        # Started here: when several threads first ask for it, each might start one.
        self.engine = self.vlm.engine if runs(self.vlm.model) else None
        self.at_once = 1 if self.engine is None else AT_ONCE
        self.identity = {
            **identity_of(folder),
            "engine": "octavo",
            "generation": f"greedy, {MOST_TOKENS} tokens" + (f", longest edge {edge}" if edge else ""),
        }

    def answer(self, images: Sequence[PageImage], asked: Sequence[tuple[Item, str]]) -> Iterator[Reply]:
        """Replies with confidence, page and the losses of the true answer."""
        pictures = [image.pil() for image in images]
        if asked[0][0].is_composed:
            return self._page(pictures, asked, None)
        pages = [self._page([picture], asked, page) for page, picture in enumerate(pictures)]
        if len(pages) == 1:
            return pages[0]
        # Page by page, so that each is read once; then the surest reply to each question, of equals the first.
        replies = zip(*[list(page) for page in pages], strict=True)
        return (max(of_one, key=lambda reply: reply.confidence or 0) for of_one in replies)

    def _page(
        self, pictures: list[Image.Image], asked: Sequence[tuple[Item, str]], page: int | None
    ) -> Iterator[Reply]:
        try:
            reader = self.vlm.read(pictures, MOST_TOKENS)
        except (OctavoError, ValueError) as error:  # more tokens than the model has positions for
            yield from [Reply("", failure=str(error), page=page)] * len(asked)
            return
        for item, prompt in asked:
            yield dataclasses.replace(_reply(reader, prompt, item.references[0]), page=page)


def _reply(reader: PageAsker | PageReader, prompt: str, truth: str) -> Reply:
    try:
        generated = reader.ask(prompt)
        losses = reader.answer_losses(prompt, truth) if 0 < len(truth) <= LONGEST_ANSWER else []
    except (OctavoError, ValueError) as error:  # a question too long, or with a special token in it
        return Reply("", failure=str(error))
    return Reply(generated.text, generated.confidence, losses=tuple(losses), seconds=generated.seconds)

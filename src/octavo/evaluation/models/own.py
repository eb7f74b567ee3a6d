"""Octavo's own engine under test: a page is encoded once for all its questions.

The questions of a page follow each other, and several pages are asked side by side, so that the engine's steps are
full. It lays requests on one axis without padding, so a batch need not be of one length.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from PIL import Image

from octavo.documents.types import NO_IMAGE, Page, PageImage, Word
from octavo.errors import OctavoError
from octavo.evaluation.models.base import MOST_TOKENS
from octavo.evaluation.models.files import identity_of
from octavo.evaluation.types import Item, Reply
from octavo.hub import model_folder
from octavo.inference import PageAsker, PageReader, VisionLanguageModel
from octavo.inference.engine import runs
from octavo.inference.grounding import Grounding
from octavo.inference.types import surest
from octavo.processing import Processor
from octavo.training.resolution import at_edge

Words: TypeAlias = Callable[[Item], Sequence[Sequence[Word]]]
AT_ONCE = 4  # groups of questions; the engine has twice as many slots, so a page stays in one to its last question
LONGEST_ANSWER = 400  # characters of a true answer whose loss is taken; longer ones do not fit behind the page


class OwnModel:
    """Octavo-nano, a run folder, a Hugging Face folder or a hub name, greedily decoded.

    `edges` says for a tile's side what images are scaled to (pixels of the longest edge) where that is not what the
    folder says. The pages of a document are asked one by one, as `octavo ask` does, and the surest answer counts;
    images that a question is composed of are seen together. Where `words` is given, which tells the words of an item's
    pages, answers are held to them, and an item without words fails. Raises `OctavoError` where there is no model.
    """

    def __init__(self, name: str, edges: Mapping[int, int] | None = None, words: Words | None = None) -> None:
        folder = model_folder(name)
        self.name, self.words = name, words
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
            "generation": f"greedy, {MOST_TOKENS} tokens"
            + (f", longest edge {edge}" if edge else "")
            + (", held to the pages' words" if words else ""),
        }

    def answer(self, images: Sequence[PageImage], asked: Sequence[tuple[Item, str]]) -> Iterator[Reply]:
        """Replies with confidence, page and the losses of the true answer."""
        pictures = [image.pil() for image in images]
        places = range(len(pictures))
        together = [places] if asked[0][0].is_composed else [places[at : at + 1] for at in places]
        pages = [self._seen(pictures, seen, asked) for seen in together]
        if len(pages) == 1:
            return pages[0]
        # Page by page, so that each is read once; then the surest reply to each question.
        replies = zip(*[list(page) for page in pages], strict=True)
        return (_best(of_one) for of_one in replies)

    def _seen(
        self, pictures: Sequence[Image.Image], places: Sequence[int], asked: Sequence[tuple[Item, str]]
    ) -> Iterator[Reply]:
        """Replies about the pictures at some places, seen together."""
        try:
            reader = self.vlm.read([pictures[at] for at in places], MOST_TOKENS)
            held = None if self.words is None else self._held(self.words(asked[0][0]), pictures, places)
        except (OctavoError, ValueError) as error:  # more tokens than the model has positions for; no words
            yield from [Reply("", failure=str(error))] * len(asked)
            return
        page = places[0] if len(places) == 1 and not asked[0][0].is_composed else None
        for item, prompt in asked:
            yield _reply(reader, item, prompt, page, held)

    def _held(
        self, words: Sequence[Sequence[Word]], pictures: Sequence[Image.Image], places: Sequence[int]
    ) -> Grounding:
        pages = [
            Page(at + 1, "", pictures[at].width, pictures[at].height, tuple(words[at]), NO_IMAGE)
            for at in places[: len(words)]
        ]
        return Grounding(self.vlm.vocabulary, pages)


def _best(replies: Sequence[Reply]) -> Reply:
    """The surest of the replies from different pages; a failure only where all failed."""
    told = [reply for reply in replies if not reply.failure] or replies
    return told[surest([(reply.text, reply.confidence or 0.0) for reply in told])]


def _reply(reader: PageAsker | PageReader, item: Item, prompt: str, page: int | None, held: Grounding | None) -> Reply:
    truth = item.references[0]
    guide = None if held is None else held.guide()
    try:
        generated = reader.ask(prompt, guide)
        losses = reader.answer_losses(prompt, truth) if 0 < len(truth) <= LONGEST_ANSWER else []
    except (OctavoError, ValueError) as error:  # a question too long, or with a special token in it
        return Reply("", failure=str(error))
    reply = Reply(generated.text, generated.confidence, page, tuple(losses), seconds=generated.seconds)
    if held is None or guide is None:
        return reply
    found = held.evidence(guide, item.question)
    if found is None:
        return dataclasses.replace(reply, page=None, boxes=())
    return dataclasses.replace(reply, page=found[0] if page is None else page, boxes=found[1])

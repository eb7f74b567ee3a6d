"""Pages read aloud: the character error rate on drawn pages and on paragraphs of real ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from rapidfuzz.distance import Levenshtein

from benchmarks.typeset import held_out
from octavo.documents import Reader
from octavo.documents.structure.layout import layout
from octavo.documents.structure.parts import PARAGRAPH
from octavo.inference import VisionLanguageModel
from octavo.processing import Processor
from octavo.training.resolution import at_edge
from octavo.training.sources.synthetic import Synthetic
from octavo.training.sources.transcription import PROMPTS

LONGEST = 900  # characters of a page, as in the recipe's own stage of such pages
MOST_TOKENS = 800  # of an answer
SEED = 1_000_003  # no recipe's
SHORTEST, LOWEST, HIGHEST = 60, 8, 22  # characters of a paragraph; pixels of a line's height, as a model sees it


@dataclass(frozen=True, slots=True)
class Passage:
    """A picture and the text that it shows."""

    image: Image.Image
    prompt: str
    text: str


def drawn(processor: Processor, count: int) -> Iterator[Passage]:
    """Pages of two to four tiles in fonts that training never draws, dense and cut anywhere."""
    source = Synthetic("spreads", processor, SEED, LONGEST)
    source.families = held_out()
    for index in range(count):
        if source.scene(index).lines:
            (prompt, text), *_ = source.turns(index, 0)
            yield Passage(source.images(index)[0], prompt, text)


def paragraphs(files: Sequence[Path], processor: Processor) -> Iterator[Passage]:
    """A paragraph of the first page of each PDF that has one of body text, at the size at which a model sees the page.

    It lies by itself on white: of its neighbours a cut would leave halves of words.
    """
    edge, side = processor.image_config.longest_edge, 2 * processor.image_config.tile_size
    with Reader(image_format="RGB") as reader:
        for path in files:
            page = next(reader.pages(reader.open(path), [1]))
            picture = page.image.pil()
            scale = edge / max(picture.size)
            picture = picture.resize((round(scale * picture.width), round(scale * picture.height)))
            for block in layout(page).blocks:
                x0, y0, x1, y1 = (
                    round(share * length) for share, length in zip(block.box, picture.size * 2, strict=True)
                )
                line = (y1 - y0) / len(block.lines)
                fits = x1 - x0 < side - 8 and y1 - y0 < side - 8 and LOWEST <= line <= HIGHEST
                if block.kind == PARAGRAPH and fits and SHORTEST <= len(block.text) <= LONGEST:
                    paper = Image.new(picture.mode, (side, side), "white")
                    paper.paste(picture.crop((x0 - 2, y0 - 2, x1 + 2, y1 + 2)), (4, 4))
                    yield Passage(paper, PROMPTS[0], block.text)
                    break


def error_rate(model: VisionLanguageModel, passages: Sequence[Passage]) -> float:
    """Edits a character of all passages together, which have at most 2 × 2 tiles; runs of white space count as one."""
    assert isinstance(model.processor, Processor), "octavo-nano is Idefics3-shaped"
    seen = VisionLanguageModel(model.model, at_edge(model.processor, 2 * model.processor.image_config.tile_size))
    edits = characters = 0
    for passage in passages:
        said = " ".join(seen.read([passage.image], MOST_TOKENS).ask(passage.prompt).text.split())
        text = " ".join(passage.text.split())
        edits += Levenshtein.distance(said, text)
        characters += len(text)
    return edits / characters

"""Samples drawn as they are asked for: no data set, no end, each a function of the seed and its number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random
from typing import Literal, NamedTuple

import numpy as np
from PIL import Image, ImageOps

from octavo.errors import OctavoError
from octavo.processing import ImageConfig, Processor, Sample
from octavo.processing import tiles as tiling
from octavo.synthetic import faces
from octavo.synthetic.cards import Card, card
from octavo.synthetic.marks import WHITE, Color, Mark, Text
from octavo.synthetic.papers import Paper, paper
from octavo.synthetic.questions import PHRASES
from octavo.synthetic.raster import Glyphs, draw, glyphs
from octavo.synthetic.reading import readable, visible_lines
from octavo.synthetic.scan import Scan, scan, scanned
from octavo.synthetic.scraps import lines, scrap
from octavo.synthetic.texts import passages
from octavo.training.glyphs import glyph_cells
from octavo.training.guide import UNKNOWN, Ints, Turn, found, image_tokens, looks, named
from octavo.training.samples import Source, digest
from octavo.training.sources.transcription import PROMPTS, cut_at_line

Feed = Literal["lines", "crops", "spreads", "cards", "pages"]
SAMPLES = 2**18  # of an epoch: as many as two cores take in a day
PASSAGES = 4000  # for the tokenizer
SHORT_LINES = 3
GRIDS = {  # rows and columns of tiles
    "spreads": ((1, 2), (2, 1), (2, 2), (2, 2)),
    "cards": ((1, 1),) * 5 + ((2, 1), (1, 2), (2, 2), (3, 2), (4, 3)),
}
AFTER = ('What comes after "{}"?', 'Read on after "{}".', 'Which words follow "{}"?')
FOLLOWING = 5  # words that are asked for
SIDES = (2, 3, 4)  # tiles on the longest side of a page
ASKED = 6  # questions about a page
ABSENT = 2  # of those that can be asked
LOOKUPS = 3  # such questions of a sample
SLACK = 0.006  # of the page, around evidence: a page that is turned by a degree moves by this


class Asked(NamedTuple):
    """A question and its answer, of which each character is a glyph of the scene, by number, or unknown: int64 [C]."""

    question: str
    answer: str
    glyph_C: Ints


@dataclass(frozen=True, slots=True)
class Scene:
    """What a sample shows, before it is drawn: marks, how they are taken, and what can be read there and is asked.

    `seen_G` are the numbers of the glyphs that `lines` are of.
    """

    width: int
    height: int
    marks: Sequence[Mark]
    paper: Color
    scan: Scan
    glyphs: Glyphs
    seen_G: Ints
    lines: list[str]
    asked: Sequence[Asked] = ()

    def found(self, answer: str, before: str = "") -> Ints:
        """The glyphs of an answer that stands once in what can be read, behind `before`."""
        return self._glyphs(found(answer, self._read, before))

    def named(self, question: str) -> Ints:
        """The glyphs of what a question names."""
        return self._glyphs(named(question, self._read))

    @property
    def _read(self) -> str:
        return "".join(self.glyphs.chars[n] for n in self.seen_G)

    def _glyphs(self, number_C: Ints) -> Ints:
        return np.append(self.seen_G, UNKNOWN)[number_C]  # the last is that of -1


class Synthetic(Source):
    """Pages drawn for reading: short `lines` on one tile, dense `crops` of one tile, `spreads` of two to four; and with
    questions about them `cards` of one to twelve tiles and `pages` of documents whole, small and large.

    With a `strip`, single tiles hold no more than fits on their first so many pixels, and those alone are seen.

    The first three are asked for all that stands there, as much as `longest` characters hold, and, with `isolated`,
    for what follows some words.
    """

    def __init__(
        self,
        feed: Feed,
        processor: Processor,
        seed: int,
        longest: int,
        isolated: bool = True,
        strip: int | None = None,
    ) -> None:
        super().__init__(processor, seed, isolated)
        self.feed, self.longest = feed, longest
        side = processor.image_config.tile_size
        self.strip = strip or side
        self.across = round((processor.image_seq_len * side / self.strip) ** 0.5)  # image tokens on a tile's side
        self.families = faces.installed(faces.FAMILIES)
        self.scene = lru_cache(maxsize=4)(self._scene)

    def __len__(self) -> int:
        return SAMPLES

    def _scene(self, index: int) -> Scene:
        """What sample `index` shows."""
        random = Random(digest(f"{self.seed}/{self.feed}/{index}"))
        side = self.processor.image_config.tile_size
        if self.feed == "pages":
            page = paper(random, self.families, [side * tiles for tiles in SIDES], ABSENT)
            scene = _seen(page.width, page.height, page.marks, WHITE, scan(random))
            return replace(scene, asked=_on_page(page, scene.glyphs))
        rows, cols = random.choice(GRIDS.get(self.feed, ((1, 1),))) if self.strip == side else (1, 1)
        width, height = cols * side, rows * self.strip
        if self.feed == "cards":
            drawn = card(random, self.families, width, height)
            scene = _seen(width, height, drawn.scrap.marks, drawn.scrap.paper, scan(random, clean=0.6))
            return replace(scene, asked=_on_card(drawn, scene.glyphs))
        if self.feed == "lines":
            content, how = lines(random, self.families, width, height, SHORT_LINES), scan(random, clean=0.8)
        else:
            content, how = scrap(random, self.families, width, height), scan(random)
        return _seen(width, height, content.marks, content.paper, how)

    def turns(self, index: int, epoch: int) -> list[tuple[str, str]]:
        """A page's questions; else a prompt and the text, and questions for what follows words that stand once."""
        return [(asked.question, asked.answer) for asked in self.asked(index)]

    def asked(self, index: int) -> list[Asked]:
        """The turns of sample `index`, with the places of their answers."""
        scene = self.scene(index)
        random = Random(digest(f"{self.seed}/{self.feed}/{index}/turns"))
        if self.feed in ("cards", "pages"):
            return random.sample(scene.asked, min(ASKED, len(scene.asked)))
        text = cut_at_line(scene.lines, self.longest)
        if not text:
            raise OctavoError("nothing can be read there")
        # It begins where reading begins, even where what it says stands there twice.
        whole = Asked(random.choice(PROMPTS), text, scene.seen_G[found(text, "".join(text.split()))])
        return [whole, *self._lookups(random, scene)] if self.isolated else [whole]

    def _lookups(self, random: Random, scene: Scene) -> list[Asked]:
        """Two words of a line, which no other place has, and what follows them on it."""
        whole, asked = " ".join(scene.lines), []
        for line in random.sample(scene.lines, min(LOOKUPS, len(scene.lines))):
            words = line.split()
            if len(words) > 2:
                start = random.randrange(len(words) - 2)
                given = " ".join(words[start : start + 2])
                if whole.count(given) == 1 and '"' not in given:
                    answer = " ".join(words[start + 2 : start + 2 + FOLLOWING])
                    asked.append(Asked(random.choice(AFTER).format(given), answer, scene.found(answer, given)))
        return asked

    def name(self, index: int) -> str:
        """The feed and the number."""
        return f"{self.feed} {index}"

    def sizes(self, index: int) -> Sequence[tuple[int, int]]:
        """The scene's size in pixels."""
        scene = self.scene(index)
        return [(scene.width, max(scene.height, self.processor.image_config.tile_size))]

    def images(self, index: int) -> list[Image.Image]:
        """The scene, drawn."""
        scene, [size] = self.scene(index), self.sizes(index)
        drawn = scanned(draw(scene.marks, scene.width, scene.height, scene.paper), scene.scan)
        return [drawn if drawn.size == size else ImageOps.pad(drawn, size, centering=(0, 0))]

    def sample(self, index: int, epoch: int) -> Sample:
        """The sample, with the classes of its characters, and where its answers stand."""
        scene, side, across = self.scene(index), self.processor.image_config.tile_size, self.across
        [(width, height)] = sizes = self.sizes(index)
        rows, cols = tiling.grid(width, height, self._configs(index, epoch, sizes)[0])
        patch = side // (2 * across)  # pixel shuffle 2
        grown = np.array((max(1, cols) * side / width, max(1, rows) * side / height), np.float32)
        stand = replace(scene.glyphs, xy_N2=scene.glyphs.xy_N2 * grown)
        place_G = np.append(image_tokens(stand, rows, cols, side, across), UNKNOWN)  # the last is that of -1
        turns = [
            Turn(asked.question, place_G[scene.named(asked.question)], asked.answer, place_G[asked.glyph_C])
            for asked in self.asked(index)
        ]
        plain, tokenizer = super().sample(index, epoch), self.processor.tokenizer
        where = looks(plain.token_ids, plain.labels, turns, tokenizer, self.processor.image_token_id)
        cells = glyph_cells(stand, rows, cols, side, patch)[:, : self.strip // patch * side // patch]
        return replace(plain, tiles=plain.tiles[:, :, : self.strip], cells=cells, looks=where)

    def _configs(self, index: int, epoch: int, sizes: Sequence[tuple[int, int]]) -> list[ImageConfig]:
        """Scenes are drawn in the size at which they are seen."""
        return [replace(self.processor.image_config, longest_edge=max(size)) for size in sizes]


def _seen(width: int, height: int, marks: Sequence[Mark], paper: Color, how: Scan) -> Scene:
    """A scene of marks, with what can be read when they are taken so."""
    texts = [mark for mark in marks if isinstance(mark, Text)]
    stand = glyphs(texts)
    stand = replace(stand, xy_N2=how.turned(stand.xy_N2, width, height))
    seen_G = np.flatnonzero(readable(texts, stand, width, height))
    return Scene(width, height, marks, paper, how, stand, seen_G, visible_lines(texts, stand, width, height))


def _on_page(page: Paper, stand: Glyphs) -> list[Asked]:
    """A page's questions. An answer is looked for where its evidence is, widened by what turning moves."""
    xy_G2 = stand.xy_N2 / np.array((page.width, page.height), np.float32)
    asked = []
    for (question, answer), boxes in zip(page.turns, page.boxes, strict=True):
        inside_G = np.zeros(len(xy_G2), np.bool_)
        for x0, y0, x1, y1 in boxes:
            inside_G |= ((xy_G2 > (x0 - SLACK, y0 - SLACK)) & (xy_G2 < (x1 + SLACK, y1 + SLACK))).all(axis=1)
        own_G = np.flatnonzero(inside_G)
        number_C = found(answer, "".join(stand.chars[n] for n in own_G))
        asked.append(Asked(question, answer, np.append(own_G, UNKNOWN)[number_C]))
    return asked


def _on_card(drawn: Card, stand: Glyphs) -> list[Asked]:
    """A card's questions, each with the characters of the text that answers it."""
    asked = []
    for question, answer, text in drawn.queries:
        own_G = np.flatnonzero(stand.text_N == (UNKNOWN if text is None else text))
        number_C = found(answer, "".join(stand.chars[n] for n in own_G))
        asked.append(Asked(question, answer, np.append(own_G, UNKNOWN)[number_C]))
    return asked


def fonts() -> str:
    """What samples depend on beside seed and number: the fonts of this machine."""
    return ", ".join(family.name for family in faces.installed(faces.FAMILIES))


def vocabulary_texts(seed: int) -> list[str]:
    """What a tokenizer for drawn samples is trained on: texts of pages, and the questions."""
    asked = [*PROMPTS, *AFTER, *(phrase for names in PHRASES.values() for some in names.values() for phrase in some)]
    return [*passages(seed, PASSAGES), *asked * 20]

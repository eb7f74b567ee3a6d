"""Samples drawn as they are asked for: no data set, no end, each a function of the seed and its number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random
from typing import Literal

import numpy as np
from PIL import Image

from octavo.errors import OctavoError
from octavo.processing import ImageConfig, Processor, Sample
from octavo.processing import tiles as tiling
from octavo.synthetic import faces
from octavo.synthetic.marks import WHITE, Color, Mark, Text
from octavo.synthetic.papers import paper
from octavo.synthetic.questions import PHRASES
from octavo.synthetic.raster import Glyphs, draw, glyphs
from octavo.synthetic.reading import visible_lines
from octavo.synthetic.scan import Scan, scan, scanned
from octavo.synthetic.scraps import lines, scrap
from octavo.synthetic.texts import passages
from octavo.training.glyphs import glyph_cells
from octavo.training.samples import Source, digest
from octavo.training.sources.transcription import PROMPTS, cut_at_line

Feed = Literal["lines", "crops", "spreads", "pages"]
SAMPLES = 2**18  # of an epoch: as many as two cores take in a day
PASSAGES = 4000  # for the tokenizer
SHORT_LINES = 3
GRIDS = ((1, 2), (2, 1), (2, 2), (2, 2))  # rows and columns of tiles of a spread
AFTER = ('What comes after "{}"?', 'Read on after "{}".', 'Which words follow "{}"?')
FOLLOWING = 5  # words that are asked for
SIDES = (2, 2, 3, 4)  # tiles on the longest side of a page
ASKED = 6  # questions about a page
ABSENT = 2  # of those that can be asked
LOOKUPS = 3  # such questions of a sample


@dataclass(frozen=True, slots=True)
class Scene:
    """What a sample shows, before it is drawn: marks, how they are taken, and what can be read and asked."""

    width: int
    height: int
    marks: Sequence[Mark]
    paper: Color
    scan: Scan
    glyphs: Glyphs
    lines: list[str]
    turns: Sequence[tuple[str, str]] = ()


class Synthetic(Source):
    """Pages drawn for reading: short `lines` on one tile, dense `crops` of one tile, `spreads` of two to four; and
    `pages` of documents whole, small and large, with questions about them.

    The first three are asked for all that stands there, as much as `longest` characters hold, and, with `isolated`,
    for what follows some words.
    """

    def __init__(self, feed: Feed, processor: Processor, seed: int, longest: int, isolated: bool = True) -> None:
        super().__init__(processor, seed, isolated)
        self.feed, self.longest = feed, longest
        self.families = faces.installed(faces.FAMILIES)
        self.scene = lru_cache(maxsize=4)(self._scene)

    def __len__(self) -> int:
        return SAMPLES

    def _scene(self, index: int) -> Scene:
        """What sample `index` shows."""
        random = Random(digest(f"{self.seed}/{self.feed}/{index}"))
        side = self.processor.image_config.tile_size
        if self.feed == "pages":
            page = paper(random, self.families, side * random.choice(SIDES), ABSENT)
            return _seen(page.width, page.height, page.marks, WHITE, scan(random), page.turns)
        rows, cols = random.choice(GRIDS) if self.feed == "spreads" else (1, 1)
        width, height = cols * side, rows * side
        if self.feed == "lines":
            content, how = lines(random, self.families, width, height, SHORT_LINES), scan(random, clean=0.8)
        else:
            content, how = scrap(random, self.families, width, height), scan(random)
        return _seen(width, height, content.marks, content.paper, how)

    def turns(self, index: int, epoch: int) -> list[tuple[str, str]]:
        """A page's questions; else a prompt and the text, and questions for what follows words that stand once."""
        scene = self.scene(index)
        random = Random(digest(f"{self.seed}/{self.feed}/{index}/turns"))
        if self.feed == "pages":
            return random.sample(scene.turns, min(ASKED, len(scene.turns)))
        text = cut_at_line(scene.lines, self.longest)
        if not text:
            raise OctavoError("nothing can be read there")
        turns = [(random.choice(PROMPTS), text)]
        return turns + self._lookups(random, scene.lines) if self.isolated else turns

    def _lookups(self, random: Random, lines: Sequence[str]) -> list[tuple[str, str]]:
        """Two words of a line, which no other place has, and what follows them on it."""
        whole, turns = " ".join(lines), []
        for line in random.sample(lines, min(LOOKUPS, len(lines))):
            words = line.split()
            if len(words) > 2:
                start = random.randrange(len(words) - 2)
                given = " ".join(words[start : start + 2])
                if whole.count(given) == 1 and '"' not in given:
                    answer = " ".join(words[start + 2 : start + 2 + FOLLOWING])
                    turns.append((random.choice(AFTER).format(given), answer))
        return turns

    def name(self, index: int) -> str:
        """The feed and the number."""
        return f"{self.feed} {index}"

    def sizes(self, index: int) -> Sequence[tuple[int, int]]:
        """The scene's size in pixels."""
        scene = self.scene(index)
        return [(scene.width, scene.height)]

    def images(self, index: int) -> list[Image.Image]:
        """The scene, drawn."""
        scene = self.scene(index)
        return [scanned(draw(scene.marks, scene.width, scene.height, scene.paper), scene.scan)]

    def sample(self, index: int, epoch: int) -> Sample:
        """The sample, with the classes of its characters."""
        scene, side = self.scene(index), self.processor.image_config.tile_size
        rows, cols = tiling.grid(scene.width, scene.height, self._configs(index, epoch, self.sizes(index))[0])
        patch = side // (2 * round(self.processor.image_seq_len**0.5))  # pixel shuffle 2
        grown = np.array((max(1, cols) * side / scene.width, max(1, rows) * side / scene.height), np.float32)
        stand = replace(scene.glyphs, xy_N2=scene.glyphs.xy_N2 * grown)
        return replace(super().sample(index, epoch), cells=glyph_cells(stand, rows, cols, side, patch))

    def _configs(self, index: int, epoch: int, sizes: Sequence[tuple[int, int]]) -> list[ImageConfig]:
        """Scenes are drawn in the size at which they are seen."""
        return [replace(self.processor.image_config, longest_edge=max(size)) for size in sizes]


def _seen(
    width: int, height: int, marks: Sequence[Mark], paper: Color, how: Scan, turns: Sequence[tuple[str, str]] = ()
) -> Scene:
    """A scene of marks, with what can be read when they are taken so."""
    texts = [mark for mark in marks if isinstance(mark, Text)]
    stand = glyphs(texts)
    stand = replace(stand, xy_N2=how.turned(stand.xy_N2, width, height))
    return Scene(width, height, marks, paper, how, stand, visible_lines(texts, stand, width, height), turns)


def fonts() -> str:
    """What samples depend on beside seed and number: the fonts of this machine."""
    return ", ".join(family.name for family in faces.installed(faces.FAMILIES))


def vocabulary_texts(seed: int) -> list[str]:
    """What a tokenizer for drawn samples is trained on: texts of pages, and the questions."""
    asked = [*PROMPTS, *AFTER, *(phrase for names in PHRASES.values() for some in names.values() for phrase in some)]
    return [*passages(seed, PASSAGES), *asked * 20]

"""`octavo bench processing`: pages become tiles, beside the Pillow processor of transformers, SmolVLM-256M's settings.

Pages of real PDFs stand beside the checkout (`../shared/data/pdfs`; not part of the project). Ours and theirs take
turns on every page, in one process, with as many threads as torch takes by itself.
"""

import json
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pypdfium2 as pdfium
import torch
from PIL import Image
from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

from benchmarks.figures import Result
from octavo.documents import Reader
from octavo.errors import OctavoError
from octavo.processing import ImageConfig
from octavo.processing.tiles import canvas, cut, normalise, tiles

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
SMOLVLM = ImageConfig(longest_edge=2048, tile_size=512, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
PAGES, TURNS, SEED = 40, 3, 0
DPI = 150  # an A4 page is 1240 × 1754 pixels

Value = TypeVar("Value")


class Clock:
    """Seconds of wall clock by name; of each page the least of its turns, so that a neighbour's load counts less."""

    def __init__(self) -> None:
        self.least: dict[str, dict[int, float]] = defaultdict(dict)

    def time(self, name: str, page: int, work: Callable[[], Value]) -> Value:
        """What the work gives; its seconds are kept."""
        started = time.perf_counter()
        value = work()
        spent = time.perf_counter() - started
        self.least[name][page] = min(spent, self.least[name].get(page, spent))
        return value

    def total(self, name: str, pages: set[int]) -> float:
        """The seconds of these pages together."""
        return sum(self.least[name][page] for page in pages)


def run() -> Result:
    """Measure both ways; some 2 minutes on two cores."""
    if not SHARED.is_dir():
        raise OctavoError(f"{SHARED} is not there; this benchmark needs its documents")
    result, clock = Result("processing"), Clock()
    theirs = SmolVLMImageProcessorPil(
        size={"longest_edge": SMOLVLM.longest_edge},
        max_image_size={"longest_edge": SMOLVLM.tile_size},
        image_mean=list(SMOLVLM.mean),
        image_std=list(SMOLVLM.std),
    )
    coloured: set[int] = set()
    unequal = 0
    with Reader(image_format="RGB") as reader:
        for number, (path, index) in enumerate(_pages()):
            with pdfium.PdfDocument(path) as pdf:
                for _ in range(TURNS):
                    image = clock.time("render", number, lambda: _rendered(pdf, index))  # noqa: B023
                    pixels = clock.time("theirs", number, lambda: theirs([[image]], return_tensors="pt"))  # noqa: B023
                    exact = _ours(clock, number, image)
                    unequal += not torch.equal(pixels["pixel_values"][0], exact)
                    _direct(clock, number, reader, path, index)
            red, green, blue = image.split()
            if not red.tobytes() == green.tobytes() == blue.tobytes():
                coloured.add(number)
    return _told(result, clock, coloured, unequal)


def _pages() -> Iterator[tuple[Path, int]]:
    """One page of each of some digital PDFs, drawn at random: (file, index from 0)."""
    index = json.loads((SHARED / "pdfs" / "index.json").read_text())
    generator = random.Random(SEED)
    digital = [entry for entry in index if entry["class"] == "digital"]
    for entry in generator.sample(digital, PAGES):
        yield SHARED / "pdfs" / entry["file"], generator.randrange(entry["pages"])


def _rendered(pdf: pdfium.PdfDocument, index: int) -> Image.Image:
    page = pdf[index]
    image: Image.Image = page.render(scale=DPI / 72).to_pil().convert("RGB")
    page.close()
    return image


def _ours(clock: Clock, number: int, image: Image.Image) -> torch.Tensor:
    cut_up, _, _ = clock.time("tiles", number, lambda: tiles(image, SMOLVLM))
    return clock.time("normalise", number, lambda: normalise(cut_up, SMOLVLM))


def _direct(clock: Clock, number: int, reader: Reader, path: Path, index: int) -> None:
    document = reader.open(path)
    pages = reader.pages(document, [index + 1], words=False, fit=lambda width, height: canvas(width, height, SMOLVLM))
    page = clock.time("draw", number, lambda: next(pages))
    cut_up, _, _ = clock.time("cut", number, lambda: cut(page.image.pil(), SMOLVLM))
    clock.time("normalise drawn", number, lambda: normalise(cut_up, SMOLVLM))


def _told(result: Result, clock: Clock, coloured: set[int], unequal: int) -> Result:
    everything = set(clock.least["theirs"])
    gray = everything - coloured
    result.add(f"pages, {len(coloured)} coloured and {len(gray)} gray", len(everything), "pages")
    result.add("pages whose float32 pixels differ from transformers' in any bit", unequal, "pages", most=0)
    for kind, pages, least in (("", everything, 3), (" coloured", coloured, None), (" gray", gray, None)):
        peer = clock.total("theirs", pages)
        floats = clock.total("tiles", pages) + clock.total("normalise", pages)
        each = 1000 / len(pages)
        result.add(f"transformers, float32 pixels of a{kind} page", peer * each, "ms")
        result.add(f"ours, the same of a{kind} page", floats * each, "ms")
        result.add(f"ours, uint8 tiles of a{kind} page", clock.total("tiles", pages) * each, "ms")
        result.add(f"page image to float32 pixels{kind}, times as fast", peer / floats, "times", least)
    peer = clock.total("render", everything) + clock.total("theirs", everything)
    drawn = clock.total("draw", everything) + clock.total("cut", everything)
    result.add(f"PDF page at {DPI} dpi, then transformers", peer * 1000 / len(everything), "ms")
    result.add("PDF page drawn to its tiles, uint8", drawn * 1000 / len(everything), "ms")
    result.add("PDF page to tiles, times as fast", peer / drawn, "times", 5)
    drawn += clock.total("normalise drawn", everything)
    result.add("PDF page to float32 pixels, times as fast", peer / drawn, "times")
    return result

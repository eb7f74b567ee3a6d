"""What a document is recognised by: MinHash over the words of its pages, a sketch of its pages without words.

A page is cut into runs of five words ("shingles"), digits kept. MinHash keeps for each of some permutations the
smallest hash of the page's shingles; the share of permutations in which two sketches agree estimates the Jaccard
similarity of the shingles (Broder 1997) with a standard error of sqrt(s(1-s)/permutations). A second sketch is of
the values alone, words with four digits or more: two forms of one kind share nearly all their shingles and
hardly a value, two versions of one document share both.

A page of fewer than `LEAST_SHINGLES` is known by its picture: the middle frequencies of its cosine transform,
which scaling and JPEG hardly touch. After OCR it is known by both: two readings of one receipt share 48 to 84% of
the shingles and 30 to 80% of the values, forms of one kind to 77% and 17%.
"""

import base64
import io
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from PIL import Image

from octavo.documents.types import OCR, Page, PageImage

SHINGLE = 5  # words: three still recur by chance in one trade's papers, nine lose too much to a misread word
LEAST_SHINGLES = 20  # different ones on a page; a page number with a copyright line glues nothing together
VALUE_DIGITS = 4  # of a value: dates, amounts, numbers, but not "Section 4.2"
DOCUMENT_WORDS, DOCUMENT_VALUES = 128, 64  # permutations, 4 bytes each
PAGE_WORDS, PAGE_VALUES = 32, 32
SIDE = 128  # pixels that a picture is shrunk to, both ways
LOWEST, HIGHEST = 6, 32  # half-waves over the page: margins and dark bars are below, a rescan's noise above
PICTURE = 256  # numbers that are kept of its 800 frequencies
LEAST_SPREAD = 3.0  # grey levels, standard deviation of the shrunk picture: an empty sheet has less
_START = 100  # words of a page that nearly always show that it has enough
_CHUNK = 4096  # shingles at once: 4 MB a step however long the page is

_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"  # scripts without spaces (and Korean): each is a word
_TOKEN = re.compile(f"[{_IDEOGRAPHS}]|[^\\W_{_IDEOGRAPHS}]+")
_NO_LETTER = re.compile(r"[\W_]+")

Hashes = npt.NDArray[np.uint64]
Sketch = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class PageSketch:
    """A page: MinHash of its words and values, or of its picture the cosine transform; b"" where there is none."""

    number: int
    words: bytes = b""
    values: bytes = b""
    picture: bytes = b""


@dataclass(frozen=True, slots=True)
class Signature:
    """A document: MinHash of the words and values of its pages, and its pages with anything to know them by.

    Sketches are little-endian uint32, pictures int8. 256 bytes a page, 512 after OCR, 768 for the document.
    """

    words: bytes = b""
    values: bytes = b""
    pages: tuple[PageSketch, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The signature for `json.dumps`, bytes in base64."""
        return {
            "words": _ascii(self.words),
            "values": _ascii(self.values),
            "pages": [[p.number, _ascii(p.words), _ascii(p.values), _ascii(p.picture)] for p in self.pages],
        }

    @classmethod
    def of_json(cls, value: dict[str, Any]) -> Self:
        """The signature that `to_json` gave."""
        pages = tuple(PageSketch(number, *map(base64.b64decode, blobs)) for number, *blobs in value["pages"])
        return cls(base64.b64decode(value["words"]), base64.b64decode(value["values"]), pages)


class Signer:
    """Takes a document's pages one by one; keeps 512 bytes of each at most."""

    def __init__(self) -> None:
        self._words = np.full(DOCUMENT_WORDS, 0xFFFFFFFF, np.uint32)
        self._values = np.full(DOCUMENT_VALUES, 0xFFFFFFFF, np.uint32)
        self._pages: list[PageSketch] = []

    def add(self, page: Page) -> None:
        """Take in a page, its picture too where it has hardly a word, or words from OCR alone."""
        words, values = sketch(word.text for word in page.words)
        picture = picture_sketch(page.image) if page.image.data and (words is None or page.text == OCR) else b""
        if words is None:
            if picture:
                self._pages.append(PageSketch(page.number, picture=picture))
            return
        # The least over the pages is the least over all their shingles: no second pass is needed.
        np.minimum(self._words, words, out=self._words)
        blob = b""
        if values is not None:
            np.minimum(self._values, values, out=self._values)
            blob = _bytes(values[:PAGE_VALUES])
        self._pages.append(PageSketch(page.number, _bytes(words[:PAGE_WORDS]), blob, picture))

    def done(self) -> Signature:
        """The signature of the pages so far."""
        words, values = (_bytes(part) if part.min() < 0xFFFFFFFF else b"" for part in (self._words, self._values))
        return Signature(words, values, tuple(self._pages))


def signature(pages: Iterable[Page]) -> Signature:
    """The signature of a document's pages, which are taken one at a time."""
    signer = Signer()
    for page in pages:
        signer.add(page)
    return signer.done()


def wants_picture(page: Page) -> bool:
    """Whether a page's words are too few to know it by, so that it must be rendered for its signature."""
    start = " ".join(word.text for word in page.words[:_START]).casefold()
    # Each token that is new ends a shingle that is new, but for the first four.
    if len(set(_TOKEN.findall(start))) >= LEAST_SHINGLES + SHINGLE - 1:
        return False
    return sketch(word.text for word in page.words)[0] is None


def sketch(words: Iterable[str]) -> tuple[Sketch | None, Sketch | None]:
    """MinHash of a page's words, [DOCUMENT_WORDS], and of its values, [DOCUMENT_VALUES]; None where there are none.

    None for both where the page has fewer than `LEAST_SHINGLES` different shingles.
    """
    text = " ".join(words).casefold()
    shingles = np.unique(_shingles(_hashes(_TOKEN.findall(text))))
    if len(shingles) < LEAST_SHINGLES:
        return None, None
    values = [
        _NO_LETTER.sub("", word)
        for word in text.split()
        if not word.isalpha() and sum(map(str.isdigit, word)) >= VALUE_DIGITS
    ]
    return _minhash(shingles, _WORDS), _minhash(mixed(_hashes(values)), _VALUES) if values else None


def picture_sketch(image: PageImage) -> bytes:
    """The middle frequencies of a page's picture as `PICTURE` int8, the largest 127; b"" for an even sheet.

    The cosine of two sketches says how alike the pages look. The frequencies are weighted with themselves, since
    pictures lose power there, and thrown on random axes, which keeps cosines (Johnson and Lindenstrauss 1984).
    """
    grey = _shrunk(image)
    if grey.std() < LEAST_SPREAD:
        return b""
    waves: npt.NDArray[np.float64] = (_COSINES @ grey @ _COSINES.T * _DISTANCE)[_KEPT] @ _AXES
    data: bytes = np.rint(waves * (127 / np.abs(waves).max())).astype(np.int8).tobytes()
    return data


def of_bytes(blobs: Sequence[bytes], dtype: str = "<u4") -> npt.NDArray[Any]:
    """Sketches of equal length as the rows of an array."""
    return np.frombuffer(b"".join(blobs), dtype).reshape(len(blobs), -1)


def _shrunk(image: PageImage) -> npt.NDArray[np.float64]:
    """The page in grey, [SIDE, SIDE]: a JPEG is decoded at the size it needs only."""
    if image.format == "RGB":
        picture = image.pil()
    else:
        picture = Image.open(io.BytesIO(image.data), formats=(image.format,))
        picture.draft("L", (2 * SIDE, 2 * SIDE))
    small = picture.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(small, np.float64)


def _hashes(words: Sequence[str]) -> Hashes:
    """A number for each word, the same on every machine."""
    return np.fromiter((zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in words), np.uint64, len(words))


def _shingles(hashes: Hashes) -> Hashes:
    """A number for each run of `SHINGLE` words, of which the order counts."""
    count = max(len(hashes) - SHINGLE + 1, 0)
    runs = np.zeros(count, np.uint64)
    for place in range(SHINGLE):
        runs = mixed(runs) + hashes[place : place + count]
    return mixed(runs)


def signs(rows: int, columns: int) -> npt.NDArray[np.float32]:
    """A matrix of 1 and -1, as good as random and always the same."""
    numbers = mixed(np.arange(rows * columns, dtype=np.uint64))
    return np.where(numbers & np.uint64(1), 1, -1).astype(np.float32).reshape(rows, columns)


def mixed(x: Hashes) -> Hashes:
    """Every bit of x spread over all 64 (the finaliser of SplitMix64, Steele et al. 2014)."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _minhash(hashes: Hashes, permutations: tuple[Hashes, Hashes]) -> Sketch:
    factors, offsets = permutations
    least = np.full(len(factors), 0xFFFFFFFFFFFFFFFF, np.uint64)
    for start in range(0, len(hashes), _CHUNK):
        part = hashes[None, start : start + _CHUNK] * factors[:, None] + offsets[:, None]
        np.minimum(least, part.min(axis=1), out=least)
    return (least >> np.uint64(32)).astype(np.uint32)


def _permutations(count: int, seed: int) -> tuple[Hashes, Hashes]:
    """Odd factors and offsets, fixed for ever: signatures of different builds are compared."""
    numbers = mixed(np.arange(2 * count, dtype=np.uint64) + np.uint64(seed << 32))
    return numbers[:count] | np.uint64(1), numbers[count:]


def _bytes(numbers: Sketch) -> bytes:
    return numbers.astype("<u4").tobytes()


def _ascii(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


_WORDS, _VALUES = _permutations(DOCUMENT_WORDS, 1), _permutations(DOCUMENT_VALUES, 2)
_COSINES = np.cos(np.pi * (2 * np.arange(SIDE) + 1) * np.arange(HIGHEST + 1)[:, None] / (2 * SIDE))
_DISTANCE = np.hypot(np.arange(HIGHEST + 1)[:, None], np.arange(HIGHEST + 1)[None])
_KEPT = (_DISTANCE > LOWEST) & (_DISTANCE <= HIGHEST)
_AXES = signs(int(_KEPT.sum()), PICTURE)

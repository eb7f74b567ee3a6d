"""Whether a data set shares pages or questions with another: trained on one, nobody may be scored on the other.

Pages are compared by their pixels, by their look and, where both sides know them, by their words. The other
data set may be one of ours, one of Docmatix's form, or any folder of Parquet with images, questions and answers.
"""

import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from octavo.datasets.selection.clusters import PAGE_ALIKE, PICTURE_ALIKE, VALUES_ALIKE
from octavo.datasets.selection.signatures import PAGE_VALUES, PAGE_WORDS, PICTURE, of_bytes, picture_sketch, sketch
from octavo.documents.types import PageImage
from octavo.errors import OctavoError

PIXELS, PICTURES, WORDS = "pixels", "picture", "words"  # what a shared page was known by, the surest first
LISTED = 1000  # shared pages and questions that a report names; all are counted
_ROWS = 8  # read at once: their pictures are in memory
_CHUNK = 1 << 16  # pages of the other data set compared at once
ENCODINGS = ("JPEG", "PNG", "WEBP", "TIFF")
MOST_PIXELS = 120_000_000  # of a picture that is opened
_UNREADABLE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
_NOT_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Shared:
    """A page of one data set that is in the other: what names it in each, and what it was known by."""

    page: str
    other: str
    by: str


@dataclass(frozen=True, slots=True)
class Overlap:
    """What two data sets share. `pages` and `questions` name the first `LISTED`; the counts are of all."""

    pages_here: int
    pages_there: int
    questions_here: int
    questions_there: int
    unreadable: int
    shared_pages: Mapping[str, int]
    shared_questions: int
    pages: tuple[Shared, ...] = field(repr=False)
    questions: tuple[str, ...] = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """The report for `json.dumps`."""
        return asdict(self)

    def __str__(self) -> str:
        count = sum(self.shared_pages.values())
        ways = ", ".join(f"{number} by their {by}" for by, number in self.shared_pages.items() if number)
        lines = [
            f"{count} of {self.pages_here} pages are among the {self.pages_there} of the other data set"
            + (f" ({ways})" if ways else ""),
            f"{self.shared_questions} of {self.questions_here} questions with their answers are among the "
            f"{self.questions_there} of the other data set",
        ]
        if self.unreadable:
            lines.append(f"{self.unreadable} pictures cannot be opened; they were compared by their bytes alone")
        lines += [f"  {page.page} = {page.other} (by {page.by})" for page in self.pages]
        lines += [f"  {question}" for question in self.questions]
        return "\n".join(lines)


@dataclass(slots=True)
class Known:
    """Pages and questions of a data set, as they are looked for: some 500 bytes a page.

    Of each page its name, a hash of its pixels, sketches of picture and words (b"" where there are none).
    """

    names: list[str] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    pictures: list[bytes] = field(default_factory=list)
    words: list[bytes] = field(default_factory=list)
    pairs: dict[bytes, str] = field(default_factory=dict)  # `pair_key` of a question with its answer: the question
    unreadable: int = 0  # pictures that cannot be opened; their hash is of their bytes

    def add_page(self, name: str, image: PageImage, words: bytes = b"") -> None:
        """Take in a page; `words` is the `words_sketch` of what stands on it."""
        pixels, picture = _looks(image)
        self.unreadable += picture is None
        self.names.append(name)
        self.hashes.append(pixels)
        self.pictures.append(picture or b"")
        self.words.append(words)


Words = Iterable[tuple[str, Sequence[str]]]  # (name of a page as `page_name` gives it, its words)


def overlap(here: Path, there: Path, here_words: Words | None = None, there_words: Words | None = None) -> Overlap:
    """Which pages and questions of the data set in folder `here` are also in `there`.

    Words are taken from `pages/*.parquet` where a data set has that table and none are given. Of both data
    sets some 500 bytes a page are held in memory, never the pictures. Raises `OctavoError` where a folder holds
    no Parquet or a damaged one.
    """
    mine, other = known(here, here_words), known(there, there_words)
    shared = list(shared_pages(mine, other))
    ways = [page.by for page in shared]
    both = [text for pair, text in mine.pairs.items() if pair in other.pairs]
    return Overlap(
        len(mine.names),
        len(other.names),
        len(mine.pairs),
        len(other.pairs),
        mine.unreadable + other.unreadable,
        {by: ways.count(by) for by in (PIXELS, PICTURES, WORDS)},
        len(both),
        tuple(shared[:LISTED]),
        tuple(both[:LISTED]),
    )


def page_name(sha256: str, page: int) -> str:
    """What a page of a document is called in a report and in tables of words."""
    return f"{sha256[:12]} page {page}"


def known(folder: Path, words: Words | None = None, split: str = "") -> Known:
    """What the pages and questions of a data set, or a split of it, are known by; words are its own or the given."""
    found = Known()
    sketches = {name: words_sketch(texts) for name, texts in (stored_words(folder) if words is None else words)}
    for file, row, record in records(folder, split):
        for name, image in images(file, row, record):
            found.add_page(name, image, sketches.get(name, b""))
        for question, answers in questions(record):
            found.pairs |= {pair_key(question, answer): question[:200] for answer in answers}
    return found


def pair_key(question: str, answer: str) -> bytes:
    """A hash of a question with its answer, without case, punctuation and runs of white space."""
    said = "\0".join(_NOT_WORD.sub(" ", side.casefold()).strip() or side for side in (question, answer))
    return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=16).digest()


def shared_pages(mine: Known, other: Known) -> Iterator[Shared]:
    """Each of `mine` that is in `other`, once, by the surest way and the nearest page."""
    same_pixels = dict(zip(reversed(other.hashes), reversed(other.names), strict=True))
    words, pictures = _Words(other), _Pictures(other)
    for at, name in enumerate(mine.names):
        if mine.hashes[at] in same_pixels:
            yield Shared(name, same_pixels[mine.hashes[at]], PIXELS)
            continue
        near = words.nearest(mine.words[at])
        if near is not None:
            yield Shared(name, other.names[near], WORDS)
            continue
        near = pictures.nearest(mine.pictures[at])
        # Pages of one look with other words on them are two, where the words are known.
        if near is not None and not (mine.words[at] and other.words[near]):
            yield Shared(name, other.names[near], PICTURES)


class _Pictures:
    """The pictures of a data set, to find the nearest of."""

    def __init__(self, pages: Known) -> None:
        self.index = [at for at, picture in enumerate(pages.pictures) if picture]
        self.waves = of_bytes([pages.pictures[at] for at in self.index], "i1") if self.index else np.zeros((0, PICTURE))
        self.lengths = np.linalg.norm(self.waves.astype(np.float32), axis=1)

    def nearest(self, picture: bytes) -> int | None:
        """The page whose picture is nearest, if it is near enough."""
        if not picture or not self.index:
            return None
        wave = np.frombuffer(picture, "i1").astype(np.float32)
        cosines = np.concatenate(
            [self.waves[at : at + _CHUNK].astype(np.float32) @ wave for at in range(0, len(self.index), _CHUNK)]
        ) / (self.lengths * np.linalg.norm(wave))
        best = int(cosines.argmax())
        return self.index[best] if cosines[best] >= PICTURE_ALIKE else None


class _Words:
    """The words of a data set's pages, to find the nearest of."""

    def __init__(self, pages: Known) -> None:
        self.index = [at for at, words in enumerate(pages.words) if words]
        self.sketches = of_bytes([pages.words[at] for at in self.index]) if self.index else np.zeros((0, 1))

    def nearest(self, words: bytes) -> int | None:
        """The page whose words and values are most alike, if they are enough."""
        if not words or not self.index:
            return None
        same: npt.NDArray[np.bool_] = self.sketches == np.frombuffer(words, "<u4")
        alike = same[:, :PAGE_WORDS].mean(axis=1) + same[:, PAGE_WORDS:].mean(axis=1) / PAGE_WORDS
        best = int(alike.argmax())
        enough = same[best, :PAGE_WORDS].mean() >= PAGE_ALIKE and same[best, PAGE_WORDS:].mean() >= VALUES_ALIKE
        return self.index[best] if enough else None


def words_sketch(texts: Sequence[str]) -> bytes:
    """Words and values of a page in one row; a page without values has zeros, which are alike."""
    words, values = sketch(texts)
    if words is None:
        return b""
    tail = values[:PAGE_VALUES] if values is not None else np.zeros(PAGE_VALUES, np.uint32)
    return bytes(np.concatenate([words[:PAGE_WORDS], tail]).astype("<u4").tobytes())


def stored_words(folder: Path) -> Iterator[tuple[str, Sequence[str]]]:
    """The pages of one of our data sets by name, with their words; nothing for a data set of others."""
    for path in sorted((folder / "pages").glob("*.parquet")):
        for batch in _batches(path, ["document_sha256", "page", "words"]):
            for record in batch.to_pylist():
                yield page_name(record["document_sha256"], record["page"]), record["words"]


def records(folder: Path, split: str = "") -> Iterator[tuple[str, int, dict[str, Any]]]:
    """The rows of a data set: the file's name, the row's number in it, and the columns that matter.

    Of a folder whose files say so ("train-00000.parquet") only those of `split`; of any other all.
    """
    ours = sorted((folder / "data").glob("*.parquet"))
    paths = ours or sorted(folder.rglob("*.parquet"))
    if not paths:
        raise OctavoError(f"{folder} is no data set: there is no Parquet file in it")
    paths = [path for path in paths if split and path.name.startswith(f"{split}-")] or paths
    columns = ["images", "image", "texts", "question", "query", "answer", "answers", "document_sha256", "pages"]
    for path in paths:
        row = 0
        for batch in _batches(path, columns):
            for record in batch.to_pylist():
                yield path.relative_to(folder).as_posix(), row, record
                row += 1


def _batches(path: Path, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    try:
        with pq.ParquetFile(path) as file:
            wanted = [name for name in columns if name in file.schema_arrow.names]
            yield from file.iter_batches(_ROWS, columns=wanted, use_threads=False)
    except (pa.ArrowInvalid, OSError) as error:
        raise OctavoError(f"{path} is no whole Parquet file ({error})") from error


def images(file: str, row: int, record: Mapping[str, Any]) -> Iterator[tuple[str, PageImage]]:
    """The pictures of a row by name, as the `datasets` library stores them: one or a list, bare or in a struct."""
    found = record.get("images") or ([record["image"]] if record.get("image") else [])
    if not isinstance(found, list):
        found = [found]
    encoded = [image.get("bytes") if isinstance(image, dict) else image for image in found]
    sha256, numbers = record.get("document_sha256"), record.get("pages") or ()
    for at, data in enumerate(data for data in encoded if isinstance(data, bytes)):
        name = page_name(sha256, numbers[at]) if sha256 and at < len(numbers) else f"{file} row {row} image {at}"
        yield name, _opened(data)


def questions(record: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The questions of a row, each with all that is an answer to it."""
    for text in record.get("texts") or ():
        yield str(text["user"]), (str(text["assistant"]),)
    question = record.get("question") or record.get("query")
    if isinstance(question, dict):  # in several languages
        question = question.get("en")
    answers = record.get("answers") or record.get("answer") or ()
    if isinstance(question, str):
        yield question, tuple(map(str, [answers] if isinstance(answers, str) else answers))


def _opened(data: bytes) -> PageImage:
    """An encoded picture with what its header says, without format and size where that cannot be read."""
    try:
        with Image.open(io.BytesIO(data), formats=ENCODINGS) as header:
            return PageImage(data, str(header.format), *header.size)
    except _UNREADABLE:
        return PageImage(data, "", 0, 0)


def _looks(image: PageImage) -> tuple[bytes, bytes | None]:
    """A hash of the pixels and the sketch, b"" of an even picture; of one that cannot be opened, of the bytes and None.

    Pictures of one size with the same colours are the same, however they are encoded.
    """
    if 0 < image.width * image.height <= MOST_PIXELS:
        try:
            pixels = PageImage(image.pil().convert("RGB").tobytes(), "RGB", image.width, image.height)
            told = hashlib.blake2b(b"%d " % image.width, digest_size=16)
            told.update(pixels.data)
            return told.digest(), picture_sketch(pixels)
        except _UNREADABLE:
            pass
    return hashlib.blake2b(image.data, digest_size=16).digest(), None

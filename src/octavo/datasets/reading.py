"""A data set opened for training: any row at once, its questions without touching pixels."""

import hashlib
import io
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from octavo.datasets.report import MANIFEST
from octavo.datasets.selection.splits import SPLITS
from octavo.datasets.types import ABSTRACTIVE, EXTRACTIVE, Question, Row
from octavo.documents.types import LAYER, Box, PageImage
from octavo.errors import OctavoError

ENCODINGS = ("JPEG", "PNG", "WEBP")  # no decoder of a rarer format is reached by a stranger's data set
UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)  # by the header of a picture

KEPT_GROUPS = 8  # groups of images in memory: 2 MB each of our own data sets, some 50 MB of Docmatix


class DataSet:
    """A folder with `data/SPLIT-*.parquet` in it: one that `build` wrote, or one of Docmatix's form.

    A row of Docmatix names no document, page, kind or evidence: its questions have no boxes. Raises
    `OctavoError` where the folder holds no data set or an unfinished one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = {split: sorted((folder / "data").glob(f"{split}-*.parquet")) for split in SPLITS}
        if (folder / "build.json").exists() and not (folder / "manifest.json").exists():
            raise OctavoError(f"{folder} holds an unfinished data set: run octavo build again to finish it")
        if not any(self.files.values()):
            raise OctavoError(f"{folder} is no data set: there is no data/SPLIT-*.parquet in it")

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that have rows."""
        return tuple(split for split in SPLITS if self.files[split])

    @property
    def fingerprint(self) -> str:
        """A hash of what the folder holds: its manifest, where there is one, and its files' names and sizes."""
        digest = hashlib.sha256()
        for path in [self.folder / MANIFEST, *sorted(path for paths in self.files.values() for path in paths)]:
            if path.is_file():
                digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        if (self.folder / MANIFEST).is_file():
            digest.update((self.folder / MANIFEST).read_bytes())
        return digest.hexdigest()

    def rows(self, split: str) -> "Rows":
        """The rows of a split. Raises `OctavoError` where there are none, and names the splits that have."""
        if not self.files.get(split):
            raise OctavoError(f"{self.folder} has no rows in split {split!r}; it has {' '.join(self.splits)}")
        return Rows(self.files[split])


class Rows:
    """The rows of one split, by number. All columns but the images are held in memory (about 1 kB a row).

    `row` reads one row group of the images (16 rows at most, in others' data sets a hundred) and keeps the last few.
    Not for use from several threads at once.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.files = [_opened(path) for path in paths]
        self.groups = [
            (number, group) for number, file in enumerate(self.files) for group in range(file.metadata.num_row_groups)
        ]
        sizes = [self.files[number].metadata.row_group(group).num_rows for number, group in self.groups]
        self.starts: list[int] = [0, *accumulate(sizes)]
        columns = [name for name in self.files[0].schema_arrow.names if name != "images"]
        self.table = pa.concat_tables(
            [_read(path, file, columns) for path, file in zip(paths, self.files, strict=True)]
        )
        self.paths = paths
        self.pictured = "images" in self.files[0].schema_arrow.names
        self._sizes: dict[int, list[tuple[tuple[int, int], ...]]] = {}  # by group
        self._group = lru_cache(KEPT_GROUPS)(self._read_images)

    def __len__(self) -> int:
        return self.starts[-1]

    @property
    def group_sizes(self) -> list[int]:
        """How many rows each row group has."""
        return [end - start for start, end in pairwise(self.starts)]

    def questions(self, index: int) -> tuple[Question, ...]:
        """The questions of row `index`."""
        return self._questions(self._record(index))

    def place(self, index: int) -> tuple[str, tuple[int, ...]]:
        """The document (its SHA-256) and the page numbers of row `index`, without touching pixels."""
        record = self._record(index)
        return record.get("document_sha256", ""), tuple(record.get("pages", ()))

    def sizes(self, index: int) -> tuple[tuple[int, int], ...]:
        """Width and height in pixels of the images of row `index`; (0, 0) of one that is missing or cannot be opened.

        They come from the pictures' headers. A group of rows is read once for them, and its sizes are kept.
        """
        if not self.pictured:
            return ()
        at = bisect_right(self.starts, index) - 1
        if at not in self._sizes:
            self._sizes[at] = [tuple(map(_size, _encoded(images))) for images in self._group(at)]
        return self._sizes[at][index - self.starts[at]]

    def row(self, index: int) -> Row:
        """Row `index` with its images still encoded; a width and height come from the picture's header."""
        record = self._record(index)
        at = bisect_right(self.starts, index) - 1
        number, _ = self.groups[at]
        images = _encoded(self._group(at)[index - self.starts[at]]) if self.pictured else []
        return Row(
            document=record.get("document", ""),
            document_sha256=record.get("document_sha256", ""),
            pages=tuple(record.get("pages", range(1, len(images) + 1))),
            images=tuple(_page_image(image, self.paths[number]) for image in images),
            questions=self._questions(record),
            split=self.paths[number].name.split("-")[0],
            cluster=record.get("cluster", ""),
            text=record.get("text", LAYER),
        )

    def _read_images(self, at: int) -> pa.ChunkedArray:
        number, group = self.groups[at]
        return _read_group(self.paths[number], self.files[number], group)

    def _record(self, index: int) -> dict[str, Any]:
        if not 0 <= index < len(self):
            raise IndexError(index)
        record: dict[str, Any] = self.table.slice(index, 1).to_pylist()[0]
        return record

    def _questions(self, record: dict[str, Any]) -> tuple[Question, ...]:
        texts = record["texts"] or []
        evidence = record.get("evidence") or [{"page": 1, "boxes": []}] * len(texts)
        kinds = record.get("kind") or [""] * len(texts)
        forms = record.get("form") or [EXTRACTIVE if "evidence" in record else ABSTRACTIVE] * len(texts)
        answers = record.get("answers") or [[text["assistant"]] for text in texts]
        keys = record.get("key") or [""] * len(texts)
        return tuple(
            Question(
                text["user"],
                text["assistant"],
                where["page"],
                tuple(Box(*box) for box in where["boxes"]),
                kind,
                text.get("source") or "",
                form,
                tuple(all_answers[1:]),
                key,
            )
            for text, where, kind, form, all_answers, key in zip(
                texts, evidence, kinds, forms, answers, keys, strict=True
            )
        )


def _opened(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path, memory_map=True)
    except (pa.ArrowInvalid, OSError) as error:
        raise OctavoError(f"{path} is no whole Parquet file: build the data set again ({error})") from error


def _read(path: Path, file: pq.ParquetFile, columns: Sequence[str]) -> pa.Table:
    try:
        return file.read(columns=list(columns))
    except (pa.ArrowInvalid, OSError) as error:
        raise OctavoError(f"{path} is damaged: build the data set again ({error})") from error


def _read_group(path: Path, file: pq.ParquetFile, group: int) -> pa.ChunkedArray:
    """The images of one row group."""
    try:
        return file.read_row_group(group, columns=["images"], use_threads=False).column("images")
    except (pa.ArrowInvalid, OSError) as error:
        raise OctavoError(f"{path} is damaged: build the data set again ({error})") from error


def _encoded(images: pa.ListScalar) -> list[bytes]:
    """The bytes of a row's images; b"" stands for one that is missing."""
    return [(image or {}).get("bytes") or b"" for image in images.as_py() or []]


def _size(data: bytes) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(data), formats=ENCODINGS) as header:
            return header.size
    except UNREADABLE:
        return 0, 0


def _page_image(data: bytes, path: Path) -> PageImage:
    try:
        with Image.open(io.BytesIO(data), formats=ENCODINGS) as header:
            return PageImage(data, str(header.format), header.width, header.height)
    except UNREADABLE as error:
        raise OctavoError(f"{path} holds an image that cannot be opened: it is no JPEG, PNG or WEBP") from error

"""Rows of other people's Parquet: all columns but the pictures in memory, the pictures as they are asked for."""

import io
import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from octavo.datasets.reading import UNREADABLE
from octavo.documents.types import PageImage
from octavo.errors import OctavoError

ENCODINGS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")  # what the published sets hold
MOST_PIXELS = 120_000_000  # of a picture that is opened
PICTURES = re.compile(r"(?:decoded_)?image(?:_\d+)?|images")
KEPT_GROUPS = 4  # row groups of pictures in memory, some 50 MB each


class Table:
    """The rows of one split of a published set. Not for use from several threads at once."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.files = [_opened(path) for path in paths]
        self.paths = paths
        self.places = [(at, group) for at, file in enumerate(self.files) for group in range(file.num_row_groups)]
        sizes = [self.files[at].metadata.row_group(group).num_rows for at, group in self.places]
        self.starts = [0, *accumulate(sizes)]
        self.rows: list[dict[str, Any]] = []
        for path, file in zip(paths, self.files, strict=True):
            columns = [name for name in file.schema_arrow.names if not _is_picture(name, file)]
            self.rows += _read(path, file, None, columns)
        self._group = lru_cache(KEPT_GROUPS)(self._read_pictures)

    def pictures(self, row: int, columns: Sequence[str]) -> tuple[PageImage, ...]:
        """The pictures in these columns of a row, without those that are empty.

        Raises `OctavoError` for one that cannot be opened or is too large.
        """
        at = bisect_right(self.starts, row) - 1
        record = self._group(at)[row - self.starts[at]]
        data = [record[name]["bytes"] for name in columns if (record.get(name) or {}).get("bytes")]
        return tuple(page_image(one, str(self.paths[self.places[at][0]])) for one in data)

    def _read_pictures(self, at: int) -> list[dict[str, Any]]:
        number, group = self.places[at]
        file = self.files[number]
        columns = [name for name in file.schema_arrow.names if _is_picture(name, file)]
        return _read(self.paths[number], file, group, columns)


def split_files(folder: Path, split: str) -> list[Path]:
    """The Parquet files of a split: those whose names begin with it, or the folder's only file.

    Raises `OctavoError` where there are none.
    """
    found = sorted(folder.rglob("*.parquet"))
    named = [path for path in found if re.match(rf"{re.escape(split)}(?![a-z])", path.name)]
    if named or len(found) == 1:
        return named or found
    there = ", ".join(sorted({re.split(r"[-.]", path.name)[0] for path in found}))
    raise OctavoError(
        f"{folder} has no {split}-*.parquet; it has {there or 'no Parquet'}: give another --data, --split"
    )


def page_image(data: bytes, where: str) -> PageImage:
    """An encoded picture with its size. Raises `OctavoError`, naming `where`, for one that no model can be shown."""
    try:
        with Image.open(io.BytesIO(data), formats=ENCODINGS) as header:
            image = PageImage(data, str(header.format), header.width, header.height)
    except UNREADABLE as error:
        raise OctavoError(f"{where} holds a picture that cannot be opened ({type(error).__name__})") from error
    if image.width * image.height > MOST_PIXELS:
        raise OctavoError(f"{where} holds a picture of {image.width} x {image.height} pixels; it is not opened")
    return image


def _is_picture(name: str, file: pq.ParquetFile) -> bool:
    # MathVista's column `image` is a path; its pixels are in `decoded_image`.
    return bool(PICTURES.fullmatch(name)) and not pa.types.is_string(file.schema_arrow.field(name).type)


def _opened(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path, memory_map=True)
    except (pa.ArrowInvalid, OSError) as error:
        raise OctavoError(f"{path} is no whole Parquet file: fetch it again ({error})") from error


def _read(path: Path, file: pq.ParquetFile, group: int | None, columns: list[str]) -> list[dict[str, Any]]:
    try:
        table = file.read(columns) if group is None else file.read_row_group(group, columns)
    except (pa.ArrowInvalid, OSError) as error:
        raise OctavoError(f"{path} is damaged: fetch it again ({error})") from error
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows

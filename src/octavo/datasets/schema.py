"""The columns of a data set, as Arrow and the `datasets` library know them, and the files that hold them."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from octavo.datasets.types import Row

GROUP_ROWS = 16  # rows of a row group at most: a random access reads one group, 1.1 ms in the middle
GROUP_BYTES = 4 * 2**20  # and their bytes: a page of text at 150 dpi has 0.3 MB, one of photographs 2 MB

_IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_TEXT = pa.struct([("user", pa.string()), ("assistant", pa.string()), ("source", pa.string())])
_EVIDENCE = pa.struct([("page", pa.int32()), ("boxes", pa.list_(pa.list_(pa.float32())))])
_STRING = {"dtype": "string", "_type": "Value"}
_INT32 = {"dtype": "int32", "_type": "Value"}
_FLOAT32 = {"dtype": "float32", "_type": "Value"}

# Docmatix's columns first, then ours. A list in the features is a list of its one element.
_COLUMNS: list[tuple[str, pa.DataType, Any]] = [
    ("images", pa.list_(_IMAGE), [{"_type": "Image"}]),
    ("texts", pa.list_(_TEXT), [{"user": _STRING, "assistant": _STRING, "source": _STRING}]),
    ("document", pa.string(), _STRING),
    ("pages", pa.list_(pa.int32()), [_INT32]),
    ("evidence", pa.list_(_EVIDENCE), [{"page": _INT32, "boxes": [[_FLOAT32]]}]),
    ("kind", pa.list_(pa.string()), [_STRING]),
    ("document_sha256", pa.string(), _STRING),
    ("split", pa.string(), _STRING),
    ("generator", pa.string(), _STRING),
]
_FEATURES = {"info": {"features": {name: features for name, _, features in _COLUMNS}}}
SCHEMA = pa.schema([(name, kind) for name, kind, _ in _COLUMNS], metadata={"huggingface": json.dumps(_FEATURES)})


def batch_of(row: Row, generator: str) -> pa.RecordBatch:
    """One row as a record batch of `SCHEMA`; its images are encoded (not "RGB")."""
    assert all(image.format != "RGB" for image in row.images)
    record = {
        "images": [{"bytes": image.data, "path": None} for image in row.images],
        "texts": [{"user": q.text, "assistant": q.answer, "source": q.source} for q in row.questions],
        "document": row.document,
        "pages": list(row.pages),
        "evidence": [{"page": q.page, "boxes": [list(box) for box in q.boxes]} for q in row.questions],
        "kind": [question.kind for question in row.questions],
        "document_sha256": row.document_sha256,
        "split": row.split,
        "generator": generator,
    }
    return pa.RecordBatch.from_pylist([record], schema=SCHEMA)


class RowFile:
    """A Parquet file that takes rows one by one and writes them in groups bounded in rows and in bytes.

    Images are stored as they are (JPEG does not compress again), everything else with zstd. Statistics of the
    images are left out: they would copy pictures into the footer.
    """

    def __init__(self, path: Path) -> None:
        columns = _leaves()
        plain = [column for column in columns if not column.startswith("images.")]
        self.writer = pq.ParquetWriter(
            path,
            SCHEMA,
            use_dictionary=plain,
            write_statistics=plain,
            compression={column: "zstd" if column in plain else "none" for column in columns},
        )
        self.waiting: list[pa.RecordBatch] = []
        self.rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Append one row."""
        if self.waiting and (
            len(self.waiting) == GROUP_ROWS or sum(other.nbytes for other in (*self.waiting, batch)) > GROUP_BYTES
        ):
            self._write_group()
        self.waiting.append(batch)
        self.rows += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self.waiting:
            self._write_group()
        self.writer.close()

    def _write_group(self) -> None:
        self.writer.write_table(pa.Table.from_batches(self.waiting))
        self.waiting = []


def batches_in(path: Path) -> Iterator[pa.RecordBatch]:
    """The record batches of an Arrow stream file, one at a time."""
    with pa.OSFile(str(path)) as file, pa.ipc.open_stream(file) as stream:
        yield from stream


def _leaves() -> list[str]:
    """The Parquet names of the schema's leaf columns, as in "images.list.element.bytes"."""

    def below(name: str, kind: pa.DataType) -> Iterator[str]:
        if pa.types.is_struct(kind):
            for field in kind:
                yield from below(f"{name}.{field.name}", field.type)
        elif pa.types.is_list(kind):
            yield from below(f"{name}.list.element", kind.value_type)
        else:
            yield name

    return [leaf for field in SCHEMA for leaf in below(field.name, field.type)]

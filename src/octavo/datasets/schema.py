"""The columns of a data set, as Arrow and the `datasets` library know them, and the files that hold them."""

import json
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from octavo.datasets.review import question_id
from octavo.datasets.types import Question, Row
from octavo.documents.types import Page, Word

GROUP_ROWS = 16  # rows of a row group at most: a random access reads one group, 1.1 ms in the middle
GROUP_BYTES = 2 * 2**20  # and their bytes, of a file for each split: a page of text at 150 dpi has 0.3 MB

DATA, PAGES, PDF = "data", "pages", "pdf"  # the tables of a data set, each a folder of Parquet files

_IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_TEXT = pa.struct([("user", pa.string()), ("assistant", pa.string()), ("source", pa.string())])
_EVIDENCE = pa.struct([("page", pa.int32()), ("boxes", pa.list_(pa.list_(pa.float32())))])
_STRING = {"dtype": "string", "_type": "Value"}
_INT32 = {"dtype": "int32", "_type": "Value"}
_FLOAT32 = {"dtype": "float32", "_type": "Value"}

_Columns = Sequence[tuple[str, pa.DataType, Any]]  # name, Arrow type, the type that `datasets` makes of it

# A list in the features is a list of its one element.
_TEXTS: _Columns = [("texts", pa.list_(_TEXT), [{"user": _STRING, "assistant": _STRING, "source": _STRING}])]
_OF_QUESTIONS: _Columns = [
    ("evidence", pa.list_(_EVIDENCE), [{"page": _INT32, "boxes": [[_FLOAT32]]}]),
    ("kind", pa.list_(pa.string()), [_STRING]),
    ("form", pa.list_(pa.string()), [_STRING]),
    ("answers", pa.list_(pa.list_(pa.string())), [[_STRING]]),
    ("key", pa.list_(pa.string()), [_STRING]),
    ("id", pa.list_(pa.string()), [_STRING]),
]
_OF_DOCUMENT: _Columns = [
    ("document", pa.string(), _STRING),
    ("document_sha256", pa.string(), _STRING),
    ("cluster", pa.string(), _STRING),
    ("split", pa.string(), _STRING),
    ("generator", pa.string(), _STRING),
]
_NUMBERS: _Columns = [("pages", pa.list_(pa.int32()), [_INT32])]
_TEXT_SOURCE: _Columns = [("text", pa.string(), _STRING)]


def _schema(columns: _Columns) -> pa.Schema:
    features = {"info": {"features": {name: features for name, _, features in columns}}}
    return pa.schema([(name, kind) for name, kind, _ in columns], metadata={"huggingface": json.dumps(features)})


# Docmatix's columns first, then ours.
SCHEMA = _schema(
    [
        ("images", pa.list_(_IMAGE), [{"_type": "Image"}]),
        *_TEXTS,
        *_NUMBERS,
        *_OF_QUESTIONS,
        *_OF_DOCUMENT,
        *_TEXT_SOURCE,
    ]
)
PDF_SCHEMA = _schema(
    [("pdf", pa.binary(), {"dtype": "binary", "_type": "Value"}), *_TEXTS, *_OF_QUESTIONS, *_OF_DOCUMENT]
)
PAGE_SCHEMA = _schema(
    [
        ("document", pa.string(), _STRING),
        ("document_sha256", pa.string(), _STRING),
        ("split", pa.string(), _STRING),
        ("page", pa.int32(), _INT32),
        ("label", pa.string(), _STRING),
        ("width", pa.float32(), _FLOAT32),
        ("height", pa.float32(), _FLOAT32),
        ("text", pa.string(), _STRING),
        ("words", pa.list_(pa.string()), [_STRING]),
        ("boxes", pa.list_(pa.list_(pa.float32())), [[_FLOAT32]]),
        ("confidence", pa.list_(pa.float32()), [_FLOAT32]),
    ]
)
SCHEMAS = {DATA: SCHEMA, PAGES: PAGE_SCHEMA, PDF: PDF_SCHEMA}


def batch_of(row: Row, generator: str) -> pa.RecordBatch:
    """One row as a record batch of `SCHEMA`; its images are encoded (not "RGB")."""
    assert all(image.format != "RGB" for image in row.images)
    record = {
        "images": [{"bytes": image.data, "path": None} for image in row.images],
        "pages": list(row.pages),
        "text": row.text,
        **_record(row, row.questions, generator),
    }
    return pa.RecordBatch.from_pylist([record], schema=SCHEMA)


def pdf_batch_of(pdf: bytes, row: Row, generator: str) -> pa.RecordBatch:
    """A whole document as a record batch of `PDF_SCHEMA`: `row` has all its questions, and needs no images."""
    return pa.RecordBatch.from_pylist([{"pdf": pdf, **_record(row, row.questions, generator)}], schema=PDF_SCHEMA)


def page_batch_of(page: Page, row: Row) -> pa.RecordBatch:
    """A page's words as a record batch of `PAGE_SCHEMA`; `row` says whose page it is."""
    words = page.words
    columns: dict[str, pa.Array] = {
        "document": pa.array([row.document]),
        "document_sha256": pa.array([row.document_sha256]),
        "split": pa.array([row.split]),
        "page": pa.array([page.number], pa.int32()),
        "label": pa.array([page.label]),
        "width": pa.array([page.width], pa.float32()),
        "height": pa.array([page.height], pa.float32()),
        "text": pa.array([page.text]),
        "words": _listed(pa.array([word.text for word in words], pa.string()), [len(words)]),
        "boxes": _listed(_boxes_of(words), [len(words)]),
        "confidence": _listed(pa.array([word.confidence for word in words], pa.float32()), [len(words)]),
    }
    return pa.RecordBatch.from_arrays(list(columns.values()), schema=PAGE_SCHEMA)


def _boxes_of(words: Sequence[Word]) -> pa.ListArray:
    """The words' boxes, a list of four numbers each: an array takes a third of the time of lists."""
    edges = np.fromiter(chain.from_iterable(word.box for word in words), np.float32, 4 * len(words))
    return _listed(pa.array(edges), [4] * len(words))


def _listed(values: pa.Array, lengths: Sequence[int]) -> pa.ListArray:
    """Lists of these lengths that hold `values` one after the other."""
    return pa.ListArray.from_arrays(pa.array([0, *accumulate(lengths)], pa.int32()), values)


def _record(row: Row, questions: Sequence[Question], generator: str) -> dict[str, Any]:
    return {
        "texts": [{"user": q.text, "assistant": q.answer, "source": q.source} for q in questions],
        "evidence": [{"page": q.page, "boxes": [list(box) for box in q.boxes]} for q in questions],
        "kind": [q.kind for q in questions],
        "form": [q.form for q in questions],
        "answers": [[q.answer, *q.variants] for q in questions],
        "key": [q.key for q in questions],
        "id": [question_id(row.document_sha256, q) for q in questions],
        "document": row.document,
        "document_sha256": row.document_sha256,
        "cluster": row.cluster,
        "split": row.split,
        "generator": generator,
    }


class RowFile:
    """A Parquet file that takes rows one by one and writes them in groups bounded in rows and in bytes.

    Pictures and PDFs are stored as they are (they do not compress again), everything else with zstd. Statistics
    of those are left out: they would copy them into the footer.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        columns = _leaves(schema)
        plain = [column for column in columns if not column.startswith(("images.", "pdf"))]
        self.writer = pq.ParquetWriter(
            path,
            schema,
            use_dictionary=plain,
            write_statistics=plain,
            compression={column: "zstd" if column in plain else "none" for column in columns},
        )
        self.waiting: list[pa.RecordBatch] = []
        self.bytes = 0  # of those waiting

    def add(self, batch: pa.RecordBatch) -> None:
        """Append one row."""
        size = batch.nbytes
        if self.waiting and (len(self.waiting) == GROUP_ROWS or self.bytes + size > GROUP_BYTES):
            self._write_group()
        self.waiting.append(batch)
        self.bytes += size

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
        self.waiting, self.bytes = [], 0


def _leaves(schema: pa.Schema) -> list[str]:
    """The Parquet names of the schema's leaf columns, as in "images.list.element.bytes"."""

    def below(name: str, kind: pa.DataType) -> Iterator[str]:
        if pa.types.is_struct(kind):
            for field in kind:
                yield from below(f"{name}.{field.name}", field.type)
        elif pa.types.is_list(kind):
            yield from below(f"{name}.list.element", kind.value_type)
        else:
            yield name

    return [leaf for field in schema for leaf in below(field.name, field.type)]

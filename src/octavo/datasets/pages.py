"""Pages between the two passes of a build: what READ found on each, without its picture, in an Arrow file."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from octavo.documents.types import NO_IMAGE, Box, Field, Page, Word

HELD = 64  # pages; some 200 kB each

_BOXES = pa.list_(pa.list_(pa.float64(), 4))
_FIELD = pa.struct(
    [
        ("name", pa.string()),
        ("kind", pa.string()),
        ("label", pa.string()),
        ("value", pa.string()),
        ("checked", pa.bool_()),
        ("box", pa.list_(pa.float64(), 4)),
    ]
)
SCHEMA = pa.schema(
    [
        ("document", pa.string()),
        ("document_sha256", pa.string()),
        ("page", pa.int32()),
        ("label", pa.string()),
        ("width", pa.float64()),
        ("height", pa.float64()),
        ("text", pa.string()),
        ("words", pa.list_(pa.string())),
        ("boxes", _BOXES),
        ("sizes", pa.list_(pa.float64())),
        ("bold", pa.list_(pa.bool_())),
        ("confidence", pa.list_(pa.float64())),
        ("rules", _BOXES),
        ("fields", pa.list_(_FIELD)),
    ]
)


def batch_of(page: Page, document: str, sha256: str) -> pa.RecordBatch:
    """One page as a record batch of `SCHEMA`."""
    words = page.words
    fields = [
        {"name": f.name, "kind": f.kind, "label": f.label, "value": f.value, "checked": f.checked, "box": list(f.box)}
        for f in page.fields
    ]
    columns: dict[str, pa.Array] = {
        "document": pa.array([document]),
        "document_sha256": pa.array([sha256]),
        "page": pa.array([page.number], pa.int32()),
        "label": pa.array([page.label]),
        "width": pa.array([page.width]),
        "height": pa.array([page.height]),
        "text": pa.array([page.text]),
        "words": _listed(pa.array([word.text for word in words], pa.string())),
        "boxes": _listed(_box_array([word.box for word in words])),
        "sizes": _listed(pa.array([word.size for word in words], pa.float64())),
        "bold": _listed(pa.array([word.bold for word in words], pa.bool_())),
        "confidence": _listed(pa.array([word.confidence for word in words], pa.float64())),
        "rules": _listed(_box_array(page.rules)),
        "fields": _listed(pa.array(fields, _FIELD)),
    }
    return pa.RecordBatch.from_arrays(list(columns.values()), schema=SCHEMA)


def page_of(batch: pa.RecordBatch) -> Page:
    """The page in a record batch of one row; its image is empty."""
    row = {name: batch.column(name)[0] for name in batch.schema.names}
    texts = row["words"].as_py()
    boxes, rules = (_boxes_in(row[name].values) for name in ("boxes", "rules"))
    sizes, bold, confidence = (row[name].as_py() for name in ("sizes", "bold", "confidence"))
    return Page(
        row["page"].as_py(),
        row["label"].as_py(),
        row["width"].as_py(),
        row["height"].as_py(),
        tuple(map(Word, texts, boxes, sizes, bold, confidence)),
        NO_IMAGE,
        tuple(rules),
        tuple(Field(**{**field, "box": Box(*field["box"])}) for field in row["fields"].as_py()),
        row["text"].as_py(),
    )


class Stored:
    """The pages `start`…`end` of an Arrow file, without pictures, as often as one goes over them.

    They are read each time, so that a document of any length takes the memory of a page; up to `HELD` are kept,
    which saves 2 ms a page each time.
    """

    def __init__(self, path: Path, start: int, end: int) -> None:
        self.path, self.start, self.end = path, start, end
        self.held: list[Page] | None = None

    def __iter__(self) -> Iterator[Page]:
        if self.held is not None:
            return iter(self.held)
        if self.end - self.start <= HELD:
            self.held = list(self._read())
            return iter(self.held)
        return self._read()

    def _read(self) -> Iterator[Page]:
        with pa.OSFile(str(self.path)) as file, pa.ipc.open_file(file) as batches:
            for number in range(self.start, self.end):
                yield page_of(batches.get_batch(number))


def _listed(values: pa.Array) -> pa.ListArray:
    """A list column of one row that holds `values`."""
    return pa.ListArray.from_arrays(pa.array([0, len(values)], pa.int32()), values)


def _box_array(boxes: Any) -> pa.FixedSizeListArray:
    flat = np.fromiter(chain.from_iterable(boxes), np.float64)  # a fifth of what asarray takes
    return pa.FixedSizeListArray.from_arrays(pa.array(flat), 4)


def _boxes_in(values: pa.FixedSizeListArray) -> list[Box]:
    return [Box(*edges) for edges in values.flatten().to_numpy().reshape(-1, 4).tolist()]

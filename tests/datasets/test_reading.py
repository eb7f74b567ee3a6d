"""A data set opened again: rows by number, questions without pixels, and faults that name the folder."""

import io
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from octavo.datasets import DataSet, Settings, build
from octavo.datasets.verify import grounded
from octavo.documents import Reader
from octavo.errors import OctavoError

Fill = Callable[[Path, int], Path]


def test_rows_by_number(invoices: Fill, tmp_path: Path) -> None:
    papers = invoices(tmp_path / "papers", 24)
    report = build([papers], tmp_path / "out", Settings(dpi=36))
    data = DataSet(tmp_path / "out")
    rows = data.rows("train")
    assert data.splits[0] == "train"
    assert len(rows) == report.rows["train"] > 16  # more than one row group
    seen = []
    reader = Reader(dpi=36)
    for index in reversed(range(len(rows))):
        row = rows.row(index)
        seen.append(row.document)
        assert (row.split, row.pages) == ("train", (1,))
        assert row.questions == rows.questions(index)
        [image] = row.images
        assert (image.format, image.width, image.height) == ("JPEG", 300, 400)
        assert image.pil().size == (300, 400)
        [page] = reader.pages(reader.open(papers / row.document))
        assert page.image.data == image.data
        assert all(grounded(question, page.words) for question in row.questions)
    reader.close()
    assert len(set(seen)) == len(seen)
    with pytest.raises(IndexError):
        rows.row(len(rows))


def test_docmatix_opens_too(tmp_path: Path) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (30, 20), "white").save(picture, "PNG")
    table = pa.table(
        {
            "images": [[{"bytes": picture.getvalue(), "path": None}] * 2],
            "texts": [[{"user": "Who?", "assistant": "Nobody.", "source": "PDFA"}]],
        }
    )
    (tmp_path / "data").mkdir()
    pq.write_table(table, tmp_path / "data" / "train-00000-of-00001.parquet")
    rows = DataSet(tmp_path).rows("train")
    row = rows.row(0)
    assert [(image.format, image.width, image.height) for image in row.images] == [("PNG", 30, 20)] * 2
    assert row.images[0].pil().size == (30, 20)
    assert (row.document, row.pages, row.split) == ("", (1, 2), "train")
    [question] = rows.questions(0)
    assert (question.text, question.answer, question.boxes, question.kind) == ("Who?", "Nobody.", (), "")


def test_faults_name_the_folder(invoices: Fill, tmp_path: Path) -> None:
    with pytest.raises(OctavoError, match=f"{tmp_path} is no data set"):
        DataSet(tmp_path)
    build([invoices(tmp_path / "papers", 2)], tmp_path / "out", Settings(dpi=30))
    data = DataSet(tmp_path / "out")
    with pytest.raises(OctavoError, match="has no rows in split 'test'"):
        data.rows("test")
    with pytest.raises(OctavoError, match="no rows in split 'dev'; it has train validation"):
        data.rows("dev")


def test_damaged_files_are_said_to_be_so(invoices: Fill, tmp_path: Path) -> None:
    build([invoices(tmp_path / "papers", 2)], tmp_path / "out", Settings(dpi=30))
    [path] = (tmp_path / "out" / "data").glob("train-*.parquet")
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with pytest.raises(OctavoError, match="no whole Parquet file"):
        DataSet(tmp_path / "out").rows("train")
    path.write_bytes(b"PAR1" + b"\0" * 3000 + whole[3004:])
    with pytest.raises(OctavoError, match=r"damaged|cannot be opened"):
        DataSet(tmp_path / "out").rows("train").row(0)

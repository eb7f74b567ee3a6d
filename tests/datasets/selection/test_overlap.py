"""Pages and questions that two data sets share."""

import io
import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from octavo.datasets.selection.overlap import PICTURES, PIXELS, WORDS, overlap, page_name
from octavo.errors import OctavoError
from tests.bars import drawn

SHA = "ab" * 32


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def docmatix(folder: Path, *rows: tuple[list[bytes], list[tuple[str, str]]]) -> Path:
    write(
        folder / "data" / "train-00000.parquet",
        [
            {
                "images": [{"bytes": image, "path": None} for image in images],
                "texts": [{"user": question, "assistant": answer, "source": "x"} for question, answer in pairs],
            }
            for images, pairs in rows
        ],
    )
    return folder


def test_pages_by_pixels_and_pictures_and_questions(tmp_path: Path) -> None:
    here = docmatix(
        tmp_path / "here",
        ([drawn(1), drawn(2)], [("What is the total?", "12.50"), ("Who signed?", "Ms Miller")]),
        ([drawn(3)], [("What is the date?", "1 May")]),
    )
    rows = [
        {"image": {"bytes": drawn(2), "path": "a"}, "question": "What is the date?", "answers": ["2 May", "1 May."]},
        {"image": {"bytes": drawn(3, (600, 776), "PNG"), "path": "b"}, "question": "Who?", "answers": ["Ms Miller"]},
        {"image": {"bytes": drawn(4), "path": "c"}, "question": "what is the TOTAL?", "answers": ["12.60"]},
    ]
    there = write(tmp_path / "there" / "validation.parquet", rows).parent
    report = overlap(here, there)
    assert (report.pages_here, report.pages_there) == (3, 3)
    assert (report.questions_here, report.questions_there) == (3, 4)
    assert report.shared_pages == {PIXELS: 1, PICTURES: 1, WORDS: 0}
    assert [(page.page, page.other, page.by) for page in report.pages] == [
        ("data/train-00000.parquet row 0 image 1", "validation.parquet row 0 image 0", PIXELS),
        ("data/train-00000.parquet row 1 image 0", "validation.parquet row 1 image 0", PICTURES),
    ]
    assert report.questions == ("What is the date?",)
    assert "2 of 3 pages are among the 3 of the other data set (1 by their pixels, 1 by their picture)" in str(report)
    assert json.loads(json.dumps(report.to_json()))["shared_questions"] == 1


def ours(folder: Path, images: list[bytes], words: list[list[str]]) -> Path:
    numbers = list(range(1, len(images) + 1))
    rows = [
        {"images": [{"bytes": image, "path": None}], "texts": [], "document_sha256": SHA, "pages": [number]}
        for number, image in zip(numbers, images, strict=True)
    ]
    write(folder / "data" / "train-00000.parquet", rows)
    pages = [{"document_sha256": SHA, "page": n, "words": page} for n, page in zip(numbers, words, strict=True)]
    write(folder / "pages" / "train-00000.parquet", pages)
    return folder


def text(seed: int) -> list[str]:
    draws = random.Random(seed)
    return [f"w{draws.randrange(10**6)}" for _ in range(200)]


def test_words_decide_where_both_sides_know_them(tmp_path: Path) -> None:
    # Page 1 looks alike with other words, page 2 looks different with the same words, page 3 is a scan of both.
    here = ours(tmp_path / "here", [drawn(1), drawn(2), drawn(3)], [text(1), text(2), []])
    there = ours(tmp_path / "there", [drawn(1, (600, 776)), drawn(5), drawn(3, (600, 776))], [text(9), text(2), []])
    report = overlap(here, there)
    assert [(page.page, page.by) for page in report.pages] == [
        (page_name(SHA, 2), WORDS),
        (page_name(SHA, 3), PICTURES),
    ]
    given = overlap(here, there, here_words=[], there_words=[])
    assert given.shared_pages == {PIXELS: 0, PICTURES: 2, WORDS: 0}


def test_nothing_shared_and_blank_pages(tmp_path: Path) -> None:
    blank = io.BytesIO()
    Image.new("RGB", (100, 140), "white").save(blank, "PNG")
    other = io.BytesIO()
    Image.new("RGB", (200, 280), "white").save(other, "PNG")
    here = docmatix(tmp_path / "here", ([blank.getvalue(), drawn(1)], []))
    there = docmatix(tmp_path / "there", ([other.getvalue(), drawn(2)], []))
    report = overlap(here, there)
    assert sum(report.shared_pages.values()) == 0
    assert str(report).startswith("0 of 2 pages are among the 2 of the other data set\n0 of 0 questions")


def test_pictures_that_cannot_be_opened_are_counted(tmp_path: Path) -> None:
    here = docmatix(tmp_path / "here", ([b"no picture", drawn(1)[:500]], []))
    there = docmatix(tmp_path / "there", ([b"no picture"], []))
    report = overlap(here, there)
    assert report.unreadable == 3
    assert report.shared_pages == {PIXELS: 1, PICTURES: 0, WORDS: 0}
    assert "3 pictures cannot be opened" in str(report)


def test_columns_of_other_shapes(tmp_path: Path) -> None:
    bare = write(
        tmp_path / "bare" / "a.parquet", [{"image": drawn(1), "query": {"en": "Who?"}, "answer": "Joe"}]
    ).parent
    without = write(tmp_path / "without" / "a.parquet", [{"image": None, "question": None, "answers": None}]).parent
    report = overlap(bare, without)
    assert (report.pages_here, report.questions_here, report.pages_there, report.questions_there) == (1, 1, 0, 0)


def test_a_folder_without_a_data_set_and_a_damaged_file(tmp_path: Path) -> None:
    good = docmatix(tmp_path / "good", ([drawn(1)], []))
    (tmp_path / "empty").mkdir()
    with pytest.raises(OctavoError, match="there is no Parquet file in it"):
        overlap(good, tmp_path / "empty")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.parquet").write_bytes(b"PAR1 but not for long")
    with pytest.raises(OctavoError, match="is no whole Parquet file"):
        overlap(good, tmp_path / "bad")


def test_a_page_encoded_anew_without_loss_is_the_same(tmp_path: Path) -> None:
    again = io.BytesIO()
    Image.open(io.BytesIO(drawn(1))).save(again, "PNG")
    here = docmatix(tmp_path / "here", ([again.getvalue()], []))
    there = docmatix(tmp_path / "there", ([drawn(1)], []))
    assert overlap(here, there).shared_pages == {PIXELS: 1, PICTURES: 0, WORDS: 0}

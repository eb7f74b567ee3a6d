"""Leaks: pages and questions of an evaluation set that are in the training data, and the score without them."""

import io
import json
import math
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from octavo.datasets.selection.overlap import page_name
from octavo.documents.types import PageImage
from octavo.errors import OctavoError
from octavo.evaluation.leaks import Asked, asked_of, find_leaks, without_leaks
from tests.bars import drawn

SHA = "cd" * 32


def raw(data):
    """The picture as a task may give it: pixels, not encoded."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    return PageImage(picture.tobytes(), "RGB", *picture.size)


def said(seed):
    draws = random.Random(seed)
    return [f"w{draws.randrange(10**6)}" for _ in range(200)]


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)


@pytest.fixture
def docmatix(tmp_path):
    """Training data of Docmatix's form, without words: three pages."""
    folder = tmp_path / "docmatix"
    rows = [
        {
            "images": [{"bytes": drawn(seed), "path": None}],
            "texts": [{"user": f"What is number {seed}?", "assistant": f"{seed}.", "source": "x"}],
        }
        for seed in (1, 2, 3)
    ]
    write(folder / "train-00000.parquet", rows)
    return folder


def ours(folder, size, seeds, words, texts, split="test"):
    """A data set of ours, or one more split of it: a page, its words and its questions a row."""
    rows, pages = [], []
    for number, (seed, page, pairs) in enumerate(zip(seeds, words, texts, strict=True), 1):
        rows.append(
            {
                "images": [{"bytes": drawn(seed, size), "path": None}],
                "texts": [{"user": q, "assistant": a, "source": "x"} for q, a in pairs],
                "document_sha256": SHA,
                "pages": [number],
            }
        )
        pages.append({"document_sha256": SHA, "page": number, "words": page})
    write(folder / "data" / f"{split}-00000.parquet", rows)
    write(folder / "pages" / f"{split}-00000.parquet", pages)
    return folder


def test_each_way_of_leaking(docmatix):
    asked = [
        Asked("same", "Who?", ("Ada",), (raw(drawn(1)),)),  # not a byte alike, but every pixel
        Asked("again", "When?", ("Now",), (raw(drawn(1)),)),
        Asked("scaled", "Who?", ("Ada",), (raw(drawn(9)), raw(drawn(2, (600, 776))))),
        Asked("pair", "What is  NUMBER 3", ("4", "3"), (raw(drawn(8)),)),
        Asked("both", "What is number 3?", ("3",), (raw(drawn(3)),)),
        Asked("held out", "What is number 3?", ("33",), (raw(drawn(7)),)),
        Asked("broken", "Who?", ("Bo",), (PageImage(b"no picture", "", 0, 0),)),
    ]
    leaks = find_leaks(docmatix, iter(asked))
    assert [(leak.id, leak.by) for leak in leaks.leaks] == [
        ("same", "pixels"),
        ("again", "pixels"),
        ("scaled", "picture"),
        ("pair", "pair"),
        ("both", "pixels"),
    ]
    assert leaks.leaks[3].training == "What is number 3?"
    assert leaks.leaks[2].training == "train-00000.parquet row 1 image 0"
    assert leaks.ids == {"same", "again", "scaled", "pair", "both"}
    assert (leaks.questions, leaks.pages, leaks.leaked_pages, leaks.unreadable) == (7, 7, 3, 1)
    assert (leaks.training_pages, leaks.training_questions) == (3, 3)
    assert leaks.by == {"pixels": 3, "words": 0, "picture": 1, "pair": 1}
    assert "5 of 7 questions and 3 of 7 pages are in the training data (3 pages, 3 questions)" in str(leaks)
    assert "3 by a page's pixels, 1 by a page's look, 1 by question and answer\n1 pictures" in str(leaks)
    report = json.loads(json.dumps(leaks.to_json()))
    assert report["leaked"] == len(report["leaks"]) == 5


def test_words_of_our_own_data_sets(tmp_path):
    texts = [("a?", "1")], [("b?", "2")], []
    training = ours(tmp_path / "training", (425, 550), (1, 2, 3), (said(1), said(2), []), texts, "train")
    # Page 1 has other words under the same look, page 2 the same words under another, page 3 no words.
    texts = [("c?", "3")], [("d?", "4")], [("e?", "5")]
    held_out = ours(tmp_path / "held_out", (600, 776), (1, 5, 3), (said(9), said(2), []), texts)
    asked = list(asked_of(held_out))
    assert [(one.question, one.answers, len(one.images)) for one in asked] == [
        ("c?", ("3",), 1),
        ("d?", ("4",), 1),
        ("e?", ("5",), 1),
    ]
    leaks = find_leaks(training, asked)
    assert [(leak.question, leak.by, leak.training) for leak in leaks.leaks] == [
        ("d?", "words", page_name(SHA, 2)),
        ("e?", "picture", page_name(SHA, 3)),
    ]


def test_a_set_with_answers_and_one_that_shares_nothing(tmp_path, docmatix):
    rows = [{"image": {"bytes": drawn(40)}, "question": "Who?", "answers": ["Ada", "Bo"]}]
    write(tmp_path / "vqa" / "validation.parquet", rows)
    asked = list(asked_of(tmp_path / "vqa"))
    assert [(one.id, one.answers) for one in asked] == [("validation.parquet row 0 question 0", ("Ada", "Bo"))]
    leaks = find_leaks(docmatix, asked)
    assert leaks.leaks == ()
    assert str(leaks) == "0 of 1 questions and 0 of 1 pages are in the training data (3 pages, 3 questions)"
    with pytest.raises(OctavoError, match="no Parquet file"):
        find_leaks(tmp_path / "nowhere", asked)


def test_the_score_without_leaks(docmatix):
    asked = [Asked(str(seed), "Who?", ("Ada",), (raw(drawn(seed)),)) for seed in (1, 2, 21, 22, 23)]
    leaks = find_leaks(docmatix, asked)
    ids, scores = [one.id for one in asked], [1.0, 0.5, 0.0, 1.0, 0.5]
    score = without_leaks(leaks, ids, scores, ["x", "x", "y", "y", "z"])
    assert (score.n, score.value, score.leaked_n, score.leaked_value) == (3, 0.5, 2, 0.75)
    assert score.low <= 0.5 <= score.high
    nothing = without_leaks(leaks, ids[:2], scores[:2])
    assert nothing.n == 0
    assert math.isnan(nothing.value)
    with pytest.raises(ValueError):
        without_leaks(leaks, ids, scores[:2])


def test_a_data_set_does_not_leak_into_its_own_training_data(tmp_path):
    folder = ours(tmp_path / "set", (425, 550), (1,), ([],), ([("a?", "1")],), "train")
    ours(folder, (425, 550), (2, 1), ([], []), ([("b?", "2")], [("c?", "3")]))
    leaks = find_leaks(folder, asked_of(folder))
    assert (leaks.training_pages, leaks.questions) == (1, 2)
    assert [leak.question for leak in leaks.leaks] == ["c?"]  # had the build put that page in both

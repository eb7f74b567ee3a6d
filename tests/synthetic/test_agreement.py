"""The builder against the known answers: what it asks for where a known answer stands has that answer.

The documents know what they tell; the builder reads the PDFs alone. So this is a test of the builder, too.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from octavo.datasets import DataSet, Settings, build
from octavo.datasets.types import Question
from octavo.files import sha256_of
from octavo.synthetic import typeset
from octavo.synthetic.kinds import DRAW

COUNT = 6 * len(DRAW)
WHOLE_LINES = "position"  # such a question asks for all that stands on a line, of which a known answer may be a part
Boxes = list[list[float]]


@pytest.fixture(scope="module")
def typeset_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("varied")
    typeset("varied", COUNT, folder, seed=4)
    return folder


@pytest.fixture(scope="module")
def built(typeset_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    out = tmp_path_factory.mktemp("built") / "dataset"
    build([typeset_folder], out, settings=Settings(dpi=36))
    return DataSet(out)


@pytest.fixture(scope="module")
def known(typeset_folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The questions of each document, by its SHA-256."""
    answers = json.loads((typeset_folder / "answers.json").read_text(encoding="utf-8"))
    return {sha256_of(typeset_folder / name): questions for name, questions in answers.items()}


def asked(data: DataSet) -> Iterator[tuple[str, Question]]:
    for split in data.splits:
        rows = data.rows(split)
        for index in range(len(rows)):
            yield from ((rows.place(index)[0], question) for question in rows.questions(index))


def middles(boxes: Any) -> list[tuple[float, float]]:
    edges = [tuple(box) if isinstance(box, list) else (box.x0, box.y0, box.x1, box.y1) for box in boxes]
    return [((x0 + x1) / 2, (y0 + y1) / 2) for x0, y0, x1, y1 in edges]


def inside(points: list[tuple[float, float]], boxes: Any) -> bool:
    edges = [tuple(box) if isinstance(box, list) else (box.x0, box.y0, box.x1, box.y1) for box in boxes]
    return all(any(x0 <= x <= x1 and y0 <= y <= y1 for x0, y0, x1, y1 in edges) for x, y in points)


def test_where_both_ask_both_answer_alike(built: DataSet, known: dict[str, list[dict[str, Any]]]) -> None:
    met: Counter[str] = Counter()
    faults = []
    for document, question in asked(built):
        for own in known[document]:
            alike = inside(middles(own["boxes"]), question.boxes) and inside(middles(question.boxes), own["boxes"])
            if question.boxes and question.kind != WHOLE_LINES and own["page"] == question.page and alike:
                met[own["kind"]] += 1
                if question.answer.rstrip(":") != own["answer"]:
                    faults.append((question.text, question.answer, own["answer"]))
    assert sum(met.values()) >= 200
    assert len(faults) <= 0.01 * sum(met.values()), faults
    assert {"key_value", "amount", "date", "table", "list", "chart", "title"} <= met.keys()

"""A build whose questions a language model writes, too."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from octavo.datasets import DataSet, Settings, build
from octavo.datasets.llm import LlmSettings

Fill = Callable[[Path, int], Path]


def reply(body: dict[str, Any]) -> str:
    """One right pair, and one whose answer stands nowhere."""
    del body
    right = "Q1: What are the readers thanked for first?\nA1: your order"
    return f"{right}\nQ2: Which planet is it on?\nA2: The planet Neptune"


def test_a_model_s_answers_are_kept_where_they_stand(endpoint: Any, invoices: Fill, tmp_path: Path) -> None:
    endpoint.write = reply
    papers = invoices(tmp_path / "papers", 2)
    settings = LlmSettings(endpoint.url, "tiny")
    report = build([papers], tmp_path / "out", Settings(dpi=30), llm=settings)
    asked = len(endpoint.requests)
    assert asked >= 2
    assert report.kinds["llm"] == 2
    data = DataSet(tmp_path / "out")
    found = [
        question
        for split in data.splits
        for index in range(len(data.rows(split)))
        for question in data.rows(split).questions(index)
        if question.kind == "llm"
    ]
    assert found[0].answer == "your order"
    assert found[0].source.startswith("llm:tiny:")
    assert found[0].boxes

    again = build([papers], tmp_path / "again", Settings(dpi=30), llm=settings)
    assert again.kinds["llm"] == 2
    assert len(endpoint.requests) == 2 * asked  # another folder has another cache
    (tmp_path / "again" / "manifest.json").unlink()
    build([papers], tmp_path / "again", Settings(dpi=30), llm=settings)
    assert len(endpoint.requests) == 2 * asked  # and the same one pays nothing twice
    assert "sk-" not in json.dumps(json.loads((tmp_path / "out" / "build.json").read_text()))

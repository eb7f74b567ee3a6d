"""Real documents: every answer is read again from the PDF by code that shares nothing with the project's."""

import json
from pathlib import Path

import pytest

from benchmarks.grounding import reread
from octavo.datasets import Settings, build
from octavo.datasets.report import entries_of

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "pdfs"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared documents are not here")
def test_every_answer_stands_in_its_boxes(tmp_path: Path) -> None:
    index = {entry["file"]: entry for entry in json.loads((SHARED / "index.json").read_text())}
    passwords = {name: entry["password"] for name, entry in index.items() if entry.get("password")}
    report = build([SHARED], tmp_path / "out", Settings(dpi=40), passwords=tuple(passwords.values()))
    assert report.documents_read >= 190
    assert not [fault for fault in (*report.failures, *report.faults) if "octavo itself" in fault[1]]
    readable = {name for name, entry in index.items() if entry["class"] in ("digital", "form", "scanned", "encrypted")}
    assert not readable & {name for name, _ in report.failures}
    entries = entries_of(tmp_path / "out")
    assert {entry.name for entry in entries} >= set(index)
    found = reread(tmp_path / "out", {entry.name: SHARED / entry.name for entry in entries}, passwords)
    assert found.wrong == []
    assert found.checked >= 1500

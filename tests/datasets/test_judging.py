"""Draws of pairs to judge: each of its own pairs, the same each time; and what was judged."""

import json
from pathlib import Path

from benchmarks import judging
from octavo.datasets import Settings, build


def test_draws_share_no_pair(invoices, tmp_path: Path, monkeypatch) -> None:
    build([invoices(tmp_path / "papers", 6)], tmp_path / "data", Settings(dpi=40))
    kept = tmp_path / "judgements.jsonl"
    kept.touch()
    monkeypatch.setattr(judging, "RESULTS", kept)
    monkeypatch.setattr(judging, "COUNT", 4)
    first, unjudged = (_ids(tmp_path / "data", draw) for draw in (1, 2))
    assert len(set(first)) == 4
    kept.write_text(
        "".join(json.dumps({"draw": 1, "id": key, "right": True}) + "\n" for key in (*first, *unjudged[:1]))
    )
    second = _ids(tmp_path / "data", 2)
    assert len(set(second)) == 4
    assert not {*first, unjudged[0]} & set(second)
    assert _ids(tmp_path / "data", 1) == first  # a draw does not change by its own judgements
    assert judging.judged() == {1: (5, 5)}


def test_what_was_judged_is_told_by_draw() -> None:
    lines = [json.loads(line) for line in judging.RESULTS.read_text(encoding="utf-8").splitlines()]
    assert len({line["id"] for line in lines}) == len(lines)  # no pair counts twice
    assert all(line["right"] or line["why"] for line in lines)
    told = judging.judged()
    assert {of for of, _ in told.values()} == {judging.COUNT}
    assert sum(of - right for of, right in told.values()) == sum("why" in line for line in lines)


def _ids(data: Path, draw: int) -> list[str]:
    return [pair.id for pair in judging.sample(data, draw)]

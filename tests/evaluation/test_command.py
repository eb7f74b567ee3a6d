"""`octavo eval` as it is typed."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from octavo.cli import app
from octavo.documents.types import NOT_HERE
from octavo.errors import OctavoError


def octavo(*arguments):
    result = CliRunner().invoke(app, ["eval", *map(str, arguments)])
    if isinstance(result.exception, OctavoError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def run(tiny_run, data_folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("eval") / "out"
    return out, octavo(tiny_run, data_folder, "--limit", 6, "--out", out)


def test_answers_held_to_the_words_stand_in_their_boxes(tiny_run, data_folder, tmp_path):
    out, held = tmp_path / "out", ("--limit", 12, "--mode", "grounded", "--json", "--out", tmp_path / "out")
    printed = octavo(tiny_run, data_folder, *held)
    scores = json.loads(printed)
    assert "held to the pages' words" in scores["identity"]["generation"]
    assert {"page_accuracy", "box_iou", "anls_in_boxes"} <= set(scores["metrics"])
    header, *lines = map(json.loads, (out / "predictions.jsonl").read_text().splitlines())
    assert header["run"]["identity"] == scores["identity"]
    held_to = 0
    for line in lines:
        if line["failure"]:  # a page without words
            assert "no words" in line["failure"]
        elif line["prediction"] == NOT_HERE:
            assert (line["predicted_page"], line["predicted_boxes"]) == (0, [])
        else:
            held_to += 1
            assert line["predicted_boxes"]
            assert line["prediction"] in line["in_boxes"]
    assert held_to > 0
    kept = (out / "answers.jsonl").read_bytes()
    assert octavo(tiny_run, data_folder, *held) == printed
    assert (out / "answers.jsonl").read_bytes() == kept  # nothing was asked again
    free = json.loads(octavo(tiny_run, data_folder, "--limit", 12, "--json", "--out", out))
    assert free["identity"] != scores["identity"]
    assert len((out / "answers.jsonl").read_bytes()) > len(kept)  # and nothing taken over from the other mode


@pytest.mark.parametrize(
    ("model", "mode", "message"),
    [(None, "free", "auto or grounded"), ("http://localhost:1/v1", "grounded", "Octavo's own engine")],
)
def test_modes_that_cannot_be(tiny_run, data_folder, tmp_path, model, mode, message):
    with pytest.raises(OctavoError, match=message):
        octavo(model or tiny_run, data_folder, "--mode", mode, "--out", tmp_path)


def test_a_score_with_its_baselines_prompt_and_report(run):
    out, printed = run
    for word in ("6 questions", "anls", "95% interval", "words only", "prompt plain 1", "report.html"):
        assert word in printed
    assert {path.name for path in out.iterdir()} == {
        "answers.jsonl", "predictions.jsonl", "score.json", "report.html",
    }  # fmt: skip


def test_json_is_the_designs(run, tiny_run, data_folder):
    out, _ = run
    values = json.loads(octavo(tiny_run, data_folder, "--limit", 6, "--out", out, "--json"))
    assert values["n"] == 6
    assert values["model"] == str(tiny_run)
    assert values["metrics"]["anls"].keys() == {"value", "low", "high"}
    assert len(values["identity"]["weights"]) == len(values["prompt"]["sha256"]) == 64


def test_predictions_are_scored_and_compared_without_a_model(run, tmp_path):
    out, _ = run
    path = out / "predictions.jsonl"
    before = json.loads((out / "score.json").read_text())
    values = json.loads(octavo("--score", path, "--against", path, "--out", tmp_path, "--json"))
    assert values["metrics"] == before["metrics"]
    assert values["against"]["difference"] == 0
    assert "p = " in octavo("--score", path, "--against", path, "--out", tmp_path)


def test_pages_that_were_trained_on_are_told(run, tiny_run, data_folder, tmp_path):
    out, _ = run
    asked = (tiny_run, data_folder, "--limit", 6, "--out", out)
    values = json.loads(octavo(*asked, "--train", data_folder, "--json"))
    assert values["leaks"]["leaked_pages"] == 0  # the set's own training split
    leaked = tmp_path / "data"
    leaked.mkdir()
    for path in (data_folder / "data").glob("validation-*"):
        shutil.copy(path, leaked / path.name.replace("validation", "train"))
    values = json.loads(octavo(*asked, "--train", tmp_path, "--json"))
    assert values["leaks"]["leaked"] == 6
    assert values["without_leaks"]["value"] is None
    assert "no others are left" in octavo(*asked, "--train", tmp_path)


def test_what_cannot_be(run, tiny_run, data_folder, tmp_path):
    with pytest.raises(OctavoError, match="give a model and a task"):
        octavo(tiny_run)
    with pytest.raises(OctavoError, match="predictions alone"):
        octavo(tiny_run, data_folder, "--score", run[0] / "predictions.jsonl")
    with pytest.raises(OctavoError, match="it can be plain"):
        octavo(tiny_run, data_folder, "--prompt", "ideficks", "--out", tmp_path)
    with pytest.raises(OctavoError, match="no rows in split 'other'"):
        octavo(tiny_run, data_folder, "--split", "other", "--out", tmp_path)

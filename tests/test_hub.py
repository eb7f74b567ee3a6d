"""The bundled model by its name, wherever a MODEL goes, and where it is left out."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import octavo
from octavo import hub
from octavo.cli import app
from octavo.errors import OctavoError
from octavo.hub import BUNDLED, model_folder
from octavo.models import load_model

MOST_BYTES = 25 * 2**20  # of the bundled folder


@pytest.fixture
def bundled(tiny_run, monkeypatch):
    """Another model in its place."""
    monkeypatch.setattr(hub, "RELEASE", tiny_run / "model")
    return tiny_run / "model"


def octavo_json(*arguments):
    result = CliRunner().invoke(app, [*map(str, arguments), "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_name_is_the_folder_in_the_package(bundled, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / BUNDLED).mkdir()  # a folder of that name, such as a checkout, does not stand in its way
    assert model_folder(BUNDLED) == bundled
    with pytest.raises(OctavoError, match="holds no model"):
        model_folder(f"./{BUNDLED}")


def test_ask_without_a_model_asks_it(bundled, documents_folder):
    pdf = sorted(documents_folder.glob("invoice*.pdf"))[0]
    [named] = octavo_json("ask", BUNDLED, pdf, "What is the total?")
    [left_out] = octavo_json("ask", pdf, "What is the total?")
    assert left_out["text"] == named["text"] == octavo.load(BUNDLED).ask(pdf, "What is the total?").text
    several = octavo_json("ask", pdf, "What is the total?", "Who is billed?")
    assert [answer["question"] for answer in several] == ["What is the total?", "Who is billed?"]


def test_plan_and_eval_know_it(bundled, data_folder, tmp_path):
    assert octavo_json("plan", BUNDLED, "--tflops", 1)["name"] == BUNDLED
    assert octavo_json("eval", BUNDLED, data_folder, "--limit", 2, "--out", tmp_path / "out")["model"] == BUNDLED


def test_fit_begins_with_it(bundled, documents_folder, tmp_path):
    run = tmp_path / "run"
    command = ["fit", str(documents_folder), "--out", str(run), "--questions", "4", "--set", "stages.0.steps=1"]
    result = CliRunner().invoke(app, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    report = json.loads((run / "report.json").read_text())
    assert report["recipe"]["base"] == report["before"]["model"] == BUNDLED
    assert load_model(run / "model").config == load_model(bundled).config


def test_too_few_words_are_told(bundled):
    for words in (["a.pdf"], [BUNDLED, "a.pdf"]):
        with pytest.raises(OctavoError, match="a file and a question"):
            CliRunner().invoke(app, ["ask", *words], catch_exceptions=False)


def test_a_source_without_its_weights_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(hub, "RELEASE", tmp_path / "nano")
    with pytest.raises(OctavoError, match=r"octavo-nano: its weights are not part of this source"):
        octavo.load(BUNDLED)
    with pytest.raises(OctavoError, match=r"its weights are not part"):
        CliRunner().invoke(app, ["fit", str(tmp_path), "--out", str(tmp_path / "run")], catch_exceptions=False)
    assert not (tmp_path / "run").exists()


def test_what_is_bundled_stays_small():
    files = [path for path in Path(hub.RELEASE).rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= MOST_BYTES

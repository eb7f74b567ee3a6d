"""The commands as a stranger runs them: what they print, what they leave, how they refuse."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from statistics import fmean

import pytest
from typer.testing import CliRunner

from octavo.cli import app
from octavo.cli.shared import printable
from octavo.evaluation.metrics import anls
from octavo.evaluation.runs.files import read_predictions

COMMANDS = ["fit", "build", "inspect", "synth", "train", "join", "plan", "eval", "ask", "export", "bench"]


def octavo(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "octavo", *map(str, arguments)], capture_output=True, text=True, timeout=300, **options
    )


def refused(*arguments):
    """Run a command that must end with status 2 and one line, beside progress; returns the line."""
    result = octavo(*arguments)
    assert result.returncode == 2, result
    *progress, line = result.stderr.strip().splitlines()
    assert all(part.startswith(("read ", "write ")) for part in progress), result.stderr
    assert line.startswith("octavo: ")
    assert result.stdout == ""
    return line


@pytest.fixture
def pdfs(documents_folder, tmp_path):
    """A folder of twelve documents."""
    folder = tmp_path / "pdfs"
    folder.mkdir()
    for path in sorted(documents_folder.glob("*.pdf"))[:12]:
        shutil.copy(path, folder)
    return folder


def test_help_lists_the_commands_and_each_explains_itself():
    top = CliRunner().invoke(app, ["--help"])
    assert top.exit_code == 0
    for command in COMMANDS:
        assert re.search(rf"\b{command}\b", top.output)
        result = CliRunner().invoke(app, [command, "--help"], terminal_width=200)
        assert result.exit_code == 0
        assert "Usage" in result.output


def test_help_is_quick_because_it_loads_no_torch():
    code = "import sys; from octavo.cli import app; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_fit_from_pdfs_to_an_answer(pdfs, tiny_overrides, tmp_path):
    (pdfs / "broken.pdf").write_bytes(b"%PDF-1.7 nothing more")
    run = tmp_path / "run"
    result = octavo("fit", pdfs, "--recipe", "nano", "--out", run, "--questions", 10, *tiny_overrides)
    assert result.returncode == 0, result.stderr
    assert "broken.pdf" in result.stdout
    for word in ("before", "after", "loss", "anls", "without the model"):
        assert word in result.stdout
    report = json.loads((run / "report.json").read_text())
    assert report["after"]["metrics"]["loss"]["value"] < report["before"]["metrics"]["loss"]["value"]
    then, now = (read_predictions(run / f"predictions-{name}.jsonl")[1] for name in ("before", "after"))
    gain = fmean(anls(p.prediction, p.references) for p in now) - fmean(anls(p.prediction, p.references) for p in then)
    assert report["change"]["difference"] == pytest.approx(gain)
    assert f"ANLS after minus before: {gain:+.3f}" in result.stdout
    assert "What answers without reading has an ANLS of" in (run / "report.html").read_text()
    assert [name for name, _ in report["build"]["failures"]] == ["broken.pdf"]
    for part in ("dataset/README.md", "model/config.json", "model/model.safetensors", "log.jsonl", "recipe.json"):
        assert (run / part).is_file(), part

    before = (run / "model" / "model.safetensors").read_bytes()
    again = octavo("fit", pdfs, "--recipe", "nano", "--out", run, "--questions", 10, *tiny_overrides)
    assert again.returncode == 0, again.stderr
    assert (run / "model" / "model.safetensors").read_bytes() == before

    pdf = sorted(pdfs.glob("*.pdf"))[-1]
    asked = octavo("ask", run, pdf, "What is the total?", "When?", "--json", "--save-image", tmp_path / "page.png")
    assert asked.returncode == 0, asked.stderr
    answers = json.loads(asked.stdout)
    assert [answer["question"] for answer in answers] == ["What is the total?", "When?"]
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")
    assert "page 1" in octavo("ask", run, pdf, "What is the total?").stdout

    scored = octavo("eval", run, run / "dataset", "--limit", 5, "--json", cwd=tmp_path)
    assert scored.returncode == 0, scored.stderr
    assert json.loads(scored.stdout)["n"] == 5
    assert (tmp_path / "eval-run-dataset" / "report.html").is_file()


def test_ctrl_c_ends_in_one_line_that_says_how_to_go_on(tmp_path, data_folder, tiny_overrides):
    command = [sys.executable, "-m", "octavo", "train", "nano", "--out", str(tmp_path / "run")]
    endless = ["--set", f"data={data_folder}", *tiny_overrides, "--set", "stages.0.steps=100000"]
    process = subprocess.Popen(
        [*command, *endless],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
    )
    while not (tmp_path / "run" / "checkpoints").is_dir():
        time.sleep(0.05)
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.strip().splitlines()[-1].startswith("octavo: interrupted")
    assert "Traceback" not in errors


def test_what_a_file_says_does_not_drive_the_terminal():
    assert printable("a\x1b[2Jb\n") == "a\N{REPLACEMENT CHARACTER}[2Jb\N{REPLACEMENT CHARACTER}"


def test_a_folder_without_pdfs(tmp_path):
    (tmp_path / "empty").mkdir()
    for command in ("fit", "build"):
        assert "empty" in refused(command, tmp_path / "empty", "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_missing_folder_and_a_missing_file(tmp_path, tiny_run):
    assert "nowhere" in refused("build", tmp_path / "nowhere", "--out", tmp_path / "out")
    assert "none.pdf" in refused("ask", tiny_run, tmp_path / "none.pdf", "What?")
    assert not (tmp_path / "out").exists()


def test_only_broken_pdfs_leave_nothing_behind(tmp_path):
    (tmp_path / "pdfs").mkdir()
    (tmp_path / "pdfs" / "a.pdf").write_bytes(b"no PDF at all")
    for command in ("fit", "build"):
        assert "a.pdf" in refused(command, tmp_path / "pdfs", "--out", tmp_path / "out")
        assert not (tmp_path / "out").exists()


def test_one_document_cannot_be_trained_on_and_held_out(pdfs, tmp_path):
    pdf = sorted(pdfs.glob("invoice*.pdf"))[0]
    assert "held out" in refused("fit", pdf, "--recipe", "nano", "--out", tmp_path / "out")


def test_a_broken_pdf_asked(tmp_path, tiny_run):
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4 and no more")
    assert "a.pdf" in refused("ask", tiny_run, tmp_path / "a.pdf", "What?")


def test_a_wrong_password(tmp_path, tiny_run):
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(tmp_path / "locked.pdf"), encrypt=StandardEncryption("sesame"))
    canvas.drawString(100, 100, "Secret")
    canvas.save()
    assert "--password" in refused("ask", tiny_run, tmp_path / "locked.pdf", "What?")
    assert "password" in refused("ask", tiny_run, tmp_path / "locked.pdf", "What?", "--password", "wrong")
    assert octavo("ask", tiny_run, tmp_path / "locked.pdf", "What?", "--password", "sesame").returncode == 0


def test_a_recipe_with_a_misspelt_key(pdfs, tmp_path):
    line = refused("fit", pdfs, "--out", tmp_path / "out", "--set", "stages.0.stesp=3")
    assert "did you mean 'steps'" in line
    assert not (tmp_path / "out").exists()


def test_a_checkpoint_with_a_missing_weight(tiny_run, tmp_path, documents_folder):
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "model"
    shutil.copytree(tiny_run / "model", folder)
    weights = load_file(folder / "model.safetensors")
    del weights["model.connector.modality_projection.proj.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    pdf = next(documents_folder.glob("*.pdf"))
    assert "model.connector.modality_projection.proj.weight" in refused("ask", folder, pdf, "What?")


def test_an_out_that_is_something_else(pdfs, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("do not lose me")
    for command in ("fit", "build"):
        assert "--out" in refused(command, pdfs, "--out", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.tex"]


def test_a_run_goes_on_and_is_not_overwritten(tiny_run, data_folder, tiny_overrides):
    line = refused("train", "nano", "--out", tiny_run, "--set", f"data={data_folder}", *tiny_overrides)
    assert "--resume" in line


def test_training_without_data(tmp_path):
    assert "--set data=" in refused("train", "nano", "--out", tmp_path / "out")
    assert "nowhere" in refused("train", "nano", "--out", tmp_path / "out", "--set", "data=nowhere")
    assert not (tmp_path / "out").exists()


def test_a_kind_of_document_that_is_not_there(tmp_path):
    assert "invoice" in refused("synth", "invoise", "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_figures_of_a_data_set(data_folder, tmp_path):
    shown = octavo("inspect", data_folder)
    assert shown.returncode == 0, shown.stderr
    assert "questions by kind" in shown.stdout
    figures = json.loads(octavo("inspect", data_folder, "--json").stdout)
    assert figures["questions"] > 50
    against = octavo("inspect", data_folder, "--against", data_folder)
    assert against.returncode == 0, against.stderr
    assert "are among the" in against.stdout.splitlines()[0]
    assert "nowhere" in refused("inspect", tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--engine", "spark"), "local or ray"),
        (("--mix", "titel=1"), "the kinds are"),
        (("--export", "squad"), "docvqa or mp-docvqa"),
        (("--language", "xx"), "no language"),
        (("--personal", "hide"), "it can be"),
        (("--pdf", "--personal", "mask"), "--pdf"),
        (("--llm", "nowhere", "--llm-model", "m"), "no address"),
        (("--llm", "http://localhost:1/v1"), "--llm-model"),
        (("--review", "none.sqlite"), "no review"),
        (("--keep-splits", "nowhere"), "no finished data set"),
    ],
)
def test_options_of_build_that_cannot_be(pdfs, tmp_path, options, said):
    assert said in refused("build", pdfs, "--out", tmp_path / "out", *options)
    assert not (tmp_path / "out").exists()


def test_build_says_what_it_found_and_writes_what_was_asked_for(pdfs, tmp_path):
    out = tmp_path / "out"
    done = octavo(
        "build", pdfs, "--out", out, "--dpi", 50, "--no-ocr", "--mix", "title=0", "--pdf", "--export", "docvqa"
    )
    assert done.returncode == 0, done.stderr
    assert "documents read" in done.stdout
    assert "title" not in done.stdout.split("questions:")[1].splitlines()[0]
    assert "read " in done.stderr
    assert "pages/s" in done.stderr
    assert (out / "pdf").is_dir()
    assert (tmp_path / "out-docvqa" / "documents").is_dir()


def test_a_benchmark_that_is_not_there():
    assert "there are: compute dataset gpu memory nano processing serving serving_load training" in refused(
        "bench", "nothing"
    )

"""octavo export as a stranger runs it."""

import subprocess
import sys
from xml.etree import ElementTree

import torch
import yaml
from typer.testing import CliRunner

from octavo.cli import app
from octavo.models import stored_dtype
from octavo.training import parse_recipe, train


def octavo(*arguments):
    command = [sys.executable, "-m", "octavo", "export", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_a_run_as_gguf(tiny_run, tmp_path):
    result = octavo(tiny_run, "--to", "gguf", "--out", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("llama.cpp: 10 of 10 prompts and ")
    assert (tmp_path / "out" / "model-f32.gguf").is_file()


def test_a_run_as_hugging_face_folder(tiny_run, tmp_path):
    result = CliRunner().invoke(app, ["export", str(tiny_run), "--to", "hf", "--out", str(tmp_path / "out")])
    assert result.exit_code == 0
    assert "tensors and the answers about a page are equal" in result.output
    card = (tmp_path / "out" / "README.md").read_text()
    assert card.startswith((tiny_run / "model" / "README.md").read_text())


def test_the_card_of_a_run_tells_its_training(tiny_run, tiny_recipe, tmp_path):
    """Of the run and of the run that it began with, in figures and as a curve; notes stand before it."""
    stage = tiny_recipe.stages[0].model_copy(update={"name": "more", "steps": 2})
    more = tiny_recipe.model_copy(update={"name": "second", "shape": None, "base": str(tiny_run), "stages": [stage]})
    train(more, tmp_path / "run")
    (tmp_path / "notes.md").write_text("## What it can and cannot do\n\nNothing.\n")
    command = ["export", str(tmp_path / "run"), "--to", "hf", "--out", str(tmp_path / "out"), "--type", "f16"]
    result = CliRunner().invoke(app, [*command, "--notes", str(tmp_path / "notes.md")], catch_exceptions=False)
    assert result.exit_code == 0
    card = (tmp_path / "out" / "README.md").read_text()
    rows = [line for line in card.splitlines() if line.startswith(("| nano |", "| second |"))]
    assert [row.split(" | ")[1:3] for row in rows] == [["answers", "6"], ["more", "2"]]
    assert card.index("Nothing.") < card.index("## Training") < card.index("](loss.svg)")
    assert parse_recipe(yaml.safe_load(card.split("```yaml\n")[2].split("```")[0]), "card") == more
    drawing = ElementTree.fromstring((tmp_path / "out" / "loss.svg").read_text())
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    assert stored_dtype(tmp_path / "out") == torch.float16
    again = CliRunner().invoke(app, ["export", str(tmp_path / "out"), "--to", "hf", "--out", str(tmp_path / "again")])
    assert again.exit_code == 0
    for name in ("README.md", "loss.svg", "model.safetensors"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


def test_a_check_left_out_is_told(folder, tmp_path):
    arguments = ["--to", "gguf", "--out", str(tmp_path / "out"), "--type", "q8_0", "--no-check"]
    result = CliRunner().invoke(app, ["export", str(folder), *arguments])
    assert result.exit_code == 0
    assert result.output.startswith("not compared with llama.cpp")


def test_a_refusal_is_one_line(folder, tmp_path):
    result = octavo(folder, "--to", "onnx", "--out", tmp_path / "out")
    assert (result.returncode, result.stderr) == (2, "octavo: --to onnx: it can be hf or gguf\n")

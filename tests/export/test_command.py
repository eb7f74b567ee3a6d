"""octavo export as a stranger runs it."""

import subprocess
import sys

from typer.testing import CliRunner

from octavo.cli import app


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
    assert card == (tiny_run / "model" / "README.md").read_text()


def test_a_check_left_out_is_told(folder, tmp_path):
    arguments = ["--to", "gguf", "--out", str(tmp_path / "out"), "--type", "q8_0", "--no-check"]
    result = CliRunner().invoke(app, ["export", str(folder), *arguments])
    assert result.exit_code == 0
    assert result.output.startswith("not compared with llama.cpp")


def test_a_refusal_is_one_line(folder, tmp_path):
    result = octavo(folder, "--to", "onnx", "--out", tmp_path / "out")
    assert (result.returncode, result.stderr) == (2, "octavo: --to onnx: it can be hf or gguf\n")

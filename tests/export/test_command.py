"""octavo export as a stranger runs it."""

import subprocess
import sys


def octavo(*arguments):
    command = [sys.executable, "-m", "octavo", "export", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_both_forms_of_a_run(tiny_run, tmp_path):
    result = octavo(tiny_run, "--to", "gguf", "--out", tmp_path / "gguf")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("llama.cpp: 10 of 10 prompts and 10 answers equal; ")
    assert (tmp_path / "gguf" / "model-f32.gguf").is_file()

    result = octavo(tiny_run, "--to", "hf", "--out", tmp_path / "hf")
    assert result.returncode == 0, result.stderr
    assert "tensors and the answers about a page are equal" in result.stdout
    card = (tmp_path / "hf" / "README.md").read_text()
    assert card == (tiny_run / "model" / "README.md").read_text()


def test_a_check_left_out_is_told(folder, tmp_path):
    result = octavo(folder, "--to", "gguf", "--out", tmp_path / "out", "--type", "q8_0", "--no-check")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("not compared with llama.cpp")


def test_refusals_are_one_line(folder, tmp_path):
    for arguments, fault in (
        (("--to", "onnx", "--out", tmp_path / "out"), "octavo: --to onnx: it can be hf or gguf\n"),
        (("--to", "hf", "--out", tmp_path), f"octavo: {tmp_path} exists; give another --out or remove it\n"),
    ):
        result = octavo(folder, *arguments)
        assert (result.returncode, result.stderr) == (2, fault)

"""Runs that are killed, go on, and reuse nothing that is not the same."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from octavo.datasets import DataSet
from octavo.errors import OctavoError
from octavo.evaluation import Reply, evaluate
from octavo.evaluation.models import OwnModel
from octavo.evaluation.tasks import BuiltTask
from tests.evaluation.examinee import Scripted, right_half

ROOT = Path(__file__).parents[2]


def keys_of(folder):
    return [json.loads(line)["key"] for line in (folder / "answers.jsonl").read_text().splitlines()]


def test_a_run_killed_in_the_middle_ends_with_the_same_score(data_folder, tmp_path):
    task = BuiltTask(DataSet(data_folder), "train")
    out, log = tmp_path / "out", tmp_path / "asked"
    command = [sys.executable, "-m", "tests.evaluation.examinee", str(data_folder), str(out), str(log)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    while not (out / "answers.jsonl").exists() or len((out / "answers.jsonl").read_bytes().splitlines()) < 12:
        time.sleep(0.01)
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not (out / "predictions.jsonl").exists()
    kept = set(keys_of(out))
    with (out / "answers.jsonl").open("ab") as file:
        file.write(b'{"key": "of a line that was being wri')  # what a kill inside a write leaves

    resumed = Scripted(right_half, log)
    made = evaluate(resumed, task, "plain", None, out)
    assert 0 < len(kept) < len(task.items)
    assert len(resumed.asked) == len({item.id for item in task.items}) - len(kept)
    assert max(Counter(keys_of(out)).values()) == 1
    # The one question that was being answered when the kill came is asked once more, all others once.
    assert sum(count - 1 for count in Counter(log.read_text().split()).values()) <= 1
    whole = evaluate(Scripted(right_half), task, "plain", None, tmp_path / "whole")
    assert made.score == whole.score
    assert made.predictions == whole.predictions


def test_what_was_answered_before_an_error_is_kept(data_folder, tmp_path):
    task = BuiltTask(DataSet(data_folder), "validation")
    about_one_page = [item for item in task.items if item.group == task.items[0].group]
    assert len(about_one_page) > 2

    def say(item):
        if item.id == about_one_page[2].id:
            raise OctavoError("the key is no longer accepted")
        return "x"

    with pytest.raises(OctavoError, match="no longer accepted"):
        evaluate(Scripted(say), task, "plain", None, tmp_path)
    assert len(keys_of(tmp_path)) >= 2
    resumed = Scripted(lambda item: "x")
    evaluate(resumed, task, "plain", None, tmp_path)
    assert len(keys_of(tmp_path)) == len(set(keys_of(tmp_path))) >= len(resumed.asked) + 2


def test_equal_questions_about_a_page_are_asked_once(data_folder, tmp_path):
    task = BuiltTask(DataSet(data_folder), "validation")
    one, twin = task.items[0], replace(task.items[0], id="twin")
    task.items, task.places[twin.id] = [one, twin], task.places[one.id]
    model = Scripted(right_half)
    first, second = evaluate(model, task, "plain", None, tmp_path).predictions
    assert len(model.asked) == 1
    assert (first.id, second.id, first.prediction) == (one.id, "twin", second.prediction)


def test_other_weights_prompts_and_images_are_other_answers(data_folder, tmp_path):
    task = BuiltTask(DataSet(data_folder), "validation")
    first = Scripted(right_half)
    evaluate(first, task, "plain", 5, tmp_path)
    for model, style, limit, asked in (
        (Scripted(right_half), "plain", 5, 0),
        (Scripted(right_half), "plain", 9, 4),  # a longer run takes over what a shorter one asked
        (Scripted(right_half, weights="two"), "plain", 5, 5),
        (Scripted(right_half), "generic", 5, 5),
    ):
        evaluate(model, task, style, limit, tmp_path)
        assert len(model.asked) == asked


def test_failures_are_tried_again_by_the_next_run(data_folder, tmp_path):
    task = BuiltTask(DataSet(data_folder), "validation")
    down = evaluate(Scripted(lambda item: Reply("", failure="status 500")), task, "plain", 5, tmp_path)
    assert down.score.failures == {"status 500": 5}
    assert down.score.metrics["anls"].value == 0
    up = evaluate(Scripted(lambda item: item.references[0]), task, "plain", 5, tmp_path)
    assert up.score.metrics["anls"].value == 1
    assert up.score.failures == {}


def test_retrained_weights_at_the_same_path_reuse_nothing(tiny_run, data_folder, tmp_path):
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "model"
    shutil.copytree(tiny_run / "model", folder)
    task = BuiltTask(DataSet(data_folder), "validation")
    before = evaluate(OwnModel(str(folder)), task, "plain", 4, tmp_path / "out")
    weights = load_file(folder / "model.safetensors")
    weights["model.text_model.norm.weight"] += 0.5
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    after = evaluate(OwnModel(str(folder)), task, "plain", 4, tmp_path / "out")
    assert len(keys_of(tmp_path / "out")) == len(set(keys_of(tmp_path / "out"))) == 8
    assert after.score.metrics["loss"] != before.score.metrics["loss"]
    assert after.header.identity["weights"] != before.header.identity["weights"]
    assert after.header.identity["processor"] == before.header.identity["processor"]

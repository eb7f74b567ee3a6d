"""Runs: exact after an interruption, whole after a kill, and able to learn."""

import copy
import json
import math
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors.torch
import torch
from safetensors.torch import load_file

from octavo.datasets import DataSet
from octavo.errors import OctavoError
from octavo.training import train
from octavo.training.checkpoint import checkpoints
from octavo.training.distributed import ALONE, Shared
from octavo.training.optimizer import make_optimizer
from octavo.training.packing import Pack
from octavo.training.plan import read
from octavo.training.prefetch import RankStep
from octavo.training.samples import SampleSource
from octavo.training.schedule import Span
from octavo.training.trainer import Trainer


def weights(run):
    return load_file(run / "model" / "model.safetensors")


def with_stage(recipe, **changes):
    return recipe.model_copy(update={"stages": [recipe.stages[0].model_copy(update=changes)]})


def log(run):
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


class Interrupted(Exception):
    pass


def stop_before(monkeypatch, step):
    """Make training fail when it is about to take optimiser step `step` (from 0)."""
    real = Trainer.train_step

    def train_step(self, *rest):
        if self.at.step == step:
            raise Interrupted
        return real(self, *rest)

    monkeypatch.setattr(Trainer, "train_step", train_step)


def small_epochs(recipe, data_folder):
    """Packs so small, and so many steps, that the run passes the end of an epoch."""
    recipe = with_stage(recipe, pack_tokens=512, packs_per_step=3, steps=9, questions_per_sample=2)
    rows = len(DataSet(data_folder).rows("train"))
    return recipe, rows


@pytest.mark.parametrize("step", [3, 5, 8])
def test_interrupted_and_resumed_equals_uninterrupted(tiny_recipe, data_folder, tmp_path, monkeypatch, step):
    recipe, rows = small_epochs(tiny_recipe, data_folder)
    train(recipe, tmp_path / "whole")
    with monkeypatch.context() as patch:
        stop_before(patch, step)
        with pytest.raises(Interrupted):
            train(recipe, tmp_path / "cut")
    assert not (tmp_path / "cut" / "model").exists()
    train(recipe, tmp_path / "cut", resume=True)
    expected, found = weights(tmp_path / "whole"), weights(tmp_path / "cut")
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    timed = re.compile("seconds|mfu|resident|.*_per_s")
    plain = [
        [{k: v for k, v in line.items() if not timed.match(k)} for line in log(tmp_path / run)]
        for run in ("whole", "cut")
    ]
    assert plain[0] == plain[1]
    state = json.loads((checkpoints(tmp_path / "whole" / "checkpoints")[-1] / "state.json").read_text())
    assert state["position"]["taken"] > rows, "the run was to pass an epoch's end"


def test_twenty_kills_change_no_bit(tiny_recipe, tmp_path):
    """At random times: while it opens its data, in a step, in a checkpoint, between two stages."""
    changes = {"steps": 40, "checkpoint_every": 1, "evaluate_every": 20, "evaluate_questions": 4}
    stage = tiny_recipe.stages[0].model_copy(update=changes)
    second = stage.model_copy(update={"name": "second", "freeze": ("model.vision_model",)})
    recipe = tiny_recipe.model_copy(update={"stages": [stage, second]})
    path = tmp_path / "recipe.json"  # JSON is YAML
    path.write_text(recipe.model_dump_json())
    program = [sys.executable, str(Path(__file__).parent / "kills.py"), str(path)]

    def run(name, kills, life_s):
        done = subprocess.run(
            [*program, str(tmp_path / name), str(kills), str(life_s)], check=True, capture_output=True, text=True
        )
        killed, seconds = done.stdout.split()
        return int(killed), float(seconds), (tmp_path / name / "model" / "model.safetensors").read_bytes()

    _, seconds, expected = run("whole", 0, 0)
    killed, _, found = run("cut", 20, seconds / 12)  # so twenty lives, each to its random end, are not a whole run
    assert killed == 20
    assert found == expected
    assert len(log(tmp_path / "cut")) == 80


def test_a_run_is_not_overwritten_or_resumed_by_another_recipe(tiny_recipe, tmp_path):
    out = tmp_path / "run"
    train(with_stage(tiny_recipe, steps=2), out)
    with pytest.raises(OctavoError, match="--resume"):
        train(with_stage(tiny_recipe, steps=2), out)
    with pytest.raises(OctavoError, match="another recipe"):
        train(with_stage(tiny_recipe, steps=3), out, resume=True)


@pytest.mark.parametrize(("what", "change"), [("model", {}), ("best-000.safetensors", {"evaluate_every": 2})])
def test_a_full_disk_is_told_in_a_line_and_the_run_goes_on(tiny_recipe, tmp_path, monkeypatch, what, change):
    """The file system refuses a large file: the final model, and the best weights."""
    recipe, out = with_stage(tiny_recipe, steps=2, **change), tmp_path / "run"
    real = safetensors.torch.save_file

    def save_file(tensors, path, **rest):
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
        try:
            real(tensors, path, **rest)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    with monkeypatch.context() as patch:
        patch.setattr("octavo.models.checkpoint.save_file", save_file)
        patch.setattr("octavo.training.checkpoint.save_file", save_file)
        with pytest.raises(
            OctavoError, match=rf"{what} could not be saved \(.*File too large.*\); free some room"
        ) as told:
            train(recipe, out)
    assert "\n" not in str(told.value)
    assert not list(out.glob("**/.*.part"))
    train(recipe, out, resume=True)
    train(recipe, tmp_path / "whole")
    expected, found = weights(tmp_path / "whole"), weights(out)
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_a_damaged_checkpoint_is_named(tiny_recipe, tmp_path):
    recipe = with_stage(tiny_recipe, steps=4)
    train(recipe, tmp_path / "run")
    newest = checkpoints(tmp_path / "run" / "checkpoints")[-1]
    next(newest.glob("*.safetensors")).write_bytes(b"torn")
    with pytest.raises(OctavoError, match="damaged") as caught:
        train(recipe, tmp_path / "run", resume=True)
    assert "\n" not in str(caught.value)


def test_stages_follow_each_other_and_resume_between(tiny_recipe, tmp_path, monkeypatch):
    first = tiny_recipe.stages[0].model_copy(update={"steps": 2, "name": "first"})
    second = tiny_recipe.stages[0].model_copy(update={"steps": 2, "name": "second", "learning_rate": 5e-4})
    recipe = tiny_recipe.model_copy(update={"stages": [first, second]})
    train(recipe, tmp_path / "whole")
    assert [(line["stage"], line["step"]) for line in log(tmp_path / "whole")] == [
        ("first", 1),
        ("first", 2),
        ("second", 1),
        ("second", 2),
    ]
    real = Trainer.run_stage

    def only_first(self, index, *rest):
        if index == 1:
            raise Interrupted
        real(self, index, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "run_stage", only_first)
        with pytest.raises(Interrupted):
            train(recipe, tmp_path / "cut")
    train(recipe, tmp_path / "cut", resume=True)
    expected, found = weights(tmp_path / "whole"), weights(tmp_path / "cut")
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_a_diverging_run_stops_with_the_remedy(tiny_recipe, tmp_path):
    recipe = with_stage(tiny_recipe, learning_rate=1e30, warmup_steps=0, clip_norm=1e30)
    with pytest.raises(OctavoError, match=r"on \w{12} p\. \d+; .*lower its learning_rate") as caught:
        train(recipe, tmp_path / "run")
    rows = DataSet(Path(recipe.data)).rows("train")
    known = {f"{rows.place(index)[0][:12]} p. {rows.place(index)[1][0]}" for index in range(len(rows))}
    named = re.search("on (.*?)(?: and \\d+ more)?; lower", str(caught.value))[1].split("; ")
    assert len(named) > 1
    assert set(named) <= known


def test_one_pack_of_eight_samples_is_eight_of_one(tiny_recipe, tiny_model):
    """Packs are an arrangement: the step is the same to rounding."""
    processor = tiny_model[1]
    data = DataSet(Path(tiny_recipe.data))
    source = SampleSource(data, "train", processor, 2, 0)
    samples = [source.sample(index, 0) for index in range(8)]
    ends = []
    for packs in ([Pack.of(samples)], [Pack.of([sample]) for sample in samples]):
        model = copy.deepcopy(tiny_model[0])
        loss = Shared(model, processor, ALONE, tiny_recipe.stages[0]).forward_backward(packs, len(packs)).loss
        ends.append((loss, torch.cat([p.grad.flatten() for p in model.parameters()])))
    assert ends[0][0] == pytest.approx(ends[1][0], rel=1e-5)
    assert (ends[0][1] - ends[1][1]).abs().max() < 1e-5 * ends[0][1].abs().max()


def test_training_learns_a_page_by_heart(tiny_recipe, tiny_model, tmp_path):
    """One pack again and again: a broken mask, label shift or optimiser cannot get there."""
    model, processor = copy.deepcopy(tiny_model[0]), tiny_model[1]
    stage = tiny_recipe.stages[0].model_copy(update={"learning_rate": 1e-2, "weight_decay": 0.0, "steps": 160})
    trainer = Trainer(tiny_recipe, tmp_path, model, processor, DataSet(Path(tiny_recipe.data)))
    plan = trainer.plan(stage.model_copy(update={"pack_tokens": 512, "questions_per_sample": 2}))
    planned = next(plan.steps(1))
    pack = read(plan.mixture, planned.ranks[0][0])
    optimizer, shared = make_optimizer(model, stage), Shared(model, processor, ALONE, stage)
    span = Span(stage, plan.mixture.samples)
    losses = [
        trainer.train_step(span, RankStep(plan.mixture, planned, iter([pack])), shared, optimizer)["loss"]
        for _ in range(160)
    ]
    assert losses[0] == pytest.approx(math.log(processor.vocab_size), rel=0.05)
    assert losses[-1] < 0.25

"""Held-out loss in the loop: the same questions each time, and the best weights at the end."""

import json
import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from octavo.datasets import DataSet
from octavo.errors import OctavoError
from octavo.training import train
from octavo.training.samples import SampleSource
from octavo.training.trainer import Trainer
from octavo.training.validation import HeldOut


def staged(recipe, **changes):
    return recipe.model_copy(update={"stages": [recipe.stages[0].model_copy(update=changes)]})


def log(run):
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("isolated", [True, False])
def test_a_random_model_is_as_good_as_a_guess_each_time(tiny_model, data_folder, isolated):
    model, processor = tiny_model
    source = SampleSource(DataSet(data_folder), "validation", processor, 3, 0, isolated)
    held_out = HeldOut(source, every=1, questions=4, pack_tokens=512, pack_tiles=32, seed=0)
    first = held_out.figures(model, processor)
    assert first["validation_loss"] == pytest.approx(math.log(processor.vocab_size), rel=0.02)
    assert 4 <= first["validation_questions"] < 4 + 3 * 3  # whole packs, of three pages at most
    assert held_out.figures(model, processor) == first
    assert model.training
    model.eval()


def test_rows_that_do_not_fit_are_named(tiny_model, data_folder):
    source = SampleSource(DataSet(data_folder), "validation", tiny_model[1], 3, 0)
    with pytest.raises(OctavoError, match="pack_tokens"):
        HeldOut(source, every=1, questions=4, pack_tokens=3, pack_tiles=1, seed=0)


def test_evaluating_changes_no_step_and_the_best_weights_are_kept(tiny_recipe, tmp_path, monkeypatch):
    """Made worse on purpose after step 4, the run ends where it was best."""
    real = Trainer.train_step

    def train_step(self, *rest):
        figures = real(self, *rest)
        if self.at.step == 4:
            with torch.no_grad():
                self.model.model.text_model.norm.weight.mul_(-20)
        return figures

    recipe = staged(tiny_recipe, steps=7, schedule="constant", evaluate_every=2, evaluate_questions=8)
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "train_step", train_step)
        train(recipe, tmp_path / "run")
    lines = log(tmp_path / "run")
    losses = {line["step"]: line["validation_loss"] for line in lines if "validation_loss" in line}
    assert list(losses) == [2, 4, 6, 7]
    assert min(losses, key=losses.get) == 4
    four = staged(tiny_recipe, steps=4, schedule="constant")
    train(four, tmp_path / "four")
    expected, found = (load_file(tmp_path / run / "model" / "model.safetensors") for run in ("four", "run"))
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_a_resumed_run_has_the_same_best(tiny_recipe, tmp_path, monkeypatch):
    recipe = staged(tiny_recipe, steps=6, evaluate_every=2, evaluate_questions=8, checkpoint_every=3)
    train(recipe, tmp_path / "whole")
    real = Trainer.train_step

    def train_step(self, *rest):
        if self.at.step == 5:
            raise InterruptedError
        return real(self, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "train_step", train_step)
        with pytest.raises(InterruptedError):
            train(recipe, tmp_path / "cut")
    train(recipe, tmp_path / "cut", resume=True)
    expected, found = (load_file(tmp_path / run / "model" / "model.safetensors") for run in ("whole", "cut"))
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    assert [line.get("validation_loss") for line in log(tmp_path / "whole")] == [
        line.get("validation_loss") for line in log(tmp_path / "cut")
    ]


def test_a_data_set_without_held_out_rows_is_refused_before_the_first_step(tiny_recipe, tiny_model, tmp_path):
    data = DataSet(Path(tiny_recipe.data))
    data.files["validation"] = []
    trainer = Trainer(staged(tiny_recipe, evaluate_every=1), tmp_path / "run", *tiny_model, data)
    with pytest.raises(OctavoError, match="set evaluate_every to null"):
        trainer.run()
    assert not (tmp_path / "run").exists()

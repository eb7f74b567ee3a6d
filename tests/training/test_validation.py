"""Held-out loss in the loop: the same questions each time, and the best weights at the end."""

import json
import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from octavo.datasets import DataSet
from octavo.errors import OctavoError
from octavo.evaluation.quick import quick_anls
from octavo.training import train
from octavo.training.distributed import ALONE, Shared
from octavo.training.samples import SampleSource
from octavo.training.trainer import Trainer
from octavo.training.validation import HeldOut, weighted


def staged(recipe, **changes):
    return recipe.model_copy(update={"stages": [recipe.stages[0].model_copy(update=changes)]})


def log(run):
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("isolated", [True, False])
def test_a_random_model_is_as_good_as_a_guess_each_time(tiny_model, tiny_recipe, data_folder, isolated):
    model, processor = tiny_model
    source = SampleSource(DataSet(data_folder), "validation", processor, 3, 0, isolated)
    held_out = HeldOut(source, every=1, questions=4, pack_tokens=512, pack_tiles=32, seed=0)
    shared = Shared(model, processor, ALONE, tiny_recipe.stages[0])
    first = held_out.figures(shared)
    assert first["validation_loss"] == pytest.approx(math.log(processor.vocab_size), rel=0.02)
    assert 4 <= first["validation_questions"] < 4 + 3 * 3  # whole packs, of three pages at most
    assert held_out.figures(shared) == first
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


def test_answers_in_the_loop_decide_which_weights_are_best(tiny_recipe, tmp_path):
    """Told that the answers were best after step 2, the run ends there; the answering leaves the steps as they are."""
    scores = iter([0.4, 0.1, 0.3])
    told = []

    def anls(model, processor, data, questions):
        assert not model.training
        told.append(quick_anls(model, processor, data, questions))
        return next(scores)

    recipe = staged(
        tiny_recipe, steps=6, schedule="constant", evaluate_every=2, evaluate_questions=8, evaluate_answers=3,
        best_by={"anls": 1.0, "validation_loss": 1e-6},
    )  # fmt: skip
    train(recipe, tmp_path / "run", anls=anls)
    assert [line["anls"] for line in log(tmp_path / "run") if "anls" in line] == [0.4, 0.1, 0.3]
    assert all(0 <= score <= 1 for score in told)
    train(staged(tiny_recipe, steps=2, schedule="constant"), tmp_path / "two")
    expected, found = (load_file(tmp_path / run / "model" / "model.safetensors") for run in ("two", "run"))
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_losses_count_against_the_score():
    figures = {"validation_loss": 2.0, "anls": 0.5}
    assert weighted(figures, {"validation_loss": 1.0}) == -2.0
    assert weighted(figures, {"validation_loss": 0.25, "anls": 4.0}) == 1.5


def test_answers_without_an_answerer_are_refused(tiny_recipe, tmp_path):
    with pytest.raises(ValueError, match="quick_anls"):
        train(staged(tiny_recipe, evaluate_every=1, evaluate_answers=1), tmp_path / "run")


def test_a_resumed_run_has_the_same_best(tiny_recipe, train_cut, tmp_path):
    recipe = staged(tiny_recipe, steps=6, evaluate_every=2, evaluate_questions=8, checkpoint_every=3)
    train(recipe, tmp_path / "whole")
    train_cut(recipe, tmp_path / "cut", 5)
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

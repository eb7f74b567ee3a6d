"""What a stage trains on: its parts side by side, and bad data counted or refused in a line."""

import json
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from octavo.datasets import DataSet
from octavo.errors import OctavoError
from octavo.training import load_recipe, train
from octavo.training.samples import SampleSource
from octavo.training.sources import Conversations, Transcriptions, stage_mixture
from octavo.training.trainer import Trainer
from tests.training.sources.conftest import picture, turn


@pytest.fixture
def recipe(tiny_recipe, tmp_path):
    """The tiny recipe with --set options."""

    def changed(*overrides):
        path = tmp_path / "recipe.json"
        path.write_text(tiny_recipe.model_dump_json())
        return load_recipe(str(path), overrides)

    return changed


@pytest.fixture
def texts(tmp_path_factory):
    """A folder of others' rows without images."""
    folder = tmp_path_factory.mktemp("texts")
    rows = [[{"user": f"What is {n} and {n}?", "assistant": str(2 * n)}] for n in range(20)]
    pq.write_table(pa.table({"texts": rows}), folder / "rows.parquet")
    return folder


def log(run):
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


def test_all_kinds_train_side_by_side_and_resume(recipe, texts, write, train_cut, tmp_path):
    pictured = write([([picture(60, 40, n)], [turn("Which?", f"Number {n}.")]) for n in range(6)])
    parts = (
        "{kind: questions, weight: 2, resolutions: true}, {kind: transcription, weight: 1, longest: 200}, "
        f"{{kind: conversations, path: {pictured}, weight: 1}}, {{kind: text, path: {texts}, weight: 1}}"
    )
    staged = recipe(f"stages.0.data=[{parts}]", "stages.0.mix_by=tokens", "stages.0.packs_per_step=2")
    model = train(staged, tmp_path / "whole")
    again = train_cut(staged, tmp_path / "cut", 3)
    assert (model / "model.safetensors").read_bytes() == (again / "model.safetensors").read_bytes()
    assert all(0.3 < line["tokens_used"] <= 1 and 0 < line["tiles_used"] <= 1 for line in log(tmp_path / "whole"))


def test_parts_are_opened_as_they_are_named(recipe, texts, write, tiny_model, data_folder):
    pictured = write([([picture(60, 40)], [turn("Which?", "One.")])])
    parts = (
        "{kind: questions, resolutions: true}, {kind: transcription, longest: 99, repeats: 2}, {kind: transcription}, "
        f"{{kind: conversations, path: {pictured}, longest: 50}}, {{kind: text, path: {texts}, weight: 3}}"
    )
    staged = recipe(f"stages.0.data=[{parts}]", "stages.0.isolated=false", "stages.0.temperature=2")
    mixture = stage_mixture(staged.stages[0], DataSet(data_folder), tiny_model[1], 0)
    questions, bounded, whole, conversations, text = [part.source for part in mixture.parts]
    assert isinstance(questions, SampleSource)
    assert (questions.resolutions, questions.isolated, questions.questions_per_sample) == (True, False, 8)
    assert isinstance(bounded, Transcriptions)
    assert (bounded.longest, whole.longest, bounded.resolutions) == (99, 4000, False)
    assert isinstance(conversations, Conversations)
    assert (conversations.pictured, conversations.longest, text.pictured, text.longest) == (True, 50, False, None)
    assert [part.weight for part in mixture.parts] == [None, None, None, None, 3]
    assert [part.repeats for part in mixture.parts] == [None, 2, None, None, None]
    sizes = [len(part.source) for part in mixture.parts[:4]] + [3]
    roots = [size**0.5 for size in sizes]
    assert mixture.shares == pytest.approx([root / sum(roots) for root in roots])


def test_a_stage_of_epochs_ends_with_its_data(recipe, texts, tmp_path):
    part = f"{{kind: text, path: {texts}, repeats: 2}}"
    staged = recipe(
        f"stages.0.data=[{part}]", "stages.0.steps=null", "stages.0.epochs=5", "stages.0.pack_tokens=64",
        "stages.0.packs_per_step=3",
    )  # fmt: skip
    train(staged, tmp_path / "run")
    state = json.loads((sorted((tmp_path / "run" / "checkpoints").glob("000-*"))[-1] / "state.json").read_text())
    assert state["position"]["taken"] == 40
    assert log(tmp_path / "run")[-1]["learning_rate"] < 0.3 * staged.stages[0].learning_rate


def test_stages_over_the_same_data_do_not_begin_with_the_same_pages(tiny_recipe, tiny_model, data_folder, tmp_path):
    recipe = tiny_recipe.model_copy(update={"stages": [tiny_recipe.stages[0]] * 2})
    trainer = Trainer(recipe, tmp_path, *tiny_model, DataSet(data_folder))
    first = trainer.plan(recipe.stages[0]).next_pack()
    trainer.at = trainer.at.next_stage()
    assert trainer.plan(recipe.stages[1]).next_pack() != first


def test_another_part_is_another_run(recipe, texts, tmp_path):
    staged = recipe(f"stages.0.data=[{{kind: text, path: {texts}}}]", "stages.0.steps=2")
    train(staged, tmp_path / "run")
    pq.write_table(pa.table({"texts": [[{"user": "Why?", "assistant": "So."}]]}), texts / "more.parquet")
    with pytest.raises(OctavoError, match="another recipe or data set"):
        train(staged, tmp_path / "run", resume=True)


def test_bad_rows_are_counted_and_told(recipe, write, tmp_path, capsys):
    """Text that forges an image, a sample longer than the window, images that are missing or broken."""
    good = [([picture(60, 40, n)], [turn("Which?", f"Number {n}.")]) for n in range(8)]
    bad = [
        ([picture(60, 40)], [turn("Is it an <image>?", "Yes.")]),
        ([picture(60, 40)], [turn("Long?", "word " * 2000)]),
        (None, [turn("Missing?", "Yes.")]),
        ([picture(60, 40)[:-900]], [turn("Broken?", "Yes.")]),
    ]
    staged = recipe(
        f"stages.0.data=[{{kind: conversations, path: {write(good + bad)}, repeats: 1}}]",
        "stages.0.steps=null",
        "stages.0.epochs=1",
    )
    train(staged, tmp_path / "run")
    assert sum(sum(line["dropped"].values()) for line in log(tmp_path / "run")) == 4
    told = Counter(line for line in capsys.readouterr().err.splitlines() if "dropped" in line)
    assert len(told) == 4
    for reason in ("<image>, a special token", "longer than the 1024 tokens", "missing", "cannot be decoded"):
        assert sum(reason in line and "1 samples dropped" in line for line in told) == 1


def test_pages_of_a_data_set_without_their_images_are_counted(recipe, write, tmp_path, capsys):
    folder = write([([picture(60, 40, n)], [turn("Which?", "One.")]) for n in range(4)] + [(None, [turn("a", "b")])])
    (folder / "data").mkdir()
    next(folder.glob("*.parquet")).rename(folder / "data" / "train-0.parquet")
    part = f"{{kind: questions, path: {folder}, repeats: 1}}"
    train(recipe(f"stages.0.data=[{part}]", "stages.0.steps=null", "stages.0.epochs=1"), tmp_path / "run")
    assert "1 samples dropped: an image is missing" in capsys.readouterr().err


def test_a_stage_none_of_whose_samples_can_be_used_is_refused_in_a_line(recipe, write, tmp_path):
    folder = write([(None, [turn("Missing?", "Yes.")])] * 3)
    with pytest.raises(OctavoError, match=r"none of 3 samples can be used \(3 × an image is missing") as caught:
        train(recipe(f"stages.0.data=[{{kind: conversations, path: {folder}}}]"), tmp_path / "run")
    assert "\n" not in str(caught.value)


def test_a_step_whose_pictures_are_all_broken_is_refused_in_a_line(recipe, write, tmp_path):
    folder = write([([picture(60, 40, n)[:-900]], [turn("Broken?", "Yes.")]) for n in range(3)])
    with pytest.raises(OctavoError, match=r"step 1 .* has no answer to train \(\d × an image cannot be decoded"):
        train(recipe(f"stages.0.data=[{{kind: conversations, path: {folder}}}]"), tmp_path / "run")


@pytest.mark.parametrize("kind", ["conversations", "questions", "transcription"])
def test_a_built_data_set_is_named_by_its_own_folder(recipe, data_folder, tiny_model, kind):
    """Words of its pages stand beside its rows, in other columns."""
    staged = recipe(f"stages.0.data=[{{kind: {kind}, path: {data_folder}}}]")
    source = stage_mixture(staged.stages[0], None, tiny_model[1], 0).parts[0].source
    assert len(source) == len(DataSet(data_folder).rows("train"))


def test_parts_that_name_their_folders_need_no_data_set(recipe, texts, tiny_run, tmp_path):
    part = f"stages.0.data=[{{kind: text, path: {texts}}}]"
    model = train(recipe(part, "data=null", "shape=null", f"base={tiny_run}", "stages.0.steps=2"), tmp_path / "run")
    assert f"2 optimiser steps of the recipe `nano` on `{texts}`" in (model / "README.md").read_text()


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ((), "stage answers trains on it"),
        (("stages.0.data=[{kind: text, path: X}, {kind: transcription}]",), "stage answers trains on it"),
        (("stages.0.data=[{kind: text, path: X}]", "stages.0.evaluate_every=1"), "looks at its held-out rows .or set"),
        (("stages.0.data=[{kind: text, path: X}]",), "its tokenizer is made of it"),
    ],
)
def test_a_data_set_that_is_needed_is_asked_for(recipe, changes, wanted, tmp_path):
    with pytest.raises(OctavoError, match=rf"names no data set, and .*{wanted}.*; add --set data=FOLDER"):
        train(recipe("data=null", *changes), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_part_that_is_not_there_is_told_before_the_first_step(recipe, tmp_path):
    with pytest.raises(OctavoError, match="nowhere has no Parquet files"):
        train(recipe(f"stages.0.data=[{{kind: text, path: {tmp_path / 'nowhere'}}}]"), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_rows_that_diverge_are_named_by_number(recipe, texts, tmp_path):
    staged = recipe(
        f"stages.0.data=[{{kind: text, path: {texts}}}]", "stages.0.learning_rate=1e30", "stages.0.clip_norm=1e30"
    )
    with pytest.raises(OctavoError, match=r"on row \d+ of .*texts\d*; row .* and \d+ more; lower its learning_rate"):
        train(staged, tmp_path / "run")


def test_a_pack_that_memory_does_not_hold_is_named(tiny_recipe, tmp_path, monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError("a device's own words")

    monkeypatch.setattr("octavo.training.distributed.loss_sum", full)
    with pytest.raises(
        OctavoError,
        match=r"out of memory at step 1: .* has \d+ tokens and \d+ tiles, of \w{12} p\. 1 \(.*; lower pack_tokens",
    ):
        train(tiny_recipe, tmp_path / "run")

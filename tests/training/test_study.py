"""The study's recipes: each changes one thing of another, and trains."""

import json
from pathlib import Path
from typing import Any

import pytest

from octavo.inference import VisionLanguageModel
from octavo.models import load_model
from octavo.training import load_recipe, train
from octavo.training.recipe import shipped_recipes

BACKBONES = {f"stages.{stage}.{what}" for stage in (1, 2) for what in ("adapter", "freeze")}
# By name: the recipe that it is to be held against, and what it changes there.
STUDY = {
    "self-frozen": ("self-adapted", BACKBONES),
    "cross-adapted": ("self-adapted", {"shape.cross_attention"}),
    "cross-frozen": ("cross-adapted", BACKBONES),
    "mlp": ("self-adapted", {"shape.connector"}),
    "perceiver": ("self-adapted", {"shape.connector", "shape.perceiver", "shape.scale_factor"}),
    "no-page-questions": ("self-adapted", {"stages.1.data"}),
    "no-instructions": ("self-adapted", {"stages.1.data"}),
    "no-splitting": ("self-adapted", {"shape.splitting"}),
}
NAMES = [name for name in shipped_recipes() if name.startswith("study/")]


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """The values of nested settings by their keys; those of the same stage's data are one value."""
    if isinstance(value, dict) and not path.endswith((".adapter", ".perceiver")):
        items = list(value.items())
    elif isinstance(value, list) and path == "stages":
        items = list(enumerate(value))
    else:
        return {path: value}
    parts = [flat(inner, f"{path}.{key}".lstrip(".")) for key, inner in items]
    return {key: inner for part in parts for key, inner in part.items()}


def values(name: str) -> dict[str, Any]:
    settings = flat(json.loads(load_recipe(f"study/{name}").model_dump_json()))
    del settings["name"]
    return settings


def test_the_study_is_whole():
    assert set(NAMES) == {f"study/{name}" for name in (*STUDY, "self-adapted")}


@pytest.mark.parametrize("name", STUDY)
def test_a_recipe_differs_from_another_in_the_one_thing(name):
    other, changed = STUDY[name]
    ours, theirs = values(name), values(other)
    assert ours.keys() == theirs.keys()
    assert {key for key in ours if ours[key] != theirs[key]} == changed


def test_pre_training_without_one_kind_of_data_has_the_others():
    parts = {name: values(name)["stages.1.data"] for name in ("self-adapted", "no-page-questions", "no-instructions")}
    whole = parts["self-adapted"]
    assert [part for part in whole if part["kind"] != "questions"] == parts["no-page-questions"]
    assert [part for part in whole if part["kind"] != "conversations"] == parts["no-instructions"]


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_trains_all_its_stages(name, data_folder, tmp_path):
    """A step of each, on as little as a pack of a page."""
    instructions = [
        f"stages.{number}.data.{place}.path={data_folder / 'data'}"
        for number, stage in enumerate(load_recipe(name).stages)
        for place, part in enumerate(stage.data)
        if part.kind == "conversations"
    ]
    short = [f"stages.{n}.{key}" for n in range(3) for key in ("steps=1", "pack_tokens=768", "pack_tiles=6")]
    recipe = load_recipe(name, (f"data={data_folder}", *short, *instructions))
    model = load_model(train(recipe, tmp_path / "run"))
    lines = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [line["stage"] for line in lines] == ["backbones", "pre-training", "sft"]
    assert all(line["loss"] > 0 and line["gradient_norm"] > 0 for line in lines)
    assert (model.config.connector, model.config.cross is not None) == (
        recipe.shape.connector,
        recipe.shape.cross_attention is not None,
    )
    split = VisionLanguageModel.load(Path(tmp_path / "run")).processor.grid(1240, 1754) != (0, 0)
    assert split == recipe.shape.splitting

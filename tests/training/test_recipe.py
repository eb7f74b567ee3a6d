"""Recipes: read whole, refused in one line."""

import re
from pathlib import Path

import pytest
import yaml

import octavo
from octavo.errors import OctavoError
from octavo.training.recipe import RECIPE_PARTS, load_recipe, shipped_recipes

ROOT = Path(octavo.__file__).parent


@pytest.fixture
def recipe_file(tmp_path):
    """Writes a copy of the nano recipe, changed by a function, and returns its path."""

    def write(change):
        values = yaml.safe_load(shipped_recipes()["nano"].read_text())
        change(values)
        path = tmp_path / "mine.yaml"
        path.write_text(yaml.safe_dump(values))
        return str(path)

    return write


@pytest.mark.parametrize("name", shipped_recipes())
def test_shipped_recipes_are_valid_and_named_as_their_file(name):
    assert load_recipe(name).name == name


def test_a_misspelt_key_is_named_with_the_nearest(recipe_file):
    path = recipe_file(lambda values: values["stages"][0].update(learning_rat=1.0))
    with pytest.raises(OctavoError, match=r"unknown key 'stages.0.learning_rat'; did you mean 'learning_rate'\?"):
        load_recipe(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v["stages"][0].pop("learning_rate"), "'stages.0.learning_rate' is missing"),
        (lambda v: v["stages"][0].pop("steps"), "'stages.0': give either 'steps' or 'epochs'$"),
        (lambda v: v["stages"][0].update(epochs=1), "'stages.0': give either 'steps' or 'epochs'$"),
        (lambda v: v["stages"][0].update(schedule="cosin"), "'stages.0.schedule': .*'cosine', 'linear' or 'constant'"),
        (
            lambda v: v["stages"][0].update(freeze=["lm_head"], adapter={"kind": "lora", "rank": 4, "alpha": 8}),
            "'stages.0': give either 'freeze' or 'adapter'",
        ),
        (lambda v: v["stages"][0].update(steps=0), r"'stages.0.steps': .*greater than 0 \(got 0\)"),
        (lambda v: v.update(stages=[]), "'stages'"),
        (lambda v: v.update(base="some/model"), "either 'shape'.* or 'base'"),
        (lambda v: v.pop("shape"), "either 'shape'.* or 'base'"),
        (lambda v: v.update(seed="many"), "'seed'"),
    ],
)
def test_faults_are_one_line(recipe_file, change, message):
    with pytest.raises(OctavoError, match=message) as caught:
        load_recipe(recipe_file(change))
    assert "\n" not in str(caught.value)


def test_overrides_reach_into_lists_and_are_typed():
    recipe = load_recipe("nano", ("stages.0.steps=7", "stages.0.learning_rate=2e-4", "data=folder"))
    assert (recipe.stages[0].steps, recipe.stages[0].learning_rate, recipe.data) == (7, 2e-4, "folder")


@pytest.mark.parametrize("override", ["stages.9.steps=1", "stages.x.steps=1", "name.first=1", "steps", "seed=[1"])
def test_overrides_of_nothing_are_refused(override):
    with pytest.raises(OctavoError) as caught:
        load_recipe("nano", (override,))
    assert "--set" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_override_with_a_misspelt_key_is_refused():
    with pytest.raises(OctavoError, match="did you mean 'steps'"):
        load_recipe("nano", ("stages.0.step=5",))


@pytest.mark.parametrize("text", ["a: [", "- a\n- b", "\x00", "name: !!python/object/apply:os.system ['true']"])
def test_a_file_that_is_no_recipe(tmp_path, text):
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    with pytest.raises(OctavoError):
        load_recipe(str(path))


def test_a_missing_recipe_names_the_shipped_ones(tmp_path):
    with pytest.raises(OctavoError, match="nano"):
        load_recipe(str(tmp_path / "none.yaml"))


def test_every_field_is_read_somewhere():
    """A setting that nothing reads is a promise that is not kept."""
    code = "\n".join(path.read_text() for path in ROOT.rglob("*.py") if path.name != "recipe.py")
    for part in RECIPE_PARTS:
        for field in part.model_fields:
            # model_dump() hands the shapes' fields on by name, to dataclasses of the same names.
            assert re.search(rf"\.{field}\b|\b{field}:", code), f"{part.__name__}.{field} is read by nothing"

"""Recipes: read whole, refused in one line."""

import dataclasses
import sys
from pathlib import Path

import pytest
import yaml

import octavo
from octavo.errors import OctavoError
from octavo.evaluation.quick import quick_anls
from octavo.training import train
from octavo.training.recipe import RECIPE_PARTS, RopeScaling, TextShape, VisionShape, load_recipe, shipped_recipes
from octavo.training.start import shape_config

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
        (
            lambda v: v["stages"][0].update(data=[{"kind": "text", "path": "a", "weigth": 1}]),
            "unknown key 'stages.0.data.0.weigth'; did you mean 'weight'",
        ),
        (lambda v: v["stages"][0].update(best_by={"anls": 1.0}), "'best_by' weighs anls; set 'evaluate_answers'"),
        (lambda v: v["stages"][0].update(best_by={"loss": 1.0}), "'stages.0.best_by.loss.*'validation_loss' or 'anls'"),
        (lambda v: v["stages"][0].update(data=[{"kind": "chat"}]), "'stages.0.data.0.kind': .*'questions', 'transc"),
        (lambda v: v["stages"][0].update(data=[{"kind": "questions", "longest": 9}]), "'longest' bounds texts"),
        (lambda v: v["stages"][0].update(data=[{"kind": "text", "resolutions": True}]), "'resolutions' is about im"),
        (lambda v: v["stages"][0].update(data=[{"kind": "questions", "repeats": 2}]), "the data end, .*give 'epochs'"),
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


FULL = (
    "stages.0.data=[{kind: questions, repeats: 1}, {kind: transcription, longest: 300, repeats: 1}]",
    "stages.0.adapter={kind: lora, rank: 2, alpha: 4, dropout: 0.1}",
    "stages.0.split_vocabulary=2",
    "stages.0.evaluate_every=1",
    "stages.0.evaluate_answers=1",
    "stages.0.neftune_alpha=1",
    "stages.0.steps=null",
    "stages.0.epochs=0.01",
)


def test_every_field_is_read_somewhere(tiny_recipe, tiny_run, tmp_path, monkeypatch):
    """A setting that nothing outside the recipe's own file reads is a promise that is not kept."""
    read: dict[type, set[str]] = {part: set() for part in RECIPE_PARTS}
    own = str(ROOT / "training" / "recipe.py")

    def spy(part):
        def read_field(self, name):
            caller = sys._getframe(1).f_code.co_filename
            if caller.startswith(str(ROOT)) and caller != own:
                read[part].add(name)
            return object.__getattribute__(self, name)

        monkeypatch.setattr(part, "__getattribute__", read_field)

    path = tmp_path / "recipe.json"
    path.write_text(tiny_recipe.model_dump_json())
    scaling = "{factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 64}"
    from_scratch = load_recipe(str(path), (f"shape.text.rope_scaling={scaling}",))
    from_base = load_recipe(str(path), ("shape=null", f"base={tiny_run}", *FULL))
    for part in RECIPE_PARTS:
        spy(part)
    config = shape_config(from_scratch.shape)
    train(from_base, tmp_path / "run", anls=quick_anls)
    # These are handed on as they are, to dataclasses of the same fields, which take no other.
    for part, taken in (
        (VisionShape, config.vision),
        (TextShape, config.text),
        (RopeScaling, config.text.rope_scaling),
    ):
        assert "model_dump" in read[part]
        read[part] |= {field.name for field in dataclasses.fields(taken)}
    train(tiny_recipe.model_copy(update={"shape": from_scratch.shape}), tmp_path / "scratch")
    unread = [
        f"{part.__name__}.{name}" for part in RECIPE_PARTS for name in part.model_fields if name not in read[part]
    ]
    assert not unread

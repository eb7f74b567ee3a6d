"""Every step once, in every place that a log goes to, whatever interrupted the run."""

import json
import sys
from types import SimpleNamespace

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from octavo.errors import OctavoError
from octavo.training.checkpoint import Position
from octavo.training.logs import RunLog


def write(log, steps, stage=0, value=1.0):
    for step in steps:
        log.write({"stage": "s", "stage_index": stage, "step": step, "loss": value, "dropped": {"too long": 1}})


def told(out):
    return [(line["stage_index"], line["step"]) for line in map(json.loads, (out / "log.jsonl").open())]


def board(out):
    events = EventAccumulator(str(out / "tensorboard")).Reload()
    return [(event.step, event.value) for event in events.Scalars("loss")]


@pytest.fixture
def tracker(monkeypatch):
    """A module that notes what is asked of it."""
    calls = []
    module = SimpleNamespace(
        init=lambda **given: calls.append(("init", given)),
        log=lambda numbers, step: calls.append(("log", step, numbers)),
        finish=lambda: calls.append(("finish",)),
    )
    for name in ("trackio", "wandb"):
        monkeypatch.setitem(sys.modules, name, module)
    return calls


def test_steps_behind_the_checkpoint_are_forgotten(tiny_recipe, tmp_path):
    with RunLog.behind(tmp_path, tiny_recipe, Position(), None) as log:
        write(log, (1, 2, 3))
        write(log, (1, 2), stage=1)
    with (tmp_path / "log.jsonl").open("a") as torn:
        torn.write('{"stage": "s", "stage_ind')
    with RunLog.behind(
        tmp_path, tiny_recipe, Position(stage=1, step=1, before=3), None
    ) as log:  # from the first step of the second stage
        write(log, (2, 3), stage=1, value=2.0)
    assert told(tmp_path) == [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (1, 3)]
    assert board(tmp_path) == [(1, 1.0), (2, 1.0), (3, 1.0), (4, 1.0), (5, 2.0), (6, 2.0)]


def test_a_line_is_there_when_its_step_is(tiny_recipe, tmp_path):
    with RunLog.behind(tmp_path, tiny_recipe, Position(), None) as log:
        write(log, (1,))
        assert told(tmp_path) == [(0, 1)]


@pytest.mark.parametrize("name", ["trackio", "wandb"])
def test_a_tracker_gets_every_step_once(name, tiny_recipe, tmp_path, tracker):
    for first, steps in ((0, (1, 2, 3, 4)), (2, (3,)), (2, (3, 4, 5))):  # interrupted twice behind step 2
        with RunLog.behind(tmp_path, tiny_recipe, Position(step=first), name) as log:
            write(log, steps)
    assert [call[1] for call in tracker if call[0] == "log"] == [1, 2, 3, 4, 5]
    assert [call[0] for call in tracker].count("finish") == 3
    starts = [call[1] for call in tracker if call[0] == "init"]
    assert starts[0] == starts[1] == starts[2]
    assert starts[0]["config"] == tiny_recipe.model_dump()
    assert starts[0]["name"].startswith(tmp_path.name)
    assert starts[0].get("id") == (starts[0]["name"] if name == "wandb" else None)
    assert all(set(call[2]) == {"stage_index", "step", "loss"} for call in tracker if call[0] == "log")


def test_no_tracker_is_imported_unless_asked_for(tiny_recipe, tmp_path, tracker):
    with RunLog.behind(tmp_path, tiny_recipe, Position(), None) as log:
        write(log, (1,))
    assert tracker == []
    assert not (tmp_path / "tracker.json").exists()


@pytest.mark.parametrize(("name", "message"), [("aim", "trackio or wandb"), ("trackio", "pip install trackio")])
def test_a_tracker_that_cannot_be_had_is_named(name, message, tiny_recipe, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "trackio", None)
    with pytest.raises(OctavoError, match=message):
        RunLog.behind(tmp_path, tiny_recipe, Position(), name)


def test_without_tensorboard_the_lines_are_written(tiny_recipe, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with RunLog.behind(tmp_path, tiny_recipe, Position(), None) as log:
        write(log, (1,))
    assert told(tmp_path) == [(0, 1)]
    assert not (tmp_path / "tensorboard").exists()

"""Two processes are one: the same loss, gradients and weights, and checkpoints that either goes on from."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from octavo.errors import OctavoError
from octavo.training import load_recipe, train
from octavo.training.checkpoint import checkpoints
from octavo.training.distributed import ALONE, PackLoss, blank_pack
from octavo.training.loss import answer_loss_sum
from tests.training import two_ranks

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
MIDDLE = "000-000004"  # the last checkpoint but one
BOTH = pytest.mark.parametrize("sharding", ["none", "full"])


def weights(run: Path) -> dict[str, torch.Tensor]:
    return load_file(run / "model" / "model.safetensors")


def log(run: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


def apart(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    assert one.keys() == other.keys()
    return max(float((one[name] - other[name]).abs().max()) for name in one)


def begun(run: Path, out: Path) -> Path:
    """A run that stands where `run` stood at its last checkpoint but one."""
    out.mkdir()
    shutil.copytree(run / "checkpoints" / MIDDLE, out / "checkpoints" / MIDDLE)
    shutil.copy(run / "log.jsonl", out)
    return out


@pytest.fixture(scope="module")
def recipe(tiny_recipe):
    """Three packs a step, so that one of two processes has one and must join the other's second."""
    stage = tiny_recipe.stages[0].model_copy(update={"packs_per_step": 3, "neftune_alpha": 0.0})
    return tiny_recipe.model_copy(update={"stages": [stage]})


@pytest.fixture(scope="module")
def staged(recipe):
    """A stage without the encoder, ended with its best weights, and one of Muon over all."""
    change = {"steps": 2, "freeze": ("model.vision_model",), "evaluate_every": 1, "evaluate_questions": 20}
    first = recipe.stages[0].model_copy(update=change)
    second = recipe.stages[0].model_copy(update={"steps": 2, "optimizer": "muon"})
    return recipe.model_copy(update={"stages": [first, second]})


@pytest.fixture(scope="module")
def runs(recipe, staged, tmp_path_factory):
    """A folder of runs: `one` by this process, the others by two; the last, `killed`, in the middle of a checkpoint."""
    folder = tmp_path_factory.mktemp("runs")
    path = folder / "recipe.json"  # JSON is YAML
    path.write_text(recipe.model_dump_json())
    (folder / "staged.json").write_text(staged.model_dump_json())
    train(recipe, folder / "one")
    begun(folder / "one", folder / "one-to-two")
    begun(folder / "one", folder / "full-disk")

    def job(do: str, out: str, recipe: str = "recipe.json", **rest: object) -> dict[str, object]:
        return {"do": do, "recipe": str(folder / recipe), "out": str(folder / out), **rest}

    jobs = [
        *(
            job("save_gradients", f"{sharding}-{fused}.safetensors", sharding=sharding, fused=fused)
            for sharding in ("none", "full")
            for fused in (False, True)
        ),
        job("run", "none"),
        job("run", "full", changes=["sharding=full"]),
        job("run", "bfloat16-none", changes=["precision=bfloat16"]),
        job("run", "bfloat16-full", changes=["precision=bfloat16", "sharding=full"]),
        job("run", "stages-none", recipe="staged.json"),
        job("run", "stages-full", recipe="staged.json", changes=["sharding=full"]),
        job("run", "one-to-two", resume=True, changes=["sharding=full"]),
        job("run_on_a_full_disk", "full-disk"),
        job("run_killed", "killed", within=MIDDLE),
    ]
    ended = subprocess.run(
        [*TORCHRUN, two_ranks.__file__, json.dumps(jobs)], capture_output=True, text=True, timeout=150, check=False
    )
    assert "Signal 9" in ended.stderr, ended.stderr
    return folder


@pytest.mark.parametrize("fused", [False, True], ids=["tokens", "cross-attention"])
@BOTH
def test_gradients_of_two_processes_are_those_of_one(runs, sharding, fused):
    """One of the two has text alone, and then nothing."""
    loss, expected = two_ranks.gradients(ALONE, str(runs / "recipe.json"), fused, "none")
    found = load_file(runs / f"{sharding}-{fused}.safetensors")
    assert float(found.pop("loss")) == pytest.approx(loss, abs=1e-5)
    assert all(gradient.abs().max() > 0 for gradient in expected.values())
    assert apart(found, expected) < 1e-5 * float(expected["norm"])


@pytest.mark.parametrize("fused", [False, True], ids=["tokens", "cross-attention"])
def test_a_blank_page_changes_no_loss(runs, fused):
    model, processor = two_ranks.model_for(str(runs / "recipe.json"), fused)
    text = two_ranks.packs(processor)[-1]
    stage, blank = load_recipe(str(runs / "recipe.json")).stages[0], blank_pack(processor, 16)
    module = PackLoss(model, processor, stage, blank, ALONE.device)
    assert module(text).item() == pytest.approx(answer_loss_sum(model, processor, text).item(), rel=1e-6)


@BOTH
def test_two_processes_train_what_one_does(runs, sharding):
    assert apart(weights(runs / "one"), weights(runs / sharding)) < 1e-5
    assert len(log(runs / "one")) == len(log(runs / sharding)) == 6
    for one, two in zip(log(runs / "one"), log(runs / sharding), strict=True):
        assert two["loss"] == pytest.approx(one["loss"], abs=1e-5)
        assert two["gradient_norm"] == pytest.approx(one["gradient_norm"], rel=1e-5)
        assert all(two[key] == one[key] for key in ("tokens", "tiles", "dropped", "learning_rate"))


@BOTH
def test_in_bfloat16_two_processes_train_what_one_does_in_float32_but_for_rounding(runs, sharding):
    """By autocast where each holds the whole model, by what FSDP2 gathers where it holds a share."""
    rounded = runs / f"bfloat16-{sharding}"
    losses = [[line["loss"] for line in log(run)] for run in (rounded, runs / "one")]
    assert losses[0] == pytest.approx(losses[1], rel=0.01)
    assert all(one != other for one, other in zip(*losses, strict=True))
    assert {tensor.dtype for tensor in weights(rounded).values()} == {torch.float32}
    assert 0 < apart(weights(rounded), weights(runs / "one")) < 0.01


@pytest.fixture(scope="module")
def stages_by_one(staged, tmp_path_factory):
    out = tmp_path_factory.mktemp("stages") / "run"
    train(staged, out)
    return out


@BOTH
def test_stages_held_out_rows_and_muon_are_those_of_one(runs, stages_by_one, sharding):
    """Muon takes whole matrices, of which FSDP2 leaves each process a share."""
    two = runs / f"stages-{sharding}"
    assert apart(weights(stages_by_one), weights(two)) < 1e-5
    held_out = [[line.get("validation_loss") for line in log(run)] for run in (stages_by_one, two)]
    assert held_out[1][:2] == pytest.approx(held_out[0][:2], abs=1e-5)
    assert held_out[1][2:] == [None, None]


def test_one_goes_on_from_two_and_two_from_one(runs, recipe, tmp_path):
    begun(runs / "full", tmp_path / "two-to-one")
    train(recipe, tmp_path / "two-to-one", resume=True)
    assert apart(weights(tmp_path / "two-to-one"), weights(runs / "one")) < 1e-5
    assert apart(weights(runs / "one-to-two"), weights(runs / "one")) < 1e-5
    assert [line["step"] for line in log(runs / "one-to-two")] == [1, 2, 3, 4, 5, 6]


def test_killed_within_a_checkpoint_it_goes_on_from_the_last_whole_one(runs):
    killed = runs / "killed"
    assert [path.name for path in checkpoints(killed / "checkpoints")] == ["000-000002"]
    assert (killed / "checkpoints" / f".{MIDDLE}.part").is_dir()
    command = ["-m", "octavo", "train", str(runs / "recipe.json"), "--out", str(killed), "--resume"]
    ended = subprocess.run([*TORCHRUN, *command], capture_output=True, text=True, timeout=120, check=True)
    assert ended.stdout.count("model:") == 1
    assert apart(weights(killed), weights(runs / "none")) == 0
    assert not list((killed / "checkpoints").glob(".*"))


def test_a_full_disk_is_told_by_all_and_the_last_checkpoint_stays(runs):
    told = [(runs / "full-disk" / f"told-{rank}").read_text() for rank in (0, 1)]
    assert told[0] == told[1]
    assert "000-000006 could not be saved (File too large); free some room and go on from 000-000004" in told[0]
    assert "\n" not in told[0]
    assert [path.name for path in (runs / "full-disk" / "checkpoints").iterdir()] == [MIDDLE]


def test_a_checkpoint_of_another_shape_is_refused(runs, recipe, tmp_path, monkeypatch):
    begun(runs / "none", tmp_path / "run")
    wider = recipe.shape.text.model_copy(update={"intermediate_size": 48})
    other = recipe.model_copy(update={"shape": recipe.shape.model_copy(update={"text": wider})})
    monkeypatch.setattr(
        "octavo.training.trainer.recipe_hash",
        lambda *_: json.loads((tmp_path / "run" / "checkpoints" / MIDDLE / "state.json").read_text())["recipe"],
    )
    with pytest.raises(OctavoError, match=r"of another model: .*proj.weight is \[.*\] there and \[.*\] here") as caught:
        train(other, tmp_path / "run", resume=True)
    assert "\n" not in str(caught.value)


def test_a_shard_that_is_gone_is_missed(runs, recipe, tmp_path):
    begun(runs / "full", tmp_path / "run")
    next((tmp_path / "run" / "checkpoints" / MIDDLE).glob("shard-00001*")).unlink()
    with pytest.raises(OctavoError, match=r"damaged .*is missing"):
        train(recipe, tmp_path / "run", resume=True)

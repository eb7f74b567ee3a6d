"""What a stage trains: the rest stays to the bit, and the run ends with a plain model."""

import json

import peft
import pytest
import torch
from safetensors.torch import load_file

from octavo.errors import OctavoError
from octavo.models import load_model
from octavo.models.adapters import load_adapters, merge_adapters
from octavo.processing.conversation import conversation
from octavo.training import load_recipe, train
from octavo.training.checkpoint import checkpoints
from octavo.training.distributed import ALONE, Shared
from octavo.training.packing import Pack
from octavo.training.trained import open_stage
from octavo.training.trainer import Trainer

DORA = "{kind: dora, rank: 4, alpha: 8, dropout: 0.1}"
ENCODER, CONNECTOR = "model.vision_model.", "model.connector."


@pytest.fixture
def recipe(tiny_recipe, tiny_run, tmp_path):
    """The tiny recipe, begun from a trained model, with overrides."""

    def make(*overrides):
        path = tmp_path / "tiny.json"
        path.write_text(tiny_recipe.model_dump_json())
        return load_recipe(str(path), ("shape=null", f"base={tiny_run}", *overrides))

    return make


def weights(folder):
    return load_file(folder / "model.safetensors")


def moved(out, base):
    now, then = weights(out / "model"), weights(base / "model")
    assert now.keys() == then.keys()
    return {name for name in then if not torch.equal(now[name], then[name])}


def test_what_is_frozen_stays_and_has_no_optimiser_state(recipe, tiny_run, tmp_path):
    train(recipe("stages.0.freeze=[model.vision_model, '*.self_attn']"), tmp_path / "run")
    names = moved(tmp_path / "run", tiny_run)
    assert names
    assert not any(name.startswith(ENCODER) or ".self_attn." in name for name in names)
    state = load_file(
        checkpoints(tmp_path / "run" / "checkpoints")[-1] / "shard-00001-model-00001-of-00001.safetensors"
    )
    assert {key.split("|")[0] for key in state if "|" in key} == names


def test_a_frozen_encoder_keeps_no_graph(recipe, tmp_path, monkeypatch):
    seen = []
    real = Trainer.train_step

    def train_step(self, *rest):
        self.model.model.vision_model.register_forward_hook(lambda *call: seen.append(call[-1].requires_grad))
        return real(self, *rest)

    monkeypatch.setattr(Trainer, "train_step", train_step)
    train(recipe("stages.0.freeze=[model.vision_model]", "stages.0.steps=1"), tmp_path / "run")
    assert seen == [False]


def test_adapters_are_merged_and_written_beside_the_model(recipe, tiny_run, tmp_path):
    model = train(recipe(f"stages.0.adapter={DORA}"), tmp_path / "run")
    names = moved(tmp_path / "run", tiny_run)
    assert any(name.startswith(ENCODER) for name in names)
    assert {name for name in names if name.startswith(CONNECTOR)}
    assert all("_proj" in name or ".fc" in name for name in names)
    base = load_model(tiny_run)
    theirs = peft.PeftConfig.from_pretrained(str(tmp_path / "run" / "adapter"))
    assert (theirs.r, theirs.lora_alpha, theirs.lora_dropout, theirs.use_dora) == (4, 8, 0.1, True)
    load_adapters(base, tmp_path / "run" / "adapter")
    merge_adapters(base)
    for name, parameter in load_model(model).named_parameters():
        torch.testing.assert_close(base.get_parameter(name), parameter)


@pytest.mark.parametrize("cut", [1, 3, 4, 5])
def test_stages_of_every_kind_resume_to_the_bit(recipe, train_cut, tmp_path, cut):
    """New rows and a connector; adapters with dropout and noise; then all of it, recomputed, for a part of an epoch."""
    stage = recipe("stages.0.steps=2", "stages.0.checkpoint_every=1", "stages.0.neftune_alpha=5")
    path = tmp_path / "stages.json"
    values = json.loads(stage.model_dump_json())
    first = values["stages"][0]
    values["stages"] = [
        first | {"name": "new", "freeze": ["model.vision_model", "model.text_model"], "split_vocabulary": 3},
        first
        | {"name": "adapted", "adapter": {"kind": "dora", "rank": 2, "alpha": 4, "dropout": 0.2}, "optimizer": "muon"},
        first
        | {"name": "all", "checkpoint_activations": "all", "learning_rates": {"model.vision_model": 0.1}}
        | {"steps": None, "epochs": 0.5},
    ]
    path.write_text(json.dumps(values))
    staged = load_recipe(str(path))
    train(staged, tmp_path / "whole")
    train_cut(staged, tmp_path / "cut", cut)
    expected, found = weights(tmp_path / "whole" / "model"), weights(tmp_path / "cut" / "model")
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    assert not (tmp_path / "whole" / "adapter").exists()  # they would stand on a model that is nowhere


def test_rates_are_those_of_the_modules(recipe, tiny_run, tmp_path):
    """A factor so small that float32 does not see it leaves a module where it was."""
    train(recipe("stages.0.learning_rates={model: 1.0e-30, model.connector: 1.0}"), tmp_path / "run")
    names = moved(tmp_path / "run", tiny_run)
    assert all(name.startswith((CONNECTOR, "lm_head")) for name in names)
    assert any(name.startswith(CONNECTOR) for name in names)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("stages.0.freeze=['*']", "trains nothing"),
        ("stages.0.freeze=[vision_modle]", r"the nearest is '\S*vision_model'"),
        ("stages.0.learning_rates={model.conector: 2}", "the nearest is 'model.connector'"),
        (
            "stages.0.adapter={kind: lora, rank: 2, alpha: 4, targets: [model.txt_model]}",
            "nearest is 'model.text_model'",
        ),
        ("stages.0.split_vocabulary=100000", "a vocabulary of 512"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_the_first_step(recipe, tmp_path, override, message):
    with pytest.raises(OctavoError, match=message) as caught:
        train(recipe(override), tmp_path / "run")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_text_alone_trains_nothing_of_a_connector(recipe, tmp_path, tiny_model):
    """A pack without a picture gives no gradient there, and no error."""
    staged = recipe("stages.0.freeze=[model.vision_model, model.text_model]")
    model, processor = load_model(staged.base), tiny_model[1]
    open_stage(model, staged.stages[0], seed=0)
    pack = Pack.of([processor.encode(conversation([("What?", "1")], 0), [])])
    assert Shared(model, processor, ALONE, staged.stages[0]).forward_backward([pack], calls=1).loss > 0
    assert all(parameter.grad is None for parameter in model.parameters())


def test_the_shipped_fine_tuning_runs_on_a_base_folder(tiny_run, tiny_recipe, tmp_path):
    changes = ("stages.0.epochs=0.2", "stages.0.adapter.rank=4", "stages.0.warmup_steps=1", "stages.0.pack_tokens=1024")
    recipe = load_recipe("finetune-smolvlm-256m", (f"base={tiny_run}", f"data={tiny_recipe.data}", *changes))
    assert recipe.stages[0].adapter.kind == "dora"
    model = train(recipe, tmp_path / "run")
    assert load_model(model).config == load_model(tiny_run).config
    lines = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert lines[-1]["validation_loss"] > 0
    assert (tmp_path / "run" / "adapter" / "adapter_config.json").is_file()

"""What trains and what does not: frozen modules, low-rank adapters, rows of a vocabulary that grew."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
import torch.nn.functional as F
from transformers import AutoModelForImageTextToText

from octavo.errors import OctavoError
from octavo.models import Idefics3, Idefics3Config, load_model, save_model
from octavo.models.adapters import AdapterSettings, add_adapters, freeze, load_adapters, merge_adapters, save_adapters
from octavo.models.config.composition import cross_for
from octavo.models.vocabulary import split_vocabulary

SETTINGS = AdapterSettings(rank=4, dropout=0.0)
IDS = torch.cat([torch.arange(10, 14), torch.full((4,), 9), torch.tensor([62, 20, 63, 61])])


def logits(model: Idefics3) -> torch.Tensor:
    pixels = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    result: torch.Tensor = model(IDS, [len(IDS)], features_ID=model.encode_tiles(pixels)[0])
    return result


def loss(model: Idefics3) -> torch.Tensor:
    return F.cross_entropy(logits(model)[:-1], IDS[1:])


def trained(model: Idefics3, steps: int = 3) -> Idefics3:
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=0.01, weight_decay=0.1)
    for _ in range(steps):
        optimizer.zero_grad()
        loss(model).backward()
        optimizer.step()
    return model


def saved_bytes(model: Idefics3) -> int:
    """What the graph of an encoded tile keeps, parameters not counted."""
    held: dict[int, int] = {}
    parameters = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        place = tensor.untyped_storage().data_ptr()
        if place not in parameters:
            held[place] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        features = model.encode_tiles(torch.randn(2, 3, 32, 32))
    assert features.requires_grad
    return sum(held.values())


def test_a_frozen_encoder_has_no_gradients_and_keeps_no_activations(model: Idefics3) -> None:
    before = saved_bytes(model)
    freeze(model, ["model.vision_model"])
    shuffled = 2 * 4 * (24 * 4) * 4  # the connector's input: 2 tiles, 4 squares, 96 numbers of 4 bytes
    assert saved_bytes(model) == shuffled < before / 20
    loss(model).backward()
    assert all(parameter.grad is None for parameter in model.model.vision_model.parameters())
    assert all(parameter.grad is not None for parameter in model.model.text_model.parameters())


def test_freezing_takes_patterns(model: Idefics3) -> None:
    freeze(model, ["model.text_model.layers.*.mlp", "lm_head"])
    frozen = {name for name, parameter in model.named_parameters() if not parameter.requires_grad}
    assert frozen == {name for name, _ in model.named_parameters() if ".mlp." in name and "text" in name} | {
        "lm_head.weight"
    }


def test_an_unknown_module_is_named_with_the_nearest(model: Idefics3) -> None:
    with pytest.raises(OctavoError, match=r"no module 'vision_modle'; the nearest is '\S*vision_model'"):
        freeze(model, ["vision_modle"])
    assert all(parameter.requires_grad for parameter in model.parameters())


@pytest.mark.parametrize("dora", [False, True], ids=["lora", "dora"])
def test_fresh_adapters_change_nothing_and_leave_the_base_alone(model: Idefics3, dora: bool) -> None:
    before, weights = logits(model), {name: p.detach().clone() for name, p in model.named_parameters()}
    add_adapters(model, replace(SETTINGS, dora=dora), seed=0)
    torch.testing.assert_close(logits(model), before, rtol=1e-5, atol=1e-5)
    trained(model)
    assert not torch.allclose(logits(model), before, rtol=1e-3, atol=1e-3)
    for name, parameter in model.named_parameters():
        own = name.replace(".base_layer", "")
        if own in weights:
            assert torch.equal(parameter, weights[own]) == (not own.startswith("model.connector")), name
    names = {name for name, p in model.named_parameters() if p.requires_grad}
    assert any("vision_model" in name for name in names)
    assert any("lora_magnitude_vector" in name for name in names) == dora


def test_a_seed_gives_one_set_of_adapters(config: Idefics3Config) -> None:
    states = []
    for seed in (0, 0, 1):
        model = Idefics3(config)
        model.init_weights(torch.Generator().manual_seed(0))
        torch.manual_seed(len(states))  # the caller's random state has no part in it
        add_adapters(model, SETTINGS, seed)
        states.append(torch.cat([p.flatten() for n, p in model.named_parameters() if "lora_A" in n]))
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])


@pytest.fixture
def base(model: Idefics3, tmp_path: Path) -> Path:
    save_model(model, tmp_path / "base")
    return tmp_path / "base"


@pytest.mark.parametrize("dora", [False, True], ids=["lora", "dora"])
@pytest.mark.parametrize("tied", [False, True], ids=["own head", "tied head"])
@torch.no_grad()
def test_files_are_peft_s_and_hold_all_that_was_trained(
    config: Idefics3Config, tmp_path: Path, dora: bool, tied: bool
) -> None:
    model = Idefics3(replace(config, text=replace(config.text, tie_word_embeddings=tied)))
    model.init_weights(torch.Generator().manual_seed(0))
    save_model(model.eval(), tmp_path / "base")
    split_vocabulary(model, 3)
    add_adapters(model, replace(SETTINGS, dora=dora, trained=("model.connector", "model.text_model.norm")), seed=0)
    with torch.enable_grad():
        trained(model)
    save_adapters(model, tmp_path / "adapter")
    assert {path.name for path in (tmp_path / "adapter").iterdir()} == {
        "adapter_config.json",
        "adapter_model.safetensors",
    }
    expected = logits(model)

    again = load_model(tmp_path / "base")
    load_adapters(again, tmp_path / "adapter")
    assert torch.equal(logits(again), expected)
    assert {n for n, p in again.named_parameters() if p.requires_grad} == {
        n for n, p in model.named_parameters() if p.requires_grad
    }

    theirs = AutoModelForImageTextToText.from_pretrained(tmp_path / "base")
    opened = peft.PeftModel.from_pretrained(theirs, tmp_path / "adapter")
    pixels = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    their_logits = opened(input_ids=IDS[None], pixel_values=pixels[None]).logits[0]
    assert (their_logits - expected).abs().max() < 1e-5 * expected.abs().max()


@pytest.mark.parametrize("dora", [False, True], ids=["lora", "dora"])
def test_merging_keeps_what_the_model_says(base: Path, dora: bool, tmp_path: Path) -> None:
    model = load_model(base)
    split_vocabulary(model, 3)
    add_adapters(model, replace(SETTINGS, dora=dora), seed=0)
    expected = logits(trained(model))
    merge_adapters(model)
    torch.testing.assert_close(logits(model), expected, rtol=1e-5, atol=1e-5)
    save_model(model, tmp_path / "merged")
    merged = load_model(tmp_path / "merged")
    torch.testing.assert_close(logits(merged), expected, rtol=1e-5, atol=1e-5)
    assert merged.config == model.config
    before = load_model(base)  # the parts trained wholly came along
    for name in ("model.connector.modality_projection.proj.weight", "lm_head.weight"):
        assert not torch.equal(merged.get_parameter(name), before.get_parameter(name))


def test_adapters_of_another_model_are_refused(base: Path, config: Idefics3Config, tmp_path: Path) -> None:
    model = load_model(base)
    add_adapters(model, SETTINGS, seed=0)
    save_adapters(model, tmp_path / "adapter")
    other = Idefics3(replace(config, text=replace(config.text, num_hidden_layers=1)))
    with pytest.raises(OctavoError, match="not for this model"):
        load_adapters(other, tmp_path / "adapter")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda folder: (folder / "adapter_config.json").unlink(), r"no adapter_config\.json"),
        (lambda folder: (folder / "adapter_model.safetensors").write_bytes(b"x"), "can be read"),
        (lambda folder: edit(folder, peft_type="IA3"), "IA3"),
        (lambda folder: edit(folder, modules_to_save=["model.conector"]), r"the nearest is 'model\.connector'"),
    ],
)
def test_files_that_are_no_adapters_are_named(base: Path, tmp_path: Path, change: Any, message: str) -> None:
    model = load_model(base)
    add_adapters(model, SETTINGS, seed=0)
    save_adapters(model, tmp_path / "adapter")
    change(tmp_path / "adapter")
    with pytest.raises(OctavoError, match=message):
        load_adapters(load_model(base), tmp_path / "adapter")


def edit(folder: Path, **values: object) -> None:
    path = folder / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_targets_without_a_linear_layer_and_models_without_adapters_are_named(model: Idefics3, tmp_path: Path) -> None:
    with pytest.raises(OctavoError, match="no linear layer"):
        add_adapters(model, replace(SETTINGS, targets=("model.text_model.norm",)), seed=0)
    with pytest.raises(OctavoError, match="no adapters"):
        save_adapters(model, tmp_path)


def test_gated_layers_train_wholly_beside_the_adapters(config: Idefics3Config) -> None:
    text = config.text
    model = Idefics3(replace(config, model_type="octavo", cross=cross_for(text), cross_layer_interval=2))
    model.init_weights(torch.Generator().manual_seed(0))
    add_adapters(model, SETTINGS, seed=0)
    trains = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    fresh = {name for name, _ in model.named_parameters() if name.startswith(("model.fusion", "model.connector"))}
    assert fresh <= trains
    assert all("lora" in name for name in trains if name.startswith(("model.text_model", "model.vision_model")))

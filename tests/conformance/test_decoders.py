"""The Llama family against transformers: each kind by itself, and inside an Idefics3."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForCausalLM, Idefics3Config, Idefics3ForConditionalGeneration

from octavo.models import KVCache, TextConfig, load_model, save_model
from octavo.models.backbones import load_decoder
from octavo.models.text import CausalLM

BAR = 1e-5  # relative to the largest value of the tensor
VOCABULARY, IMAGE = 64, 9
TINY = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 56,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
ROPE = {"rope_type": "default", "rope_theta": 300.0}
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 10000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
KINDS: dict[str, dict[str, Any]] = {
    "llama": {"model_type": "llama", "rope_parameters": LLAMA3},
    "llama, tied": {"model_type": "llama", "rope_parameters": ROPE, "tie_word_embeddings": True},
    "mistral": {"model_type": "mistral", "rope_parameters": ROPE, "sliding_window": 5, "head_dim": 16},
    "mistral, no window": {"model_type": "mistral", "rope_parameters": ROPE, "sliding_window": None},
    "qwen2": {"model_type": "qwen2", "rope_parameters": ROPE, "tie_word_embeddings": True},
    "qwen2, window": {
        "model_type": "qwen2",
        "rope_parameters": ROPE,
        "use_sliding_window": True,
        "sliding_window": 4,
        "max_window_layers": 1,
    },
    "smollm3": {"model_type": "smollm3", "rope_parameters": ROPE, "no_rope_layer_interval": 2},
    "smollm3, layers named": {"model_type": "smollm3", "rope_parameters": ROPE, "no_rope_layers": [0, 1, 0]},
    "qwen3": {"model_type": "qwen3", "rope_parameters": ROPE, "head_dim": 16},
}
LENGTHS = [23, 4, 12]


def random_weights(model: nn.Module) -> nn.Module:
    """Large enough that attention is far from uniform: a wrong mask or scale must not vanish in the tolerance."""
    torch.manual_seed(0)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(std=1.5 / parameter.shape[-1] ** 0.5 if parameter.ndim > 1 else 0.3)
            if parameter.ndim == 1 and "norm" in name and name.endswith("weight"):
                parameter.add_(1)
    return model.eval()


@dataclass(frozen=True)
class Case:
    """A random decoder of transformers, the folder it saved, and ours loaded from there."""

    theirs: nn.Module
    ours: CausalLM
    folder: Path


@pytest.fixture(scope="module", params=KINDS, ids=lambda name: name.replace(", ", "-").replace(" ", "-"))
def values(request: pytest.FixtureRequest) -> dict[str, Any]:
    return TINY | KINDS[request.param]


@pytest.fixture(scope="module")
def case(values: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("decoder")
    theirs = random_weights(AutoModelForCausalLM.from_config(AutoConfig.for_model(**values)))
    theirs.save_pretrained(folder)
    return Case(theirs, load_decoder(folder).model, folder)


def difference(ours: Tensor, theirs: Tensor) -> float:
    return ((ours - theirs).abs().max() / theirs.abs().max()).item()


def text(*lengths: int) -> Tensor:
    return torch.randint(10, VOCABULARY, (sum(lengths),), generator=torch.Generator().manual_seed(1))


def test_packed_logits_loss_and_gradients_are_theirs(case: Case) -> None:
    ids, theirs = text(*LENGTHS), []
    case.theirs.zero_grad()
    case.ours.zero_grad()
    loss_theirs = torch.zeros(())
    for part in ids.split(LENGTHS):
        out = case.theirs(part[None], labels=part[None])
        theirs.append(out.logits[0])
        loss_theirs = loss_theirs + out.loss
    logits_TV = case.ours(ids, LENGTHS)
    assert difference(logits_TV, torch.cat(theirs)) < BAR
    parts = zip(logits_TV.split(LENGTHS), ids.split(LENGTHS), strict=True)
    loss = torch.stack([F.cross_entropy(logits[:-1], part[1:]) for logits, part in parts]).sum()
    assert loss.item() == pytest.approx(loss_theirs.item(), rel=BAR)
    loss.backward()
    loss_theirs.backward()
    gradients = {name: parameter.grad for name, parameter in case.ours.named_parameters()}
    expected = {name: parameter.grad for name, parameter in case.theirs.named_parameters()}
    assert set(gradients) == set(expected)
    for name, gradient in gradients.items():
        assert difference(gradient, expected[name]) < BAR, name


@torch.no_grad()
@pytest.mark.parametrize("chunks", [[20], [1] * 20, [3, 9, 1, 7]])
def test_cached_decoding_is_theirs_on_the_whole(case: Case, chunks: list[int]) -> None:
    ids, cache = text(20), KVCache(case.ours.config, capacity=20)
    parts = [case.ours(part, [len(part)], cache=cache) for part in ids.split(chunks)]
    assert difference(torch.cat(parts), case.theirs(ids[None]).logits[0]) < BAR


@torch.no_grad()
def test_inside_an_idefics3_it_is_theirs(values: dict[str, Any], tmp_path: Path) -> None:
    tied = bool(values.get("tie_word_embeddings"))
    vision = {"hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 1, "num_attention_heads": 3}
    config = Idefics3Config(
        vision_config=vision | {"image_size": 16, "patch_size": 4},
        text_config=dict(values),
        image_token_id=IMAGE,
        tie_word_embeddings=tied,
    )
    theirs = random_weights(Idefics3ForConditionalGeneration(config))
    theirs.save_pretrained(tmp_path / "theirs")
    ours = load_model(tmp_path / "theirs")
    pixels = torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    ids = torch.cat([text(3), torch.full((4,), IMAGE), text(9)])
    features_ID = ours.encode_tiles(pixels).flatten(0, 1)
    expected = theirs(input_ids=ids[None], pixel_values=pixels[None]).logits[0]
    assert difference(ours(ids, [len(ids)], features_ID=features_ID), expected) < BAR

    save_model(ours, tmp_path / "ours")
    again, report = Idefics3ForConditionalGeneration.from_pretrained(tmp_path / "ours", output_loading_info=True)
    assert not any(report.values()), report
    assert torch.equal(again(input_ids=ids[None], pixel_values=pixels[None]).logits[0], expected)
    assert load_model(tmp_path / "ours").config == ours.config


@pytest.mark.parametrize("kind", ["llama", "mistral", "qwen2", "qwen3", "smollm3"])
def test_what_a_config_leaves_out_is_what_theirs_fills_in(kind: str) -> None:
    theirs = AutoConfig.for_model(kind).to_dict()
    config = TextConfig.from_dict({"model_type": kind}, tied=False)
    assert TextConfig.from_dict(theirs, tied=False) == config
    assert TextConfig.from_dict(config.to_dict(), tied=False) == config


@torch.no_grad()
def test_bfloat16_rounds_where_theirs_does(case: Case) -> None:
    length = case.ours.config.sliding_window or 17  # beyond a window the kernels add in another order
    ids = text(length)
    theirs = AutoModelForCausalLM.from_pretrained(case.folder, dtype=torch.bfloat16)(ids[None]).logits[0]
    ours = load_decoder(case.folder, torch.bfloat16).model(ids, [length])
    # One rounding elsewhere (a norm's weight applied in float32, say) shows as 4e-3 or more.
    assert difference(ours.float(), theirs.float()) < 1e-3

"""Operations by formula, against what torch counts and what a mask lets see."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from octavo.models import Branched, Idefics3, Idefics3Config, TextConfig, flops
from octavo.models.config import PerceiverConfig
from octavo.models.config.composition import cross_for
from octavo.models.flops import Backward, Looking
from octavo.models.fusion import visible
from octavo.models.rate import known_rate
from octavo.models.segments import branch_mask

TILES = 3
PERCEIVER = PerceiverConfig(
    hidden_size=48, resampler_n_latents=5, resampler_depth=2, resampler_n_heads=4, resampler_head_dim=8,
    num_key_value_heads=2,
)  # fmt: skip


def composed(config: Idefics3Config, connector: str, **changes: Any) -> Idefics3Config:
    perceiver = PERCEIVER if connector == "perceiver" else None
    scale = 1 if perceiver else 2
    changes = {"model_type": "octavo", "perceiver": perceiver, "scale_factor": scale} | changes
    return replace(config, connector=connector, **changes)


def counted(forward: Callable[[], object]) -> int:
    """Operations as torch counts them; of attention's kernels for the CPU it knows one, the plain products."""
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        forward()
    return counter.get_total_flops()


@pytest.mark.parametrize("connector", ["mlp", "perceiver"])
def test_connectors_are_what_torch_counts(config: Idefics3Config, connector: str) -> None:
    config = composed(config, connector)
    model = Idefics3(config)
    patches = torch.randn(TILES, config.vision.patches_per_side**2, config.vision.hidden_size)
    assert counted(lambda: model.model.connector(patches)) == flops.connector_flops(config, TILES)


def test_gated_layers_are_what_torch_counts(config: Idefics3Config) -> None:
    text = replace(config.text, num_hidden_layers=3)
    config = composed(config, "mlp", text=text, cross=cross_for(text), cross_layer_interval=2)
    model = Idefics3(config)
    ids = torch.tensor([1, 9, 3, 9, 4, 5, 2, 2, 9, 7])  # a segment with two tiles, one with none, one with one
    segments = (6, 2, 2)
    features = torch.randn(TILES * config.tokens_per_tile, 48)
    with_gates = counted(lambda: model(ids, segments, features_ID=features, logits_at=torch.tensor([0])))
    model.model.fusion = None
    places = (ids == 9).nonzero().squeeze(1)
    seen = visible(places, segments, held=0)
    looking = Looking(int(seen.any(1).sum()), int(seen.sum()))
    alone = counted(lambda: model(ids, segments, features_ID=features[:TILES], logits_at=torch.tensor([0])))
    assert with_gates - alone == flops.gated_flops(config, config.cross, len(ids), TILES, looking)


@pytest.mark.parametrize("window", [None, 5])
def test_attention_is_counted_where_it_is_looked_at(window: int | None) -> None:
    layers = (1,) if window else ()
    text = TextConfig(
        vocab_size=8, hidden_size=8, intermediate_size=8, num_hidden_layers=2, num_attention_heads=1,
        model_type="qwen2", sliding_window=window, sliding_layers=layers,
    )  # fmt: skip
    segment = Branched(7, (3, 6))
    alone = flops.decoder_flops(text, [1]) - 2 * 2 * 8  # a token without attention
    attention = flops.decoder_flops(text, [segment]) - 16 * alone
    pairs = 0
    for layer in range(2):
        seen = branch_mask(segment, text.window(layer), torch.device("cpu"))
        prefix = branch_mask(Branched(0, (7,)), text.window(layer), torch.device("cpu"))
        pairs += int(seen.sum()) + int(prefix.sum())
    # The formula takes n²/2 of n tokens, a mask has n (n + 1) / 2: half a pair a token more, less at a window's edge.
    assert attention / (2 * 2 * 8) == pytest.approx(pairs - 2 * 16 / 2, abs=0 if window is None else 8)


def test_what_is_frozen_costs_less(config: Idefics3Config) -> None:
    forward = flops.encoder_flops(config.vision, TILES)
    assert flops.encoder_flops(config.vision, TILES, Backward(1, 1.0)) == flops.TRAINING * forward
    model = Idefics3(config)
    pixels = torch.randn(TILES, 3, 32, 32)
    model.model.vision_model.requires_grad_(False)
    features = model.model.vision_model(pixels)
    connector = counted(lambda: model.model.connector(features).sum().backward())
    assert connector == flops.connector_flops(config, TILES, Backward(0, 1.0))
    text = model.model.text_model.requires_grad_(False)
    embedded = torch.randn(10, 48, requires_grad=True)
    decoder = counted(lambda: text(embedded, (10,)).sum().backward())
    # Inputs' gradients alone; torch counts the half of attention's square that causality leaves out.
    half = config.text.num_hidden_layers * 2 * 10**2 * 48
    assert decoder == flops.decoder_flops(config.text, [10], Backward(1, 0.0)) + 3 * half


def test_gpus_are_known_by_their_drivers_names() -> None:
    assert known_rate("NVIDIA H100 80GB HBM3") == known_rate("NVIDIA H200") == 989e12
    assert known_rate("NVIDIA H100 PCIe") == 756e12
    assert known_rate("NVIDIA A100-SXM4-80GB") == 312e12
    assert known_rate("NVIDIA L40S") == 362e12
    assert known_rate("NVIDIA GeForce RTX 4090") == 165.2e12
    assert known_rate("NVIDIA H200 MIG 1g.18gb") is None
    assert known_rate("NVIDIA GeForce RTX 4090 D") == 165.2e12
    assert known_rate("Tesla T4") is None

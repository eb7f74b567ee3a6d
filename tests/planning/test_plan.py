"""What a plan says, against what happens."""

import json
import os
import subprocess
import sys

import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode
from typer.testing import CliRunner

from octavo.cli import app
from octavo.errors import OctavoError
from octavo.models import Idefics3, Idefics3Config, TextConfig, VisionConfig, flops
from octavo.planning import plan_model, plan_recipe
from octavo.planning.memory import cache_bytes, parameters_by_part, saved_bytes
from octavo.training import load_recipe
from octavo.training.recipe import shipped_recipes
from octavo.training.start import shape_config

SMALL = Idefics3Config(
    vision=VisionConfig(
        hidden_size=48, intermediate_size=80, num_hidden_layers=3, num_attention_heads=4, image_size=64, patch_size=8
    ),
    text=TextConfig(
        vocab_size=512,
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        tie_word_embeddings=False,
    ),
    scale_factor=2,
    image_token_id=9,
)
TILES, TOKENS = 5, 96


def test_parameters_are_those_of_the_model():
    count = parameters_by_part(SMALL)
    assert sum(count.values()) == sum(parameter.numel() for parameter in Idefics3(SMALL).parameters())
    assert count["head"] == count["embeddings"] == 512 * 64


def test_flops_are_those_that_torch_counts():
    with torch.device("meta"):
        model = Idefics3(SMALL)
        pixels = torch.empty(TILES, 3, 64, 64)
        embedded = torch.empty(TOKENS, 64)
    vision = counted(lambda: model.model.vision_model(pixels))
    assert vision == flops.encoder_flops(SMALL.vision, TILES)
    patches = torch.empty(TILES, 64, 48, device="meta")
    assert counted(lambda: model.model.connector(patches)) == flops.connector_flops(SMALL, TILES)
    # The counter takes attention's whole square, of which causality leaves half.
    half = SMALL.text.num_hidden_layers * 2 * TOKENS**2 * SMALL.text.hidden_size
    decoder = counted(lambda: model.model.text_model(embedded, (TOKENS,)))
    assert decoder == flops.decoder_flops(SMALL.text, [TOKENS]) + half


def counted(forward) -> int:
    counter = FlopCounterMode(display=False)
    with counter:
        forward()
    return counter.get_total_flops()


def test_training_takes_three_times_the_flops_of_forward():
    with torch.device("meta"):
        model = Idefics3(SMALL)
        # Gradients for the pixels as well: a first layer takes none for its inputs, and the formula leaves that out.
        pixels = torch.empty(TILES, 3, 64, 64, requires_grad=True)
    both = counted(lambda: model.encode_tiles(pixels).sum().backward())
    forward = flops.encoder_flops(SMALL.vision, TILES) + flops.connector_flops(SMALL, TILES)
    assert both == pytest.approx(flops.TRAINING * forward, rel=0.1)  # attention's backward computes its scores again


def test_saved_bytes_are_those_of_a_real_pass():
    model = Idefics3(SMALL)
    planned = saved_bytes(SMALL, TILES, TOKENS, torch.float32)
    weights = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    pixels, embedded = torch.randn(TILES, 3, 64, 64), torch.randn(TOKENS, 64, requires_grad=True)
    for part, forward in (
        ("vision and connector", lambda: model.encode_tiles(pixels)),
        ("decoder", lambda: model.model.text_model(embedded, (TOKENS,))),
    ):
        kept: dict[int, Tensor] = {}

        def keep(tensor: Tensor, kept: dict[int, Tensor] = kept) -> Tensor:
            kept[tensor.untyped_storage().data_ptr()] = tensor
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            forward()
        real = sum(tensor.untyped_storage().nbytes() for at, tensor in kept.items() if at not in weights)
        assert planned[part] == real


TRAIN = """
import re, sys, torch
from pathlib import Path
from octavo.training.start import shape_config
from octavo.training import load_recipe
from octavo.models import Idefics3
def peak():
    # Not ru_maxrss, which a process inherits from the one that started it.
    return int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) << 10
tiles, tokens, texts = map(int, sys.argv[1:])
config = shape_config(load_recipe("nano").shape)
warm = Idefics3(config)
warm.encode_tiles(torch.zeros(1, 3, 128, 128)).sum().backward()
before = peak()
model = Idefics3(config)
optimizer = torch.optim.AdamW(model.parameters())
for _ in range(2):
    features = model.encode_tiles(torch.rand(tiles, 3, 128, 128)).flatten(0, 1)
    ids = torch.full((tokens,), 5)
    ids[: len(features)] = config.image_token_id
    at = torch.arange(tokens - texts, tokens)
    logits = model(ids, (tokens,), features_ID=features, logits_at=at)
    torch.nn.functional.cross_entropy(logits, ids[at]).backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
print(peak() - before)
"""


def test_a_pack_needs_the_memory_that_was_planned():
    recipe = load_recipe("nano")
    planned = plan_recipe(recipe, torch.float32)
    stage = planned.stages[0]
    tiles = stage.pages_per_pack * planned.page.tiles
    tokens = stage.tokens // stage.packs
    texts = stage.pages_per_pack * planned.page.text_tokens
    arguments = [sys.executable, "-c", TRAIN, str(tiles), str(tokens), str(texts)]
    # Large blocks go back at once, or what glibc keeps of them, a sixth at this size, is measured as well.
    thrifty = os.environ | {"MALLOC_MMAP_THRESHOLD_": "262144", "MALLOC_TRIM_THRESHOLD_": "262144"}
    measured = int(subprocess.run(arguments, capture_output=True, text=True, check=True, env=thrifty).stdout)
    assert sum(stage.bytes.values()) == pytest.approx(measured, rel=0.1)


def test_figures_of_a_published_model():
    planned = plan_recipe(load_recipe("smolvlm-256m"), torch.bfloat16)
    assert planned.page.tiles == 13
    assert planned.page.image_tokens == 832
    share = {part: cost / sum(planned.page.flops.values()) for part, cost in planned.page.flops.items()}
    assert share["vision"] == pytest.approx(0.91, abs=0.005)
    assert planned.serving["weights"] == 2 * 256_484_928
    large = plan_recipe(load_recipe("idefics3-8b", ("shape.longest_edge=1456",)), torch.bfloat16)
    assert large.page.image_tokens == 2197
    assert large.page.flops["vision"] / sum(large.page.flops.values()) == pytest.approx(0.17, abs=0.02)


def test_keys_and_values_of_a_page():
    text = shape_config(load_recipe("smolvlm-256m").shape).text
    assert cache_bytes(text, 1000, torch.bfloat16) == 2 * 30 * 1000 * 3 * 64 * 2


def test_a_stage_of_epochs_is_refused():
    recipe = load_recipe("nano", ("stages.0.steps=null", "stages.0.epochs=1"))
    with pytest.raises(OctavoError, match="give it steps"):
        plan_recipe(recipe, torch.float32)


@pytest.mark.parametrize("name", [name for name in shipped_recipes() if load_recipe(name).shape is not None])
def test_every_shipped_recipe_that_lays_out_its_model_can_be_planned(name):
    result = CliRunner().invoke(app, ["plan", name, "--dtype", "bfloat16", "--tflops", "400", "--json"])
    assert result.exit_code == 0, result.output
    values = json.loads(result.stdout)
    assert values["page"]["tiles"] > 1
    assert all(hours > 0 for hours in values["hours"].values())


def test_a_models_folder_can_be_planned(tiny_run):
    planned = plan_model(str(tiny_run), torch.float32)
    assert planned.stages == ()
    assert sum(planned.parameters.values()) > 0
    assert planned.serving["weights"] == 4 * sum(planned.parameters.values())


def test_a_page_that_is_no_size_is_refused():
    result = CliRunner().invoke(app, ["plan", "nano", "--page", "A4"])
    assert result.exit_code == 2

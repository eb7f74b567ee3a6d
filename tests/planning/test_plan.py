"""What a plan says, against what happens."""

import json
import math
import os
import subprocess
import sys

import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode
from typer.testing import CliRunner

from octavo.cli import app
from octavo.datasets import DataSet
from octavo.errors import OctavoError
from octavo.models import Idefics3, Idefics3Config, TextConfig, VisionConfig
from octavo.planning import plan_model, plan_recipe
from octavo.planning.memory import cache_bytes, saved_bytes
from octavo.planning.page import PAGE, TEXT_TOKENS, part_flops, plan_page
from octavo.planning.trained import laid_out, trained_of
from octavo.training import load_recipe
from octavo.training.recipe import Stage
from octavo.training.start import image_config, shape_config
from octavo.training.trained import open_stage

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


STAGE = load_recipe("nano").stages[0]
PAGES = 2
PERCEIVER = (
    "shape.connector=perceiver",
    "shape.perceiver={resampler_n_latents: 16, resampler_depth: 2, resampler_n_heads: 4, num_key_value_heads: 2}",
    "shape.scale_factor=1",
)


def small(*overrides: str) -> Idefics3Config:
    """The shape of recipe nano, otherwise composed."""
    return shape_config(load_recipe("nano", overrides).shape)


def stage(**changes) -> Stage:
    return Stage.model_validate(STAGE.model_dump() | changes)


def test_parameters_are_those_of_the_model():
    count = trained_of(laid_out(SMALL, None, torch.float32)).parameters
    assert sum(count.values()) == sum(parameter.numel() for parameter in Idefics3(SMALL).parameters())
    assert count["head"] == count["embeddings"] == 512 * 64


def counted(forward) -> int:
    counter = FlopCounterMode(display=False)
    with counter:
        forward()
    return counter.get_total_flops()


ALL_BUT_CONNECTOR = ["model.vision_model", "model.text_model"]
LORA = {"kind": "lora", "rank": 16, "alpha": 16}


@pytest.mark.parametrize(
    ("composition", "changes"),
    [
        ((), {}),
        ((), {"freeze": ["model.vision_model"]}),
        ((), {"freeze": ALL_BUT_CONNECTOR}),
        ((), {"freeze": ["model.vision_model", "model.connector"]}),
        ((), {"adapter": LORA, "checkpoint_activations": "all"}),
        (PERCEIVER, {"checkpoint_activations": "vision"}),
        (PERCEIVER, {"adapter": LORA}),
    ],
    ids=str,
)
def test_forward_and_backward_take_the_flops_of_what_trains(composition, changes):
    config, chosen = small(*composition), stage(**changes)
    model = laid_out(config, chosen, torch.float32)
    what = trained_of(model, chosen)

    def step() -> None:
        features = model.encode_tiles(torch.empty(TILES, 3, 128, 128, device="meta"))
        ids = torch.empty(TOKENS, dtype=torch.int64, device="meta")
        x = model.model.text_model.embed_tokens(ids)
        tokens = features.flatten(0, 1)[: TOKENS // 2]
        x = torch.cat((tokens, x[len(tokens) :]))
        model.head(model.model.text_model(x, (TOKENS,))).sum().backward()

    costs = part_flops(config, TILES, TOKENS, TOKENS)
    backward = {part: what.backward(part) for part in costs}
    planned = what.flops(costs, part_flops(config, TILES, TOKENS, TOKENS, backward))
    assert planned == pytest.approx(counted(step), rel=0.12)  # attention's backward computes its scores again


@pytest.mark.parametrize(
    "changes",
    [{}, {"freeze": ALL_BUT_CONNECTOR}, {"adapter": LORA | {"dropout": 0.1}}, {"checkpoint_activations": "all"}],
    ids=str,
)
def test_saved_bytes_are_those_of_a_real_pass(changes):
    chosen = stage(**changes)
    planned = saved_bytes(laid_out(SMALL, chosen, torch.float32), PAGES, TILES, TOKENS)
    model = Idefics3(SMALL).train()
    open_stage(model, chosen, seed=0)
    pixels = torch.randn(PAGES * TILES, 3, 64, 64)
    embedded = torch.randn(PAGES * TOKENS, 64, requires_grad=True)
    assert planned["vision and connector"] == kept_by(model, lambda: model.encode_tiles(pixels))
    assert planned["decoder"] == kept_by(model, lambda: model.model.text_model(embedded, (PAGES * TOKENS,)))
    assert (planned["a layer again"] > 0) == ("checkpoint_activations" in changes)


def test_gated_layers_keep_what_a_real_pass_keeps():
    config = small("shape.cross_attention=2")
    planned = saved_bytes(laid_out(config, STAGE, torch.float32), 1, 1, TOKENS)
    model = Idefics3(config).train()
    embedded = torch.randn(TOKENS, 128, requires_grad=True)
    features = torch.randn(1, config.tokens_per_tile, 128, requires_grad=True)
    kept = kept_by(model, lambda: decode(model, embedded, features))
    assert planned["decoder"] == kept


def decode(model: Idefics3, embedded: Tensor, features: Tensor) -> None:
    look = model.model.fusion.look(features, torch.zeros(1, dtype=torch.int64), (len(embedded),), None)
    model.model.text_model(embedded, (len(embedded),), None, look)


def kept_by(model: Idefics3, forward) -> int:
    """Bytes that autograd keeps of a real pass, those of the weights left out."""
    weights = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    kept: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        forward()
    return sum(tensor.untyped_storage().nbytes() for at, tensor in kept.items() if at not in weights)


def test_what_is_frozen_has_no_gradient_and_no_optimiser_state():
    recipe = load_recipe("nano", ("stages.0.freeze=[model.vision_model, model.text_model]", "stages.0.steps=1"))
    frozen = plan_recipe(recipe, torch.float32).stages[0]
    whole = plan_recipe(load_recipe("nano", ("stages.0.steps=1",)), torch.float32).stages[0]
    connector = 4 * 128 * 128
    assert (frozen.trained, whole.trained) == (connector, whole.parameters)
    assert (frozen.bytes["gradients"], frozen.bytes["optimizer"]) == (4 * connector, 8 * connector)
    assert frozen.bytes["weights"] == whole.bytes["weights"]
    assert frozen.bytes["vision and connector"] < whole.bytes["vision and connector"] / 20
    assert frozen.flops < 0.6 * whole.flops
    again = ("stages.0.freeze=[model.vision_model, model.text_model]", "stages.0.checkpoint_activations=vision")
    recomputed = plan_recipe(load_recipe("nano", again), torch.float32).stages[0]
    assert recomputed.bytes == frozen.bytes  # what is frozen keeps nothing that could be computed again
    muon = plan_recipe(load_recipe("nano", ("stages.0.optimizer=muon",)), torch.float32).stages[0]
    assert muon.bytes["optimizer"] == 4 * whole.trained


def test_a_mixture_costs_by_its_shares():
    parts = "{kind: text, weight: 3}, {kind: questions, weight: 1}"
    mixed = plan_recipe(load_recipe("nano", (f"stages.0.data=[{parts}]",)), torch.float32).stages[0]
    page = plan_recipe(load_recipe("nano"), torch.float32).page
    tokens = (3 * TEXT_TOKENS + page.tokens) / 4
    assert mixed.samples_per_pack == pytest.approx(STAGE.pack_tokens / tokens)
    by_tokens = f"stages.0.data=[{parts}]", "stages.0.mix_by=tokens"
    even = plan_recipe(load_recipe("nano", by_tokens), torch.float32).stages[0]
    assert even.tokens == pytest.approx(mixed.tokens, rel=0.01)  # packs are as full
    assert even.flops < mixed.flops  # and hold fewer pages
    long = plan_recipe(load_recipe("nano", ("stages.0.data=[{kind: transcription, longest: 8000}]",)), torch.float32)
    assert long.stages[0].samples_per_pack == pytest.approx(STAGE.pack_tokens / (page.prompt_tokens + 2000))
    few = plan_recipe(load_recipe("nano", ("stages.0.pack_tiles=26",)), torch.float32)
    assert few.stages[0].pages_per_pack == 2


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
    tokens = stage.pages_per_pack * planned.page.tokens
    texts = stage.pages_per_pack * planned.page.text_tokens
    arguments = [sys.executable, "-c", TRAIN, str(tiles), str(tokens), str(texts)]
    # Large blocks go back at once, or what glibc keeps of them, a sixth at this size, is measured as well.
    thrifty = os.environ | {"MALLOC_MMAP_THRESHOLD_": "262144", "MALLOC_TRIM_THRESHOLD_": "262144"}
    measured = int(subprocess.run(arguments, capture_output=True, text=True, check=True, env=thrifty).stdout)
    assert sum(stage.bytes.values()) == pytest.approx(measured, rel=0.1)


def test_figures_of_a_published_model():
    recipe = load_recipe("smolvlm-256m")
    config = shape_config(recipe.shape)
    page = plan_page(config, image_config(recipe.shape), PAGE, TEXT_TOKENS)
    assert (page.tiles, page.image_tokens) == (13, 832)
    assert page.flops["vision"] / sum(page.flops.values()) == pytest.approx(0.91, abs=0.005)
    assert sum(trained_of(laid_out(config, None, torch.bfloat16)).parameters.values()) == 256_484_928
    large = load_recipe("idefics3-8b", ("shape.longest_edge=1456",)).shape
    page = plan_page(shape_config(large), image_config(large), PAGE, TEXT_TOKENS)
    assert page.image_tokens == 2197
    assert page.flops["vision"] / sum(page.flops.values()) == pytest.approx(0.17, abs=0.02)


def test_keys_and_values_of_a_page():
    text = shape_config(load_recipe("smolvlm-256m").shape).text
    assert cache_bytes(text, 1000, torch.bfloat16) == 2 * 30 * 1000 * 3 * 64 * 2


def test_a_stage_of_epochs_is_as_long_as_its_data(tiny_recipe, data_folder):
    epochs = ("stages.0.steps=null", "stages.0.epochs=3")
    with pytest.raises(OctavoError, match="add --set data=FOLDER"):
        plan_recipe(load_recipe("nano", epochs), torch.float32)
    stage = plan_recipe(load_recipe("nano", (*epochs, f"data={data_folder}")), torch.float32).stages[0]
    rows = len(DataSet(data_folder).rows("train"))
    assert stage.packs == math.ceil(3 * rows / stage.samples_per_pack)


ONE_LAYER = ("shape.vision.num_hidden_layers=1", "shape.text.num_hidden_layers=1", "shape.cross_attention=null")


@pytest.mark.parametrize("name", ["idefics3-8b", "smolvlm-256m", "smolvlm-500m", "smolvlm-2.2b"])
def test_the_stages_of_the_published_models_open_and_have_a_plan(name):
    """With one layer of each kind: what a stage names is in every layer, and the other layers take only time."""
    planned = plan_recipe(load_recipe(name, ONE_LAYER), torch.bfloat16)
    recipe = load_recipe(name)
    assert [stage.name for stage in planned.stages] == [stage.name for stage in recipe.stages]
    for stage, given in zip(planned.stages, recipe.stages, strict=True):
        assert stage.packs == given.steps * given.packs_per_step
        assert 0 < stage.trained <= stage.parameters
        assert (stage.trained < stage.parameters) == bool(given.freeze or given.adapter)
        assert stage.flops > 0


def test_the_command_prints_every_stage():
    asked = ["plan", "study/cross-frozen", "--tflops", "0.1"]
    printed = CliRunner().invoke(app, asked)
    assert printed.exit_code == 0, printed.output
    assert printed.output.count("memory of a pack of") == 3
    assert "fusion" in printed.output
    result = CliRunner().invoke(app, [*asked, "--json"])
    values = json.loads(result.stdout)
    assert values["page"]["image_tokens"] == values["page"]["tiles"] == 5
    assert set(values["hours"]) == {"backbones", "pre-training", "sft"}
    assert values["stages"][1]["trained"] < values["stages"][1]["parameters"]


def test_a_models_folder_can_be_planned(tiny_run):
    planned = plan_model(str(tiny_run), torch.float32)
    assert planned.stages == ()
    assert sum(planned.parameters.values()) > 0
    assert planned.serving["weights"] == 4 * sum(planned.parameters.values())


def test_a_page_that_is_no_size_is_refused():
    result = CliRunner().invoke(app, ["plan", "nano", "--page", "A4"])
    assert result.exit_code == 2

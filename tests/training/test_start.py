"""A model begins as its recipe says: any composition of a shape, random or around backbones."""

import json
import shutil
from itertools import product
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from octavo.datasets import DataSet
from octavo.errors import OctavoError
from octavo.inference import VisionLanguageModel
from octavo.models import load_model
from octavo.models.backbones import load_decoder, load_encoder
from octavo.training import load_recipe, starting_model, train
from octavo.training.recipe import Recipe
from octavo.training.start import shape_config

CONNECTORS = {
    "linear": (),
    "mlp": ("shape.connector=mlp",),
    "perceiver": (
        "shape.connector=perceiver",
        "shape.scale_factor=1",
        "shape.perceiver={resampler_n_latents: 4, resampler_depth: 1, resampler_n_heads: 2, resampler_head_dim: 8,"
        " num_key_value_heads: 1}",
    ),
}
# The shape of the backbones in conftest.py.
OF_BACKBONES = (
    "shape.vision={hidden_size: 24, intermediate_size: 40, num_hidden_layers: 2, num_attention_heads: 3,"
    " patch_size: 8}",
    "shape.text={hidden_size: 24, intermediate_size: 40, num_hidden_layers: 2, num_attention_heads: 2,"
    " num_key_value_heads: 1, rms_norm_eps: 1.0e-6, tie_word_embeddings: false}",
    "shape.tile_size=32",
    "shape.longest_edge=64",
)


@pytest.fixture
def recipe(tiny_recipe, tmp_path):
    """The tiny recipe with overrides."""

    def make(*overrides: str) -> Recipe:
        path = tmp_path / "tiny.json"
        path.write_text(tiny_recipe.model_dump_json())
        return load_recipe(str(path), overrides)

    return make


@pytest.mark.parametrize(("connector", "interval"), product(CONNECTORS, (None, 2)))
def test_every_composition_of_a_shape_trains_and_opens_again(recipe, tmp_path, connector, interval):
    composed = recipe(*CONNECTORS[connector], f"shape.cross_attention={interval or 'null'}", "stages.0.steps=2")
    train(composed, tmp_path / "run")
    model = load_model(tmp_path / "run")
    assert (model.config.connector, model.config.cross is not None) == (connector, interval is not None)
    fresh, _ = starting_model(composed, DataSet(Path(composed.data)))
    moved = {
        name
        for (name, new), old in zip(model.named_parameters(), fresh.parameters(), strict=True)
        if not torch.equal(new, old)
    }
    assert {name for name in dict(fresh.named_parameters()) if "alpha" in name} <= moved
    assert any("text_model" in name for name in moved)
    losses = [json.loads(line)["loss"] for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert len(losses) == 2
    assert all(loss > 0 for loss in losses)


def test_a_page_that_is_not_split_is_one_tile(recipe, tmp_path):
    train(recipe("shape.splitting=false", "stages.0.steps=1"), tmp_path / "run")
    assert VisionLanguageModel.load(tmp_path / "run").processor.grid(600, 800) == (0, 0)
    first, *_ = (tmp_path / "run" / "log.jsonl").read_text().splitlines()
    whole = recipe("stages.0.steps=1")
    train(whole, tmp_path / "split")
    second, *_ = (tmp_path / "split" / "log.jsonl").read_text().splitlines()
    assert json.loads(first)["tiles"] < json.loads(second)["tiles"]


def test_a_stage_has_a_resolution_of_its_own(recipe, tmp_path):
    """At the tile's side a page is one tile; the next stage has the model's own, and so has the model in the end."""
    path = tmp_path / "staged.json"
    values = json.loads(recipe("stages.0.steps=1", "stages.0.pack_tokens=512").model_dump_json())
    values["stages"] = [values["stages"][0] | {"longest_edge": 64}, values["stages"][0]]
    path.write_text(json.dumps(values))
    train(load_recipe(str(path)), tmp_path / "run")
    coarse, fine = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert coarse["tiles"] / coarse["answer_tokens"] < 0.5 * fine["tiles"] / fine["answer_tokens"]
    assert VisionLanguageModel.load(tmp_path / "run").processor.image_config.longest_edge == 128


@pytest.mark.parametrize("interval", ["null", "1"])
def test_backbones_bring_their_weights_and_their_tokenizer(recipe, vision, llama, data_folder, interval):
    joined = recipe(
        *OF_BACKBONES,
        f"shape.cross_attention={interval}",
        "shape.text.rope_theta=5.0e+5",
        f"backbones={{vision: {vision}, text: {llama}}}",
    )
    model, processor = starting_model(joined, DataSet(data_folder))
    encoder, decoder = load_encoder(vision).model, load_decoder(llama).model
    pixels = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert torch.equal(model.model.vision_model(pixels), encoder(pixels))
    rows = decoder.config.vocab_size
    assert torch.equal(model.lm_head.weight[:rows], decoder.lm_head.weight)
    assert torch.equal(model.model.text_model.layers[1].mlp.up_proj.weight, decoder.model.layers[1].mlp.up_proj.weight)
    assert model.model.text_model.config.rope_theta == 5e5
    assert model.config.text.vocab_size == processor.vocab_size == rows + 40  # the family's tokens
    assert model.config.vision.image_size == processor.image_config.tile_size == 32


def test_a_tied_backbone_gets_a_head_where_the_shape_has_one(recipe, vision, llama, data_folder, tmp_path):
    tied = shutil.copytree(llama, tmp_path / "tied")
    decoder = load_decoder(llama).model
    config = json.loads((llama / "config.json").read_text())
    (tied / "config.json").write_text(json.dumps(config | {"tie_word_embeddings": True}))
    tensors = load_file(tied / "model.safetensors")
    del tensors["lm_head.weight"]
    save_file(tensors, tied / "model.safetensors")
    model, _ = starting_model(
        recipe(*OF_BACKBONES, f"backbones={{vision: {vision}, text: {tied}}}"), DataSet(data_folder)
    )
    table = decoder.model.embed_tokens.weight
    assert torch.equal(model.lm_head.weight[: len(table)], table)
    assert model.lm_head.weight is not model.model.text_model.embed_tokens.weight


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("shape.text.intermediate_size=48",), "its intermediate_size is 40, the shape's 48"),
        (("shape.text.tie_word_embeddings=true",), "set shape.text.tie_word_embeddings to false"),
        (("shape.vision.num_hidden_layers=3",), "its num_hidden_layers is 2, the shape's 3"),
        (("shape=null", "base=somewhere"), "set backbones to null"),
    ],
)
def test_backbones_that_do_not_fit_are_named(recipe, vision, llama, data_folder, overrides, message):
    with pytest.raises(OctavoError, match=message) as caught:
        starting_model(
            recipe(*OF_BACKBONES, f"backbones={{vision: {vision}, text: {llama}}}", *overrides), DataSet(data_folder)
        )
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("shape.scale_factor=3",), "scale_factor 3 does not divide the 4 patches"),
        (("shape.vision.num_attention_heads=3",), "vision hidden_size 16 is no multiple"),
        (("shape.text.num_key_value_heads=3",), "text num_attention_heads 2 is no multiple"),
        (("shape.connector=perceiver",), "connector perceiver has no perceiver"),
        (("shape.perceiver={}",), "connector linear has no perceiver, or lacks it"),
        (("shape.connector=perceiver", "shape.perceiver={}"), "a perceiver shuffles no pixels"),
    ],
)
def test_shapes_that_do_not_fit_are_named(recipe, overrides, message):
    with pytest.raises(OctavoError, match=message):
        shape_config(recipe(*overrides).shape)

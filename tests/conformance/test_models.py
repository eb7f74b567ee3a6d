"""Our Idefics3 against transformers': the same folder gives the same numbers, in both directions.

Models are tiny and their weights random, but large enough that attention is far from uniform: with the usual
0.02 a wrong mask or scale would vanish in the tolerance.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import (
    AutoModelForImageTextToText,
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3VisionConfig,
    SmolVLMConfig,
    SmolVLMForConditionalGeneration,
)
from transformers.models.idefics3.modeling_idefics3 import Idefics3VisionEmbeddings

from octavo.models import Idefics3, KVCache, load_model, save_model
from octavo.models import Idefics3Config as Config
from octavo.models.vision import position_ids
from tests.conformance.weights import randomise

BAR = 1e-5  # relative to the largest value of the tensor
IMAGE, PAD, VOCABULARY = 9, 0, 64


def shape(vision: dict[str, Any], text: dict[str, Any], **rest: Any) -> dict[str, Any]:
    vision = {"hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 3, **vision}
    text = {
        "vocab_size": VOCABULARY,
        "hidden_size": 32,
        "intermediate_size": 56,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "pad_token_id": PAD,
        "bos_token_id": 1,
        "eos_token_id": 2,
        **text,
    }
    return {"image_token_id": IMAGE, "vision_config": vision, "text_config": text} | rest


LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 10000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
SHAPES = {
    "grouped queries": shape(
        {"image_size": 32, "patch_size": 8},
        {"rope_parameters": {"rope_type": "default", "rope_theta": 300.0}},
        scale_factor=2,
    ),
    "tied, own head size": shape(
        {"image_size": 42, "patch_size": 7},
        {"head_dim": 12, "num_key_value_heads": 4},
        scale_factor=3,
        tie_word_embeddings=True,
    ),
    "llama3 rope": shape(
        {"image_size": 32, "patch_size": 4}, {"head_dim": 16, "rope_parameters": LLAMA3}, scale_factor=4
    ),
    "smolvlm, pixels beyond the last patch": shape(
        {"image_size": 38, "patch_size": 9}, {"num_key_value_heads": 1}, scale_factor=2, model_type="smolvlm"
    ),
}


@dataclass(frozen=True)
class Case:
    """A random model of transformers, the folder it saved, and ours loaded from there."""

    theirs: nn.Module
    ours: Idefics3
    folder: Path


def random_model(values: dict[str, Any]) -> nn.Module:
    values = dict(values)
    smolvlm = values.pop("model_type", "idefics3") == "smolvlm"
    torch.manual_seed(0)
    model: nn.Module = (
        SmolVLMForConditionalGeneration(SmolVLMConfig(**values))
        if smolvlm
        else Idefics3ForConditionalGeneration(Idefics3Config(**values))
    )
    return randomise(model, 1.5)


@pytest.fixture(scope="module", params=SHAPES, ids=lambda name: name.replace(" ", "-"))
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    theirs, folder = random_model(SHAPES[request.param]), tmp_path_factory.mktemp("theirs")
    theirs.save_pretrained(folder)
    return Case(theirs, load_model(folder), folder)


@dataclass(frozen=True)
class Batch:
    """Samples as ours takes them (one flat axis) and as theirs does (padded on the right)."""

    ids: Tensor
    labels: Tensor
    lengths: list[int]
    tiles: Tensor
    theirs: dict[str, Tensor]


def batch(model: Idefics3, tiles_of_samples: list[int], side: int) -> Batch:
    """Samples of text and some tiles each; their last tokens carry labels."""
    generator = torch.Generator().manual_seed(1)
    count = (side // model.config.vision.patch_size // model.config.scale_factor) ** 2
    samples = []
    for i, tiles in enumerate(tiles_of_samples):
        text = [torch.randint(10, VOCABULARY, (2 + i,), generator=generator) for _ in range(tiles + 1)]
        image = torch.full((count,), IMAGE)
        samples.append(torch.cat([text[0], *(part for one in text[1:] for part in (image, one))]))
    labels = [torch.where(torch.arange(len(ids)) < len(ids) - 2, -100, ids) for ids in samples]
    pixels = [torch.randn(tiles, 3, side, side, generator=generator) for tiles in tiles_of_samples]
    longest, most = max(map(len, samples)), max(tiles_of_samples)

    def padded(rows: list[Tensor], value: int) -> Tensor:
        return torch.stack([F.pad(row, (0, longest - len(row)), value=value) for row in rows])

    theirs = {
        "input_ids": padded(samples, PAD),
        "labels": padded(labels, -100),
        "attention_mask": padded([torch.ones_like(ids) for ids in samples], 0),
    }
    if most:
        theirs["pixel_values"] = torch.stack([F.pad(x, (0, 0) * 3 + (0, most - len(x))) for x in pixels])
    lengths = [len(ids) for ids in samples]
    return Batch(torch.cat(samples), torch.cat(labels), lengths, torch.cat(pixels), theirs)


def our_logits(model: Idefics3, batch: Batch) -> Tensor:
    features_ID = model.encode_tiles(batch.tiles).flatten(0, 1) if len(batch.tiles) else None
    logits_TV: Tensor = model(batch.ids, batch.lengths, features_ID=features_ID)
    return logits_TV


def our_loss(logits_TV: Tensor, batch: Batch) -> Tensor:
    before_M = (batch.labels[1:] != -100).nonzero().squeeze(1)
    return F.cross_entropy(logits_TV[before_M], batch.labels[before_M + 1])


def difference(ours: Tensor, theirs: Tensor) -> float:
    return ((ours - theirs).abs().max() / theirs.abs().max()).item()


BATCHES = {"one image": [1], "split image": [5], "text only": [0], "several images, padded": [2, 0, 1]}


@pytest.mark.parametrize("tiles", BATCHES.values(), ids=[name.replace(" ", "-") for name in BATCHES])
def test_logits_and_loss_are_theirs(case: Case, tiles: list[int]) -> None:
    inputs = batch(case.ours, tiles, case.ours.config.vision.image_size)
    theirs = case.theirs(**inputs.theirs)
    logits_TV = our_logits(case.ours, inputs)
    assert difference(logits_TV, theirs.logits[inputs.theirs["attention_mask"].bool()]) < BAR
    assert our_loss(logits_TV, inputs).item() == pytest.approx(theirs.loss.item(), rel=BAR)


def test_tiles_of_another_size_are_read_as_theirs(case: Case) -> None:
    cell = case.ours.config.vision.patch_size * case.ours.config.scale_factor
    for side in (cell, 3 * cell, 5 * cell + 1):
        inputs = batch(case.ours, [2], side)
        assert difference(our_logits(case.ours, inputs), case.theirs(**inputs.theirs).logits[0]) < BAR, side


def test_every_gradient_is_theirs(case: Case) -> None:
    inputs = batch(case.ours, [2, 0, 1], case.ours.config.vision.image_size)
    case.theirs.zero_grad()
    case.ours.zero_grad()
    case.theirs(**inputs.theirs).loss.backward()
    our_loss(our_logits(case.ours, inputs), inputs).backward()
    ours = {name: parameter.grad for name, parameter in case.ours.named_parameters()}
    theirs = {name: parameter.grad for name, parameter in case.theirs.named_parameters()}
    assert set(ours) == set(theirs)
    for name, gradient in ours.items():
        if name.endswith("k_proj.bias"):  # the same for every key of a query, so softmax does not feel it
            assert max(gradient.abs().max(), theirs[name].abs().max()) < 1e-6, name
        else:
            assert difference(gradient, theirs[name]) < BAR, name


@torch.no_grad()
def test_bfloat16_rounds_where_theirs_does(case: Case) -> None:
    inputs = batch(case.ours, [0], case.ours.config.vision.image_size)
    theirs = AutoModelForImageTextToText.from_pretrained(case.folder, dtype=torch.bfloat16)
    ours = our_logits(load_model(case.folder, torch.bfloat16), inputs)
    # One rounding elsewhere (a norm's weight applied in float32, say) shows as 4e-3 or more.
    assert difference(ours.float(), theirs(**inputs.theirs).logits[0].float()) < 1e-3


@torch.no_grad()
def test_greedy_decoding_with_a_cache_is_their_generate(case: Case) -> None:
    inputs = batch(case.ours, [2], case.ours.config.vision.image_size)
    prompt_T, new = inputs.ids, 24
    theirs = case.theirs.generate(
        prompt_T[None],
        pixel_values=inputs.theirs["pixel_values"],
        do_sample=False,
        max_new_tokens=new,
        min_new_tokens=new,
    )[0, len(prompt_T) :]
    cache = KVCache(case.ours.config.text, capacity=len(prompt_T) + new)
    features_ID = case.ours.encode_tiles(inputs.tiles).flatten(0, 1)
    logits_TV = case.ours(prompt_T, [len(prompt_T)], features_ID=features_ID, cache=cache)
    chosen: list[int] = []
    while len(chosen) < new:
        logits_TV[-1, case.ours.config.text.eos_token_ids[0]] = -torch.inf  # what min_new_tokens does
        chosen.append(int(logits_TV[-1].argmax()))
        logits_TV = case.ours(torch.tensor(chosen[-1:]), [1], cache=cache)
    assert chosen == theirs.tolist()
    assert len(set(chosen)) > 5  # a constant answer would prove little


def test_what_we_save_opens_there(case: Case, tmp_path: Path) -> None:
    inputs = batch(case.ours, [2, 0, 1], case.ours.config.vision.image_size)
    ours = our_logits(case.ours, inputs)
    for name, shard_bytes in (("whole", 10**9), ("sharded", 20_000)):
        save_model(case.ours, tmp_path / name, shard_bytes=shard_bytes)
        model, report = AutoModelForImageTextToText.from_pretrained(tmp_path / name, output_loading_info=True)
        assert type(model) is type(case.theirs)
        assert not any(report.values()), report
        theirs = model(**inputs.theirs).logits[inputs.theirs["attention_mask"].bool()]
        assert difference(ours, theirs) < BAR
        assert torch.equal(our_logits(load_model(tmp_path / name), inputs), ours)
        assert (model.generation_config.bos_token_id, model.generation_config.eos_token_id) == (1, 2)
    assert len(list((tmp_path / "sharded").glob("model-*-of-*.safetensors"))) > 1


def test_the_dtype_we_save_is_the_one_opened_there(case: Case, tmp_path: Path) -> None:
    save_model(load_model(case.folder, torch.bfloat16), tmp_path)
    assert AutoModelForImageTextToText.from_pretrained(tmp_path).dtype == torch.bfloat16


def test_their_shards_open_here(case: Case, tmp_path: Path) -> None:
    case.theirs.save_pretrained(tmp_path, max_shard_size="50KB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 1
    inputs = batch(case.ours, [1], case.ours.config.vision.image_size)
    assert torch.equal(our_logits(load_model(tmp_path), inputs), our_logits(case.ours, inputs))


def test_config_of_older_transformers_is_the_same(case: Case, tmp_path: Path) -> None:
    values = json.loads((case.folder / "config.json").read_text())
    rope = values["text_config"].pop("rope_parameters")
    values["text_config"]["rope_theta"] = rope.pop("rope_theta")
    values["text_config"]["rope_scaling"] = rope if rope["rope_type"] == "llama3" else None
    (tmp_path / "config.json").write_text(json.dumps(values))
    (tmp_path / "model.safetensors").symlink_to(case.folder / "model.safetensors")
    assert load_model(tmp_path).config == case.ours.config
    older = AutoModelForImageTextToText.from_pretrained(tmp_path).config.text_config.rope_parameters
    assert older == case.theirs.config.text_config.rope_parameters


@pytest.mark.parametrize("values", [Idefics3Config, SmolVLMConfig])
def test_what_a_config_leaves_out_is_what_theirs_fills_in(values: type) -> None:
    least = {
        "model_type": values.model_type,
        "text_config": {"vocab_size": 128300},
        "vision_config": {"image_size": 256},
    }  # the defaults alone make no model: 224 = 7·32, and 7 is odd
    assert Config.from_dict(values(**least).to_dict()) == Config.from_dict(least)


@pytest.mark.parametrize("trained", [2, 4, 16, 19, 25, 26, 27, 29, 31, 32])
def test_position_ids_are_theirs_to_the_last_one(trained: int) -> None:
    config = Idefics3VisionConfig(hidden_size=1, image_size=trained, patch_size=1)
    theirs = Idefics3VisionEmbeddings(config)
    with torch.no_grad():  # embeddings that say which position they are of
        theirs.position_embedding.weight.copy_(torch.arange(trained**2)[:, None])
        theirs.patch_embedding.weight.zero_()
        theirs.patch_embedding.bias.zero_()
        for side in range(1, 65):
            ids = theirs(torch.zeros(1, 3, side, side), torch.ones(1, side, side, dtype=torch.bool))[0, :, 0]
            assert position_ids(side, side, trained).tolist() == ids.tolist(), side

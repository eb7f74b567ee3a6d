"""Our Idefics2 against transformers': the same folder gives the same numbers, in both directions.

Theirs pads images to the largest of the batch and masks; ours reads each as it is.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import AutoModelForImageTextToText, Idefics2Config, Idefics2ForConditionalGeneration

from octavo.models import Idefics2, KVCache, load_model, save_model
from octavo.models import Idefics2Config as Config
from tests.conformance.test_models import BAR, IMAGE, PAD, VOCABULARY, difference, our_loss
from tests.conformance.weights import randomise

LATENTS = 5


def shape(vision: dict[str, Any], perceiver: dict[str, Any], text: dict[str, Any], **rest: Any) -> dict[str, Any]:
    vision = {"hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 3, **vision}
    perceiver = {
        "resampler_n_latents": LATENTS,
        "resampler_depth": 2,
        "resampler_n_heads": 4,
        "resampler_head_dim": 6,
        "num_key_value_heads": 2,
        **perceiver,
    }
    text = {
        "vocab_size": VOCABULARY,
        "hidden_size": 32,
        "intermediate_size": 56,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "pad_token_id": PAD,
        **text,
    }
    return {
        "image_token_id": IMAGE,
        "vision_config": vision,
        "perceiver_config": perceiver,
        "text_config": text,
    } | rest


SHAPES = {
    "as published, in small": shape({"image_size": 64, "patch_size": 8}, {}, {"rms_norm_eps": 1e-5}),
    "tied, norms of its own": shape(
        {"image_size": 38, "patch_size": 2, "num_hidden_layers": 1},
        {"hidden_size": 32, "rms_norm_eps": 1e-3, "num_key_value_heads": 1, "resampler_depth": 1},
        {"head_dim": 12, "num_key_value_heads": 4, "rope_parameters": {"rope_type": "default", "rope_theta": 300.0}},
        tie_word_embeddings=True,
    ),
    "window shorter than the text": shape(
        {"image_size": 60, "patch_size": 10}, {"num_key_value_heads": 4}, {"sliding_window": 7}
    ),
    "a decoder of Llama's": shape({"image_size": 64, "patch_size": 16}, {}, {"model_type": "llama"}),
}


@dataclass(frozen=True)
class Case:
    """A random model of transformers, the folder it saved, and ours loaded from there."""

    theirs: nn.Module
    ours: Idefics2
    folder: Path


def random_model(values: dict[str, Any]) -> nn.Module:
    """Weights large enough that attention is far from uniform; twice as large, rounding alone exceeds the bar."""
    torch.manual_seed(0)
    model: nn.Module = Idefics2ForConditionalGeneration(Idefics2Config(**values))
    return randomise(model, 1.0)


def opened(folder: Path, dtype: torch.dtype = torch.float32) -> Idefics2:
    model = load_model(folder, dtype)
    assert isinstance(model, Idefics2)
    return model


@pytest.fixture(scope="module", params=SHAPES, ids=lambda name: name.replace(" ", "-"))
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    theirs, folder = random_model(SHAPES[request.param]), tmp_path_factory.mktemp("theirs")
    theirs.save_pretrained(folder)
    return Case(theirs, opened(folder), folder)


@dataclass(frozen=True)
class Batch:
    """Samples as ours takes them (one flat axis, images as they are) and as theirs does (all padded)."""

    ids: Tensor
    labels: Tensor
    lengths: list[int]
    images: list[Tensor]
    theirs: dict[str, Tensor]


def batch(sizes_of_samples: list[list[tuple[int, int]]], dtype: torch.dtype = torch.float32) -> Batch:
    """Samples of text and images of (height, width) each; their last tokens carry labels."""
    generator = torch.Generator().manual_seed(1)
    samples = []
    for i, sizes in enumerate(sizes_of_samples):
        text = [torch.randint(10, VOCABULARY, (2 + i,), generator=generator) for _ in range(len(sizes) + 1)]
        image = torch.full((LATENTS,), IMAGE)
        samples.append(torch.cat([text[0], *(part for one in text[1:] for part in (image, one))]))
    labels = [torch.where(torch.arange(len(ids)) < len(ids) - 2, -100, ids) for ids in samples]
    images = [[torch.randn(3, *size, generator=generator, dtype=dtype) for size in sizes] for sizes in sizes_of_samples]
    longest = max(map(len, samples))

    def padded(rows: list[Tensor], value: int) -> Tensor:
        return torch.stack([F.pad(row, (0, longest - len(row)), value=value) for row in rows])

    theirs = {
        "input_ids": padded(samples, PAD),
        "labels": padded(labels, -100),
        "attention_mask": padded([torch.ones_like(ids) for ids in samples], 0),
    } | their_images(images)
    flat = [image for sample in images for image in sample]
    return Batch(torch.cat(samples), torch.cat(labels), [len(ids) for ids in samples], flat, theirs)


def their_images(images: list[list[Tensor]]) -> dict[str, Tensor]:
    """Padded on the right and below to the largest, in number to the most, with the mask of what is real."""
    sizes = [image.shape[1:] for sample in images for image in sample]
    if not sizes:
        return {}
    height, width = (max(side) for side in zip(*sizes, strict=True))
    pixels = torch.zeros(len(images), max(map(len, images)), 3, height, width, dtype=images[0][0].dtype)
    mask = torch.zeros(*pixels.shape[:2], height, width, dtype=torch.long)
    for i, sample in enumerate(images):
        for j, image in enumerate(sample):
            pixels[i, j, :, : image.shape[1], : image.shape[2]] = image
            mask[i, j, : image.shape[1], : image.shape[2]] = 1
    return {"pixel_values": pixels, "pixel_attention_mask": mask}


def our_logits(model: Idefics2, batch: Batch) -> Tensor:
    features_ID = model.encode_images(batch.images).flatten(0, 1) if batch.images else None
    logits_TV: Tensor = model(batch.ids, batch.lengths, features_ID=features_ID)
    return logits_TV


BATCHES = {
    "one image": [[(64, 48)]],
    "larger than any trained": [[(90, 70)]],
    "split image": [[(24, 40)] * 4 + [(48, 64)]],
    "text only": [[]],
    "several aspect ratios, pixels beyond the last patch": [[(64, 24), (17, 64), (33, 57)], [], [(16, 16)]],
}


@pytest.mark.parametrize("sizes", BATCHES.values(), ids=[name.replace(" ", "-") for name in BATCHES])
def test_logits_and_loss_are_theirs(case: Case, sizes: list[list[tuple[int, int]]]) -> None:
    inputs = batch(sizes)
    theirs = case.theirs(**inputs.theirs)
    logits_TV = our_logits(case.ours, inputs)
    assert difference(logits_TV, theirs.logits[inputs.theirs["attention_mask"].bool()]) < BAR
    assert our_loss(logits_TV, inputs).item() == pytest.approx(theirs.loss.item(), rel=BAR)


def test_every_gradient_is_theirs(case: Case) -> None:
    """In float64 and held to a tenth of the bar: in float32 either is as far from the truth as from the other."""
    theirs, ours = AutoModelForImageTextToText.from_pretrained(case.folder).double(), opened(case.folder, torch.float64)
    inputs = batch(BATCHES["several aspect ratios, pixels beyond the last patch"], torch.float64)
    theirs(**inputs.theirs).loss.backward()
    our_loss(our_logits(ours, inputs), inputs).backward()
    expected = {name: parameter.grad for name, parameter in theirs.named_parameters()}
    gradients = {name: parameter.grad for name, parameter in ours.named_parameters()}
    assert set(gradients) == set(expected)
    for name, gradient in gradients.items():
        assert gradient is not None
        if name.endswith("k_proj.bias"):  # the same for every key of a query, so softmax does not feel it
            assert max(gradient.abs().max(), expected[name].abs().max()) < 1e-6, name
        else:
            assert difference(gradient, expected[name]) < BAR / 10, name


@torch.no_grad()
def test_bfloat16_rounds_where_theirs_does(case: Case) -> None:
    inputs = batch([[]])
    theirs = AutoModelForImageTextToText.from_pretrained(case.folder, dtype=torch.bfloat16)
    ours = our_logits(opened(case.folder, torch.bfloat16), inputs)
    assert difference(ours.float(), theirs(**inputs.theirs).logits[0].float()) < 1e-3


@torch.no_grad()
def test_greedy_decoding_with_a_cache_is_their_generate(case: Case) -> None:
    inputs, new = batch([[(64, 24), (17, 64)]]), 16
    given = {key: value for key, value in inputs.theirs.items() if key != "labels"}
    theirs = case.theirs.generate(**given, do_sample=False, max_new_tokens=new, min_new_tokens=new)[0]
    cache = KVCache(case.ours.config.text, capacity=len(inputs.ids) + new)
    features_ID = case.ours.encode_images(inputs.images).flatten(0, 1)
    logits_TV = case.ours(inputs.ids, inputs.lengths, features_ID=features_ID, cache=cache)
    chosen: list[int] = []
    while len(chosen) < new:
        logits_TV[-1, case.ours.config.text.eos_token_ids[0]] = -torch.inf  # what min_new_tokens does
        chosen.append(int(logits_TV[-1].argmax()))
        logits_TV = case.ours(torch.tensor(chosen[-1:]), [1], cache=cache)
    assert chosen == theirs[len(inputs.ids) :].tolist()
    assert len(set(chosen)) > 2  # a constant answer would prove little


def test_what_we_save_opens_there(case: Case, tmp_path: Path) -> None:
    inputs = batch(BATCHES["several aspect ratios, pixels beyond the last patch"])
    ours = our_logits(case.ours, inputs)
    save_model(case.ours, tmp_path)
    model, report = AutoModelForImageTextToText.from_pretrained(tmp_path, output_loading_info=True)
    assert type(model) is type(case.theirs)
    assert not any(report.values()), report
    assert difference(ours, model(**inputs.theirs).logits[inputs.theirs["attention_mask"].bool()]) < BAR
    assert torch.equal(our_logits(opened(tmp_path), inputs), ours)


def test_config_of_older_transformers_is_the_same(case: Case, tmp_path: Path) -> None:
    values = json.loads((case.folder / "config.json").read_text())
    rope = values["text_config"].pop("rope_parameters")
    values["text_config"]["rope_theta"] = rope["rope_theta"]
    for section in ("vision_config", "perceiver_config"):  # as published: the outer model's name
        values[section]["model_type"] = "idefics2"
    assert Config.from_dict(values) == case.ours.config


@pytest.mark.parametrize("text", [None, {}, {"hidden_size": 64}, {"model_type": "llama", "hidden_size": 512}])
def test_what_a_config_leaves_out_is_what_theirs_fills_in(text: dict[str, Any] | None) -> None:
    least: dict[str, Any] = {"model_type": "idefics2", "image_token_id": 31999, "text_config": text}
    assert Config.from_dict(Idefics2Config(**least).to_dict()) == Config.from_dict(least)


def test_the_published_shape_has_their_names_and_shapes() -> None:
    """Idefics2-8B: 8.40 billion parameters, of which none takes memory here."""
    values = {
        "model_type": "idefics2",
        "vision_config": {
            "hidden_size": 1152,
            "intermediate_size": 4304,
            "num_hidden_layers": 27,
            "num_attention_heads": 16,
            "image_size": 980,
            "patch_size": 14,
        },
        "perceiver_config": {"model_type": "idefics2"},
        "text_config": {"model_type": "mistral", "vocab_size": 32003, "rms_norm_eps": 1e-5, "pad_token_id": 0},
    }
    with torch.device("meta"):
        ours, theirs = Idefics2(Config.from_dict(values)), Idefics2ForConditionalGeneration(Idefics2Config(**values))
    shapes = [{name: parameter.shape for name, parameter in model.named_parameters()} for model in (ours, theirs)]
    assert shapes[0] == shapes[1]
    assert sum(parameter.numel() for parameter in ours.parameters()) == pytest.approx(8.403e9, rel=5e-4)

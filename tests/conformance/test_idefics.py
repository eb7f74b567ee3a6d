"""Our IDEFICS1 against transformers': the same folder gives the same numbers, in both directions.

Models are tiny, their weights random and large, their gates far from 0: see `test_models`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import AutoModelForImageTextToText, IdeficsConfig, IdeficsForVisionText2Text

from octavo.models import CrossCache, Idefics, load_model, save_model
from octavo.models import IdeficsConfig as Config
from tests.conformance.weights import randomise

BAR = 1e-5  # relative to the largest value of the tensor
PAD, VOCABULARY, SIDE = 0, 60, 24
UNFROZEN = {"freeze_text_layers": False, "freeze_vision_layers": False}
LLAMA3 = {
    "rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}  # fmt: skip


def shape(vision: dict[str, Any] | None = None, **rest: Any) -> dict[str, Any]:
    vision = {
        "embed_dim": 24, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 3,
        "image_size": SIDE, "patch_size": 8, **(vision or {}),
    }  # fmt: skip
    text = {
        "vocab_size": VOCABULARY, "hidden_size": 32, "intermediate_size": 56, "num_hidden_layers": 2,
        "num_attention_heads": 4, "pad_token_id": PAD, "bos_token_id": 1, "eos_token_id": 2,
    }  # fmt: skip
    return {**text, **UNFROZEN, "vision_config": vision, **rest}


def perceiver(**rest: Any) -> dict[str, Any]:
    sizes = {"resampler_n_latents": 5, "resampler_depth": 2, "resampler_n_heads": 2, "resampler_head_dim": 7}
    return {"use_resampler": True, "perceiver_config": {"use_resampler": True, **sizes, **rest}}


SHAPES = {
    "plain": shape(),
    "published: resampler, norms, additional tokens": shape(
        cross_layer_interval=2, qk_layer_norms=True, additional_vocab_size=3, **perceiver(qk_layer_norms_perceiver=True)
    ),
    "vector gates, quick gelu, llama3 rope": shape(
        {"hidden_act": "quick_gelu"},
        num_hidden_layers=4,
        alpha_type="vector",
        cross_layer_interval=2,
        rope_parameters=LLAMA3,
    ),
    "tied, pixels beyond the last patch": shape({"patch_size": 7}, tie_word_embeddings=True, **perceiver()),
    "tied with additional tokens": shape(
        tie_word_embeddings=True, additional_vocab_size=4, cross_layer_interval=2, alpha_type="vector"
    ),
}


@dataclass(frozen=True)
class Case:
    """A random model of transformers, the folder it saved, and ours loaded from there."""

    theirs: nn.Module
    ours: Idefics
    folder: Path


def random_model(values: dict[str, Any]) -> nn.Module:
    torch.manual_seed(0)
    model: nn.Module = IdeficsForVisionText2Text(IdeficsConfig(**values))
    return randomise(model, 1.3, louder=("position_embedding", "class_embedding", "alpha"))


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
    pixels: Tensor
    visible: Tensor
    theirs: dict[str, Tensor]


def sight(tokens: int, images: int) -> Tensor:
    """bool [tokens, images]: nothing at first, each image from where it stands until the next, then all, then none."""
    visible = torch.zeros(tokens, images, dtype=torch.bool)
    for image in range(images):
        visible[2 + 3 * image : 5 + 3 * image, image] = True
    visible[2 + 3 * images : -2] = True
    return visible


def batch(model: Idefics, images_of_samples: list[int]) -> Batch:
    """Samples of text with some images each; their last tokens carry labels."""
    generator = torch.Generator().manual_seed(1)
    vocabulary = VOCABULARY + model.config.additional_vocab_size
    lengths = [9 + 3 * images + i for i, images in enumerate(images_of_samples)]
    samples = [torch.randint(3, vocabulary, (length,), generator=generator) for length in lengths]
    labels = [torch.where(torch.arange(len(ids)) < len(ids) - 4, -100, ids) for ids in samples]
    pixels = [torch.randn(images, 3, SIDE, SIDE, generator=generator) for images in images_of_samples]
    sights = [sight(*counts) for counts in zip(lengths, images_of_samples, strict=True)]
    longest, most = max(lengths), max(1, *images_of_samples)

    def padded(rows: list[Tensor], value: int) -> Tensor:
        return torch.stack([F.pad(row, (0, longest - len(row)), value=value) for row in rows])

    theirs = {
        "input_ids": padded(samples, PAD),
        "attention_mask": padded([torch.ones_like(ids) for ids in samples], 0),
        "pixel_values": torch.stack([F.pad(x, (0, 0) * 3 + (0, most - len(x))) for x in pixels]),
        "image_attention_mask": torch.stack(
            [F.pad(x, (0, most - x.shape[1], 0, longest - len(x))).long() for x in sights]
        ),
    }
    visible = torch.block_diag(*sights).bool()
    return Batch(torch.cat(samples), torch.cat(labels), lengths, torch.cat(pixels), visible, theirs)


def our_logits(model: Idefics, batch: Batch) -> Tensor:
    features = model.encode_tiles(batch.pixels) if len(batch.pixels) else None
    logits_TV: Tensor = model(batch.ids, batch.lengths, features_NSF=features, visible_TN=batch.visible)
    return logits_TV


def their_logits(model: nn.Module, batch: Batch) -> Tensor:
    logits: Tensor = model(**batch.theirs).logits
    return logits[batch.theirs["attention_mask"].bool()]


def loss(logits_TV: Tensor, batch: Batch) -> Tensor:
    """The loss itself has nothing of the model in it, and theirs cannot count additional tokens."""
    before_M = (batch.labels[1:] != -100).nonzero().squeeze(1)
    return F.cross_entropy(logits_TV[before_M], batch.labels[before_M + 1])


def difference(ours: Tensor, theirs: Tensor) -> float:
    return ((ours - theirs).abs().max() / theirs.abs().max()).item()


BATCHES = {"one image": [1], "text only": [0], "several images, padded": [2, 0, 3, 1]}


@pytest.mark.parametrize("images", BATCHES.values(), ids=[name.replace(" ", "-") for name in BATCHES])
def test_logits_and_loss_are_theirs(case: Case, images: list[int]) -> None:
    inputs = batch(case.ours, images)
    ours, theirs = our_logits(case.ours, inputs), their_logits(case.theirs, inputs)
    assert difference(ours, theirs) < BAR
    assert loss(ours, inputs).item() == pytest.approx(loss(theirs, inputs).item(), rel=BAR)


def test_the_loss_is_the_one_they_return() -> None:
    model = random_model(SHAPES["plain"])
    inputs = batch(Idefics(Config.from_dict(model.config.to_dict())), [2])
    theirs = model(**inputs.theirs, labels=inputs.labels[None]).loss
    assert loss(their_logits(model, inputs), inputs).item() == pytest.approx(theirs.item(), rel=BAR)


def test_every_gradient_is_theirs(case: Case) -> None:
    inputs = batch(case.ours, [2, 0, 3])
    case.theirs.zero_grad()
    case.ours.zero_grad()
    loss(their_logits(case.theirs, inputs), inputs).backward()
    loss(our_logits(case.ours, inputs), inputs).backward()
    ours = {name: parameter.grad for name, parameter in case.ours.named_parameters()}
    theirs = {name: parameter.grad for name, parameter in case.theirs.named_parameters()}
    assert set(ours) == set(theirs)
    largest_gate = max(gradient.abs().max() for name, gradient in theirs.items() if "alpha" in name)
    for name, gradient in ours.items():
        if "post_layernorm" in name and "vision_model" in name:  # of the class token's pooling, which nothing reads
            assert gradient is None
            assert theirs[name] is None
        elif name.endswith(
            ("k_proj.bias", "k_layer_norm.bias")
        ):  # the same for every key of a query, so softmax does not feel it
            assert max(gradient.abs().max(), theirs[name].abs().max()) < 1e-5, name
        elif "alpha" in name and gradient.numel() == 1:  # one sum of everything, in which large terms may cancel
            assert (gradient - theirs[name]).abs() < BAR * largest_gate, name
        else:
            assert theirs[name].abs().max() > 0, name
            assert difference(gradient, theirs[name]) < BAR, name


@torch.no_grad()
def test_bfloat16_rounds_where_theirs_does(case: Case) -> None:
    inputs = batch(case.ours, [0])
    theirs = AutoModelForImageTextToText.from_pretrained(case.folder, dtype=torch.bfloat16)
    ours = our_logits(load_model(case.folder, torch.bfloat16), inputs)
    # One rounding elsewhere (a norm's weight applied in float32, say) shows as 4e-3 or more.
    assert difference(ours.float(), their_logits(theirs, inputs).float()) < 1e-3


@torch.no_grad()
def test_greedy_decoding_with_a_cache_is_their_generate(case: Case) -> None:
    inputs, new = batch(case.ours, [2]), 16
    prompt_T, visible_TN = inputs.ids[:-2], inputs.visible[:-2]
    theirs = case.theirs.generate(
        prompt_T[None],
        pixel_values=inputs.theirs["pixel_values"],
        image_attention_mask=inputs.theirs["image_attention_mask"][:, :-2],
        do_sample=False,
        max_new_tokens=new,
        min_new_tokens=new,
        output_logits=True,
        return_dict_in_generate=True,
    )
    cache = CrossCache(case.ours.config.text, capacity=len(prompt_T) + new)
    given = {"features_NSF": case.ours.encode_tiles(inputs.pixels), "visible_TN": visible_TN}
    logits_V = case.ours(prompt_T, [len(prompt_T)], **given, cache=cache)[-1]
    chosen: list[int] = []
    for step in range(new):
        assert difference(logits_V, theirs.logits[step][0]) < BAR
        logits_V[case.ours.config.text.eos_token_ids[0]] = -torch.inf  # what min_new_tokens does
        chosen.append(int(logits_V.argmax()))
        logits_V = case.ours(torch.tensor(chosen[-1:]), [1], visible_TN=visible_TN[-1:], cache=cache)[0]
    assert visible_TN[-1].all()  # what is generated looks at both images
    assert chosen == theirs.sequences[0, len(prompt_T) :].tolist()


def test_what_we_save_opens_there(case: Case, tmp_path: Path) -> None:
    inputs = batch(case.ours, [2, 0, 1])
    ours = our_logits(case.ours, inputs)
    for name, shard_bytes in (("whole", 10**9), ("sharded", 20_000)):
        save_model(case.ours, tmp_path / name, shard_bytes=shard_bytes)
        model, report = AutoModelForImageTextToText.from_pretrained(tmp_path / name, output_loading_info=True)
        assert type(model) is IdeficsForVisionText2Text
        assert not any(report.values()), report
        assert difference(ours, their_logits(model, inputs)) < BAR
        assert torch.equal(our_logits(load_model(tmp_path / name), inputs), ours)
        assert (model.generation_config.bos_token_id, model.generation_config.eos_token_id) == (1, 2)
    assert len(list((tmp_path / "sharded").glob("model-*-of-*.safetensors"))) > 1


def test_what_older_versions_saved_beside_the_parameters_is_left_out(case: Case, tmp_path: Path) -> None:
    tensors = dict(case.ours.named_parameters())
    for gated in range(len(case.ours.model.gated_cross_attn_layers)):
        tensors[f"model.gated_cross_attn_layers.{gated}.cross_attn.rotary_emb.inv_freq"] = torch.ones(4)
    tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = torch.ones(4)
    tensors["model.vision_model.embeddings.position_ids"] = torch.arange(10)[None]
    save_file(tensors, tmp_path / "model.safetensors")
    (tmp_path / "config.json").symlink_to(case.folder / "config.json")
    inputs = batch(case.ours, [1])
    assert torch.equal(our_logits(load_model(tmp_path), inputs), our_logits(case.ours, inputs))


@pytest.mark.parametrize(
    ("parameters", "values"),
    [
        (8.93e9, {"num_attention_heads": 32, "num_hidden_layers": 32}),
        (
            79.97e9,
            {"num_attention_heads": 64, "num_hidden_layers": 80, "hidden_size": 8192, "intermediate_size": 22016},
        ),
    ],
    ids=["9b", "80b"],
)
def test_published_shapes_are_theirs(parameters: float, values: dict[str, Any]) -> None:
    latents = {"resampler_n_latents": 64, "resampler_depth": 6, "resampler_n_heads": 16, "resampler_head_dim": 96}
    vision = {"embed_dim": 1280, "intermediate_size": 5120, "num_hidden_layers": 32, "num_attention_heads": 16}
    config = IdeficsConfig(
        **values,
        additional_vocab_size=2,
        cross_layer_interval=4,
        qk_layer_norms=True,
        use_resampler=True,
        perceiver_config=latents | {"qk_layer_norms_perceiver": True},
        vision_config=vision | {"image_size": 224, "patch_size": 14},
    )
    with torch.device("meta"):
        theirs, ours = IdeficsForVisionText2Text(config), Idefics(Config.from_dict(config.to_dict()))
    shapes = [{name: p.shape for name, p in model.named_parameters()} for model in (ours, theirs)]
    assert shapes[0] == shapes[1]
    assert sum(p.numel() for p in ours.parameters()) == pytest.approx(parameters, rel=5e-4)


def test_what_a_config_leaves_out_is_what_theirs_fills_in() -> None:
    least = {"model_type": "idefics"}
    full = IdeficsConfig(vision_config={}, perceiver_config={}).to_dict()
    assert Config.from_dict(full) == Config.from_dict(least)
    full = IdeficsConfig(vision_config={}, perceiver_config={}, use_resampler=True).to_dict()
    assert Config.from_dict(full) == Config.from_dict({**least, "use_resampler": True})


def test_our_config_says_the_same_there(case: Case) -> None:
    ours = IdeficsConfig(**case.ours.config.to_dict()).to_dict()
    theirs = case.theirs.config.to_dict()
    written = case.ours.config.to_dict().keys() - {"rope_theta", "rope_scaling"}
    for key in (written - {"vision_config", "perceiver_config"}) | {"rope_parameters"}:
        assert ours[key] == theirs[key] or key == "architectures", key
    for section in ("vision_config", "perceiver_config"):
        for key in case.ours.config.to_dict()[section]:
            assert ours[section].get(key) == theirs[section].get(key), key

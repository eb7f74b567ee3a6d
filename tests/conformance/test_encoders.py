"""SigLIP encoders from folders of their own, against transformers."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from transformers import SiglipConfig, SiglipModel, SiglipVisionConfig, SiglipVisionModel

from octavo.errors import OctavoError
from octavo.models import VisionConfig
from octavo.models.backbones import load_encoder

VISION = {
    "hidden_size": 24,
    "intermediate_size": 40,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "image_size": 34,
    "patch_size": 8,
}
TEXT = {"hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 1, "num_attention_heads": 3, "vocab_size": 50}


def random_model(whole: bool) -> nn.Module:
    torch.manual_seed(0)
    model = (
        SiglipModel(SiglipConfig(text_config=TEXT, vision_config=VISION))
        if whole
        else SiglipVisionModel(SiglipVisionConfig(**VISION))
    )
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=1.5 / parameter.shape[-1] ** 0.5 if parameter.ndim > 1 else 0.3)
    return model.eval()


@pytest.mark.parametrize("whole", [True, False], ids=["image and text", "image only"])
def test_patches_and_gradients_are_theirs(whole: bool, tmp_path: Path) -> None:
    theirs = random_model(whole)
    theirs.save_pretrained(tmp_path)
    vision = theirs.vision_model if whole else theirs
    encoder = load_encoder(tmp_path)
    pixels = torch.randn(2, 3, 34, 34, generator=torch.Generator().manual_seed(0))
    expected, ours = vision(pixels).last_hidden_state, encoder.model(pixels)
    assert (ours - expected).abs().max() < 1e-5 * expected.abs().max()

    weights = torch.randn(ours.shape, generator=torch.Generator().manual_seed(1))
    (ours * weights).sum().backward()
    (expected * weights).sum().backward()
    gradients = dict(vision.named_parameters())
    for name, parameter in encoder.model.named_parameters():
        theirs_gradient = gradients[name].grad
        floor = 1e-5 if name.endswith("k_proj.bias") else 0.0  # softmax does not feel it
        assert (parameter.grad - theirs_gradient).abs().max() <= 1e-5 * theirs_gradient.abs().max() + floor, name


def test_what_is_no_part_of_the_encoder_is_left_out_and_named(tmp_path: Path) -> None:
    theirs = random_model(True)
    theirs.save_pretrained(tmp_path)
    encoder = load_encoder(tmp_path)
    kept = len(list(encoder.model.parameters()))
    assert kept + len(encoder.left_out) == len(theirs.state_dict())
    assert any(name.startswith("vision_model.head.") for name in encoder.left_out)


@pytest.mark.parametrize("kind", ["siglip", "siglip_vision_model"])
def test_what_a_config_leaves_out_is_what_theirs_fills_in(kind: str) -> None:
    from octavo.models.backbones import _vision_config

    assert _vision_config({"model_type": kind}) == VisionConfig(
        **{key: value for key, value in SiglipVisionConfig().to_dict().items() if key in VisionConfig.__slots__}
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "siglip2"}, "NaFlex"),
        ({"model_type": "siglip2_vision_model"}, "fixed resolution"),
        ({"model_type": "clip"}, "model_type is 'clip'"),
        ({"hidden_act": "quick_gelu"}, "hidden_act"),
        ({"num_hidden_layers": 1}, r"encoder\.layers\.1\.\S+ is not known"),
    ],
)
def test_other_encoders_are_refused_in_one_line(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    random_model(False).save_pretrained(tmp_path)
    values = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(values | change))
    with pytest.raises(OctavoError, match=message) as caught:
        load_encoder(tmp_path)
    assert "\n" not in str(caught.value)

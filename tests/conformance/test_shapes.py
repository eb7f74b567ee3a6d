"""The published shapes: laid out without memory, every name, shape and count is transformers'."""

import pytest
import torch
from transformers import (
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    SmolVLMConfig,
    SmolVLMForConditionalGeneration,
)

from octavo.models import Idefics3
from octavo.training import load_recipe
from octavo.training.start import shape_config

# Millions of parameters: calculated from the published configurations.
PUBLISHED = {"smolvlm-256m": 256.5, "smolvlm-500m": 507.5, "smolvlm-2.2b": 2246.3, "idefics3-8b": 8462.1}


@pytest.mark.parametrize("name", PUBLISHED)
def test_names_shapes_and_counts(name):
    config = shape_config(load_recipe(name).shape)
    kinds = (
        (Idefics3Config, Idefics3ForConditionalGeneration)
        if name.startswith("idefics3")
        else (SmolVLMConfig, SmolVLMForConditionalGeneration)
    )
    with torch.device("meta"):
        ours, theirs = Idefics3(config), kinds[1](kinds[0](**config.to_dict()))
    expected = {key: tuple(value.shape) for key, value in theirs.named_parameters()}
    assert {key: tuple(value.shape) for key, value in ours.named_parameters()} == expected
    count = sum(parameter.numel() for parameter in ours.parameters())
    assert count / 1e6 == pytest.approx(PUBLISHED[name], abs=0.1)

import pytest
import torch

from octavo.models import Idefics3, Idefics3Config, TextConfig, VisionConfig


@pytest.fixture
def config() -> Idefics3Config:
    """Four image tokens a tile, six query heads over two key-value heads."""
    return Idefics3Config(
        vision=VisionConfig(
            hidden_size=24,
            intermediate_size=40,
            num_hidden_layers=2,
            num_attention_heads=3,
            image_size=32,
            patch_size=8,
        ),
        text=TextConfig(
            vocab_size=64,
            hidden_size=48,
            intermediate_size=56,
            num_hidden_layers=2,
            num_attention_heads=6,
            num_key_value_heads=2,
            bos_token_id=1,
            eos_token_ids=(2, 5),
        ),
        scale_factor=2,
        image_token_id=9,
    )


@pytest.fixture
def model(config: Idefics3Config) -> Idefics3:
    """Random weights ten times the usual size, so that attention looks at something."""
    model = Idefics3(config).eval()
    model.init_weights(torch.Generator().manual_seed(0))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(10 if parameter.ndim > 1 else 1)
    return model

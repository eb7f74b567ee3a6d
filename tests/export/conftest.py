"""Small random models, saved as folders, whose logits are far from flat."""

from dataclasses import replace

import pytest
import torch

from octavo.models import Idefics3, Idefics3Config, Llama3Scaling, TextConfig, VisionConfig, save_model
from octavo.processing import ImageConfig, Processor, train_tokenizer

TEXTS = [
    "What is the total of the invoice? It is 1,234.50 EUR, due 31/12/2024.",
    "User: the title Assistant: the answer\n\nAnother page\nand a line.",
]
IMAGES = ImageConfig(longest_edge=128, tile_size=64)  # 2 × 2 tiles and the overview at most, of 4 tokens each
VISION = VisionConfig(
    hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, image_size=64, patch_size=16
)


TOKENIZER = train_tokenizer(TEXTS * 3, 420)


def processor_of(images=IMAGES, tokens_per_tile=4):
    return Processor(TOKENIZER, images, tokens_per_tile)


def model_of(processor, vision=VISION, scale_factor=2, **text):
    """Matrices of ten times the usual size. No answer ends: the end token's logit is 0, another one is larger."""
    shape = {
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "tie_word_embeddings": True,
        "eos_token_ids": (processor.end_token_id,),
    }
    config = Idefics3Config(
        vision=vision,
        text=TextConfig(vocab_size=processor.vocab_size, **shape | text),
        scale_factor=scale_factor,
        image_token_id=processor.image_token_id,
    )
    model = Idefics3(config).eval()
    model.init_weights(torch.Generator().manual_seed(0))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(8 if parameter.ndim > 1 else 1)
        (model.lm_head or model.model.text_model.embed_tokens).weight[processor.end_token_id] = 0
    return model


def saved(folder, model, processor):
    save_model(model, folder)
    processor.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def processor():
    return processor_of()


@pytest.fixture(scope="session")
def model(processor):
    """A tied head, grouped queries, and rotary positions stretched as Llama 3.1's."""
    scaling = Llama3Scaling(factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64)
    return model_of(processor, rope_scaling=scaling)


@pytest.fixture(scope="session")
def folder(model, processor, tmp_path_factory):
    return saved(tmp_path_factory.mktemp("export") / "small", model, processor)


@pytest.fixture(scope="session")
def untied_folder(tmp_path_factory):
    """An untied head, wide heads, and 25 patches a side, of which some share positions."""
    processor = processor_of(replace(IMAGES, tile_size=100, longest_edge=200), 25)
    vision = replace(VISION, image_size=100, patch_size=4)
    model = model_of(processor, vision, scale_factor=5, tie_word_embeddings=False, head_dim=32)
    return saved(tmp_path_factory.mktemp("export") / "untied", model, processor)

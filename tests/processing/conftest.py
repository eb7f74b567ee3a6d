"""A processor with small tiles: 16 pixels, 2 tokens each, pages of up to 4x4."""

import numpy as np
import pytest
from PIL import Image

from octavo.processing import ImageConfig, Processor, train_tokenizer

TEXTS = [
    "What is the total of the invoice? It is 1,234.50 EUR, due 31/12/2024.",
    "User: the title Assistant: the answer\n\nAnother page\nand a line.",
    "Ünïcödé, 漢字, 🙂 and\ttabs",
]


@pytest.fixture(scope="session")
def texts():
    return TEXTS


@pytest.fixture(scope="session")
def tokenizer():
    return train_tokenizer(TEXTS * 3, 400)


@pytest.fixture(scope="session")
def processor(tokenizer):
    return Processor(tokenizer, ImageConfig(longest_edge=64, tile_size=16), 2)


@pytest.fixture(scope="session")
def page():
    """40x60 pixels of noise: 4x3 tiles and the overview."""
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 40, 3), dtype=np.uint8))

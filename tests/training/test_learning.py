"""Learning works: a recipe makes a model of nothing that reads, after a minute, lines of three digits it never saw.

`train` runs the two stages of a recipe (glyph cells for the encoder, then both) on drawn samples whose writing is
three digits. A model that does not see its tile, or whose answer sees itself in training, has one digit in ten right.
"""

from collections.abc import Iterator, Sequence
from random import Random

import pytest

import octavo
from octavo.inference import VisionLanguageModel
from octavo.synthetic.faces import Family
from octavo.synthetic.marks import WHITE, Text
from octavo.synthetic.scraps import Scrap
from octavo.training import parse_recipe, train
from octavo.training.sources import synthetic

SIDE, DIGITS = 32, 3
QUESTION = "?"
STAGE = {
    "optimizer": "muon", "learning_rate": 8e-3, "warmup_steps": 10, "weight_decay": 0.0, "clip_norm": 1.0,
    "pack_tokens": 600, "packs_per_step": 1, "questions_per_sample": 1, "checkpoint_every": 1000,
    "data": [{"kind": "synthetic", "feed": "lines", "longest": 10}],
}  # fmt: skip
RECIPE = {
    "name": "digits",
    "seed": 0,
    "shape": {
        "vision": {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2,
                   "patch_size": 8},
        "text": {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2,
                 "num_key_value_heads": 2},
        "scale_factor": 2, "tile_size": SIDE, "longest_edge": SIDE, "vocab_size": 401,
    },
    "stages": [
        STAGE | {"name": "encoder", "steps": 60, "answers": False, "glyphs": 1.0,
                 "freeze": ["model.connector", "model.text_model"]},
        STAGE | {"name": "both", "steps": 400, "learning_rate": 6e-3, "glyphs": 0.3},
    ],
}  # fmt: skip


def three_digits(random: Random, families: Sequence[Family], width: int, height: int, most: int) -> Scrap:
    """In place of short lines of words: three digits somewhere on a tile of 32 pixels."""
    digits = "".join(random.choice("0123456789") for _ in range(DIGITS))
    return Scrap((Text(random.uniform(1, 4), random.uniform(13, 29), digits, "Vera", 14),), WHITE)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VisionLanguageModel]:
    out = tmp_path_factory.mktemp("learning") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthetic, "lines", three_digits)
        patch.setattr(synthetic, "PROMPTS", (QUESTION,))
        train(parse_recipe(RECIPE, "test"), out)
        yield octavo.load(out)


def right(model: VisionLanguageModel, shown: int) -> float:
    """The share of the digits of 50 unseen lines that are read rightly where line n is asked for and n + shown seen."""
    unseen = synthetic.Synthetic("lines", model.processor, seed=7, longest=10)
    found = 0
    for index in range(50):
        answer = model.read(unseen.images(index + shown), max_new_tokens=DIGITS + 1).ask(QUESTION).text
        found += sum(a == b for a, b in zip(answer, unseen.scene(index).lines[0], strict=False))
    return found / (50 * DIGITS)


def test_a_line_is_read(trained: VisionLanguageModel) -> None:
    # 0.69 when this was written; 0.15 where every patch is their mean, 0.13 where the mask lets an answer see itself.
    assert right(trained, shown=0) > 0.4


def test_what_is_read_is_what_is_shown(trained: VisionLanguageModel) -> None:
    """The bar is out of reach without looking: with another line shown, one digit in ten is right by chance."""
    assert right(trained, shown=1) < 0.3


def test_the_head_is_gone(trained: VisionLanguageModel) -> None:
    assert not [name for name, _ in trained.model.named_parameters() if "glyph" in name]

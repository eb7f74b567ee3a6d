"""Drawn samples: known before they are drawn, the same for the same number, trained without a data set."""

import json

import pytest
import torch

from octavo.errors import OctavoError
from octavo.processing import ImageConfig, Processor, train_tokenizer
from octavo.training import load_recipe, train
from octavo.training.sources.synthetic import PROMPTS, Synthetic, vocabulary_texts

FEEDS = ("lines", "crops", "spreads", "cards", "pages")
SMALL = (
    "shape.vision={hidden_size: 16, intermediate_size: 32, num_hidden_layers: 1, num_attention_heads: 2, "
    "patch_size: 8}",
    "shape.text={hidden_size: 16, intermediate_size: 32, num_hidden_layers: 1, num_attention_heads: 2, "
    "num_key_value_heads: 1}",
    "shape.tile_size=128", "shape.longest_edge=256",
)  # fmt: skip
ONE_CORE = ("stages.0.pack_tokens=1200",)


@pytest.fixture(scope="module")
def processor() -> Processor:
    return Processor(train_tokenizer(vocabulary_texts(0)[:2000], 500), ImageConfig(longest_edge=256, tile_size=64), 16)


@pytest.mark.parametrize("feed", FEEDS)
def test_a_sample_is_known_before_it_is_drawn(feed, processor):
    drawn = 0
    for index in range(8):
        source = Synthetic(feed, processor, 3, 200)
        try:
            spec = source.spec(index, 0)
        except OctavoError:  # a small tile may show no whole line
            continue
        sample = source.sample(index, 0)
        assert (len(sample.token_ids), len(sample.tiles), sample.branches) == spec
        assert sample.cells.shape == (spec.tiles, 64, 2)
        again = Synthetic(feed, processor, 3, 200).sample(index, 0)
        assert torch.equal(again.tiles, sample.tiles)
        assert torch.equal(again.token_ids, sample.token_ids)
        assert not torch.equal(again.tiles[0], Synthetic(feed, processor, 4, 200).sample(index, 0).tiles[0])
        drawn += 1
    assert drawn >= 5


def test_questions_for_what_follows_are_answered_by_what_follows():
    processor = Processor(train_tokenizer(vocabulary_texts(0)[:400], 420), ImageConfig(1024, 256), 256)
    source, found = Synthetic("crops", processor, 1, 500), 0
    for index in range(12):
        (prompt, text), *lookups = source.turns(index, 0)
        assert prompt in PROMPTS
        assert len(text) <= 500
        whole = " ".join(source.scene(index).lines)
        for question, answer in lookups:
            given = question.split('"')[1]
            assert whole.count(given) == 1
            assert whole.partition(given)[2].strip().startswith(answer)
            found += 1
    assert found > 12


def test_the_recipe_trains_phase_by_phase_without_a_data_set(tmp_path):
    """Each phase begins with what the one before left; the head of the glyph cells goes on, and no model keeps it."""
    phases = ("encoder", "align", "crops", "cards", "pages")
    for number, phase in enumerate(phases):
        begin = SMALL if not number else (f"base={tmp_path / phases[number - 1]}",)
        recipe = load_recipe(f"nano/{phase}", (*begin, "stages.0.steps=2", *ONE_CORE))
        folder = train(recipe, tmp_path / phase)
        log = [json.loads(line) for line in (tmp_path / phase / "log.jsonl").read_text().splitlines()]
        assert [line["stage"] for line in log] == [phase] * 2
        if recipe.stages[0].glyphs:
            assert (tmp_path / phase / "glyph_head.safetensors").is_file()
    assert "drawn pages" in (folder / "README.md").read_text()
    with pytest.raises(OctavoError, match="no data set"):
        train(load_recipe("nano/encoder", (*SMALL, "stages.0.evaluate_every=1", "stages.0.strip=null")), tmp_path / "x")

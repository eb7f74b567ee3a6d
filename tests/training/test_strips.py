"""Strips: what is seen of a tile is what the whole tile has there, and costs less."""

import pytest
import torch

from octavo.errors import OctavoError
from octavo.models.connectors import pixel_shuffle
from octavo.processing import ImageConfig, Processor, train_tokenizer
from octavo.training.recipe import load_recipe
from octavo.training.resolution import at_stage
from octavo.training.sources.synthetic import Synthetic, vocabulary_texts

ALIGN = ("base=anything",)


@pytest.fixture(scope="module")
def processor() -> Processor:
    return Processor(train_tokenizer(vocabulary_texts(0)[:400], 330), ImageConfig(1024, 256), 256)


def test_a_strip_is_embedded_as_in_its_tile(tiny_model):
    vision = tiny_model[0].model.vision_model
    side, patch = vision.config.image_size, vision.config.patch_size
    tile_NCHW = torch.randn(2, 3, side, side)
    rows = side // patch
    whole_NRQD = vision.embeddings(tile_NCHW).unflatten(1, (rows, rows))
    for top in range(rows - 1):
        strip_NCHW = tile_NCHW[:, :, top * patch : (top + 2) * patch]
        embedded_NSD = vision.embeddings(strip_NCHW, top=top)
        torch.testing.assert_close(embedded_NSD, whole_NRQD[:, top : top + 2].flatten(1, 2))


def test_a_strips_image_tokens_are_rows_of_its_tiles():
    patches_NSD = torch.randn(3, 64, 5)
    whole_NSD = pixel_shuffle(patches_NSD, 2)
    strip_NSD = pixel_shuffle(patches_NSD[:, 16:48], 2, columns=8)
    assert torch.equal(strip_NSD, whole_NSD[:, 4:12])


@pytest.mark.parametrize("feed", ["lines", "crops", "cards"])
def test_samples_on_strips(feed, processor):
    stage = load_recipe("nano/align", ALIGN).stages[0].model_copy(update={"strip": 64})
    small = at_stage(processor, stage)
    assert small.image_seq_len == 64
    source, seen = Synthetic(feed, small, 2, 200, True, 64), 0
    for index in range(12):
        try:
            sample = source.sample(index, 0)
        except OctavoError:  # a strip may show no whole line
            continue
        assert sample.tiles.shape == (1, 3, 64, 256)
        assert sample.cells.shape == (1, 8 * 32, 2)
        assert (sample.token_ids == processor.image_token_id).sum() == 64
        looked = sample.looks[sample.looks >= 0]
        assert (sample.token_ids[looked] == processor.image_token_id).all()
        assert len(sample.token_ids) == source.spec(index, 0).tokens
        seen += int((sample.cells > 0).sum())
    assert seen > 150


def test_strips_that_make_no_tile_are_refused(processor):
    stage = load_recipe("nano/align", ALIGN).stages[0]
    with pytest.raises(OctavoError, match="not made of strips of 96"):
        at_stage(processor, stage.model_copy(update={"strip": 96}))
    with pytest.raises(OctavoError, match="single drawn tiles"):
        load_recipe("nano/align", (*ALIGN, "stages.0.data.0.feed=spreads"))

"""Glyph cells: classes of characters lie in the patches in which the characters do."""

import numpy as np
import torch

from octavo.synthetic.raster import Glyphs
from octavo.training.glyphs import CLASSES, NONE, UNKNOWN, add_head, glyph_cells, glyph_loss_sum, remove_head


def placed(chars: str, *places: tuple[float, float]) -> Glyphs:
    return Glyphs(chars, np.array(places, np.float32), np.zeros(len(chars), np.int32))


def test_a_patch_names_two_characters_from_left_to_right():
    cells = glyph_cells(placed("cab", (7, 3), (1, 3), (4, 3)), 0, 0, 32, 8)
    assert cells.shape == (1, 16, 2)
    assert cells[0, 0].tolist() == [CLASSES["a"], CLASSES["b"]]  # a third is not asked for
    assert (cells[0, 1:] == NONE).all()


def test_tiles_stand_row_by_row_and_the_overview_is_unknown():
    cells = glyph_cells(placed("xyz~", (33, 17), (2, 40), (63.9, 63.9), (64, 3)), 2, 2, 32, 8)
    assert cells.shape == (5, 16, 2)
    assert cells[1, 8, 0] == CLASSES["x"]  # upper right tile, third row of patches, first column
    assert cells[2, 4, 0] == CLASSES["y"]
    assert cells[3, 15, 0] == CLASSES["z"]
    assert (cells[:4] > NONE).sum() == 3  # the last one lies beyond the edge
    assert (cells[4] == UNKNOWN).all()


def test_the_head_trains_the_encoder_and_goes(tiny_model):
    model, _ = tiny_model
    names = [name for name, _ in model.named_parameters()]
    patches_NSD = torch.randn(2, 4, model.config.vision.hidden_size, requires_grad=True)
    cells_NS2 = torch.zeros(2, 4, 2, dtype=torch.int64)
    add_head(model, 0)
    few = glyph_loss_sum(model, patches_NSD, cells_NS2)
    cells_NS2[0, 0, 0] = 5
    more = glyph_loss_sum(model, patches_NSD, cells_NS2)
    assert more > few  # a character weighs more than none
    more.backward()
    assert patches_NSD.grad is not None
    assert patches_NSD.grad.abs().sum() > 0
    cells_NS2[:] = UNKNOWN
    assert glyph_loss_sum(model, patches_NSD, cells_NS2) == 0
    remove_head(model)
    assert [name for name, _ in model.named_parameters()] == names

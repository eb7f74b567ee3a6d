"""Glyph cells: an encoder learns to read before any decoder, since each patch is told which characters it holds.

A linear head on the encoder's patches names at most two characters whose middles lie in the patch. It trains with the
model and lies in its checkpoints. The model that a run leaves has none; it stands beside it, for a run that goes on.

Shapes: N tiles, S patches of a tile, D the encoder's width, G characters, K classes.
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from octavo.models import Idefics3
from octavo.synthetic.raster import Glyphs
from octavo.synthetic.texts import ALPHABET

A_PATCH = 2  # characters that a patch can name
NONE = 0  # the class of no character
NONE_WEIGHT = 0.15  # most patches hold none; as heavy as the others they would drown them
UNKNOWN = -100  # nothing is asked: an overview's letters are too small
CLASSES = {char: number for number, char in enumerate(ALPHABET, start=1)}
HEAD = "glyph_head"
FILE = "glyph_head.safetensors"


def add_head(model: Idefics3, seed: int, base: Path | None = None) -> None:
    """Give the model a head for glyph cells, in place: that which a run left in `base`, else one drawn from `seed`."""
    head = nn.Linear(model.config.vision.hidden_size, A_PATCH * (len(CLASSES) + 1))
    nn.init.normal_(head.weight, std=0.02, generator=torch.Generator().manual_seed(seed))
    nn.init.zeros_(head.bias)
    if base is not None and (base / FILE).is_file():
        head.load_state_dict(load_file(base / FILE))
    model.add_module(HEAD, head)


def remove_head(model: Idefics3) -> nn.Module:
    """Take the head away."""
    head = model.get_submodule(HEAD)
    delattr(model, HEAD)
    return head


def save_head(head: nn.Module, folder: Path) -> None:
    """Leave a run's head for runs that begin with its model."""
    save_file({name: tensor.contiguous() for name, tensor in head.state_dict().items()}, folder / FILE)


def glyph_cells(glyphs: Glyphs, rows: int, cols: int, side: int, patch: int) -> Tensor:
    """Classes of the characters on an image that is cut into rows · cols tiles of `side` pixels: int64 [N, S, 2].

    (0, 0) is an image of one tile; of others the last tile, their overview, is unknown.
    """
    tiles, across = max(1, rows * cols), side // patch
    cells = np.zeros((tiles * across**2, A_PATCH), np.int64)
    patches_G2 = (glyphs.xy_N2 // patch).astype(np.int64)
    inside_G = ((patches_G2 >= 0) & (patches_G2 < np.array((max(1, cols), max(1, rows))) * across)).all(axis=1)
    x_G, y_G = patches_G2[inside_G].T
    place_G = ((y_G // across * max(1, cols) + x_G // across) * across + y_G % across) * across + x_G % across
    known_G = np.array([CLASSES.get(char, NONE) for char in glyphs.chars], np.int64)[inside_G]
    order_G = np.lexsort((glyphs.xy_N2[inside_G, 0], place_G))
    place_G, known_G = place_G[order_G], known_G[order_G]
    rank_G = np.arange(len(place_G)) - np.searchsorted(place_G, place_G)
    first_G = rank_G < A_PATCH
    cells[place_G[first_G], rank_G[first_G]] = known_G[first_G]
    whole = torch.from_numpy(cells).view(tiles, across**2, A_PATCH)
    overview = torch.full((int(rows * cols > 1), across**2, A_PATCH), UNKNOWN)
    return torch.cat([whole, overview])


def glyph_logits(model: Idefics3, patches_NSD: Tensor) -> Tensor:
    """What the head says of the patches: [N, S, 2, K]."""
    logits_NS2K: Tensor = model.get_submodule(HEAD)(patches_NSD).unflatten(2, (A_PATCH, -1))
    return logits_NS2K


def glyph_loss_sum(model: Idefics3, patches_NSD: Tensor, cells_NS2: Tensor) -> Tensor:
    """Weighted cross-entropy summed over the cells, in nats."""
    logits_NS2K = glyph_logits(model, patches_NSD)
    weights_K = torch.ones(logits_NS2K.shape[-1], device=logits_NS2K.device)
    weights_K[NONE] = NONE_WEIGHT
    return F.cross_entropy(
        logits_NS2K.flatten(0, 2).float(), cells_NS2.flatten(), weights_K, ignore_index=UNKNOWN, reduction="sum"
    )

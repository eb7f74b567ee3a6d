"""Tiles become image tokens, one at a time, and none twice.

Shapes: H and W pixels, S image tokens of a tile, D hidden size of the decoder.
"""

import hashlib
from collections import OrderedDict

from torch import Tensor

from octavo.inference.engine.hashing import raw
from octavo.inference.engine.int8 import int8_encoder
from octavo.models import Idefics2, Idefics3

KEPT = 128  # tiles of SmolVLM-256M: 19 MB. Blank ones and those of a company's letterhead come again


class TileEncoder:
    """A model's vision encoder and connector.

    The last `KEPT` different tiles stay, by a hash of their pixels: blank ones stand on most pages. By itself, a tile
    gets the same features whatever else its page holds; and other requests are served between two tiles.
    """

    def __init__(self, model: Idefics2 | Idefics3, int8: bool) -> None:
        self.model = int8_encoder(model) if int8 else model
        self.kept: OrderedDict[bytes, Tensor] = OrderedDict()

    def encode(self, pixels_CHW: Tensor) -> Tensor:
        """Image tokens [S, D] of normalised pixels [3, H, W]."""
        key = hashlib.blake2b(raw(pixels_CHW), digest_size=32).digest()
        if key not in self.kept:
            self.kept[key] = self.model.features_of(pixels_CHW[None])
            if len(self.kept) > KEPT:
                self.kept.popitem(last=False)
        self.kept.move_to_end(key)
        return self.kept[key]

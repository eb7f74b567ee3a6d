"""Connectors: the encoder's patches become image tokens of the decoder's width.

Shapes: N tiles, S patches of a tile or squares of patches, D hidden size; R and Q rows and columns of squares of
Y × X patches.
"""

import math

from torch import Tensor, nn

from octavo.models.config import Idefics3Config


def pixel_shuffle(x_NSD: Tensor, scale: int) -> Tensor:
    """Lay each square of scale × scale patches into one vector: [N, S, D] to [N, S / scale², D · scale²].

    The new channels are ordered (row in the square, column in the square, channel). S is a square number
    whose root is a multiple of `scale`.
    """
    tiles, patches, size = x_NSD.shape
    side = math.isqrt(patches) // scale
    x_NRYQXD = x_NSD.reshape(tiles, side, scale, side, scale, size)
    return x_NRYQXD.transpose(2, 3).reshape(tiles, side**2, scale**2 * size)


class ModalityProjection(nn.Module):
    """The one linear layer from the encoder's width to the decoder's."""

    def __init__(self, config: Idefics3Config) -> None:
        super().__init__()
        square = config.vision.hidden_size * config.scale_factor**2
        self.proj = nn.Linear(square, config.text.hidden_size, bias=False)

    def forward(self, x_NSD: Tensor) -> Tensor:
        out_NSD: Tensor = self.proj(x_NSD)
        return out_NSD


class Connector(nn.Module):
    """Pixel shuffle, then the projection."""

    def __init__(self, config: Idefics3Config) -> None:
        super().__init__()
        self.scale = config.scale_factor
        self.modality_projection = ModalityProjection(config)

    def forward(self, x_NSD: Tensor) -> Tensor:
        out_NSD: Tensor = self.modality_projection(pixel_shuffle(x_NSD, self.scale))
        return out_NSD

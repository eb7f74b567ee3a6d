"""Connectors: the encoder's patches become image tokens of the decoder's width.

Shapes: N tiles, S patches of a tile or squares of patches, D hidden size; R and Q rows and columns of squares of
Y × X patches.
"""

import math

import torch.nn.functional as F
from torch import Tensor, nn

from octavo.models.config import Idefics3Config, PerceiverConfig
from octavo.models.perceiver import PerceiverConnector


def pixel_shuffle(x_NSD: Tensor, scale: int, columns: int | None = None) -> Tensor:
    """Lay each square of scale × scale patches into one vector: [N, S, D] to [N, S / scale², D · scale²].

    The new channels are ordered (row in the square, column in the square, channel). The patches stand in rows of
    `columns`, by default those of a square. Rows and columns are multiples of `scale`.
    """
    tiles, patches, size = x_NSD.shape
    columns = columns or math.isqrt(patches)
    x_NRYQXD = x_NSD.reshape(tiles, patches // columns // scale, scale, columns // scale, scale, size)
    return x_NRYQXD.transpose(2, 3).reshape(tiles, patches // scale**2, scale**2 * size)


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

    def forward(self, x_NSD: Tensor, columns: int | None = None) -> Tensor:
        out_NSD: Tensor = self.modality_projection(pixel_shuffle(x_NSD, self.scale, columns))
        return out_NSD


class MlpConnector(nn.Module):
    """Pixel shuffle, then two linear layers with GELU between them (LLaVA 1.5's projector, arXiv 2310.03744)."""

    def __init__(self, config: Idefics3Config) -> None:
        super().__init__()
        self.scale = config.scale_factor
        self.fc1 = nn.Linear(config.vision.hidden_size * config.scale_factor**2, config.text.hidden_size)
        self.fc2 = nn.Linear(config.text.hidden_size, config.text.hidden_size)

    def forward(self, x_NSD: Tensor, columns: int | None = None) -> Tensor:
        out_NSD: Tensor = self.fc2(F.gelu(self.fc1(pixel_shuffle(x_NSD, self.scale, columns))))
        return out_NSD


class ResamplerConnector(nn.Module):
    """Idefics2's connector on tiles: each becomes as many image tokens as the perceiver has latents."""

    def __init__(self, config: Idefics3Config, perceiver: PerceiverConfig) -> None:
        super().__init__()
        self.resampler = PerceiverConnector(config.vision.hidden_size, config.text.intermediate_size, perceiver)

    def forward(self, x_NSD: Tensor, columns: int | None = None) -> Tensor:
        tiles, patches = x_NSD.shape[:2]  # in which rows they stand does not matter here
        out_NSD: Tensor = self.resampler(x_NSD.flatten(0, 1), [patches] * tiles)
        return out_NSD


def connector_of(config: Idefics3Config) -> nn.Module:
    """The connector that a configuration asks for: patches [N, S, D] in, image tokens of the decoder's width out."""
    if config.perceiver is not None:
        return ResamplerConnector(config, config.perceiver)
    return MlpConnector(config) if config.connector == "mlp" else Connector(config)

"""Random weights that make a wrong mask or scale show: with the usual 0.02 it would vanish in the tolerance."""

from collections.abc import Sequence

import torch
from torch import nn


@torch.no_grad()
def randomise(model: nn.Module, spread: float, louder: Sequence[str] = ("position_embedding",)) -> nn.Module:
    """Weights from N(0, spread² / inputs), vectors from N(0, 0.3²), norms around 1; in eval mode.

    Attention is then far from uniform; above the `spread` that a test takes, rounding alone exceeds its bar. What is
    named in `louder` is five times as large.
    """
    for name, parameter in model.named_parameters():
        parameter.normal_(std=spread / parameter.shape[-1] ** 0.5 if parameter.ndim > 1 else 0.3)
        if parameter.ndim == 1 and "norm" in name and name.endswith("weight"):
            parameter.add_(1)
        if any(part in name for part in louder):
            parameter.mul_(5)
    return model.eval()

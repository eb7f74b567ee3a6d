"""Activation checkpointing: a layer keeps its input alone and computes the rest again in the backward pass."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint


def through(layer: Callable[..., Tensor], x: Tensor, *rest: Any, checkpointing: bool) -> Tensor:
    """`layer(x, *rest)`; with `checkpointing`, and where a gradient will be taken, without keeping its inside.

    Gradients are the same to the bit: the same operations run twice on the same input. A third more work.
    """
    if checkpointing and torch.is_grad_enabled():
        # The state of the random numbers is put back for the second run: the dropout of adapters draws some.
        recomputed: Tensor = checkpoint(layer, x, *rest, use_reentrant=False)
        return recomputed
    out: Tensor = layer(x, *rest)
    return out

"""Tensors as bytes, for hashes and checksums."""

from typing import Any

import torch
from torch import Tensor


def raw(tensor: Tensor) -> memoryview:
    """The elements of a tensor as they stand in memory, in order."""
    flat: Any = tensor.detach().contiguous().flatten().view(torch.uint8).numpy()
    return memoryview(flat)

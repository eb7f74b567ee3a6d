"""Products with weights and activations of 8 bits, in the kernels that PyTorch has for x86.

Measured on one core without VNNI (AMD Zen 3), float32 = 1: encoder's layers (1,024 rows) oneDNN 0.51, FBGEMM 0.57;
one row of the decoder FBGEMM 0.42, oneDNN 0.86, `_weight_int8pack_mm` 3.6; eight rows FBGEMM 0.26, oneDNN 0.47.

Without VNNI both kernels add two products of 8 bits in 16, which saturates where both are large: errors of 40% were
seen. With 7 bits on one side, the sum fits (2 · 255 · 63 < 2^15): weights for oneDNN, activations for FBGEMM.

Shapes: T rows, K inputs, N outputs.
"""

import copy
import warnings
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from octavo.models import Idefics2, Idefics3

Taken = TypeVar("Taken", bound=Idefics2 | Idefics3)

SEVEN_BITS = 63


class Int8Rows:
    """x · Wᵀ + b where every row of x has a scale of its own, so that no row changes another's result."""

    def __init__(self, weight_NK: Tensor, bias_N: Tensor | None) -> None:
        self.packed = _packed("fbgemm", weight_NK, 127, None)
        self.bias_N = bias_N

    def __call__(self, x_TK: Tensor) -> Tensor:
        # A row of zeros has no scale; any will do.
        scale_T1 = torch.linalg.vector_norm(x_TK, torch.inf, dim=1, keepdim=True).clamp_min_(1e-30)
        out_TN: Tensor = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(
            x_TK / scale_T1, 1 / SEVEN_BITS, SEVEN_BITS + 1, self.packed
        ).mul_(scale_T1)
        return out_TN if self.bias_N is None else out_TN.add_(self.bias_N)


class Int8Linear(nn.Module):
    """A linear layer for many rows of one tile, with one scale for all of them."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.packed = _packed("onednn", linear.weight, SEVEN_BITS, linear.bias)

    def forward(self, x_TK: Tensor) -> Tensor:
        out_TN: Tensor = torch.ops.quantized.linear_dynamic(x_TK, self.packed)
        return out_TN


def int8_encoder(model: Taken) -> Taken:
    """The model with an `Int8Linear` for each linear layer of encoder and connector; it shares all parameters."""
    shared: dict[int, Any] = {id(parameter): parameter for parameter in model.parameters()}
    copied = copy.deepcopy(model, shared)
    for part in (copied.model.vision_model, copied.model.connector):
        for parent in list(part.modules()):
            for name, child in parent.named_children():
                if isinstance(child, nn.Linear):
                    setattr(parent, name, Int8Linear(child))
    return copied


def _packed(kernels: str, weight_NK: Tensor, largest: int, bias_N: Tensor | None) -> Any:
    """Weights in whole numbers up to `largest`, a scale for each output, laid out for those kernels."""
    weight_NK = weight_NK.detach().float()
    scale_N = weight_NK.abs().amax(1).clamp_min(1e-30).double() / largest
    zero_N = torch.zeros(len(weight_NK), dtype=torch.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # its tensors are to leave PyTorch; the kernels take no others
        quantised = torch.quantize_per_channel(weight_NK, scale_N, zero_N, 0, torch.qint8)
    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = kernels
    try:
        return torch.ops.quantized.linear_prepack(quantised, None if bias_N is None else bias_N.detach().float())
    finally:
        torch.backends.quantized.engine = before

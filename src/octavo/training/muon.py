"""Muon: steps of matrices whose singular values are all about 1 (K. Jordan 2024, kellerjordan.github.io/posts/muon).

Shapes: R rows of a matrix, C columns.
"""

import math
from typing import Any

import torch
from torch import Tensor
from torch.distributed.tensor import DTensor, distribute_tensor

MOMENTUM = 0.95
COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the quintic that takes singular values from (0, 1] to about 1 fastest
ITERATIONS = 5
LIKE_ADAMW = 0.2  # root mean square of AdamW's updates (arXiv 2502.16982, section 2.2): one rate and decay for both
EPS = 1e-8


def orthogonalized(update_RC: Tensor) -> Tensor:
    """The matrix with its singular vectors kept and its singular values near 1, float32: between 0.7 and 1.2 but for
    those below a thousandth of the largest.
    """
    if isinstance(update_RC, DTensor):  # in shares of rows (FSDP2): each process computes the whole and keeps its share
        whole_RC = orthogonalized(update_RC.full_tensor())
        return distribute_tensor(whole_RC, update_RC.device_mesh, update_RC.placements, src_data_rank=None)
    a, b, c = COEFFICIENTS
    x: Tensor = update_RC.float()
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x  # the products are of the shorter side
    x = x / (x.norm() + EPS)
    for _ in range(ITERATIONS):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x.T if tall else x


class Muon(torch.optim.Optimizer):
    """Muon for groups with "orthogonal" set, AdamW for the others; decay is decoupled in both.

    All state is tensors: one momentum of a matrix; both moments and the number of steps of the rest.
    """

    def __init__(self, groups: list[dict[str, Any]], lr: float, betas: tuple[float, float]) -> None:
        super().__init__(groups, {"lr": lr, "betas": betas})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One step along the gradients."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    state = self.state[parameter]
                    if group["orthogonal"]:
                        update = _momentum(state, parameter.grad)
                    else:
                        update = _adam(state, parameter.grad, *group["betas"])
                    parameter.mul_(1 - group["lr"] * group["weight_decay"])
                    parameter.add_(update.to(parameter.dtype), alpha=-group["lr"])


def _momentum(state: dict[str, Tensor], gradient_RC: Tensor) -> Tensor:
    """Nesterov's momentum, orthogonalised, as large as AdamW's update would be."""
    if not state:
        state["momentum"] = torch.zeros_like(gradient_RC)
    state["momentum"].lerp_(gradient_RC, 1 - MOMENTUM)
    update_RC = orthogonalized(gradient_RC.lerp(state["momentum"], MOMENTUM))
    return update_RC * (LIKE_ADAMW * math.sqrt(max(gradient_RC.shape)))


def _adam(state: dict[str, Tensor], gradient: Tensor, beta1: float, beta2: float) -> Tensor:
    if not state:
        state |= {"step": torch.zeros(()), "mean": torch.zeros_like(gradient), "square": torch.zeros_like(gradient)}
    state["step"] += 1
    state["mean"].lerp_(gradient, 1 - beta1)
    state["square"].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
    steps = float(state["step"])
    scale: Tensor = (state["square"] / (1 - beta2**steps)).sqrt_().add_(EPS)
    mean: Tensor = state["mean"] / (1 - beta1**steps)
    return mean / scale

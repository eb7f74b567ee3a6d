"""How many operations a second this machine does in the products that a model is made of."""

import time

import torch

SIDE, SECONDS = 1024, 0.5


def matmul_rate(dtype: torch.dtype) -> float:
    """Operations a second of square products of 1024, over half a second, on the first GPU or else the CPU.

    What a whole model reaches is lower: a plan's hours are the least that this machine needs.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    a, b = (torch.randn(SIDE, SIDE, device=device).to(dtype) for _ in range(2))
    _ = float((a @ b)[0, 0])  # the first call sets up its kernel
    started, products = time.perf_counter(), 0
    while time.perf_counter() - started < SECONDS:
        c = a @ b
        _ = float(c[0, 0])  # waits for the device
        products += 1
    return products * 2 * SIDE**3 / (time.perf_counter() - started)

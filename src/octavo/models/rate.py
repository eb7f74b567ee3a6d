"""How many operations a second a device does: by its maker's figures, or in products of matrices on the spot."""

import time
from functools import cache

import torch

SIDE, SECONDS = 1024, 0.5

# Dense bfloat16 operations a second with float32 accumulation, from NVIDIA's datasheets (which often print the rate
# with sparsity: twice as much) and, for GeForce, the whitepapers of GA102 and AD102. A name that stands in another one
# comes after it.
BFLOAT16 = {
    "B200": 2250e12,
    "H200 NVL": 835e12,
    "H200": 989e12,
    "H100 NVL": 835e12,
    "H100 PCIe": 756e12,
    "H100": 989e12,
    "A100": 312e12,
    "A40": 149.7e12,
    "A10G": 70e12,
    "A10": 125e12,
    "L40S": 362e12,
    "L40": 181e12,
    "L4": 121e12,
    "RTX 4090": 165.2e12,
    "RTX 3090": 71e12,
}


def peak_rate(device: torch.device, dtype: torch.dtype) -> float:
    """Operations a second that utilisation is measured against.

    For bfloat16 on a known GPU its maker's figure, else what products of matrices reach here and now: on a machine
    that others use too, a share of what it could do.
    """
    if device.type == "cuda" and dtype == torch.bfloat16:
        known = known_rate(torch.cuda.get_device_name(device))
        if known is not None:
            return known
    return matmul_rate(dtype)


def known_rate(name: str) -> float | None:
    """Dense bfloat16 operations a second of the GPU that a driver calls `name`; None for others and for slices."""
    words = f" {name.replace('-', ' ')} "
    if " MIG " in words:
        return None
    return next((rate for known, rate in BFLOAT16.items() if f" {known} " in words), None)


@cache
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

"""NEFTune: noise on the embeddings in training (arXiv 2310.05914), the paper's fine-tuning included.

Shapes: T tokens of a pack, D hidden size of the decoder.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from octavo.models.segments import size


@contextmanager
def noisy_embeddings(text_model: nn.Module, alpha: float, generator: torch.Generator) -> Iterator[None]:
    """While it lasts, the decoder reads x + U(-1, 1) · alpha / √(L · D), image features included.

    L is the number of tokens of the segment, a page with all its questions, that a token stands in. The noise is
    drawn from `generator` (on the CPU) alone. Nothing is done where `alpha` is 0.
    """

    def add(module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        x_TD, segments, *rest = inputs
        lengths = torch.tensor([size(segment) for segment in segments])
        scale_T1 = alpha / (lengths * x_TD.shape[1]).sqrt().repeat_interleave(lengths)[:, None]
        noise_TD = scale_T1 * (2 * torch.rand(x_TD.shape, generator=generator) - 1)
        return (x_TD + noise_TD.to(x_TD), segments, *rest)

    if not alpha:
        yield
        return
    handle = text_model.register_forward_pre_hook(add)
    try:
        yield
    finally:
        handle.remove()


def step_generator(seed: int, stage: int, step: int, rank: int = 0) -> torch.Generator:
    """A generator of a step's own and of a process's, so that a resumed run draws what it would have drawn."""
    digest = hashlib.blake2b(f"{seed}/{stage}/{step}/{rank}".encode(), digest_size=8).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest, "big") >> 1)

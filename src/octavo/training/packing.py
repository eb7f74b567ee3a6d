"""Packs: samples laid one after another in one sequence.

Shapes: T tokens of the pack, N tiles, C channels, H and W pixels.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import accumulate

import torch
from torch import Tensor

from octavo.models import Branched, Segment
from octavo.processing import Sample


@dataclass(frozen=True, slots=True)
class Pack:
    """Samples in one sequence, each a segment of it and isolated from the others.

    token_ids_T: int64. labels_T: int64, the token's own id where it is to be predicted, else -100.
    tiles_NCHW: uint8, of all samples in order. segments: each sample's tokens, or its prefix and branches; T in all.
    cells_NS2: int64, classes of the characters in each patch, where all samples know theirs (`training.glyphs`).
    looks_T: int64, the token whose image holds an answer token, or -1, where all samples know (`training.guide`).
    """

    token_ids_T: Tensor
    labels_T: Tensor
    tiles_NCHW: Tensor
    segments: tuple[Segment, ...]
    cells_NS2: Tensor | None = None
    looks_T: Tensor | None = None

    @staticmethod
    def of(samples: list[Sample]) -> "Pack":
        """Lay samples one after another."""
        cells = [sample.cells for sample in samples if sample.cells is not None]
        starts = accumulate((len(sample.token_ids) for sample in samples), initial=0)
        looks = [_moved(s.looks, start) for s, start in zip(samples, starts, strict=False) if s.looks is not None]
        return Pack(
            torch.cat([sample.token_ids for sample in samples]),
            torch.cat([sample.labels for sample in samples]),
            torch.cat([sample.tiles for sample in samples]),
            tuple(_segment(sample) for sample in samples),
            torch.cat(cells) if len(cells) == len(samples) else None,
            torch.cat(looks) if len(looks) == len(samples) else None,
        )

    def with_tensors(self, change: Callable[[Tensor], Tensor]) -> "Pack":
        """The same with another form of each tensor, such as one on another device."""
        return replace(
            self,
            token_ids_T=change(self.token_ids_T),
            labels_T=change(self.labels_T),
            tiles_NCHW=change(self.tiles_NCHW),
            cells_NS2=None if self.cells_NS2 is None else change(self.cells_NS2),
            looks_T=None if self.looks_T is None else change(self.looks_T),
        )

    @property
    def answer_tokens(self) -> int:
        """How many tokens carry loss."""
        return int((self.labels_T != -100).sum())

    @property
    def answers(self) -> int:
        """How many answers it holds: runs of labels, none of which begins a sample."""
        labelled = self.labels_T != -100
        return int((labelled[1:] & ~labelled[:-1]).sum())

    @property
    def characters(self) -> int:
        """How many characters its patches are known to hold."""
        return 0 if self.cells_NS2 is None else int((self.cells_NS2 > 0).sum())


def _moved(looks_T: Tensor, start: int) -> Tensor:
    return torch.where(looks_T < 0, looks_T, looks_T + start)


def _segment(sample: Sample) -> Segment:
    tokens = len(sample.token_ids)
    return Branched(tokens - sum(sample.branches), sample.branches) if sample.branches else tokens


def epoch_order(rows: int, seed: int, epoch: int) -> list[int]:
    """The order in which epoch `epoch` visits the rows: a permutation set by seed and epoch alone."""
    # Odd multiplier: neighbouring seeds and epochs do not share a generator's seed.
    generator = torch.Generator().manual_seed((seed * 1_000_003 + epoch) % 2**63)
    order: list[int] = torch.randperm(rows, generator=generator).tolist()
    return order

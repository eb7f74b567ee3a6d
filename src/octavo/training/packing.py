"""Packs: samples laid one after another in one sequence, in an order that one integer resumes.

Shapes: T tokens of the pack, N tiles, C channels, H and W pixels.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from octavo.errors import OctavoError
from octavo.models import Branched, Segment
from octavo.processing import Sample
from octavo.training.samples import SampleSource


@dataclass(frozen=True, slots=True)
class Pack:
    """Samples in one sequence, each a segment of it and isolated from the others.

    token_ids_T: int64. labels_T: int64, the token's own id where it is to be predicted, else -100.
    tiles_NCHW: uint8, of all samples in order. segments: each sample's tokens, or its prefix and branches; T in all.
    """

    token_ids_T: Tensor
    labels_T: Tensor
    tiles_NCHW: Tensor
    segments: tuple[Segment, ...]

    @staticmethod
    def of(samples: list[Sample]) -> "Pack":
        """Lay samples one after another."""
        return Pack(
            torch.cat([sample.token_ids for sample in samples]),
            torch.cat([sample.labels for sample in samples]),
            torch.cat([sample.tiles for sample in samples]),
            tuple(_segment(sample) for sample in samples),
        )

    @property
    def answer_tokens(self) -> int:
        """How many tokens carry loss."""
        return int((self.labels_T != -100).sum())


def _segment(sample: Sample) -> Segment:
    tokens = len(sample.token_ids)
    return Branched(tokens - sum(sample.branches), sample.branches) if sample.branches else tokens


def epoch_order(rows: int, seed: int, epoch: int) -> list[int]:
    """The order in which epoch `epoch` visits the rows: a permutation set by seed and epoch alone."""
    # Odd multiplier: neighbouring seeds and epochs do not share a generator's seed.
    generator = torch.Generator().manual_seed((seed * 1_000_003 + epoch) % 2**63)
    order: list[int] = torch.randperm(rows, generator=generator).tolist()
    return order


class Packer:
    """Endless packs from a source, next-fit: a sample that no longer fits begins the next pack.

    `position` counts samples taken since the beginning of the first epoch. It is the packer's whole state: a
    packer made with the position of another continues with the same packs, an epoch's end included. A sample
    is never cut: `dropped` counts, by reason, those that could not be used.
    """

    def __init__(self, source: SampleSource, pack_tokens: int, seed: int, position: int = 0) -> None:
        self.source = source
        self.pack_tokens = pack_tokens
        self.seed = seed
        self.position = position
        self.dropped: Counter[str] = Counter()
        self._epoch = -1
        self._order: list[int] = []

    def next_pack(self) -> Pack:
        """The next pack. Raises `OctavoError` when a whole epoch holds no sample that fits."""
        samples: list[Sample] = []
        tokens = 0
        for position, sample in self._from(self.position):
            if samples and tokens + len(sample.token_ids) > self.pack_tokens:
                break
            samples.append(sample)
            tokens += len(sample.token_ids)
            self.position = position + 1
        return Pack.of(samples)

    def _from(self, position: int) -> Iterator[tuple[int, Sample]]:
        """Usable samples from `position` on, each with its position."""
        rows, unusable = len(self.source), 0
        while unusable < rows:
            epoch, index = divmod(position, rows)
            if epoch != self._epoch:
                self._epoch, self._order = epoch, epoch_order(rows, self.seed, epoch)
            try:
                sample = self.source.sample(self._order[index], epoch)
                if len(sample.token_ids) > self.pack_tokens:
                    raise OctavoError(f"longer than the {self.pack_tokens} tokens of a pack")
            except OctavoError as reason:
                self.dropped[str(reason)] += 1
                unusable += 1
            else:
                unusable = 0
                yield position, sample
            position += 1
        reasons = "; ".join(f"{count} × {reason}" for reason, count in self.dropped.most_common(3))
        raise OctavoError(
            f"none of the {rows} training rows can be used ({reasons}); change the stage's pack_tokens or the data set"
        )

"""Mixtures: several sources in one order, by their shares, set by the seed alone."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Literal, NamedTuple

import numpy as np

from octavo.datasets.reading import KEPT_GROUPS
from octavo.errors import OctavoError
from octavo.processing import Sample
from octavo.training.packing import epoch_order
from octavo.training.samples import Source, Spec, uniform

WINDOW = 512  # samples that are planned together: enough to fill packs, and their specs take less than a second
PROBES = 64  # samples of a source that tell its mean length
FOREVER = 2.0**52  # a time no run reaches


@dataclass(frozen=True)
class Ingredient:
    """A source in a mixture.

    `weight` is its share, in any unit; where none is given it is the source's size. `repeats` is the most passes
    over it; the others go on in their shares without it.
    """

    source: Source
    weight: float | None = None
    repeats: int | None = None


class Draw(NamedTuple):
    """A sample that is to be trained: the number of its part, its own in that source, and the epoch."""

    part: int
    sample: int
    epoch: int


class Mixture:
    """Draws from several sources, window by window; a window is a function of its number.

    The draw k of a part comes at the time (k + h) / share, where 0 ≤ h < 1 is a hash of k: in any stretch each part
    has its share but for two draws, in an order that no pattern shows. A part's draws go through its samples, all of
    an epoch before any of the next.

    Weights are shares of the samples, or of the tokens (`by`): then a part's share of the samples is its weight over
    the mean tokens of some of its samples. With a `temperature` T each weight counts as its power 1 / T: above 1, small
    parts gain. Raises `OctavoError` where a part has no samples, or none that could tell its mean.
    """

    def __init__(
        self,
        parts: Sequence[Ingredient],
        seed: int,
        by: Literal["samples", "tokens"] = "samples",
        temperature: float = 1.0,
    ) -> None:
        if not parts or not all(len(part.source) for part in parts):
            raise OctavoError("a part of the mixture has no samples; leave it out")
        self.parts, self.seed = parts, seed
        self.samples = sum(len(part.source) for part in parts)  # of one epoch of each
        means = [mean_tokens(part.source) if by == "tokens" else 1.0 for part in parts]
        sizes = [len(part.source) * mean for part, mean in zip(parts, means, strict=True)]
        weights = [part.weight or size for part, size in zip(parts, sizes, strict=True)]
        heaviest = max(weights)
        tempered = [
            math.pow(weight / heaviest, 1 / temperature) / mean for weight, mean in zip(weights, means, strict=True)
        ]
        self.shares = [share / sum(tempered) for share in tempered]
        self.limits = [math.inf if part.repeats is None else part.repeats * len(part.source) for part in parts]
        self.window = min(WINDOW, self.samples)
        self._times, self._taken = self._pace()
        self._order = lru_cache(maxsize=2 * len(parts))(self._epoch_order)  # a window may hold an epoch's end

    @property
    def length(self) -> float:
        """How many draws there are; infinity where a part has no end."""
        return sum(self.limits)

    @property
    def windows(self) -> float:
        """How many windows there are; infinity where a part has no end."""
        return math.ceil(self.length / self.window) if math.isfinite(self.length) else math.inf

    def draws(self, number: int) -> list[Draw]:
        """The draws of window `number`, in order; about `WINDOW` of them."""
        start, end = (float(np.interp(n * self.window, self._taken, self._times)) for n in (number, number + 1))
        timed = []
        for part, (share, limit) in enumerate(zip(self.shares, self.limits, strict=True)):
            draw = max(0, int(start * share) - 1)
            while draw < limit and (time := self._time(part, draw)) < end:
                if time >= start:
                    timed.append((time, part, draw))
                draw += 1
        return [self._draw(part, draw) for _, part, draw in sorted(timed)]

    def spec(self, draw: Draw) -> Spec:
        """What the sample of a draw takes. Raises `OctavoError` where it cannot be used."""
        return self.parts[draw.part].source.spec(draw.sample, draw.epoch)

    def sample(self, draw: Draw) -> Sample:
        """The sample of a draw. Raises `OctavoError` where it cannot be used."""
        return self.parts[draw.part].source.sample(draw.sample, draw.epoch)

    def name(self, draw: Draw) -> str:
        """What a person finds the sample of a draw by."""
        return self.parts[draw.part].source.name(draw.sample)

    def _time(self, part: int, draw: int) -> float:
        return (draw + uniform(f"{self.seed}/{part}/{draw}")) / self.shares[part]

    def _draw(self, part: int, draw: int) -> Draw:
        epoch, at = divmod(draw, len(self.parts[part].source))
        return Draw(part, self._order(part, epoch)[at], epoch)

    def _epoch_order(self, part: int, epoch: int) -> list[int]:
        return grouped_order(self.parts[part].source.groups(), self.seed + (part << 40), epoch)

    def _pace(self) -> tuple[list[float], list[float]]:
        """Times, and how many draws were taken by each: between two of them as many parts have draws left."""
        ends = [min(limit / share, FOREVER) for limit, share in zip(self.limits, self.shares, strict=True)]
        times = [0.0, *sorted(set(ends))]
        taken = [sum(min(time, end) * share for end, share in zip(ends, self.shares, strict=True)) for time in times]
        return times, taken


def mean_tokens(source: Source) -> float:
    """The mean tokens of some samples of a source. Raises `OctavoError` where none of them can be used."""
    tokens, reason = [], ""
    for index in range(0, len(source), math.ceil(len(source) / PROBES)):
        try:
            tokens.append(source.spec(index, 0).tokens)
        except OctavoError as error:
            reason = str(error)
    if not tokens:
        raise OctavoError(f"no sample of a part can be used ({reason}); leave it out or weight by samples")
    return sum(tokens) / len(tokens)


def grouped_order(groups: Sequence[int], seed: int, epoch: int) -> list[int]:
    """The order of an epoch: groups of samples shuffled, and the samples of each few groups shuffled as one.

    So samples that are trained together come from few groups, and each group is read once or twice an epoch.
    """
    starts = [0, *accumulate(groups)]
    shuffled = epoch_order(len(groups), seed, epoch)
    order: list[int] = []
    for first in range(0, len(groups), KEPT_GROUPS):
        samples = [
            n for group in shuffled[first : first + KEPT_GROUPS] for n in range(starts[group], starts[group + 1])
        ]
        order += [samples[n] for n in epoch_order(len(samples), seed + ((first + 1) << 20), epoch)]
    return order

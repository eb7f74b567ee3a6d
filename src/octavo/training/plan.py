"""The pack plan: which samples share a pack and which rank trains it, known of all ranks before a pixel is decoded.

A pack has two resources: tokens, which the decoder pays for, and tiles, which the encoder pays for.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from octavo.errors import OctavoError
from octavo.training.mixture import Draw, Mixture
from octavo.training.packing import Pack, epoch_order
from octavo.training.samples import Spec

STRIDE = 2**20  # more than the packs of a window


@dataclass(frozen=True, slots=True)
class PlannedPack:
    """The samples of a pack, and what each takes of it."""

    draws: tuple[Draw, ...] = ()
    specs: tuple[Spec, ...] = ()

    @property
    def tokens(self) -> int:
        """Tokens of all samples."""
        return sum(spec.tokens for spec in self.specs)

    @property
    def tiles(self) -> int:
        """Tiles of all samples."""
        return sum(spec.tiles for spec in self.specs)


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """The packs of a step, by rank, and where the plan is behind it: `position`, and `taken` samples, used or not.

    `dropped` counts, by reason, the samples that were left out on the way. `tokens_used` and `tiles_used` say how full
    all its packs are: shares of what they have room for. There is no padding.
    """

    ranks: tuple[tuple[PlannedPack, ...], ...]
    position: int
    taken: int
    dropped: Counter[str]
    tokens_used: float
    tiles_used: float


class PackPlan:
    """Packs of a mixture, the same for any number of ranks.

    The samples of a window of the mixture are laid in packs of at most `pack_tokens` tokens and `pack_tiles` tiles,
    best-fit; the seed shuffles the packs. `position` is the plan's whole state: a plan made with the position of
    another goes on with the same packs; `taken`, the samples that are behind, is only counted on. A sample is never
    cut: `dropped` counts, by reason, those not used.
    """

    def __init__(
        self,
        mixture: Mixture,
        pack_tokens: int,
        pack_tiles: int,
        world: int,
        seed: int,
        position: int = 0,
        taken: int = 0,
    ) -> None:
        self.mixture, self.world, self.seed = mixture, world, seed
        self.pack_tokens, self.pack_tiles = pack_tokens, pack_tiles
        self.taken = taken
        self.dropped: Counter[str] = Counter()
        self._window, self._next = divmod(position, STRIDE)
        self._planned = -1  # the window that `_packs` are of
        self._packs: list[PlannedPack] = []

    @property
    def position(self) -> int:
        """The window and the packs of it that were taken, as one integer."""
        return self._window * STRIDE + self._next

    def steps(self, packs: int) -> Iterator[PlannedStep]:
        """Steps of `packs` packs each, a multiple of the ranks, until the mixture ends, where the last may have fewer.

        The plan is a step ahead: what it finds unusable behind the last pack belongs to the last step. Raises what
        `next_pack` raises.
        """
        step = self._next_step(packs)
        while any(step.ranks):
            following = self._next_step(packs)
            if not any(following.ranks):
                step = replace(step, taken=following.taken, dropped=step.dropped + following.dropped)
            yield step
            step = following

    def _next_step(self, packs: int) -> PlannedStep:
        before = self.dropped.copy()
        taken = [pack for pack in (self.next_pack() for _ in range(packs)) if pack is not None]
        return PlannedStep(
            ranks=dealt(taken, self.world),
            position=self.position,
            taken=self.taken,
            dropped=self.dropped - before,
            tokens_used=sum(pack.tokens for pack in taken) / max(1, len(taken) * self.pack_tokens),
            tiles_used=sum(pack.tiles for pack in taken) / max(1, len(taken) * self.pack_tiles),
        )

    def next_pack(self) -> PlannedPack | None:
        """The next pack; None where the mixture has ended. Raises `OctavoError` where a whole epoch of it holds no
        sample that can be used.
        """
        unused = 0
        while True:
            if self._planned != self._window:
                unused += self._plan()
            if self._next < len(self._packs):
                pack = self._packs[self._next]
                self._next += 1
                self.taken += len(pack.draws)
                return pack
            if unused >= self.mixture.samples:
                raise OctavoError(self._unusable(unused))
            if self._window >= self.mixture.windows:
                return None
            self._window, self._next = self._window + 1, 0

    def _plan(self) -> int:
        """Lay the samples of the window in packs; the number of them where no pack came of it, else 0."""
        draws, specs, dropped = self.mixture.draws(self._window), [], Counter[str]()
        usable = []
        for draw in draws:
            try:
                spec = self.mixture.spec(draw)
                self._check(spec)
            except OctavoError as reason:
                dropped[str(reason)] += 1
            else:
                usable.append(draw)
                specs.append(spec)
        if self._next == 0:  # else they were counted before the run was interrupted
            self.dropped += dropped
            self.taken += dropped.total()
        packs = [
            PlannedPack(tuple(usable[n] for n in pack), tuple(specs[n] for n in pack))
            for pack in best_fit(specs, self.pack_tokens, self.pack_tiles)
        ]
        self._packs = [packs[n] for n in epoch_order(len(packs), self.seed, self._window)]
        self._planned = self._window
        return 0 if packs else len(draws)

    def _check(self, spec: Spec) -> None:
        if spec.tokens > self.pack_tokens:
            raise OctavoError(f"longer than the {self.pack_tokens} tokens of a pack")
        if spec.tiles > self.pack_tiles:
            raise OctavoError(f"more than the {self.pack_tiles} tiles of a pack")

    def _unusable(self, unused: int) -> str:
        why = reasons(self.dropped)
        return f"none of {unused} samples can be used ({why}); change the stage's pack_tokens or its data"


def reasons(dropped: Counter[str]) -> str:
    """The commonest reasons for which samples were not used, with their numbers."""
    return "; ".join(f"{count} × {reason}" for reason, count in dropped.most_common(3))


class ReadPack(NamedTuple):
    """A planned pack made real, None where all its samples are broken; `broken` counts those, by reason."""

    planned: PlannedPack
    pack: Pack | None
    broken: Counter[str]


def read(mixture: Mixture, planned: PlannedPack) -> ReadPack:
    """Encode the texts and decode the pictures of a planned pack."""
    samples, broken = [], Counter[str]()
    for draw in planned.draws:
        try:
            samples.append(mixture.sample(draw))
        except OctavoError as reason:
            broken[str(reason)] += 1
    return ReadPack(planned, Pack.of(samples) if samples else None, broken)


def best_fit(specs: Sequence[Spec], pack_tokens: int, pack_tiles: int) -> list[list[int]]:
    """Numbers of the samples of each pack, ascending: the largest first, each where the least room is left.

    A sample's size is the larger of its shares of a pack's tokens and tiles; every sample fits an empty pack.
    """
    sizes_N2 = np.array([(spec.tokens / pack_tokens, spec.tiles / pack_tiles) for spec in specs]).reshape(-1, 2)
    wanted_N2 = np.array([(spec.tokens, spec.tiles) for spec in specs], np.int64).reshape(-1, 2)
    limits_2 = np.array((pack_tokens, pack_tiles))
    room_P2 = np.tile(limits_2, (len(specs), 1))
    packs: list[list[int]] = []
    for n in np.argsort(-sizes_N2.max(1), kind="stable"):
        left_P2 = room_P2[: len(packs)] - wanted_N2[n]
        fits_P = (left_P2 >= 0).all(1)
        if fits_P.any():
            best = int(np.where(fits_P, (left_P2 / limits_2).sum(1), np.inf).argmin())
        else:
            best = len(packs)
            packs.append([])
        packs[best].append(int(n))
        room_P2[best] -= wanted_N2[n]
    return [sorted(pack) for pack in packs]


def dealt(packs: Sequence[PlannedPack], world: int) -> tuple[tuple[PlannedPack, ...], ...]:
    """The packs of a step as each rank's, at most an equal share of them, rounded up: the heaviest first, each to the
    rank with the least so far.

    Weight is tiles first, tokens second: the encoder is most of the work of the small models.
    """
    ranks: list[list[PlannedPack]] = [[] for _ in range(world)]
    for pack in sorted(packs, key=lambda pack: (pack.tiles, pack.tokens), reverse=True):
        free = [rank for rank in ranks if len(rank) < -(-len(packs) // world)]
        min(free, key=lambda rank: (sum(p.tiles for p in rank), sum(p.tokens for p in rank))).append(pack)
    return tuple(map(tuple, ranks))

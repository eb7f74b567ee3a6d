"""Packs read ahead of the loop, in a thread.

A thread, and no processes: decoding, resizing and copying pixels let go of the interpreter's lock, nothing is
sent from one memory to another, and what is killed leaves nothing behind.
"""

import queue
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from torch import Tensor

from octavo.training.logs import Taken
from octavo.training.mixture import Draw, Mixture
from octavo.training.packing import Pack
from octavo.training.plan import PackPlan, PlannedPack, PlannedStep, ReadPack, read

AHEAD = 2  # packs that wait, beside the one that is being read; one of 10,000 tokens has some 100 MB of tiles
POLL_S = 0.05
NAMED = 8  # samples that an error message names


class RankStep:
    """A rank's packs of a step, as they come; those whose samples are all broken are left out.

    `broken` counts, by reason, samples that could not be read so far.
    """

    def __init__(self, mixture: Mixture, planned: PlannedStep, reads: Iterator[ReadPack], rank: int = 0) -> None:
        self.mixture, self.planned, self.rank, self._reads = mixture, planned, rank, reads
        self.broken: Counter[str] = Counter()
        self._current = PlannedPack()

    def __iter__(self) -> Iterator[Pack]:
        for planned in self.planned.ranks[self.rank]:
            self._current = planned
            _, pack, broken = next(self._reads)
            self.broken += broken
            if pack is not None:
                yield pack

    @property
    def names(self) -> str:
        """What a person finds the step's samples by, of all ranks; the first few of them."""
        return self._names([draw for packs in self.planned.ranks for pack in packs for draw in pack.draws])

    def taken(self) -> list[Taken]:
        """The samples of the pack that was given last, or that could not be read, and what each takes of it."""
        pairs = zip(self._current.draws, self._current.specs, strict=True)
        return [Taken(self.mixture.name(draw), spec.tokens, spec.tiles) for draw, spec in pairs]

    def _names(self, draws: Sequence[Draw]) -> str:
        more = f" and {len(draws) - NAMED} more" if len(draws) > NAMED else ""
        return "; ".join(map(self.mixture.name, draws[:NAMED])) + more


class PackReader:
    """The steps of a plan as one rank trains them, planned and read ahead in order.

    A context: its thread runs inside. Each step must be read to its end before the next. What the thread raises comes
    out where its step or pack would have. Packs that are `pinned` go to a GPU while it computes.
    """

    def __init__(self, plan: PackPlan, packs: int, rank: int, pinned: bool = False) -> None:
        self.plan, self.packs, self.rank, self.pinned = plan, packs, rank, pinned
        self._ready: queue.Queue[PlannedStep | ReadPack | Exception | None] = queue.Queue(AHEAD)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="packs", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()

    def __iter__(self) -> Iterator[RankStep]:
        while (planned := self._next()) is not None:
            assert isinstance(planned, PlannedStep), "a step was not read to its end"
            reads = self._reads(len(planned.ranks[self.rank]))
            yield RankStep(self.plan.mixture, planned, reads, self.rank)

    def _reads(self, packs: int) -> Iterator[ReadPack]:
        for _ in range(packs):
            item = self._next()
            assert isinstance(item, ReadPack), "a step's packs follow it"
            yield item

    def _next(self) -> PlannedStep | ReadPack | None:
        item = self._ready.get()
        if isinstance(item, Exception):
            raise item
        return item

    def _run(self) -> None:
        for item in self._items():
            while not self._put(item):
                if self._stopped.is_set():
                    return

    def _put(self, item: PlannedStep | ReadPack | Exception | None) -> bool:
        try:
            self._ready.put(item, timeout=POLL_S)
        except queue.Full:
            return False
        return True

    def _items(self) -> Iterator[PlannedStep | ReadPack | Exception | None]:
        """Each step, and its packs behind it; None at the end, or what went wrong."""
        try:
            for step in self.plan.steps(self.packs):
                yield step
                for planned in step.ranks[self.rank]:
                    item = read(self.plan.mixture, planned)
                    if self.pinned and item.pack is not None:
                        item = item._replace(pack=item.pack.with_tensors(Tensor.pin_memory))
                    yield item
            yield None
        except Exception as error:
            yield error

"""Who runs when: continuous batching over slots. One thread's business.

A step takes the next chunk of every prompt and one token of every answer through the decoder in one pass. Between steps
one page is read, a tile or a chunk at a time; after each such piece the others run for as long as it took. So a new
page slows answers down by half at most, and answers a new page.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import torch

from octavo.errors import OctavoError
from octavo.inference.engine.decoder import Decoder, Run
from octavo.inference.engine.pages import PageCache, Prefix
from octavo.inference.engine.reading import CHUNK, read_page
from octavo.inference.engine.running import Request, Sequence, Slot
from octavo.inference.engine.tiles import TileEncoder
from octavo.inference.engine.writing import Writer
from octavo.processing import FamilyProcessor


@dataclass(slots=True)
class Counts:
    """What was done since the start: tokens chosen or scored, pages read, and pages that were there already."""

    tokens: int = 0
    pages_read: int = 0
    pages_found: int = 0


class Scheduler:
    """The requests that have a slot, and the pages that they wait for."""

    def __init__(
        self, processor: FamilyProcessor, decoder: Decoder, tiles: TileEncoder, pages: PageCache, slots: list[Slot]
    ) -> None:
        self.processor, self.decoder, self.tiles, self.pages = processor, decoder, tiles, pages
        self.free = slots  # the one not used longest first
        self.running: list[Sequence] = []
        self.jobs: dict[bytes, Iterator[Prefix | None]] = {}  # by key, the oldest first
        self.ends = {processor.end_token_id, *decoder.config.eos_token_ids}
        self.counts = Counts()

    def admit(self, request: Request) -> None:
        """Give a request a slot, where one is free."""
        prompt = request.prompt
        slot = next((slot for slot in self.free if prompt.key and slot.page == prompt.key), self.free[0])
        self.free.remove(slot)
        sequence = Sequence(request, slot, Writer(self.processor.tokenizer, request.sampling.stop), self.ends)
        self.running.append(sequence)
        held = slot.page == prompt.key
        if not prompt.key:
            slot.page = b""
            slot.cache.truncate(0)
        elif held or self._load(prompt.key, slot):
            self.counts.pages_found += 1
            sequence.begin_behind(prompt.key, cached=True)
        else:
            slot.page, sequence.missing = b"", prompt.key
            if prompt.key not in self.jobs:
                self.jobs[prompt.key] = read_page(prompt, self.processor, self.tiles, self.decoder)

    def turn(self) -> None:
        """Read a piece of a page, and run the others for as long as that took, one step at least."""
        started = time.perf_counter()
        self._read()
        until = 2 * time.perf_counter() - started
        while True:
            self._drop_cancelled()
            ready = [sequence for sequence in self.running if not sequence.missing]
            if ready:
                self._step(ready)
            if not ready or time.perf_counter() >= until:
                return

    def fail(self, sequences: list[Sequence], error: Exception) -> None:
        """Tell requests what went wrong, and free their slots."""
        for sequence in sequences:
            sequence.slot.page = b""
            self._release(sequence)
            sequence.request.tell(error)

    def _read(self) -> None:
        if not self.jobs:
            return
        key, job = next(iter(self.jobs.items()))
        waiting = [sequence for sequence in self.running if sequence.missing == key]
        if not waiting:
            del self.jobs[key]
            return
        try:
            prefix = next(job)
        except OctavoError as error:
            del self.jobs[key]
            self.fail(waiting, error)
            return
        if prefix is None:
            return
        del self.jobs[key]
        self.counts.pages_read += 1
        self.pages.put(key, prefix)
        for sequence in waiting:
            prefix.load(sequence.slot.cache)
            sequence.begin_behind(key, cached=sequence is not waiting[0])

    def _load(self, key: bytes, slot: Slot) -> bool:
        prefix = self.pages.get(key)
        if prefix is not None:
            prefix.load(slot.cache)
        return prefix is not None

    def _step(self, ready: list[Sequence]) -> None:
        chunks = [sequence.pending_T[:CHUNK] for sequence in ready]
        sizes = [len(chunk_T) for chunk_T in chunks]
        runs = [Run(sequence.slot.cache, size) for sequence, size in zip(ready, sizes, strict=True)]
        wanted = [sequence.wanted(size) for sequence, size in zip(ready, sizes, strict=True)]
        starts = [0, *accumulate(sizes)]
        places = [start + place for start, mine in zip(starts, wanted, strict=False) for place in mine]
        logits_MV = self.decoder(self.decoder.embed(torch.cat(chunks)), runs, torch.tensor(places, dtype=torch.int64))
        logits = torch.split(logits_MV, [len(mine) for mine in wanted])
        for sequence, size, mine_MV in zip(ready, sizes, logits, strict=True):
            self.counts.tokens += len(mine_MV)
            completion = sequence.advance(size, mine_MV)
            if completion is not None:
                self._release(sequence)
                sequence.request.tell(completion)

    def _drop_cancelled(self) -> None:
        for sequence in [sequence for sequence in self.running if sequence.request.cancelled]:
            self._release(sequence)
            sequence.request.tell(sequence.completion("cancelled"))

    def _release(self, sequence: Sequence) -> None:
        self.running.remove(sequence)
        self.free.append(sequence.slot)

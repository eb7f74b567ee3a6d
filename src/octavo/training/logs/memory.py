"""Memory: what a run has used of it, and a clear line where there was none left."""

import re
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import torch

from octavo.errors import OctavoError
from octavo.training.recipe import Stage

NAMED = 8  # samples that the line names
STATUS = Path("/proc/self/status")


class Taken(NamedTuple):
    """A sample of a pack: its document and pages, and what it takes of the pack."""

    name: str
    tokens: int
    tiles: int


def memory_in_use(device: torch.device) -> dict[str, float]:
    """The most bytes so far: resident in this process, and on a GPU allocated and reserved by torch."""
    figures: dict[str, float] = {"resident_bytes": resident_peak()}
    if device.type == "cuda":
        figures["allocated_bytes"] = torch.cuda.max_memory_allocated(device)
        figures["reserved_bytes"] = torch.cuda.max_memory_reserved(device)
    return figures


def resident_peak() -> int:
    """The most memory that this process ever held, in bytes."""
    if STATUS.is_file():  # Linux; its ru_maxrss is inherited from the process that started this one
        found = re.search(r"VmHWM:\s*(\d+)", STATUS.read_text(encoding="ascii"))
        if found is not None:
            return int(found[1]) << 10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak << 10


@contextmanager
def memory_named(where: str, stage: Stage, taken: Callable[[], Sequence[Taken]]) -> Iterator[None]:
    """Make an error about memory inside the block an `OctavoError` of one line.

    It says `where` that was, names the samples of the pack (`taken` is asked only then), and what to change of `stage`.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not out_of_memory(error):
            raise
        raise OctavoError(f"out of memory {where}: {_samples(taken())}; {_remedy(stage)}") from error


def out_of_memory(error: Exception) -> bool:
    """Whether an error says that memory ran out: Python's own, the GPU's, or that of torch's allocator on the CPU."""
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "can't allocate memory" in str(error)


def _samples(taken: Sequence[Taken]) -> str:
    tokens, tiles = sum(sample.tokens for sample in taken), sum(sample.tiles for sample in taken)
    largest = sorted(taken, key=lambda sample: (sample.tiles, sample.tokens), reverse=True)[:NAMED]
    names = "; ".join(f"{sample.name} ({sample.tokens:,} tokens, {sample.tiles} tiles)" for sample in largest)
    more = f" and {len(taken) - NAMED} smaller ones" if len(taken) > NAMED else ""
    return f"the pack has {tokens:,} tokens and {tiles} tiles, of {names}{more}"


def _remedy(stage: Stage) -> str:
    remedy = f"lower pack_tokens ({stage.pack_tokens}) or pack_tiles ({stage.pack_tiles or 'unbounded'})"
    if stage.checkpoint_activations != "all":
        remedy += f", or set checkpoint_activations (now {stage.checkpoint_activations}) to all,"
    return f"{remedy} in stage {stage.name}"

"""A command run and watched: how long it takes, and how much memory it and everything it starts hold at most."""

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Run:
    """What a command cost: seconds of wall clock, and bytes of memory at the peak (proportional set size)."""

    seconds: float
    peak_bytes: int
    status: int
    output: str


def octavo(*arguments: object) -> list[str]:
    """The command line of octavo in this environment."""
    return [sys.executable, "-m", "octavo", *map(str, arguments)]


def watched(command: Sequence[str], every_s: float = 0.1, memory: bool = True) -> Run:
    """Run `command` to its end. Memory that processes share counts once."""
    started = time.perf_counter()
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8") as process:
        while memory and process.poll() is None:
            peak = max(peak, tree_bytes(process.pid))
            time.sleep(every_s)
        output = process.communicate()[0]
    return Run(time.perf_counter() - started, peak, process.returncode, output)


def tree_bytes(pid: int) -> int:
    """The memory of a process and all below it, in bytes, now."""
    total = 0
    try:
        processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for process in processes:
        try:
            rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
        except (OSError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) << 10 for line in rollup.splitlines() if line.startswith("Pss:"))
    return total


def peak_bytes() -> int:
    """The most memory that this process ever held. `ru_maxrss` begins with what the process that started it held."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmHWM:"))

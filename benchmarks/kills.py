"""A build killed at random moments and started again: are the bytes those of a build nobody touched?"""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from benchmarks.processes import octavo


def tree_hash(folder: Path) -> str:
    """A hash of all files in a folder, with their names."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def build(inputs: Sequence[Path], out: Path, *options: str) -> "subprocess.Popen[bytes]":
    """Start `octavo build`."""
    command = octavo("build", *inputs, "--out", out, *options)
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def whole(inputs: Sequence[Path], out: Path, *options: str) -> float:
    """Build to the end; the seconds it took."""
    started = time.perf_counter()
    if build(inputs, out, *options).wait() != 0:
        raise RuntimeError(f"the build of {out} failed")
    return time.perf_counter() - started


def torn(inputs: Sequence[Path], scratch: Path, times: int, seed: int = 0) -> tuple[int, int]:
    """Kill a build `times` times, each at a random moment of a fresh one, and let it end; how many, and how many equal.

    The driver gets SIGKILL; its workers end because their pipes do.
    """
    seconds = whole(inputs, scratch / "whole")
    expected = tree_hash(scratch / "whole")
    draw = random.Random(seed)
    equal = 0
    for _ in range(times):
        out = scratch / "killed"
        shutil.rmtree(out, ignore_errors=True)
        process = build(inputs, out)
        time.sleep(draw.uniform(0.2, seconds))
        process.kill()
        process.wait()
        whole(inputs, out)
        equal += tree_hash(out) == expected
    return times, equal


def torn_workers(inputs: Sequence[Path], scratch: Path, times: int, *options: str, marks: Sequence[str]) -> int:
    """Kill worker processes (their command line holds one of `marks`) while a build goes on; how many were killed.

    Raises where the result is not that of an untouched build.
    """
    if not (scratch / "whole").exists():
        whole(inputs, scratch / "whole")
    out = scratch / "worker-killed"
    shutil.rmtree(out, ignore_errors=True)
    process = build(inputs, out, *options)
    killed: set[int] = set()
    while process.poll() is None:
        time.sleep(0.3)
        if len(killed) >= times:
            continue
        for victim in _workers(process.pid, marks):
            if victim.pid not in killed and (out / ".aside").exists():
                os.kill(victim.pid, signal.SIGKILL)
                killed.add(victim.pid)
                break
    if process.wait() != 0 or tree_hash(out) != tree_hash(scratch / "whole"):
        raise RuntimeError("a build whose worker was killed differs from one that nobody touched")
    return len(killed)


def _workers(pid: int, marks: Sequence[str]) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline", "ppid"]):
        line = " ".join(process.info["cmdline"] or ())
        if any(mark in line for mark in marks):
            found.append(process)
    return found

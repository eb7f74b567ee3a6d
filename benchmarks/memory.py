"""`octavo bench memory`: whether a build needs more memory for more documents. To be run alone on a machine.

Memory that processes share is counted in shares, so other Python processes beside it make every figure smaller.
"""

import json
import tempfile
from pathlib import Path

from benchmarks.dataset import SHARED
from benchmarks.figures import Result
from benchmarks.processes import octavo, watched

EVERY = (6, 2, 1)  # every so many-th of the digital PDFs: sets of three sizes
MORE, MOST = 10, 1.1


def run() -> Result:
    """Peak memory over all processes of a build of each set, and of ten copies of each of its documents.

    A copy has another byte at its end, so that it is another document. Some 6 minutes on two cores.
    """
    result = Result("memory")
    index = json.loads((SHARED / "pdfs" / "index.json").read_text())
    digital = [SHARED / "pdfs" / entry["file"] for entry in index if entry["class"] == "digital"]
    with tempfile.TemporaryDirectory(prefix="octavo-bench-") as scratch:
        for every in EVERY:
            sources = digital[::every]
            once, often = (_peak(sources, copies, Path(scratch)) for copies in (1, MORE))
            result.add(f"peak memory, {len(sources)} documents", once / 2**20, "MiB")
            result.add(f"peak memory, {MORE * len(sources)} documents", often / 2**20, "MiB")
            result.add("peak memory at ten times the documents", often / once, "times", most=MOST)
    return result


def _peak(sources: list[Path], copies: int, scratch: Path) -> int:
    """The peak of a build with two workers, in bytes."""
    folder, out = scratch / f"{len(sources)}-{copies}", scratch / f"{len(sources)}-{copies}-out"
    folder.mkdir()
    for copy in range(copies):
        for source in sources:
            (folder / f"{copy}-{source.name}").write_bytes(source.read_bytes() + b"\n%" + str(copy).encode())
    return watched(octavo("build", folder, "--out", out, "--no-ocr", "--workers", 2)).peak_bytes

"""`octavo bench memory`: the one part of the benchmark of data sets that tells whether memory grows, by itself."""

import json
import tempfile
from pathlib import Path

from benchmarks.dataset import SHARED, memory
from benchmarks.figures import Result


def run() -> Result:
    """Peak memory of a build of every other digital PDF, and of ten copies of each; 2 minutes on two free cores."""
    result = Result("memory")
    index = json.loads((SHARED / "pdfs" / "index.json").read_text())
    with tempfile.TemporaryDirectory(prefix="octavo-bench-") as scratch:
        memory(result, index, Path(scratch))
    return result

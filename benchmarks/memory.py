"""`octavo bench memory`: the one part of the benchmark of data sets that tells whether memory grows, by itself."""

import json
import tempfile
from pathlib import Path

from benchmarks.dataset import SHARED, memory
from benchmarks.figures import Result


def run() -> Result:
    """Peak memory of a build of the digital PDFs, and of ten copies of each; some 5 minutes on two cores."""
    result = Result("memory")
    index = json.loads((SHARED / "pdfs" / "index.json").read_text())
    with tempfile.TemporaryDirectory(prefix="octavo-bench-") as scratch:
        memory(result, index, Path(scratch))
    return result

"""Memory given back to the system."""

import subprocess
import sys

import pytest

HOLES = """
from pathlib import Path
from octavo.heap import give_back

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

blocks = [bytes(5000) for _ in range(8000)]
kept = blocks[::50]
del blocks
before = resident()
give_back()
assert len(kept) == 160
print(before - resident())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's heap; elsewhere nothing is to be given back")
def test_holes_between_used_blocks_go_back_to_the_system() -> None:
    freed = subprocess.run([sys.executable, "-c", HOLES], capture_output=True, text=True, check=True).stdout
    assert int(freed) > 20e6, "of 40 MB, four fifths of them free"

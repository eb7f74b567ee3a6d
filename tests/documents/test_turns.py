"""Processes of one build draw pages with large pictures one after the other."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile

import pypdfium2 as pdfium
import pytest

from octavo.documents.turns import LOCK, picture_pixels
from tests.documents.conftest import stream

SHOWN = """
import sys, time
import pypdfium2 as pdfium
from octavo.documents import turns
turns.LONGEST_WAIT = 60.0
page = pdfium.PdfDocument(sys.argv[1])[0]
with turns.turn(page):
    began = time.monotonic()
    time.sleep(0.3)
    print(began, time.monotonic(), flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def picture_in_form(pdf_of) -> Callable[[int, int], Path]:
    """Writes a PDF of one page that shows a grey picture of a size in pixels, inside a form, behind many lines."""

    def write(width: int, height: int) -> Path:
        entries = b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 1"
        path = pdf_of(
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R"
            b" /Resources << /XObject << /F 5 0 R >> >> >>",
            stream(b"0 0 m 9 9 l S\n" * 300 + b"q /F Do Q"),
            stream(
                b"q 100 0 0 100 0 0 cm /I Do Q",
                b"/Type /XObject /Subtype /Form /BBox [0 0 100 100] /Resources << /XObject << /I 6 0 R >> >>",
            ),
            stream(bytes((width + 7) // 8 * height), entries % (width, height)),
        )
        return path.rename(path.with_stem(f"{width}"))

    return write


def shown(path: Path, lock: str, descriptors: tuple[int, ...], after: float = 0.0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SHOWN, str(path), str(after)],
        env=os.environ | {LOCK: lock},
        pass_fds=descriptors,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_pictures_inside_forms_count(picture_in_form):
    assert picture_pixels(pdfium.PdfDocument(picture_in_form(2000, 1500))[0]) == 3_000_000


def test_large_pictures_wait_for_one_another(picture_in_form):
    path = picture_in_form(3000, 2500)
    with TemporaryFile() as lock:
        descriptor = lock.fileno()
        processes = [shown(path, f"{descriptor} 0", (descriptor,)) for _ in range(2)]
        first, second = sorted(tuple(map(float, process.communicate()[0].split())) for process in processes)
    assert second[0] >= first[1]


def test_small_pages_wait_for_nothing_and_a_process_that_dies_lets_go(picture_in_form):
    large, small = picture_in_form(3000, 2500), picture_in_form(300, 250)
    with TemporaryFile() as lock:
        descriptor = lock.fileno()
        holding = shown(large, f"{descriptor} 0", (descriptor,), after=600)
        assert holding.stdout is not None
        holding.stdout.readline()
        began = time.monotonic()
        assert shown(small, f"{descriptor} 0", (descriptor,)).wait() == 0
        waiting = shown(large, f"{descriptor} 0", (descriptor,))
        holding.kill()
        holding.wait()
        assert waiting.wait() == 0
        assert time.monotonic() - began < 50, "each of the two would have waited for 60 seconds"

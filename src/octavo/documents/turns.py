"""Turns at pages with large pictures, which processes of one build take one after the other.

A scanned page of 10 megapixels holds 30 MB for a tenth of a second while it is drawn. The more documents a build has,
the surer two such pages meet, and it is their meeting that memory must suffice for.
"""

import ctypes
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pypdfium2.raw as raw

LOCK = "OCTAVO_TURNS"  # environment: "DESCRIPTOR BYTE", an open file and which byte of it is locked
LARGE = 6_000_000  # pixels of all pictures on a page
MOST_OBJECTS = 5_000  # that are looked at, 1.6 microseconds each; the scan behind an OCR layer may come last
LONGEST_WAIT = 2.0  # seconds; then the page is drawn all the same: a turn saves memory, and nothing hangs on it
EVERY = 0.01  # seconds


def descriptors() -> tuple[int, ...]:
    """The open files that a process which is to take turns must be given."""
    return tuple(int(place.split()[0]) for place in (os.environ.get(LOCK),) if place)


@contextmanager
def turn(page: Any) -> Iterator[None]:
    """Draw and close `page` (of pypdfium2) inside; where it has large pictures, the others with the same lock wait.

    pdfium keeps a picture as it unpacked it until the page is closed.
    """
    place = os.environ.get(LOCK)
    if place is None or picture_pixels(page) < LARGE:
        yield
        return
    lock, byte = map(int, place.split())
    latest = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < latest:
        with suppress(BlockingIOError):
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)  # a process that dies lets go
            break
        time.sleep(EVERY)
    try:
        yield
    finally:
        fcntl.lockf(lock, fcntl.LOCK_UN, 1, byte)


def picture_pixels(page: Any) -> int:
    """Pixels of the pictures among a page's first objects, as the file holds them."""
    total, width, height = 0, ctypes.c_uint(), ctypes.c_uint()
    waiting = [raw.FPDFPage_GetObject(page, n) for n in range(min(raw.FPDFPage_CountObjects(page), MOST_OBJECTS))]
    for found in waiting:
        kind = raw.FPDFPageObj_GetType(found)
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            raw.FPDFImageObj_GetImagePixelSize(found, width, height)
            total += width.value * height.value
        elif kind == raw.FPDF_PAGEOBJ_FORM:
            room = MOST_OBJECTS - len(waiting)
            inside = range(min(max(raw.FPDFFormObj_CountObjects(found), 0), room))
            waiting += [raw.FPDFFormObj_GetObject(found, n) for n in inside]
    return total

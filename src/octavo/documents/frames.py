"""What parent and reading child say to each other: JSON heads and raw blobs, never pickle.

A message is a 4-byte big-endian length, that many bytes of JSON (an object), then the blobs whose lengths the
object gives under "blobs". The receiver says how long each may be, so that a child that a hostile file has
taken over cannot make its parent allocate what it likes.
"""

import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Head: TypeAlias = dict[str, Any]
Read: TypeAlias = Callable[[int], bytes]

HEAD_BYTES = 1 << 16  # a path and passwords, or a page's measures
MOST_WORDS = 200_000  # on a page; a broadsheet has 10,000
TEXT_BYTES = 1 << 24  # of those words
MOST_RULES = 5_000  # lines on a page; a ledger has 200
MOST_FIELDS = 2_000  # on a page; a tax form has 150
FIELDS_BYTES = 1 << 24  # of those, as JSON
MOST_OUTLINE = 5_000  # entries; a book has 500
ABOUT_BYTES = 1 << 23  # of those and the metadata, as JSON
LINE_CHARS = 300  # of a title, a name, a reason
VALUE_CHARS = 4_000  # of what stands in a form's field
_LENGTH = struct.Struct(">I")


class FrameError(Exception):
    """What is no message, or one larger than allowed."""


class UnreadableError(Exception):
    """A file or page cannot be read; the message is the reason in plain words."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the child needs to know for its whole life; the names are those of `Reader` and `Limits`."""

    dpi: int
    longest: int
    image_format: str
    seconds: float
    memory_bytes: int
    pixels: int


def packed(head: Head, blobs: Sequence[bytes] = ()) -> list[bytes]:
    """A message as the pieces to be written one after the other."""
    text = json.dumps(head | {"blobs": [len(blob) for blob in blobs]}).encode()
    if len(text) > HEAD_BYTES:
        raise FrameError(f"a head of {len(text)} bytes")
    return [_LENGTH.pack(len(text)) + text, *blobs]


def received(read: Read, most_bytes: Sequence[int] = ()) -> tuple[Head, list[bytes]]:
    """Read one message with `read`, which returns exactly the number of bytes asked for or raises.

    There may be as many blobs as `most_bytes` has numbers, each at most so long. Raises `FrameError`.
    """
    (length,) = _LENGTH.unpack(read(_LENGTH.size))
    if length > HEAD_BYTES:
        raise FrameError(f"a head of {length} bytes")
    try:
        head = json.loads(read(length))
        sizes = head.pop("blobs")
        fits = (
            type(sizes) is list
            and len(sizes) <= len(most_bytes)
            and all(type(size) is int and 0 <= size <= most for size, most in zip(sizes, most_bytes, strict=False))
        )
    except (ValueError, RecursionError, TypeError, AttributeError, KeyError) as error:
        raise FrameError("a head that is no JSON object with its blobs") from error
    if not fits:
        raise FrameError(f"blobs of {sizes} bytes where {list(most_bytes)} are allowed")
    return head, [read(size) for size in sizes]


def plain(text: str, most: int) -> str:
    """One printable line of it, with single spaces: what a file comes to say is not for a terminal to obey."""
    start = text[: 2 * most]
    return " ".join("".join(c if c.isprintable() else " " for c in start).split())[:most]

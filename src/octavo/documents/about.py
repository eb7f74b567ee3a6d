"""What a PDF says of itself: its outline and its metadata. Runs in the reading child."""

import ctypes
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium

from octavo.documents.frames import LINE_CHARS, MOST_OUTLINE, plain
from octavo.documents.types import OutlineItem

DEEPEST = 20  # levels of an outline
STRING_BYTES = 1 << 20  # longer strings are taken for empty
TAGS = ("Title", "Author", "Subject", "Keywords", "Creator", "Producer")


class About(NamedTuple):
    """A document's outline, in the order of its reading, and what it says of itself by lower-case key."""

    outline: list[OutlineItem]
    metadata: dict[str, str]


NOTHING = About([], {})


def about(document: Any) -> About:
    """What an open document says; at most `MOST_OUTLINE` entries, each entry once."""
    found = {tag.lower(): _string(pdfium.FPDF_GetMetaText, document, tag.encode()) for tag in TAGS}
    return About(_outline(document), {key: text for key, text in found.items() if text})


def _outline(document: Any) -> list[OutlineItem]:
    """The outline, without what a damaged or hostile file repeats: an entry that is met again ends its branch."""
    items: list[OutlineItem] = []
    seen: set[int] = set()
    waiting = [(pdfium.FPDFBookmark_GetFirstChild(document, None), 0)]
    while waiting and len(items) < MOST_OUTLINE:
        bookmark, level = waiting.pop()
        address = ctypes.cast(bookmark, ctypes.c_void_p).value
        if not bookmark or address is None or address in seen:
            continue
        seen.add(address)
        title = _string(pdfium.FPDFBookmark_GetTitle, bookmark)
        if title:
            items.append(OutlineItem(title, _page_of(document, bookmark), level))
        waiting.append((pdfium.FPDFBookmark_GetNextSibling(document, bookmark), level))
        if level + 1 < DEEPEST:
            waiting.append((pdfium.FPDFBookmark_GetFirstChild(document, bookmark), level + 1))
    return items


def _page_of(document: Any, bookmark: Any) -> int:
    """The page (from 1) that an entry leads to, 0 for none."""
    destination = pdfium.FPDFBookmark_GetDest(document, bookmark)
    if not destination:
        action = pdfium.FPDFBookmark_GetAction(bookmark)
        if not action or pdfium.FPDFAction_GetType(action) != pdfium.PDFACTION_GOTO:
            return 0
        destination = pdfium.FPDFAction_GetDest(document, action)
    return max(0, pdfium.FPDFDest_GetDestPageIndex(document, destination) + 1) if destination else 0


def _string(function: Any, *arguments: Any) -> str:
    """The UTF-16 string that a pdfium function writes to a buffer, as one printable line."""
    length = function(*arguments, None, 0)
    if not 0 < length <= STRING_BYTES:
        return ""
    buffer = ctypes.create_string_buffer(length)
    function(*arguments, buffer, length)
    return plain(buffer.raw.decode("utf-16-le", "replace").rstrip("\0"), LINE_CHARS)

"""The heading that a key stands under: what tells the buyer's telephone number from the seller's."""

from collections.abc import Sequence

from octavo.datasets.fields.fits import colon
from octavo.datasets.fields.geometry import Sheet, character
from octavo.datasets.fields.keys import is_key, key_of, meanings, words_of
from octavo.documents.structure.rows import Line

FAR_ROWS = 14  # up from a key
_PARTIES = words_of(
    "seller buyer customer landlord tenant lender borrower employer employee patient applicant guest contractor student"
    " licensor licensee"
) | {"billing address", "shipping address", "emergency contact"}


def section_of(label: Line, number: int, sheet: Sheet) -> str:
    """The nearest heading over `label` (in row `number`) in its column, as the page prints it; "" for none.

    A heading is a line of its own, bold where the label is not or larger, or one that names a party ("Ship to").
    """
    for row in reversed(sheet.rows[max(0, number - FAR_ROWS) : number]):
        heads = [line for line in row if _is_over(line, label) and _is_heading(line, label, row)]
        if heads:
            return key_of(max(heads, key=lambda line: line.box.x0).text)
    return ""


def _is_over(line: Line, label: Line) -> bool:
    """Whether `line` begins where the label does, or to its left and reaches over it."""
    slack = 2 * character(label)
    return abs(line.box.x0 - label.box.x0) < slack or line.box.x0 < label.box.x0 < line.box.x1 + slack


def _is_heading(line: Line, label: Line, row: Sequence[Line]) -> bool:
    if not is_key(key_of(line.text)) or (colon(line) and colon(line) < len(line.words)):
        return False
    found = meanings(key_of(line.text))
    if any(one.noun in _PARTIES for one in found):
        return True
    larger = line.size > 1.12 * label.size
    bolder = all(word.bold for word in line.words) and not any(word.bold for word in label.words)
    return (larger or bolder) and not found and not line.text.endswith(":") and len(row) <= 3

"""How many questions of each kind a page may give."""

import re
from collections.abc import Mapping, Sequence

from octavo.errors import OctavoError

_NUMBER = re.compile(r"\d{1,3}(?:\.\d+)?")
MOST = 16  # questions of one page
# Kinds, and the most of each on a page; 0.25 is one on every fourth page. Layout, table and form questions carry most
# of DocVQA, then free text. Nearly every page has a number, and asking for it each time teaches nothing more.
MIX: Mapping[str, float] = {
    "key_value": 7,
    "amount": 4,
    "date": 3,
    "form_field": 6,
    "yes_no": 4,
    "table_cell": 5,
    "table_row": 2,
    "title": 1,
    "heading": 2,
    "position": 1,
    "page_number": 0.25,
    "list_item": 2,
    "caption": 2,
    "sentence": 2,
    "unanswerable": 0.5,
    "llm": 40,
}


def mix_of(changes: Sequence[str]) -> dict[str, float]:
    """The mix with `changes` such as "title=0". Raises `OctavoError` for a kind that there is not."""
    mix = dict(MIX)
    for change in changes:
        kind, _, most = change.partition("=")
        if kind not in mix or not _NUMBER.fullmatch(most):
            raise OctavoError(f"--mix {change}: write KIND=MOST, such as title=0; the kinds are {' '.join(mix)}")
        mix[kind] = float(most)
    return mix

"""A page of a typeset document as training sees it: marks in pixels, and what can be asked about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from octavo.documents.types import NOT_HERE
from octavo.synthetic.faces import Family
from octavo.synthetic.kinds import DRAW, document
from octavo.synthetic.marks import Line, Mark, Panel, Text
from octavo.synthetic.questions import KIND_OF, PHRASES, questions
from octavo.synthetic.sheet import Finding

# Facts of one kind of document alone: where one is not drawn, nothing else could be taken for it.
TELLING = (
    "order_number", "receipt_number", "cashier", "form_number", "birth_date", "appointment_date", "delivery_date",
    "membership", "level", "cash_given", "signer", "condition", "subtotal", "first_visit", "account_number",
    "opening_balance", "closing_balance", "author",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Paper:
    """Marks in pixels on a page of `width` by `height`, and questions with their answers."""

    width: int
    height: int
    marks: tuple[Mark, ...]
    turns: tuple[tuple[str, str], ...]


def paper(random: Random, families: Sequence[Family], longest: int, absent: int) -> Paper:
    """A page of a document of any kind whose longest side is `longest` pixels.

    It is asked for what stands on it, and for `absent` facts that do not.
    """
    sheet = document(random.choice(tuple(DRAW)), random, families)
    page, scale = random.randint(1, sheet.page_count), longest / max(sheet.width, sheet.height)
    findings = sheet.findings()
    here = {name: finding for name, finding in findings.items() if finding.page == page}
    turns = [(question.text, question.answer) for question in questions(random, here)]
    return Paper(
        width=round(scale * sheet.width),
        height=round(scale * sheet.height),
        marks=tuple(_scaled(mark, scale) for mark in sheet.pages[page - 1]),
        turns=(*turns, *_absent(random, here, absent)),
    )


def _absent(random: Random, here: Mapping[str, Finding], count: int) -> list[tuple[str, str]]:
    """Questions for facts that are not on the page."""
    others = [name for name in TELLING if name not in here]
    chosen = random.sample(others, min(count, len(others)))
    return [(random.choice(PHRASES[KIND_OF[name]][name]), NOT_HERE) for name in chosen]


def _scaled(mark: Mark, scale: float) -> Mark:
    match mark:
        case Text():
            return replace(mark, x=scale * mark.x, y=scale * mark.y, size=scale * mark.size)
        case Line():
            edges = {name: scale * getattr(mark, name) for name in ("x0", "y0", "x1", "y1", "width")}
            return replace(mark, **edges)
        case Panel():
            edges = {name: scale * getattr(mark, name) for name in ("x0", "y0", "x1", "y1", "stroke")}
            return replace(mark, **edges)

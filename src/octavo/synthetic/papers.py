"""A page of a typeset document as training sees it: marks in pixels, and what can be asked about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from octavo.documents.types import NOT_HERE, Box
from octavo.synthetic.faces import Family
from octavo.synthetic.kinds import DRAW, document
from octavo.synthetic.marks import Line, Mark, Panel, Shape, Text
from octavo.synthetic.questions import questions, wording
from octavo.synthetic.sheet import Finding

# Facts of one kind of document alone: where one is not drawn, nothing else could be taken for it.
TELLING = (
    "order_number", "receipt_number", "cashier", "form_number", "birth_date", "appointment_date", "delivery_date",
    "membership", "level", "cash_given", "signer", "condition", "subtotal", "first_visit", "account_number",
    "opening_balance", "closing_balance", "author", "table_title",
    "vertical_axis", "chart_title", "window_title", "message", "default_button", "open_tab",
    "mail_sender", "status_bar", "stamp", "stamp_date",
)  # fmt: skip
READABLE = 8.5  # pixels, of body text


@dataclass(frozen=True, slots=True)
class Paper:
    """Marks in pixels on a page of `width` by `height`, and questions with their answers."""

    width: int
    height: int
    marks: tuple[Mark, ...]
    turns: tuple[tuple[str, str], ...]
    boxes: tuple[tuple[Box, ...], ...]  # of each answer, one a line; none of what is not there


def paper(random: Random, families: Sequence[Family], sides: Sequence[int], absent: int) -> Paper:
    """A page of a document of any kind whose longest side has one of so many pixels, at which its text can be read.

    It is asked for what stands on it, and for `absent` facts that do not.
    """
    sheet = document(random.choice(tuple(DRAW)), random, families)
    page, longest = random.randint(1, sheet.page_count), max(sheet.width, sheet.height)
    scale = random.choice([side for side in sides if sheet.size * side >= READABLE * longest] or [max(sides)]) / longest
    findings = sheet.findings()
    here = {name: finding for name, finding in findings.items() if finding.page == page}
    asked = questions(random, here)
    absences = _absent(random, here, sheet.absent, absent)
    return Paper(
        width=round(scale * sheet.width),
        height=round(scale * sheet.height),
        marks=tuple(_scaled(mark, scale) for mark in sheet.pages[page - 1]),
        turns=(*((question.text, question.answer) for question in asked), *absences),
        boxes=(*(question.boxes for question in asked), *(() for _ in absences)),
    )


def _absent(random: Random, here: Mapping[str, Finding], lacking: Sequence[str], count: int) -> list[tuple[str, str]]:
    """Questions for facts that are not on the page: of other documents, and what this one might have and lacks."""
    others = [name for name in TELLING if name not in here]
    near = random.sample(lacking, min(count // 2, len(lacking)))
    return [(wording(random, name), NOT_HERE) for name in (*near, *random.sample(others, count - len(near)))]


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
        case Shape():
            points = tuple((scale * x, scale * y) for x, y in mark.points)
            return replace(mark, points=points, width=scale * mark.width)

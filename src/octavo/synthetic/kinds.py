"""The kinds of documents, by their names."""

from collections.abc import Callable, Sequence
from random import Random

from octavo.synthetic.charting import charting
from octavo.synthetic.equations import equations
from octavo.synthetic.faces import Family
from octavo.synthetic.form import form
from octavo.synthetic.invoice import invoice
from octavo.synthetic.letter import letter
from octavo.synthetic.listing import listing
from octavo.synthetic.receipt import receipt
from octavo.synthetic.report import report
from octavo.synthetic.screen import screen
from octavo.synthetic.sheet import STANDARD, Sheet
from octavo.synthetic.stamp import SHARES, stamp
from octavo.synthetic.statement import statement
from octavo.synthetic.tabular import tabular

Draw = Callable[[Random, Sequence[Family]], Sheet]
DRAW: dict[str, Draw] = {
    "invoice": invoice,
    "receipt": receipt,
    "form": form,
    "letter": letter,
    "statement": statement,
    "report": report,
    "table": tabular,
    "list": listing,
    "chart": charting,
    "screen": screen,
    "equation": equations,
}


def document(kind: str, random: Random, families: Sequence[Family] = STANDARD) -> Sheet:
    """A document of a kind, in one of the families. Standard families can be written as PDF, and not drawn."""
    sheet = DRAW[kind](random, families)
    if random.random() < SHARES.get(kind, 0.0):
        stamp(random, sheet)
    return sheet

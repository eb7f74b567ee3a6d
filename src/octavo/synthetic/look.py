"""How one document looks: chosen once, at random, and used by all its blocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from octavo.synthetic.faces import Family
from octavo.synthetic.marks import BLACK, Color
from octavo.synthetic.sheet import STANDARD, Sheet

ACCENTS: tuple[Color, ...] = (
    BLACK,
    (0.10, 0.22, 0.42),
    (0.45, 0.09, 0.12),
    (0.07, 0.33, 0.22),
    (0.25, 0.25, 0.28),
    (0.33, 0.16, 0.42),
)

A4, A5, A6, A7 = (595.0, 842.0), (420.0, 595.0), (298.0, 420.0), (210.0, 298.0)
LETTER = (612.0, 792.0)


@dataclass(frozen=True, slots=True)
class Look:
    """The choices that the blocks of a page share.

    `fields` is a key of `fields.STYLES`, `table` one of `table.STYLES`, `header` one of `header.STYLES`;
    `colon` puts ":" after labels, `capitals` prints them in upper case.
    """

    fields: str
    table: str
    header: str
    accent: Color
    bold_labels: bool
    capitals: bool
    colon: bool

    @property
    def tint(self) -> Color:
        """The accent, nearly white: what stands behind black text."""
        red, green, blue = self.accent
        return (0.9 + red / 10, 0.9 + green / 10, 0.9 + blue / 10)

    def label(self, text: str) -> str:
        """A label as this document prints it."""
        return (text.upper() if self.capitals else text) + (":" if self.colon else "")


def look(random: Random, fields: Sequence[str], headers: Sequence[str], tables: Sequence[str] = ("plain",)) -> Look:
    """A look from the styles that a kind of document allows."""
    return Look(
        fields=random.choice(fields),
        table=random.choice(tables),
        header=random.choice(headers),
        accent=random.choice(ACCENTS),
        bold_labels=random.random() < 0.4,
        capitals=random.random() < 0.15,
        colon=random.random() < 0.5,
    )


def sheet(
    random: Random,
    page: tuple[float, float],
    margins: Sequence[float],
    sizes: Sequence[float],
    leadings: Sequence[float] = (1.25, 1.3, 1.4, 1.5),
    families: Sequence[Family] = STANDARD,
) -> Sheet:
    """An empty sheet of the format `page` (width and height in points) in a random body text of one of `families`."""
    width, height = page
    return Sheet(
        width=width,
        height=height,
        margin=random.choice(margins),
        family=random.choice(families),
        size=random.choice(sizes),
        leading=random.choice(leadings),
    )

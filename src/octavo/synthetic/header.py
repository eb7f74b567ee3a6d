"""The head of a page: who it is from and what it is."""

from octavo.synthetic.chart import circle
from octavo.synthetic.facts import Party
from octavo.synthetic.look import Look
from octavo.synthetic.marks import BLACK, WHITE, Color
from octavo.synthetic.sheet import Sheet

STYLES = ("left", "center", "right", "band", "beside")
NAME, TITLE = 1.4, 1.5  # their sizes in sizes of the body text


def draw_header(sheet: Sheet, look: Look, party: Party, title: str, name: str = "issuer") -> float:
    """Draw the party's name and address and, where there is one, the title; the y below them is returned.

    "left", "center" and "right" say where the name stands; "band" sets it in white on the accent, "beside"
    puts the address at the right of the name. The title stands opposite the name where there is room.
    """
    match look.header:
        case "band":
            y = _band(sheet, look, party, name)
        case "beside":
            y = _beside(sheet, look, party, name)
        case align:
            y = _stacked(sheet, look, party, name, align)
    if not title:
        return y + 0.6 * sheet.line
    align = "center" if look.header == "center" else "right" if look.header in ("left", "band") else "left"
    size = TITLE * sheet.size
    both = sheet.measure(title, size, bold=True) + sheet.measure(party.name, NAME * sheet.size, bold=True)
    opposite = look.header in ("left", "right") and both + 20 <= sheet.inside
    top = sheet.margin if opposite else y
    sheet.text(_edge(sheet, align), top, title, size=size, bold=True, align=align, color=look.accent)
    return y + 0.3 * sheet.line if opposite else y + size + 0.8 * sheet.line


def draw_sign(sheet: Sheet, name: str, x: float, y: float, side: float, color: Color) -> None:
    """A company's sign, `side` points wide and high: its initials in white on a disc, a block or a lozenge."""
    letters = "".join(word[0] for word in name.split() if word[0].isalpha())[:2]
    middle, centre, half = x + side / 2, y + side / 2, side / 2
    match len(name) % 3:
        case 0:
            sheet.shape(circle(middle, centre, half), color=color)
        case 1:
            sheet.panel(x, y, x + side, y + side, fill=color)
        case _:
            corners = ((middle, y), (x + side, centre), (middle, y + side), (x, centre))
            sheet.shape(corners, color=color)
    size = 0.38 * side
    sheet.text(middle, centre - 0.55 * size, letters, size=size, bold=True, align="center", color=WHITE)


def sign_beside(sheet: Sheet, look: Look, name: str, y: float) -> None:
    """The company's sign in a free upper corner above `y`, where there is one."""
    side, top = min(4.0 * sheet.size, y - 0.8 * sheet.margin), 0.7 * sheet.margin
    for x in (sheet.margin, sheet.right - side):
        if look.header != "band" and sheet.is_free(x - 4, top, x + side + 4, top + side + 4):
            draw_sign(sheet, name, x, top, side, look.accent)
            return


def _stacked(sheet: Sheet, look: Look, party: Party, name: str, align: str) -> float:
    y = _name(sheet, look, party, name, align, sheet.margin, sheet.inside)
    for line in (party.street, party.town, party.phone):
        sheet.text(_edge(sheet, align), y, line, align=align)
        y += sheet.line
    sheet.rule(sheet.margin, y + 2, sheet.right, y + 2, width=0.8)
    return y + 2 + 0.5 * sheet.line


def _beside(sheet: Sheet, look: Look, party: Party, name: str) -> float:
    address = (party.street, party.town, party.phone)
    taken = max(sheet.measure(line) for line in address) + 12
    below = _name(sheet, look, party, name, "left", sheet.margin, sheet.inside - taken)
    y = sheet.margin
    for line in address:
        sheet.text(sheet.right, y, line, align="right")
        y += sheet.line
    return max(y, below) + 0.4 * sheet.line


def _band(sheet: Sheet, look: Look, party: Party, name: str) -> float:
    size = 1.5 * sheet.size
    lines = sheet.wrap(party.name, sheet.inside, size, bold=True)
    bottom = 0.7 * sheet.margin + 1.25 * size * len(lines) + 0.5 * size
    sheet.panel(0, 0, sheet.width, bottom, fill=look.accent)
    y = 0.7 * sheet.margin
    for line in lines:
        sheet.text(sheet.margin, y, line, size=size, bold=True, color=WHITE, name=name)
        y += 1.25 * size
    y = bottom + 0.4 * sheet.line
    for line in sheet.wrap(f"{party.street}, {party.town}", sheet.inside):
        sheet.text(sheet.margin, y, line)
        y += sheet.line
    sheet.text(sheet.margin, y, party.phone)
    return y + 1.5 * sheet.line


def _name(sheet: Sheet, look: Look, party: Party, name: str, align: str, y: float, width: float) -> float:
    size = NAME * sheet.size
    color = look.accent if look.header != "center" else BLACK
    for line in sheet.wrap(party.name, width, size, bold=True):
        sheet.text(_edge(sheet, align), y, line, size=size, bold=True, align=align, color=color, name=name)
        y += 1.25 * size
    return y


def _edge(sheet: Sheet, align: str) -> float:
    return {"left": sheet.margin, "center": sheet.width / 2, "right": sheet.right}[align]

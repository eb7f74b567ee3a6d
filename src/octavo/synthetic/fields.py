"""Labels and their values, set in the ways in which documents set them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from octavo.synthetic.look import Look
from octavo.synthetic.sheet import Sheet

GAP = 8.0  # points between a label and what follows
PAD = 4.0  # points between a cell's border and its text


@dataclass(frozen=True, slots=True)
class Field:
    """A label and its value; `name` is the answer's.

    With `options` all of them are printed, each after a small box, and the box of the value is ticked.
    """

    name: str
    label: str
    value: str
    options: tuple[str, ...] = ()


def draw_fields(sheet: Sheet, look: Look, fields: Sequence[Field], x: float, y: float, width: float) -> float:
    """Draw `fields` from (x, y) down in the style of `look`; the y below them is returned.

    A style that needs more than `width` points gives way to the narrowest, "above".
    """
    style = look.fields if fields_width(sheet, look, fields) <= width else "above"
    return STYLES[style](sheet, look, fields, x, y, width)


def fields_width(sheet: Sheet, look: Look, fields: Sequence[Field]) -> float:
    """The points that the style of `look` needs to set every value on one line."""
    labels = [sheet.measure(look.label(field.label), bold=look.bold_labels) for field in fields]
    values = [_value_width(sheet, field) for field in fields]
    both = [label + value for label, value in zip(labels, values, strict=True)]
    match look.fields:
        case "colon":
            return max(both) + GAP + sheet.measure(":")
        case "above":
            return _above_width(sheet, look, fields)
        case "ruled":
            return max(labels) + max(values) + 4 * PAD
        case _:
            return max(labels) + max(values) + 2 * GAP


def _colon(sheet: Sheet, look: Look, fields: Sequence[Field], x: float, y: float, width: float) -> float:
    for field in fields:
        y = sheet.room(y, sheet.line)
        label = look.label(field.label).removesuffix(":") + ":"
        after = x + _label(sheet, look, label, x, y) + sheet.measure(" ") + 1
        y = _value(sheet, field, after, y, x + width - after)
    return y


def _columns(sheet: Sheet, look: Look, fields: Sequence[Field], x: float, y: float, width: float) -> float:
    after = x + _widest_label(sheet, look, fields) + GAP
    for field in fields:
        y = sheet.room(y, sheet.line)
        _label(sheet, look, look.label(field.label), x, y)
        y = _value(sheet, field, after, y, x + width - after)
    return y


def _flush(sheet: Sheet, look: Look, fields: Sequence[Field], x: float, y: float, width: float) -> float:
    for field in fields:
        y = sheet.room(y, sheet.line)
        _label(sheet, look, look.label(field.label), x, y)
        y = _value(sheet, field, x + width, y, width, align="right")
    return y


def _leader(sheet: Sheet, look: Look, fields: Sequence[Field], x: float, y: float, width: float) -> float:
    for field in fields:
        y = sheet.room(y, sheet.line)
        start = x + _label(sheet, look, look.label(field.label), x, y) + 3
        end = x + width - _value_width(sheet, field) - 3
        if start < end:
            sheet.rule(start, y + 0.8 * sheet.size, end, y + 0.8 * sheet.size, dotted=True)
        y = _value(sheet, field, x + width, y, width, align="right")
    return y


def _underline(sheet: Sheet, look: Look, fields: Sequence[Field], x: float, y: float, width: float) -> float:
    after = x + _widest_label(sheet, look, fields) + GAP
    for field in fields:
        y = sheet.room(y, sheet.line + 4)
        _label(sheet, look, look.label(field.label), x, y)
        y = _value(sheet, field, after + 2, y, x + width - after)
        if not field.options:
            under = y - sheet.line + sheet.size + 1.5
            sheet.rule(after, under, x + width, under)
        y += 4
    return y


def _ruled(sheet: Sheet, look: Look, fields: Sequence[Field], x: float, y: float, width: float) -> float:
    label_width = _widest_label(sheet, look, fields) + 2 * PAD
    for field in fields:
        inner = width - label_width - 2 * PAD
        height = sheet.line * len(_lines(sheet, field, inner)) + PAD
        y = sheet.room(y, height)
        sheet.panel(x, y, x + label_width, y + height, fill=look.tint, stroke=0.6)
        sheet.panel(x + label_width, y, x + width, y + height, stroke=0.6)
        top = y + PAD / 2 + (sheet.line - sheet.size) / 2
        _label(sheet, look, look.label(field.label), x + PAD, top)
        _value(sheet, field, x + label_width + PAD, top, inner)
        y += height
    return y


def _above(sheet: Sheet, look: Look, fields: Sequence[Field], x: float, y: float, width: float) -> float:
    columns = max(1, min(3, len(fields), int(width / _above_width(sheet, look, fields))))
    cell = width / columns
    for start in range(0, len(fields), columns):
        row = fields[start : start + columns]
        lines = max(len(_lines(sheet, field, cell - 2 * PAD)) for field in row)
        height = 1.25 * sheet.size + lines * sheet.line + PAD
        y = sheet.room(y, height)
        for i, field in enumerate(row):
            left = x + i * cell
            end = x + width if field is row[-1] else left + cell  # a short row is filled up
            sheet.panel(left, y, end, y + height, stroke=0.6)
            sheet.text(left + PAD, y + PAD, look.label(field.label), bold=look.bold_labels, color=look.accent)
            _value(sheet, field, left + PAD, y + PAD + 1.25 * sheet.size, end - left - 2 * PAD)
        y += height
    return y


Style = Callable[[Sheet, Look, Sequence[Field], float, float, float], float]
STYLES: dict[str, Style] = {
    "colon": _colon,
    "columns": _columns,
    "flush": _flush,
    "leader": _leader,
    "underline": _underline,
    "ruled": _ruled,
    "above": _above,
}


def _widest_label(sheet: Sheet, look: Look, fields: Sequence[Field]) -> float:
    return max(sheet.measure(look.label(field.label), bold=look.bold_labels) for field in fields)


def _above_width(sheet: Sheet, look: Look, fields: Sequence[Field]) -> float:
    """The width of a cell; options may stand below each other."""
    values = [sheet.measure(field.value) + (1.1 * sheet.size if field.options else 0) for field in fields]
    return max(_widest_label(sheet, look, fields), *values) + 2 * PAD


def _label(sheet: Sheet, look: Look, text: str, x: float, y: float) -> float:
    return sheet.text(x, y, text, bold=look.bold_labels)


def _value(sheet: Sheet, field: Field, x: float, y: float, width: float, align: str = "left") -> float:
    """Draw a value within `width` points; `x` is its left edge or, with align="right", its right one."""
    for line in _lines(sheet, field, width):
        if field.options:
            _options(sheet, field, line, x - (_options_width(sheet, line) if align == "right" else 0), y)
        else:
            sheet.text(x, y, line[0], align=align, name=field.name)
        y += sheet.line
    return y


def _lines(sheet: Sheet, field: Field, width: float) -> list[list[str]]:
    """What stands on each line of a value: one text, or the options that fit beside each other."""
    if not field.options:
        return [[text] for text in sheet.wrap(field.value, width)]
    lines: list[list[str]] = []
    for option in field.options:
        if lines and _options_width(sheet, [*lines[-1], option]) <= width:
            lines[-1].append(option)
        else:
            lines.append([option])
    return lines


def _value_width(sheet: Sheet, field: Field) -> float:
    return _options_width(sheet, field.options) if field.options else sheet.measure(field.value)


def _options_width(sheet: Sheet, options: Sequence[str]) -> float:
    return sum(1.1 * sheet.size + sheet.measure(option) for option in options) + GAP * (len(options) - 1)


def _options(sheet: Sheet, field: Field, options: Sequence[str], x: float, y: float) -> None:
    side, top = 0.75 * sheet.size, y + 0.1 * sheet.size
    for option in options:
        sheet.panel(x, top, x + side, top + side, stroke=0.8)
        if option == field.value:
            sheet.rule(x, top, x + side, top + side, width=1.4)
            sheet.rule(x, top + side, x + side, top, width=1.4)
        x += 1.1 * sheet.size
        x += GAP + sheet.text(x, y, option, name=field.name if option == field.value else "")

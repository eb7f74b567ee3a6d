"""What stands on a page: texts, lines and shapes, in any unit from the top left corner."""

from dataclasses import dataclass

Color = tuple[float, float, float]  # red, green, blue from 0 to 1
BLACK: Color = (0.0, 0.0, 0.0)
WHITE: Color = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Text:
    """One line in one font: `x` is its left edge, `y` its baseline.

    It is turned about that point by `angle` degrees, counterclockwise.
    """

    x: float
    y: float
    text: str
    font: str
    size: float
    color: Color = BLACK
    angle: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line, `width` thick."""

    x0: float
    y0: float
    x1: float
    y1: float
    width: float = 0.5
    dotted: bool = False
    color: Color = BLACK


@dataclass(frozen=True, slots=True)
class Panel:
    """A rectangle: filled, with an outline `stroke` thick, or both."""

    x0: float
    y0: float
    x1: float
    y1: float
    fill: Color | None = None
    stroke: float = 0.0


@dataclass(frozen=True, slots=True)
class Shape:
    """A closed line through `points`: filled or, where `width` is not 0, drawn so thick."""

    points: tuple[tuple[float, float], ...]
    color: Color = BLACK
    width: float = 0.0


Mark = Text | Line | Panel | Shape

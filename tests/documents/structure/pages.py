"""Pages made by hand for the tests of layouts: words and rules at places in points."""

from collections.abc import Iterable

from octavo.documents.types import Box, Page, PageImage, Word

WIDTH, HEIGHT = 600.0, 800.0
SPACE = 0.28  # of the type's size


def words_at(x: float, y: float, text: str, size: float = 10.0, bold: bool = False, space: float = SPACE) -> list[Word]:
    """The words of a line that begins at (x, y) points, its characters half the size wide."""
    words = []
    for word in text.split():
        end = x + len(word) * size / 2
        words.append(Word(word, Box(x / WIDTH, y / HEIGHT, end / WIDTH, (y + 0.94 * size) / HEIGHT), size, bold))
        x = end + space * size
    return words


def text_at(x: float, y: float, lines: Iterable[str], size: float = 10.0, bold: bool = False) -> list[Word]:
    """Lines one under the other, 12 points apart for type of 10."""
    return [word for n, line in enumerate(lines) for word in words_at(x, y + 1.2 * size * n, line, size, bold)]


def table_at(
    x: float, y: float, rows: Iterable[Iterable[str]], step: float = 100.0, height: float = 16.0
) -> list[Word]:
    """Rows of cells, each column `step` points right of the one before."""
    return [
        word
        for r, row in enumerate(rows)
        for c, text in enumerate(row)
        for word in words_at(x + c * step, y + r * height, text)
    ]


def across(x0: float, x1: float, y: float) -> Box:
    """A level rule."""
    return Box(x0 / WIDTH, y / HEIGHT, x1 / WIDTH, (y + 0.5) / HEIGHT)


def down(x: float, y0: float, y1: float) -> Box:
    """An upright rule."""
    return Box(x / WIDTH, y0 / HEIGHT, (x + 0.5) / WIDTH, y1 / HEIGHT)


def grid(xs: list[float], ys: list[float]) -> list[Box]:
    """The rules of a grid whose cells are all drawn."""
    return [across(xs[0], xs[-1], y) for y in ys] + [down(x, ys[0], ys[-1]) for x in xs]


def page_of(words: Iterable[Word], rules: Iterable[Box] = (), number: int = 1) -> Page:
    """A page of these words and rules."""
    return Page(number, "", WIDTH, HEIGHT, tuple(words), PageImage(b"", "RGB", 1, 1), tuple(rules))

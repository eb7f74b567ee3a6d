"""What can be read in a window onto texts: the characters inside it, as lines in the order of the texts."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from octavo.synthetic.marks import Text
from octavo.synthetic.raster import Glyphs

EDGE = 0.3  # of a font's size: how far the middle of a character must be inside to be read


def visible_lines(texts: Sequence[Text], glyphs: Glyphs, width: int, height: int) -> list[str]:
    """The lines of a window of `width` by `height` pixels at the origin; texts on one baseline are one line.

    A line that the upper or lower edge cuts is left out; of one that a side cuts the characters inside are there.
    `glyphs` are the characters of `texts`, where they lie now.
    """
    seen = readable(texts, glyphs, width, height)
    pieces = []
    for number, members in groupby(np.flatnonzero(seen), key=lambda n: int(glyphs.text_N[n])):
        own = list(members)
        text, first = texts[number], int(np.searchsorted(glyphs.text_N, number))
        places = [place for place, char in enumerate(text.text) if char != " "]
        piece = text.text[places[own[0] - first] : places[own[-1] - first] + 1]
        pieces.append((text.y, " ".join(piece.split())))
    return [" ".join(piece for _, piece in line) for _, line in groupby(pieces, key=lambda piece: round(piece[0], 1))]


def readable(texts: Sequence[Text], glyphs: Glyphs, width: int, height: int) -> NDArray[np.bool_]:
    """Which of the `glyphs` those lines hold, bool [N]."""
    margin_N = EDGE * np.array([text.size for text in texts], np.float32)[glyphs.text_N]
    x_N, y_N = glyphs.xy_N2[:, 0], glyphs.xy_N2[:, 1]
    beside_N = np.minimum(margin_N, 2.0)  # a narrow character is whole sooner
    inside: NDArray[np.bool_] = (
        (x_N >= beside_N) & (x_N < width - beside_N) & (y_N >= 1.5 * margin_N) & (y_N < height - 1.5 * margin_N)
    )
    return inside

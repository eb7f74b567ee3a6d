"""Lines under lines: which line goes on with which, column by column."""

from bisect import bisect_left
from collections.abc import Sequence
from statistics import median

from octavo.documents.structure.rows import Line
from octavo.documents.structure.tabular import is_bold

BACK = 4  # rows up in which the line over another is sought: rows of other columns stand between
SAME_SIZE = 1.12  # sizes within this ratio are one
GAP = 0.75  # line heights between two lines of a paragraph, or
GAP_USUAL = 1.35  # times the page's usual gap, but never more than
WIDEST = 1.6  # line heights
SHARED = 0.3  # of the narrower line's width stands over the other
PROSE_LINES = 4
PROSE_CHARS = 30  # on average in a line of running text

Chain = list[Line]  # lines from top to bottom of which each goes on with the one before


def chains(rows: Sequence[Sequence[Line]]) -> list[Chain]:
    """All lines of the rows as chains, in the order of their first lines.

    Two lines under one, or one under two, end a chain: a heading over two columns belongs to neither.
    """
    over = _over(rows)
    gaps = [_gap(line, above) for line, above in over if len(line.text) >= 20 and len(above.text) >= 20]
    limit = max(GAP, min(GAP_USUAL * median(gaps), WIDEST)) if gaps else GAP
    follower: dict[int, Line] = {}
    for line, above in over:
        if _goes_on(above, line, limit):
            follower[id(above)] = line
    followed = {id(line) for line in follower.values()}
    found = []
    for row in rows:
        for line in row:
            if id(line) in followed:
                continue
            chain = [line]
            while (below := follower.get(id(chain[-1]))) is not None:
                chain.append(below)
            found.append(chain)
    return found


def is_prose(chain: Chain) -> bool:
    """Whether a chain is running text and not cells of a table one under the other."""
    return len(chain) >= PROSE_LINES and sum(len(line.text) for line in chain) >= PROSE_CHARS * len(chain)


def _over(rows: Sequence[Sequence[Line]]) -> list[tuple[Line, Line]]:
    """Each line with the one line over it, as far as there is one and it is over no other of the same row."""
    found = []
    ends = [[line.box[2] for line in row] for row in rows]
    taken: set[int] = set()
    for n, row in enumerate(rows):
        claims: dict[int, list[tuple[Line, Line]]] = {}
        for line in row:
            x0, y0, x1, y1 = line.box
            for back in range(n - 1, max(-1, n - 1 - BACK), -1):
                first = bisect_left(ends[back], x0)
                lines = rows[back]
                if first < len(lines) and lines[first].box[0] < x1:
                    above = lines[first]
                    alone = first + 1 >= len(lines) or lines[first + 1].box[0] >= x1
                    if alone and y0 - above.box[3] <= WIDEST * (y1 - y0):
                        claims.setdefault(id(above), []).append((line, above))
                    elif not alone:
                        taken.update(id(lines[k]) for k in range(first, bisect_left(ends[back], x1)))
                    break
        for key, pairs in claims.items():
            if len(pairs) == 1 and key not in taken:
                found.append(pairs[0])
            taken.add(key)
    return found


def _gap(line: Line, above: Line) -> float:
    """The gap between two lines in line heights."""
    return (line.box[1] - above.box[3]) / max(line.box[3] - line.box[1], 1e-9)


def _goes_on(above: Line, line: Line, limit: float) -> bool:
    small, large = (above.size, line.size) if above.size < line.size else (line.size, above.size)
    if large > SAME_SIZE * small or _gap(line, above) > limit:
        return False
    a, b = above.box, line.box
    if min(a[2], b[2]) - max(a[0], b[0]) < SHARED * min(a[2] - a[0], b[2] - b[0]):
        return False
    if above.words[-1].bold == line.words[0].bold:
        return True
    return not is_bold([above]) and not is_bold([line])

"""Whether an answer comes from the right place: its page, its boxes, and what is written inside them."""

from collections.abc import Collection, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from octavo.datasets.verify import read_boxes
from octavo.documents.types import Box, Word
from octavo.evaluation.metrics.text import anls
from octavo.evaluation.metrics.variants import LMMS_EVAL


def page_accuracy(page: int | None, true_pages: Collection[int]) -> float:
    """1.0 where the page is one of the true ones, else 0.0 (as in MP-DocVQA); None is a page that was not named."""
    return float(page in true_pages)


def box_iou(boxes: Sequence[Box], true_boxes: Sequence[Box]) -> float:
    """Intersection over union of the areas that two sets of boxes cover on one page, from 0 to 1.

    Boxes of one set may lie over each other; what they cover counts once. Two sets that cover nothing give 1 where
    both are empty and 0 otherwise.
    """
    if not boxes and not true_boxes:
        return 1.0
    edges = np.array([*boxes, *true_boxes], np.float64)  # [boxes, 4]
    xs, ys = np.unique(edges[:, 0::2]), np.unique(edges[:, 1::2])
    areas = np.diff(ys)[:, None] * np.diff(xs)[None]
    given, true = _covered(boxes, xs, ys), _covered(true_boxes, xs, ys)
    union = areas[given | true].sum()
    return float(areas[given & true].sum() / union) if union else 0.0


def anls_in_boxes(
    boxes: Iterable[Box], words: Sequence[Word], references: Sequence[str], variant: str = LMMS_EVAL
) -> float:
    """ANLS of the words whose centre lies inside the boxes: whether the evidence, read by itself, is the answer.

    `words` are those of the boxes' page. Raises `ValueError` as `anls` does.
    """
    return anls(read_boxes(boxes, words), references, variant)


def _covered(boxes: Iterable[Box], xs: npt.NDArray[np.float64], ys: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which cells of the grid, [ys - 1, xs - 1], the boxes cover. All their edges are in `xs` and `ys`."""
    cells = np.zeros((len(ys) - 1, len(xs) - 1), np.bool_)
    for box in boxes:
        x0, x1 = np.searchsorted(xs, (box.x0, box.x1))
        y0, y1 = np.searchsorted(ys, (box.y0, box.y1))
        cells[y0:y1, x0:x1] = True
    return cells

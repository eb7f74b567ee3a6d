"""Evidence: page, boxes, and the words inside them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.documents.types import Box, Word
from octavo.evaluation.metrics import anls_in_boxes, box_iou, page_accuracy

LEFT, RIGHT, WHOLE = Box(0, 0, 0.5, 1), Box(0.5, 0, 1, 1), Box(0, 0, 1, 1)
edges = st.tuples(*[st.integers(0, 8)] * 4).map(
    lambda e: Box(min(e[0], e[2]) / 8, min(e[1], e[3]) / 8, max(e[0], e[2]) / 8, max(e[1], e[3]) / 8)
)
boxes = st.lists(edges, max_size=4)


def cells(some):
    """The 8 x 8 cells of the page that boxes on its grid cover: the same, counted."""
    return {
        (x, y)
        for box in some
        for x in range(round(box.x0 * 8), round(box.x1 * 8))
        for y in range(round(box.y0 * 8), round(box.y1 * 8))
    }


def test_page_accuracy():
    assert page_accuracy(3, {2, 3}) == 1.0
    assert page_accuracy(1, {2, 3}) == 0.0
    assert page_accuracy(None, {2, 3}) == 0.0


def test_box_iou():
    assert box_iou([WHOLE], [WHOLE]) == 1.0
    assert box_iou([LEFT], [WHOLE]) == 0.5
    assert box_iou([LEFT], [RIGHT]) == 0.0
    assert box_iou([LEFT, RIGHT], [WHOLE]) == 1.0
    assert box_iou([LEFT, LEFT, Box(0.1, 0.1, 0.2, 0.2)], [WHOLE]) == 0.5
    assert box_iou([], []) == 1.0
    assert box_iou([], [LEFT]) == box_iou([LEFT], []) == 0.0
    assert box_iou([Box(0.5, 0.5, 0.5, 0.5)], [Box(0.5, 0.5, 0.5, 0.5)]) == 0.0


@settings(deadline=None)
@given(boxes, boxes)
def test_box_iou_counts_what_is_covered(some, others):
    given, true = cells(some), cells(others)
    if some or others:
        expected = len(given & true) / len(given | true) if given | true else 0.0
        assert box_iou(some, others) == pytest.approx(expected, abs=1e-12)
    assert box_iou(some, others) == box_iou(others, some)


def test_anls_in_boxes_reads_the_words_there():
    words = [Word("2024", Box(0.6, 0.1, 0.7, 0.12), 10), Word("May", Box(0.5, 0.1, 0.58, 0.12), 10)]
    assert anls_in_boxes([RIGHT], words, ["may 2024"]) == 1.0
    assert anls_in_boxes([LEFT], words, ["may 2024"]) == 0.0
    assert anls_in_boxes([], words, ["may 2024"]) == 0.0
    assert anls_in_boxes([Box(0.45, 0.05, 0.59, 0.2)], words, ["mai"]) == pytest.approx(2 / 3)

"""Drawings: what they show is what was logged."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from octavo.training.logs.curves import Chart, Series, draw, power_ticks, round_ticks, thinned
from octavo.training.logs.figures import percent, short


def test_thinned_points_keep_mean_and_range():
    points = [(step, float(step % 7)) for step in range(1, 1001)]
    few = thinned(points, most=50)
    assert len(few) == 50
    assert sum(point.value for point in few) / 50 == pytest.approx(sum(value for _, value in points) / 1000)
    assert min(point.low for point in few) == 0
    assert max(point.high for point in few) == 6
    assert thinned(points[:3], most=50) == [(step, value, value, value) for step, value in points[:3]]


@pytest.mark.parametrize(("low", "high"), [(0, 5.7), (0, 1), (0, 3e-4), (2.1, 2.2), (-1, 1), (7, 7), (0, 0), (0, 8e9)])
def test_ticks_are_few_and_span_the_figures(low, high):
    ticks = list(round_ticks(low, high, 5))
    assert 2 <= len(ticks) <= 7
    assert ticks[0] <= low + 1e-9 * abs(low)
    assert ticks[-1] >= high - 1e-9 * abs(high)
    steps = [b - a for a, b in pairwise(ticks)]
    assert steps == pytest.approx([steps[0]] * len(steps))


@pytest.mark.parametrize(("low", "high"), [(0.3, 0.9), (1, 1), (0.5, 40), (1e-6, 1e5), (3, 3000)])
def test_powers_span_the_figures(low, high):
    ticks = list(power_ticks(low, high))
    assert 2 <= len(ticks) <= 8
    assert ticks[0] <= low * 1.001
    assert ticks[-1] >= high * 0.999
    assert ticks == sorted(ticks)


def test_a_drawing_has_its_lines_in_place_and_says_what_it_shows():
    loss = Series("training", [(step, 10.0 - step) for step in range(1, 11)])
    seen = Series("<validation>", [(5, 5.5), (10, 1.0)], dots=True)
    text = draw(Chart("Loss", [loss, seen], short), [("one & two", 5), ("three", 10)])
    svg = ElementTree.fromstring(text)
    assert "training: 9 at first, 0 at last, lowest 0 (step 10), highest 9 (step 1)" in svg.get("aria-label")
    assert "<validation>: 5.5 at first" in svg.get("aria-label")
    path = next(node.get("d") for node in svg.iter() if node.get("class") == "line")
    places = [tuple(map(float, place)) for place in re.findall(r"([\d.]+) ([\d.]+)", path)]
    assert len(places) == 10
    steps = [b[0] - a[0] for a, b in pairwise(places)]
    falls = [b[1] - a[1] for a, b in pairwise(places)]
    assert steps == pytest.approx([steps[0]] * 9, abs=0.15)
    assert falls == pytest.approx([falls[0]] * 9, abs=0.15)
    assert falls[0] > 0  # a falling loss falls
    assert len([node for node in svg.iter() if node.tag == "circle"]) == 2
    assert [node.get("class") for node in svg.iter()].count("border") == 1
    texts = [node.text for node in svg.iter() if node.tag == "text"]
    assert {"one & two", "three", "0", "10"} <= set(texts)


def test_one_step_and_equal_figures_can_be_drawn():
    for figures in ([(1, 0.0)], [(1, 2.0), (2, 2.0)]):
        for logarithmic in {False, figures[0][1] > 0}:
            text = draw(Chart("x", [Series("x", figures)], percent, logarithmic), [("s", len(figures))])
            assert "nan" not in text
            ElementTree.fromstring(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (0.0001, "1e-4"), (0.00015, "1.5e-4"), (0.001, "0.001"), (0.5, "0.5"), (12.34, "12.3"), (999, "999"),
        (1000, "1k"), (7123, "7.12k"), (84_800_000, "84.8M"), (2.5e9, "2.5G"), (-1500, "-1.5k"),
    ],
)  # fmt: skip
def test_figures_are_short(value, text):
    assert short(value) == text

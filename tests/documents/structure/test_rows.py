"""Rows, lines and cells of words laid out by hand."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.documents.structure.rows import above, below, body_size, lines, rows
from octavo.documents.types import Box, Word

WIDTH, HEIGHT = 600.0, 800.0


def words_at(x: float, y: float, text: str, size: float = 10.0, space: float = 0.28) -> list[Word]:
    """The words of a line that begins at (x, y) points, its characters half the size wide."""
    words = []
    for word in text.split():
        end = x + len(word) * size / 2
        words.append(Word(word, Box(x / WIDTH, y / HEIGHT, end / WIDTH, (y + 0.94 * size) / HEIGHT), size))
        x = end + space * size
    return words


def texts(words: list[Word]) -> list[list[str]]:
    return [[line.text for line in row] for row in rows(words)]


def test_a_wide_gap_divides_a_row_into_cells() -> None:
    words = words_at(50, 100, "Invoice number") + words_at(150, 100, "2017-0042") + words_at(50, 114, "Total due")
    assert texts(words) == [["Invoice number", "2017-0042"], ["Total due"]]


def test_the_text_layers_order_does_not_matter() -> None:
    words = words_at(50, 100, "one two three") + words_at(50, 115, "four five") + words_at(300, 100, "six")
    shuffled = words.copy()
    random.Random(3).shuffle(shuffled)
    assert texts(shuffled) == texts(words) == [["one two three", "six"], ["four five"]]


def test_columns_whose_baselines_differ_stay_apart() -> None:
    left = [word for n in range(6) for word in words_at(50, 100 + 12 * n, f"left column line {n}")]
    right = [word for n in range(6) for word in words_at(320, 105 + 12 * n, f"right column line {n}")]
    assert {line.text for line in lines(left + right)} == {
        f"{side} column line {n}" for side in ("left", "right") for n in range(6)
    }


def test_a_justified_line_is_one_line() -> None:
    """Its gaps are wider than those of tables, but all alike; a column after it is divided all the same."""
    words = words_at(50, 100, "a line set to the full measure", space=0.75)
    assert texts(words) == [["a line set to the full measure"]]
    assert texts(words + words_at(400, 100, "beside it")) == [["a line set to the full measure", "beside it"]]


def test_a_narrow_gutter_divides_where_it_is_empty_down_many_rows() -> None:
    """1.2 characters between two columns: less than any wide gap."""
    left = [word for n in range(9) for word in words_at(50, 100 + 12 * n, ["left side of it", "left part of a"][n % 2])]
    right = [word for n in range(9) for word in words_at(50 + 12 * 5 + 3 * 2.8 + 6, 100 + 12 * n, "right column")]
    assert {tuple(row) for row in texts(left[:24] + right[:12])} == {
        ("left side of it", "right column"),
        ("left part of a", "right column"),
    }
    assert all(len(row) == 1 for row in texts(words_at(50, 100, "left side of it") + right[:2]))


def test_spaces_of_typewriting_over_each_other_are_no_gutter() -> None:
    words = [word for n in range(12) for word in words_at(50, 100 + 12 * n, "four more than then", space=0.5)]
    assert {len(row) for row in texts(words)} == {1}


def test_an_upright_rule_divides_a_row() -> None:
    words = words_at(50, 100, "12.00 21 %")
    rule = Box(77 / WIDTH, 90 / HEIGHT, 77.5 / WIDTH, 120 / HEIGHT)
    assert [[line.text for line in row] for row in rows(words, [rule])] == [["12.00", "21 %"]]
    elsewhere = Box(77 / WIDTH, 190 / HEIGHT, 77.5 / WIDTH, 220 / HEIGHT)
    assert [[line.text for line in row] for row in rows(words, [elsewhere])] == [["12.00 21 %"]]


def test_two_spaces_after_a_full_stop_do_not_divide() -> None:
    words = words_at(50, 100, "It ends here.")
    assert texts(words + words_at(words[-1].box.x1 * WIDTH + 9, 100, "It begins.")) == [["It ends here. It begins."]]


def test_superscripts_stay_in_their_row_and_small_print_beside_a_title_does_not() -> None:
    words = words_at(50, 100, "May") + words_at(67, 100, "5th", size=6) + words_at(79, 100, "2014")
    assert texts(words) == [["May 5th 2014"]]
    title = words_at(50, 100, "REPORT", size=40) + words_at(180, 112, "page one", size=9)
    assert sorted(line.text for line in lines(title)) == ["REPORT", "page one"]


def test_the_measure_follows_the_type_not_the_paper() -> None:
    """The same layout at a third of the scale gives the same cells: a poster, a receipt."""
    words = words_at(50, 100, "Due date") + words_at(150, 100, "1 May") + words_at(50, 115, "Paid")
    small = [Word(word.text, Box(*(edge / 3 for edge in word.box)), word.size / 3) for word in words]
    assert texts(small) == texts(words)


def test_sideways_words_are_left_out() -> None:
    stamp = Word("arXiv:1601.03642", Box(0.01, 0.3, 0.04, 0.7), 20.0)
    assert texts([*words_at(50, 100, "body text"), stamp]) == [["body text"]]
    assert lines([stamp]) == lines([]) == []


def test_neighbours_above_and_below() -> None:
    words = (
        words_at(50, 100, "label") + words_at(50, 115, "value") + words_at(300, 115, "other") + words_at(50, 400, "far")
    )
    label, value, _, far = found = lines(words)
    assert below(label, found, reach=1.5) is value
    assert above(value, found, reach=1.5) is label
    assert below(value, found, reach=1.5) is None
    assert below(value, found, reach=100) is far


def test_body_size_is_that_of_most_characters() -> None:
    assert body_size(words_at(50, 50, "A LARGE TITLE HERE", 30) + words_at(50, 100, "small text " * 5, 9)) == 9
    assert body_size([]) == 0.0


@given(
    st.lists(
        st.tuples(
            st.floats(0, 0.9),
            st.floats(0, 0.95),
            st.text("ab:1 ", min_size=1, max_size=5),
            st.sampled_from([0.5, 8.0, 10.0, 40.0]),
            st.floats(0, 0.1),
            st.floats(0, 0.05),
        )
    )
)
def test_every_upright_word_is_in_one_line_once(wild: list[tuple[float, float, str, float, float, float]]) -> None:
    words = [Word(text, Box(x, y, x + width, y + height), size) for x, y, text, size, width, height in wild]
    found = [word for line in lines(words) for word in line.words]
    sideways = [
        word for word in words if len(word.text) >= 3 and word.box.y1 - word.box.y0 > 1.3 * (word.box.x1 - word.box.x0)
    ]
    assert sorted(map(repr, found)) == sorted(map(repr, (word for word in words if word not in sideways)))


@pytest.mark.parametrize("row", [lines(words_at(50, 100, "one two")), lines(words_at(9, 9, "x"))])
def test_a_lines_box_holds_its_words(row: list) -> None:  # type: ignore[type-arg]
    for line in row:
        assert line.box == Box.around(word.box for word in line.words)
        assert line.text == " ".join(word.text for word in line.words)

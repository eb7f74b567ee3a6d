"""Tables, ruled and aligned, laid out by hand; and what looks like one and is none."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.documents.structure.layout import layout
from octavo.documents.structure.parts import Table
from octavo.documents.types import Box, Word
from tests.documents.structure.pages import across, down, grid, page_of, table_at, text_at, words_at

PRICES = [["Item", "Quantity", "Price"], ["Bolts", "12", "3.50"], ["Nuts", "40", "1.25"], ["Washers", "100", "0.75"]]


def texts(table: Table) -> list[list[str]]:
    rows = [["" for _ in range(table.column_count)] for _ in range(table.row_count)]
    for cell in table.cells:
        rows[cell.row][cell.column] = cell.text
    return rows


def only(words: list[Word], rules: list[Box] | None = None) -> Table:
    (table,) = layout(page_of(words, rules or [])).tables
    return table


def test_a_ruled_table_has_the_cells_that_are_drawn() -> None:
    table = only(table_at(60, 104, PRICES), grid([50, 150, 250, 350], [100, 116, 132, 148, 164]))
    assert table.ruled
    assert table.header_rows == 1
    assert texts(table) == PRICES
    cell = table.at(2, 1)
    assert cell is not None
    assert cell.text == "40"
    assert cell.box == pytest.approx((150 / 600, 132 / 800, 250 / 600, 148 / 800), abs=0.001)


def test_cells_over_several_columns_and_rows() -> None:
    """Two names span the years under them, the first column's name spans both rows of names."""
    rules = [across(50, 450, y) for y in (100, 132, 148, 164, 180)] + [across(150, 450, 116)]
    rules += [down(x, 100, 180) for x in (50, 150, 350, 450)] + [down(250, 116, 180)]
    words = words_at(60, 110, "Region") + words_at(190, 104, "Sales") + words_at(380, 104, "Staff")
    words += table_at(160, 120, [["North", "South", "All"]]) + table_at(
        60, 136, [["Spring", "1,200", "900", "14"], ["Summer", "1,450", "870", "15"], ["Autumn", "990", "640", "12"]]
    )
    table = only(words, rules)
    assert (table.row_count, table.column_count, table.header_rows) == (5, 4, 2)
    region, sales = table.at(1, 0), table.at(0, 2)
    assert region is not None
    assert (region.text, region.row_span) == ("Region", 2)
    assert sales is not None
    assert (sales.text, sales.column_span) == ("Sales", 2)
    assert texts(table)[4] == ["Autumn", "990", "640", "12"]


def test_lines_of_one_cell_stay_together_and_never_cross_a_rule() -> None:
    words = table_at(60, 104, [["Article", "Amount"]], step=97) + words_at(60, 120, "Long name of an", bold=False)
    words += words_at(60, 132, "article") + words_at(152, 126, "12.00") + words_at(60, 150, "Short name of the x")
    words += words_at(156, 150, "13.00")
    table = only(words, grid([55, 150, 230], [100, 116, 146, 164]))
    assert texts(table) == [
        ["Article", "Amount"],
        ["Long name of an article", "12.00"],
        ["Short name of the x", "13.00"],
    ]


def test_rows_without_rules_between_them_are_divided_by_their_numbers() -> None:
    """A frame with a ruled head and upright rules, as invoices have it."""
    rules = [across(50, 350, y) for y in (100, 116, 200)] + [down(x, 100, 200) for x in (50, 150, 250, 350)]
    table = only(table_at(60, 104, PRICES, height=18), rules)
    assert texts(table) == PRICES
    assert table.header_rows == 1


def test_a_form_of_ruled_cells_has_no_names_of_columns() -> None:
    form = [["Name", "Anna Berg"], ["City", "Oslo"], ["Age", "42"], ["Height", "171"]]
    table = only(table_at(60, 104, form), grid([50, 150, 300], [100, 116, 132, 148, 164]))
    assert table.header_rows == 0
    assert texts(table) == form
    wide = [["Name:", "Anna Berg", "City:", "Oslo"], ["Age:", "42", "Zip:", "0150"], ["Born:", "1980", "Tax:", "33"]]
    assert only(table_at(60, 104, wide), grid([50, 150, 250, 350, 450], [100, 116, 132, 148])).header_rows == 0


def test_names_of_columns_within_a_table_begin_another() -> None:
    rows = [
        ["", "This year", "Last year"],
        ["Sales", "4,755", "5,699"],
        ["Costs", "3,100", "2,950"],
        ["Taxes", "410", "620"],
    ]
    more = [["", "End of year", "End of last"], ["Assets", "29,860", "30,623"], ["Debts", "2,001", "1,986"]]
    ys = [100.0 + 16 * n for n in range(8)]
    made = layout(page_of(table_at(60, 104, rows + more), grid([50, 150, 250, 350], ys)))
    assert [(texts(table), table.header_rows) for table in made.tables] == [(rows, 1), (more, 1)]
    assert made.tables[1].box.y0 == pytest.approx(164 / 800, abs=0.001)


def test_a_frame_around_text_is_no_table_and_its_text_stays() -> None:
    lines = ["Some words that are in a frame and go on for a while"] * 8
    made = layout(page_of(words_at(60, 102, "Note") + text_at(60, 120, lines), grid([50, 400], [100, 116, 240])))
    assert made.tables == ()
    assert sum(block.text.count("frame") for block in made.blocks) == 8


def test_an_aligned_table_needs_no_rules() -> None:
    table = only(
        text_at(50, 40, ["A line of text that stands over the table and has words"]) + table_at(50, 100, PRICES)
    )
    assert not table.ruled
    assert table.header_rows == 1
    assert texts(table) == PRICES


def test_an_aligned_tables_lines_are_in_no_block_and_its_caption_is_found() -> None:
    words = (
        words_at(50, 80, "Table 2. Prices of parts")
        + table_at(50, 100, PRICES)
        + text_at(50, 220, ["That is all of it."])
    )
    made = layout(page_of(words, [across(50, 300, 96), across(50, 300, 112), across(50, 300, 164)]))
    (table,) = made.tables
    assert table.caption is not None
    assert table.caption.text == "Table 2. Prices of parts"
    assert [block.kind for block in made.blocks] == ["caption", "paragraph"]


def test_a_second_line_of_a_cell_is_not_a_row() -> None:
    rows = [
        ["Item", "Quantity", "Price"],
        ["Bolts of steel", "12", "3.50"],
        ["Nuts", "40", "1.25"],
        ["Pins", "7", "0.10"],
    ]
    table = only(table_at(50, 100, rows, step=150, height=26) + words_at(50, 137.5, "and of brass"))
    assert texts(table)[1] == ["Bolts of steel and of brass", "12", "3.50"]
    assert table.row_count == 4


def test_a_table_beside_a_column_of_text() -> None:
    prose = text_at(330, 90, ["This is running text of the other column"] * 14)
    table = only(prose + table_at(40, 101, PRICES, step=90))
    assert texts(table) == PRICES


@pytest.mark.parametrize(
    "rows",
    [
        [["Name:", "Anna Berg"], ["City:", "Oslo"], ["Born:", "1980-02-03"], ["Tax:", "33.10"]],
        [["Name", "Anna Berg"], ["City", "Oslo"], ["Born", "1980-02-03"], ["Tax", "33.10"]],
        [["Introduction ........", "1"], ["Methods ........", "4"], ["Results ........", "9"], ["Ends ........", "12"]],
        [["Berg Ltd", "Hall Ltd"], ["Main Street 4", "Low Road 17"], ["Oslo", "Bergen"], ["Norway", "Norway"]],
        [["12", "13"], ["14", "15"], ["16", "17"], ["18", "19"]],
    ],
    ids=["form", "form without colons", "contents", "addresses", "numbers alone"],
)
def test_what_only_stands_in_columns_is_no_table(rows: list[list[str]]) -> None:
    assert layout(page_of(table_at(50, 100, rows, step=180))).tables == ()


def test_columns_of_text_are_no_table() -> None:
    left = text_at(40, 100, ["words of the left column of this page here"] * 20)
    right = text_at(320, 100, ["words of the right column of this page"] * 20)
    assert layout(page_of(left + right)).tables == ()


def test_a_page_full_of_words_and_rules_is_done_in_time() -> None:
    words = [
        word for y in range(100) for x in range(200) for word in words_at(3 * x, 8 * y, "1.5" if x % 2 else "ab", 2)
    ]
    lines = [across(0, 600, 0.25 * n) for n in range(2500)] + [down(0.24 * n, 0, 800) for n in range(2500)]
    start = time.process_time()
    layout(page_of(words, lines))
    layout(page_of(words, [across(0, 600, 8 * n) for n in range(100)] + [down(6 * n, 0, 800) for n in range(100)]))
    assert time.process_time() - start < 12


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([20, 80, 81, 140, 300, 420]),
            st.integers(5, 60),
            st.sampled_from(["1.50", "Total", "1 May 2014", "•", "2.1", "Table 1:", "a", "Name:", "x y z", "100 %"]),
            st.sampled_from([6.0, 10.0, 10.0, 20.0]),
            st.booleans(),
        ),
        max_size=40,
    ),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.booleans()), max_size=12),
)
def test_no_word_is_lost_or_twice_whatever_the_page(
    lines: list[tuple[int, int, str, float, bool]], drawn: list[tuple[int, int, int, bool]]
) -> None:
    words = [word for x, y, text, size, bold in lines for word in words_at(x, 12 * y, text, size, bold)]
    rules = [
        across(10 * min(a, b), 10 * max(a, b) + 1, 13 * at)
        if level
        else down(10 * at, 13 * min(a, b), 13 * max(a, b) + 1)
        for a, b, at, level in drawn
    ]
    made = layout(page_of(words, rules))
    upright = sorted(id(word) for line in made.lines for word in line.words)
    in_tables = [
        id(word) for table in made.tables for cell in table.cells for line in cell.lines for word in line.words
    ]
    in_blocks = [id(word) for block in made.blocks for line in block.lines for word in line.words]
    assert sorted(in_tables) == sorted(set(in_tables))
    assert sorted(in_blocks) == sorted(set(in_blocks))
    assert sorted({*in_tables, *in_blocks}) == upright
    for table in made.tables:
        places = [
            (cell.row + i, cell.column + j)
            for cell in table.cells
            for i in range(cell.row_span)
            for j in range(cell.column_span)
        ]
        assert len(places) == len(set(places))
        assert all(row < table.row_count and column < table.column_count for row, column in places)

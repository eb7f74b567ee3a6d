"""What tables are asked for, and the tables that must give nothing."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.datasets.finders.grids import label_of, numbers_in
from octavo.datasets.finders.tables import EXTREMES, MOST_OTHERS, MOST_ROWS, MOST_VALUES, UNCLEAR, find
from octavo.datasets.mining import Corpus
from octavo.datasets.types import Question
from octavo.datasets.verify import grounded
from octavo.datasets.view import View, Whole
from octavo.documents.structure.layout import Layout
from octavo.documents.structure.parts import Cell, Table
from octavo.documents.structure.rows import Line
from octavo.documents.types import Box, Page, PageImage, Word

Viewed = Callable[..., View]
GOODS = [
    ["Item", "Qty", "Price"],
    ["Stapler", "1", "4.50"],
    ["Green pencil", "12", "0.80"],
    ["Paper\nwhite A4", "3", "1,250.00"],
]


def asked(view: View) -> list[Question]:
    """The page's questions, each of which its boxes answer."""
    questions = list(find(view, Counter()))
    assert all(grounded(question, view.page.words) for question in questions)
    return questions


def by_names(questions: list[Question], *names: str) -> list[str]:
    """The answers to those questions that quote just these names."""
    return [
        question.answer
        for question in questions
        if question.text.count("“") == len(names) and all(f"“{name}”" in question.text for name in names)
    ]


def test_a_value_by_its_row_and_column(viewed: Viewed) -> None:
    questions = asked(viewed(tables=[(50, 100, GOODS)]))
    assert by_names(questions, "Stapler", "Price") == ["4.50"]
    assert by_names(questions, "Green pencil", "Qty") == ["12"]
    assert by_names(questions, "Paper white A4", "Price") == ["1,250.00"]
    [price] = [question for question in questions if question.answer == "1,250.00" and "Paper" in question.text]
    assert price.variants == ("1250.00",)
    assert price.kind == "table_cell"


def test_a_row_by_a_value_that_only_it_has(viewed: Viewed) -> None:
    questions = asked(viewed(tables=[(50, 100, [*GOODS, ["Eraser", "3", "0.80"]])]))
    rows = {question.answer: question for question in questions if question.kind == "table_row"}
    assert set(rows) == {"Stapler", "Green pencil", "Paper white A4"}  # the eraser shares both of its values
    assert all("“Item”" in question.text for question in rows.values())
    assert len(rows["Paper white A4"].boxes) == 2  # one for each line of the cell


def test_highest_lowest_first_and_last(viewed: Viewed) -> None:
    texts = {
        question.text: question.answer
        for n in range(1, 30)
        for question in asked(viewed(tables=[(50, 100, GOODS)], number=n))
    }
    highest = {choice.format(column="Price", where="") for choice in EXTREMES["highest"]}
    assert {texts[text] for text in highest & set(texts)} == {"1,250.00"}
    assert {answer for text, answer in texts.items() if "lowest" in text and "Qty" in text} == {"1"}
    assert {answer for text, answer in texts.items() if "last" in text and "Item" in text} == {"Paper white A4"}
    assert {answer for text, answer in texts.items() if "first" in text and "Item" in text} == {"Stapler"}


def test_sums_and_numbers_of_rows_have_no_extremes(viewed: Viewed) -> None:
    summed = [*GOODS, ["Total", "16", "1,255.30"]]
    numbered = [["Name", "Pos"], ["Oak", "4"], ["Elm", "9"], ["Fir", "2"]]
    counted = [["Name", "Place"], ["Oak", "7"], ["Elm", "8"], ["Fir", "9"]]
    for table in (summed, numbered, counted):
        words = " ".join(question.text for question in asked(viewed(tables=[(50, 100, table)])))
        assert not any(word in words for word in ("highest", "largest", "maximum", "lowest", "smallest", "minimum"))


def test_names_that_recur_name_nothing(viewed: Viewed) -> None:
    rows = [["Item", "Price", "Price"], ["Nut", "1.00", "2.00"], ["Bolt", "3.00", "4.00"], ["bolt", "5.00", "6.00"]]
    assert not [question for question in asked(viewed(tables=[(50, 100, rows)])) if "“Price”" in question.text]
    rows[0] = ["Item", "Net", "Gross"]
    questions = asked(viewed(tables=[(50, 100, [*rows, ["Gear", "7.00", "8.00"], ["Cog", "7.50", "9.00"]])]))
    assert by_names(questions, "Nut", "Net") == ["1.00"]
    assert not by_names(questions, "Bolt", "Net")
    assert not by_names(questions, "bolt", "Net")


def test_a_header_over_several_columns_qualifies_those_below(viewed: Viewed) -> None:
    rows = [["", ("2019", 2), ("2020", 2)], ["Port", "In", "Out", "In", "Out"], ["Oslo", "1", "2", "3", "4"]]
    rows += [["Bergen", "5", "6", "7", "8"], ["Hamar", "9", "10", "11", "12"]]
    questions = asked(viewed(tables=[(50, 100, rows, 2)]))
    assert by_names(questions, "Oslo", "In", "2020") in (["3"], [])
    assert by_names(questions, "Bergen", "Out", "2019") in (["6"], [])
    assert any("” under “20" in question.text for question in questions)


def test_empty_and_crowded_cells_are_not_asked_for(viewed: Viewed) -> None:
    rows = [["Item", "Qty"], ["Nut", ""], ["Bolt", "1 2"], ["Gear", "–"], ["Cog", "5"], ["Pin", "a " * 20]]
    answers = {question.answer for question in asked(viewed(tables=[(50, 100, rows)])) if question.kind == "table_cell"}
    assert answers == {"5", "Nut", "Pin"}  # the ends of the naming column


def test_tables_without_headers_or_names_give_nothing(viewed: Viewed) -> None:
    assert not asked(viewed(tables=[(50, 100, GOODS, 0)]))
    assert not asked(viewed(tables=[(50, 100, [["Item", "Qty"], ["Nut", "1"], ["Nut", "2"], ["Nut", "3"]])]))
    assert not asked(viewed(tables=[(50, 100, [["", ""], ["Nut", "1"], ["Bolt", "2"]])]))


def test_several_tables_are_told_apart_by_caption_or_heading(viewed: Viewed) -> None:
    captioned = viewed(tables=[(50, 100, GOODS, 1, "Table 1: Spring"), (50, 400, GOODS, 1, "Table 2: Autumn")])
    questions = asked(captioned)
    assert questions
    assert all(" in Table 1" in question.text or " in Table 2" in question.text for question in questions)
    for question in questions:
        assert (question.boxes[0].y0 < 0.4) == ("Table 1" in question.text)

    headed = viewed(
        ("heading", [(50, 60, "Spring", 14)]),
        ("heading", [(50, 360, "Autumn", 14)]),
        tables=[(50, 100, GOODS), (50, 400, GOODS)],
    )
    for question in asked(headed):
        assert (question.boxes[0].y0 < 0.4) == ("under “Spring”" in question.text)


def test_tables_that_nothing_tells_apart_share_no_question(viewed: Viewed) -> None:
    dropped: Counter[str] = Counter()
    assert not list(find(viewed(tables=[(50, 100, GOODS), (50, 400, GOODS)]), dropped))
    assert dropped[UNCLEAR] == 2
    other = [["Ship", "Qty"], ["Fram", "8"], ["Gjøa", "9"], ["Maud", "7"]]
    questions = asked(viewed(tables=[(50, 100, GOODS), (50, 400, other)]))
    assert by_names(questions, "Fram", "Qty") == ["8"]  # the ship says which table is meant
    assert by_names(questions, "Ship", "8", "Qty") == []  # another table has such a column


def test_a_large_table_is_asked_about_a_little(viewed: Viewed) -> None:
    rows = [
        ["Name", "Size"],
        *([f"Name {chr(97 + n // 26)}{chr(97 + n % 26)}", str(2 * n + n % 3)] for n in range(200)),
    ]
    questions = asked(viewed(tables=[(50, 10, rows)]))
    assert 0 < len(questions) <= MOST_VALUES + MOST_ROWS + MOST_OTHERS


def test_tables_that_were_not_read_by_their_rows_give_nothing(viewed: Viewed) -> None:
    wrapped = [
        ["Sign", "Meaning"],
        ["and", "Both of the tests"],
        ["", "are true"],
        ["or", "One of the tests"],
        ["", "is true"],
    ]
    assert not asked(viewed(tables=[(50, 100, wrapped)]))
    values = [["Base (30.00)", "S18"], ["Acid (0.75)", "S20"], ["Salt (1.50)", "S22"], ["Soap (3.00)", "S24"]]
    assert not asked(viewed(tables=[(50, 100, values)]))  # the header is a row like the others
    leaders = [
        ["Action", "Cost"],
        ["Repair .....", "$85 ....."],
        ["Paint ....", "$90 ....."],
        ["Test ....", "$95 ...."],
    ]
    assert not asked(viewed(tables=[(50, 100, leaders)]))


def test_a_cell_that_is_cut_off_is_neither_name_nor_answer(viewed: Viewed) -> None:
    rows = [["Sign", "Meaning"], ["and", "Both are true"], ["or", "One is true"], ["xor", "One is true and the"]]
    assert not any("and the" in q.text + q.answer for q in asked(viewed(tables=[(50, 100, rows)])))


def test_a_bill_of_one_line(viewed: Viewed) -> None:
    bill = [["Item", "Qty", "Price"], ["Stapler", "2", "9.00"]]
    assert by_names(asked(viewed(tables=[(50, 100, bill)])), "Stapler", "Price") == ["9.00"]
    label = [["Graphical", "Command", "Description"], ["Commands", "Dialog", "Opens a box"]]
    assert not asked(viewed(tables=[(50, 100, label)]))  # few rows, and no figures to show that they are rows


def test_two_rows_in_one_are_not_named(viewed: Viewed) -> None:
    rows = [
        ["Year", "Ships", "Port"],
        ["Spring", "12\n13", "Oslo"],
        ["Autumn", "14", "Bergen"],
        ["Winter", "15", "Hamar"],
    ]
    questions = asked(viewed(tables=[(50, 100, rows)]))
    assert questions
    assert not any("“Spring”" in question.text for question in questions)


def test_rows_named_by_numbers_say_so(viewed: Viewed) -> None:
    rows = [["No.", "4"], ["1", "2.50"], ["2", "2.75"], ["3", "3.10"]]
    rows[0][1] = "Width"
    texts = [q.text for q in asked(viewed(tables=[(50, 100, rows)])) if q.answer == "2.75" and "“2”" in q.text]
    assert texts
    assert all("“No.”" in text for text in texts)


def test_hostile_tables_cost_little() -> None:
    word = Word("x", Box(0.1, 0.1, 0.2, 0.2), 10.0)
    line = Line.of([word])
    cells = tuple(Cell(n, 0, 1, 10_000, (line,), word.box) for n in range(20_000))
    table = Table(cells, 20_000, 10_000, 1, True, Box(0, 0, 1, 1))
    page = Page(1, "", 600, 800, (word,), PageImage(b"", "JPEG", 0, 0))
    assert not list(find(View(Layout(page, ((line,),), (), (table,) * 50), Whole("0", 1, ""), Corpus()), Counter()))


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["1,250.00", "0.80"], ["1250.00", "0.80"]),
        (["1.250,00", "0,80"], ["1250.00", "0.80"]),
        (["$ 3", "(no)"], None),
        (["5%", "12.5%"], ["5", "12.5"]),
        (["−4", "7"], ["-4", "7"]),
        (["1.250", "2.500"], None),  # thousands or thousandths
        (["1.5", "1,5"], None),
        (["12", "7"], ["12", "7"]),
        (["9" * 40, "7"], None),
    ],
)
def test_numbers_of_a_column(texts: list[str], values: list[str] | None) -> None:
    assert numbers_in(texts) == (None if values is None else [Decimal(value) for value in values])


@pytest.mark.parametrize(
    ("caption", "label", "text"),
    [
        ("Table 2: Ships by year", "Table 2", "Ships by year"),
        ("Figure 3.1 – The engine", "Figure 3.1", "The engine"),
        ("Fig. 4. A crane", "Fig. 4", "A crane"),
        ("Table IV. Cranes", "Table IV", "Cranes"),
        ("Tables are large", "", "Tables are large"),
        ("The harbour at night", "", "The harbour at night"),
    ],
)
def test_labels_of_captions(caption: str, label: str, text: str) -> None:
    assert label_of(caption) == (label, text)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(
            st.sampled_from(["", "Nut", "Bolt", "1", "2.50", "a b", "“q”", "(", "\u202e", "–"]), min_size=2, max_size=4
        ),
        min_size=1,
        max_size=6,
    ),
    st.integers(0, 3),
)
def test_wild_tables_are_asked_soundly(rows: list[list[str]], header_rows: int) -> None:
    cells, words = [], []
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            line = [
                Word(part, Box(0.2 * c + 0.05 * n, 0.1 * r, 0.2 * c + 0.05 * n + 0.03, 0.1 * r + 0.02), 10.0)
                for n, part in enumerate(text.split())
            ]
            words += line
            cells.append(
                Cell(r, c, 1, 1, (Line.of(line),) if line else (), Box(0.2 * c, 0.1 * r, 0.2 * c + 0.2, 0.1 * r + 0.1))
            )
    table = Table(tuple(cells), len(rows), max(map(len, rows)), min(header_rows, len(rows)), True, Box(0, 0, 1, 1))
    page = Page(1, "", 600, 800, tuple(words), PageImage(b"", "JPEG", 0, 0))
    view = View(Layout(page, (), (), (table,)), Whole("0", 1, ""), Corpus())
    questions = asked(view)
    assert questions == list(find(view, Counter()))

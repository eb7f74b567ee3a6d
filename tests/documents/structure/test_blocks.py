"""Blocks in reading order: columns, headings, lists and captions of pages laid out by hand."""

import pytest

from octavo.documents.structure.layout import layout
from octavo.documents.structure.parts import Block
from octavo.documents.types import Box, Word
from tests.documents.structure.pages import page_of, table_at, text_at, words_at

PROSE = [
    "The committee met in the spring of the year",
    "and spoke of the roads, of the schools and of",
    "the harbour, which was to be made larger than",
    "it had been before the war had come to them.",
]


def blocks(words: list[Word], rules: list[Box] | None = None) -> list[Block]:
    return list(layout(page_of(words, rules or [])).blocks)


def kinds(words: list[Word]) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in blocks(words)]


def test_columns_are_read_one_after_the_other_and_a_heading_over_both_comes_first() -> None:
    left = [f"left column line {n} of the page" for n in range(8)]
    right = [f"right column line {n} of the page" for n in range(8)]
    words = words_at(60, 60, "A title that stands over both of the columns", 18)
    words += text_at(50, 100, left) + text_at(310, 100, right)
    assert kinds(words) == [
        ("title", "A title that stands over both of the columns"),
        ("paragraph", " ".join(left)),
        ("paragraph", " ".join(right)),
    ]


def test_text_under_two_columns_comes_last() -> None:
    columns = [text_at(x, 100, [f"{side} words of a column here"] * 5) for x, side in ((50, "one"), (310, "two"))]
    words = (
        columns[0]
        + columns[1]
        + text_at(50, 200, ["Below them a line goes on over the whole width of the page, it does"])
    )
    assert [block.text[:5] for block in blocks(words)] == ["one w", "two w", "Below"]


def test_paragraphs_end_at_an_indent_a_gap_and_a_short_line() -> None:
    words = text_at(50, 100, PROSE) + words_at(62, 148, "Then the next") + text_at(50, 160, PROSE)
    words += text_at(50, 230, PROSE[:3]) + words_at(50, 266, "it was.") + text_at(50, 278, PROSE)
    assert [len(block.lines) for block in blocks(words)] == [4, 5, 4, 4]


def test_headings_by_size_weight_and_number_with_their_levels() -> None:
    words = words_at(50, 60, "2 The harbour", 14, bold=True) + text_at(50, 90, PROSE)
    words += words_at(50, 160, "2.1 Its walls", bold=True) + text_at(50, 180, PROSE)
    words += words_at(50, 250, "2.2 Its ships", bold=True) + text_at(50, 270, PROSE)
    found = [(block.text, block.level) for block in blocks(words) if block.kind == "heading"]
    assert found == [("2.1 Its walls", 2), ("2.2 Its ships", 2)]
    assert blocks(words)[0].kind == "title"  # the one line that is much larger


def test_levels_without_numbers_follow_size_and_weight() -> None:
    words = words_at(50, 40, "The report", 24)
    for n, y in enumerate((90, 330)):
        words += words_at(50, y, f"Part {'AB'[n]}{'AB'[n]}", 15) + text_at(50, y + 30, PROSE)
        words += words_at(50, y + 110, f"Section {'CD'[n]}{'CD'[n]}", bold=True) + text_at(50, y + 125, PROSE)
    found = [(block.kind, block.level) for block in blocks(words) if block.kind != "paragraph"]
    assert found == [("title", 0), ("heading", 1), ("heading", 2), ("heading", 1), ("heading", 2)]


@pytest.mark.parametrize(
    "words",
    [
        words_at(50, 100, "Name", bold=True) + words_at(150, 100, "Anna Berg"),
        words_at(50, 100, "Delivery address", bold=True)
        + text_at(50, 114, ["Anna Berg", "Main Street 4", "0150 Oslo", "Norway now"]),
        words_at(50, 100, "Notes:", bold=True) + text_at(50, 114, PROSE),
        words_at(50, 100, "1,250.00", 14, bold=True) + text_at(50, 124, PROSE),
        words_at(50, 100, "TOTAL") + words_at(150, 100, "12.50") + text_at(50, 124, PROSE),
        words_at(50, 700, "The end of all", 14),
    ],
    ids=["label beside a value", "label over an address", "colon", "amount", "total", "nothing below"],
)
def test_what_is_no_heading(words: list[Word]) -> None:
    words = text_at(50, 200, PROSE) + text_at(50, 300, PROSE) + words
    assert not [block.text for block in blocks(words) if block.kind == "heading"]


def test_the_largest_line_is_no_title_where_it_names_an_amount() -> None:
    words = words_at(50, 200, "Grand total", 16) + words_at(300, 200, "319.00", 14) + text_at(50, 300, PROSE * 3)
    assert "title" not in [block.kind for block in blocks(words)]


def test_items_of_lists_with_their_further_lines_and_levels() -> None:
    words = words_at(50, 100, "•") + words_at(62, 100, "bolts and nuts of all") + words_at(62, 112, "the usual sizes")
    words += words_at(50, 124, "• washers") + words_at(70, 136, "– of steel") + words_at(70, 148, "– of brass")
    words += words_at(50, 160, "• pins")
    assert [(block.kind, block.text, block.level) for block in blocks(words)] == [
        ("list_item", "• bolts and nuts of all the usual sizes", 1),
        ("list_item", "• washers", 1),
        ("list_item", "– of steel", 2),
        ("list_item", "– of brass", 2),
        ("list_item", "• pins", 1),
    ]


def test_numbered_items_need_a_neighbour_and_a_date_is_none() -> None:
    listed = text_at(50, 100, ["a) the first thing", "b) the second thing", "c) the third thing"])
    assert {block.kind for block in blocks(listed)} == {"list_item"}
    assert [
        block.kind for block in blocks(words_at(50, 100, "M. Laurent, chairman") + words_at(50, 140, "7. Mai 2014"))
    ] == ["paragraph"] * 2


@pytest.mark.parametrize(
    "text",
    [
        "Figure 3: The harbour",
        "Fig. 2. Its walls",
        "Table 1 Ships",
        "Abbildung 4 – Der Hafen",
        "Tableau II. Les ports",
        "图 3 港口",
    ],
)
def test_captions(text: str) -> None:
    assert [block.kind for block in blocks(words_at(50, 100, text))] == ["caption"]


def test_a_sentence_about_a_figure_is_no_caption() -> None:
    assert [block.kind for block in blocks(words_at(50, 100, "Figure 3 shows the harbour and its walls"))] == [
        "paragraph"
    ]


def test_a_captions_label_set_apart_joins_it() -> None:
    assert kinds(words_at(50, 100, "Table 1.") + words_at(105, 100, "Ships of the harbour")) == [
        ("caption", "Table 1. Ships of the harbour")
    ]


def test_a_table_stands_between_its_neighbours() -> None:
    rows = [["Item", "Quantity", "Price"], ["Bolts", "12", "3.50"], ["Nuts", "40", "1.25"], ["Pins", "7", "0.10"]]
    words = words_at(50, 70, "Prices of the parts", bold=True) + table_at(50, 90, rows) + text_at(50, 170, PROSE)
    assert [block.kind for block in blocks(words)] == ["heading", "paragraph"]

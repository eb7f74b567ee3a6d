"""A page taken apart: what a layout holds."""

from octavo.documents.structure.layout import Layout, layout
from octavo.documents.structure.parts import Block, Cell, Table
from octavo.documents.types import Box
from tests.documents.structure.pages import page_of, text_at, words_at


def test_an_empty_page_has_nothing() -> None:
    made = layout(page_of([]))
    assert (made.rows, made.blocks, made.tables, made.lines) == ((), (), (), ())


def test_lines_are_those_of_the_rows() -> None:
    made = layout(page_of(words_at(50, 100, "Due date") + words_at(200, 100, "1 May") + words_at(50, 130, "Paid")))
    assert [[line.text for line in row] for row in made.rows] == [["Due date", "1 May"], ["Paid"]]
    assert [line.text for line in made.lines] == ["Due date", "1 May", "Paid"]


def test_the_order_of_the_text_layer_does_not_matter() -> None:
    words = text_at(50, 100, ["one two three four five six"] * 6) + text_at(320, 100, ["ten nine eight seven six"] * 6)
    there, back = layout(page_of(words)), layout(page_of(words[::-1]))
    assert [(block.kind, block.text) for block in there.blocks] == [(block.kind, block.text) for block in back.blocks]


def test_a_tables_place_is_found_under_a_span() -> None:
    wide = Cell(0, 0, 1, 2, (), Box(0, 0, 1, 0.5))
    table = Table((wide,), 2, 2, 0, ruled=True, box=Box(0, 0, 1, 1))
    assert table.at(0, 1) is wide
    assert table.at(1, 0) is None
    assert wide.text == ""


def test_a_blocks_text_and_box_are_those_of_its_lines() -> None:
    made: Layout = layout(page_of(text_at(50, 100, ["a first line of it", "and the second one"])))
    (block,) = made.blocks
    assert isinstance(block, Block)
    assert block.text == "a first line of it and the second one"
    assert block.box == Box.around(line.box for line in block.lines)

"""Keys and values on pages typed by hand, and the traps that must give nothing."""

import time
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from octavo.datasets.fields.pairs import ALONE, AMBIGUOUS, GOES_ON, IN_TEXT, MISFIT, MOST_PAIRS, NO_VALUE, Found, look
from octavo.documents.structure.parts import Cell, Table
from octavo.documents.structure.rows import rows
from octavo.documents.types import Box, Page

Typed = Callable[..., Page]
BODY = (50, 500, "Thank you for your order and for the patience to read all of this long line of body text.")


def found(page: Page, dropped: Counter[str] | None = None, **others: object) -> Found:
    return look(rows(page.words), Counter() if dropped is None else dropped, **others)  # type: ignore[arg-type]


def pairs(page: Page, **others: object) -> dict[str, str]:
    """Values by the key as printed."""
    return {pair.key: pair.value for pair in found(page, **others).pairs}


def test_keys_with_colons_in_a_line_and_in_cells(typed: Typed) -> None:
    page = typed(
        (50, 100, "Invoice number: 2017-0042"),
        (50, 115, "Packed in: Harbour Street"),
        (50, 130, "Packed by:"),
        (150, 130, "Lee Wong"),
        (50, 145, "Zone"),
        (150, 145, ": North"),
        BODY,
    )
    assert pairs(page) == {
        "Invoice number": "2017-0042",
        "Packed in": "Harbour Street",
        "Packed by": "Lee Wong",
        "Zone": "North",
    }


def test_two_pairs_in_one_line(typed: Typed) -> None:
    page = typed((50, 100, "Tel: 07-386 7524 - Fax: 07-386 3793 Email: a@b.test"), BODY)
    assert pairs(page) == {"Tel": "07-386 7524", "Fax": "07-386 3793", "Email": "a@b.test"}


def test_common_keys_need_no_colon(typed: Typed) -> None:
    page = typed(
        (50, 100, "IBAN NL50INGB0683251309"),
        (50, 115, "Rechnungsnr."),
        (150, 115, "30064443"),
        (50, 130, "Account No."),
        (50, 142, "0003034"),
        (50, 170, "TOTAL AMOUNT DUE ON August 3 , 2014"),
        (480, 170, "$4.11"),
        BODY,
    )
    assert pairs(page) == {
        "IBAN": "NL50INGB0683251309",
        "Rechnungsnr.": "30064443",
        "Account No.": "0003034",
        "TOTAL AMOUNT DUE ON August 3 , 2014": "$4.11",
    }


def test_a_number_and_its_date_in_one_line(typed: Typed) -> None:
    result = found(typed((50, 100, "Facture n°562044387 du 02 Juillet 2015"), BODY)).pairs
    assert [(pair.identity, pair.value) for pair in result] == [
        ("invoice number", "n°562044387"),
        ("invoice date", "02 Juillet 2015"),
    ]


def test_a_row_of_labels_over_a_row_of_values(typed: Typed) -> None:
    page = typed(
        (50, 100, "Invoice No"),
        (200, 100, "Date"),
        (350, 100, "Terms"),
        (50, 115, "INV-20417"),
        (200, 115, "03/04/2023"),
        (350, 115, "Net 30"),
        BODY,
    )
    assert pairs(page) == {"Invoice No": "INV-20417", "Date": "03/04/2023", "Terms": "Net 30"}


def test_columns_of_a_table_are_not_taken_for_single_values(typed: Typed) -> None:
    heads = [(50, 100, "Date"), (200, 100, "Amount due")]
    first, second = [(50, 115, "1 May 2020"), (200, 115, "$ 1.00")], [(50, 130, "2 May 2020"), (200, 130, "$ 2.00")]
    assert not pairs(typed(*heads, *first, *second, BODY))
    assert set(pairs(typed(*heads, *first, BODY)).values()) == {"1 May 2020", "$ 1.00"}


def test_a_single_item_is_not_the_papers_own(typed: Typed) -> None:
    heads = [(50, 100, "Item"), (150, 100, "Qty"), (250, 100, "Price"), (350, 100, "VAT")]
    item = [(50, 115, "Rope"), (150, 115, "2"), (250, 115, "$ 31.00"), (350, 115, "$ 6.00")]
    assert not pairs(typed(*heads, *item, BODY))


def test_a_wider_row_of_sums_is_not_asked_by_its_label_alone(typed: Typed) -> None:
    wide = [(50, 100, "Turnover"), (200, 100, "1,200.00"), (300, 100, "1,400.00")]
    assert not pairs(typed(*wide, BODY))
    assert not pairs(typed(*wide, (50, 115, "Losses"), (200, 115, "31.00"), BODY))
    assert pairs(typed((50, 115, "Losses"), (200, 115, "31.00"), BODY)) == {"Losses": "31.00"}


def test_addresses_of_several_lines(typed: Typed) -> None:
    page = typed(
        (50, 100, "Bill to"),
        (300, 100, "Ship to:"),
        (50, 112, "North Sea Supplies"),
        (300, 112, "North Sea Supplies"),
        (50, 124, "4 Market Street"),
        (300, 124, "Dock Lane 7"),
        (50, 136, "Aberdeen AB10 1XY"),
        (300, 136, "Phone: 01224 496000"),
        (50, 200, "Address: 12 Main Street"),
        (95, 212, "Springfield 90210"),
        BODY,
    )
    result = pairs(page)
    assert result["Bill to"] == "North Sea Supplies 4 Market Street Aberdeen AB10 1XY"
    assert result["Ship to"] == "North Sea Supplies Dock Lane 7"
    assert result["Address"] == "12 Main Street Springfield 90210"
    [pair] = [pair for pair in found(page).pairs if pair.key == "Bill to"]
    assert len(pair.parts) == 3


def test_an_address_ends_where_the_next_key_has_its_value(typed: Typed) -> None:
    form = [("Address:", "12 Main Street"), ("Town:", "Springfield 90210"), ("Date of birth:", "7 June 1999")]
    cells = [(x, 100 + 15 * n, row[x > 50]) for n, row in enumerate(form) for x in (50, 140)]
    beside = [(300, 100, "Address:"), (360, 100, "4 Market Street"), (360, 115, "Aberdeen AB10 1XY")]
    assert pairs(typed(*cells, BODY))["Address"] == "12 Main Street"
    page = typed((50, 115, "Phone: 01224 496000"), *beside, BODY)
    assert pairs(page)["Address"] == "4 Market Street Aberdeen AB10 1XY"


def test_an_address_whose_end_is_not_clear_is_left(typed: Typed) -> None:
    page = typed(
        (50, 100, "Bill to"), (50, 112, "North Sea Supplies"), (50, 124, "4 Market Street"), (65, 136, "and more")
    )
    assert not pairs(page)


def test_a_key_with_two_values_is_dropped_or_told_by_its_section(typed: Typed) -> None:
    twice = [(50, 115, "Phone: 555-12345"), (50, 215, "Phone: 555-99999"), (50, 230, "City: Bergen")]
    dropped: Counter[str] = Counter()
    result = found(typed(*twice, BODY), dropped)
    assert [pair.key for pair in result.pairs] == ["City"]
    assert dropped[AMBIGUOUS] == 2
    sections = found(typed((50, 100, "Seller"), (50, 200, "Buyer"), *twice, BODY)).pairs
    assert [(pair.section, pair.value) for pair in sections if pair.key == "Phone"] == [
        ("Seller", "555-12345"),
        ("Buyer", "555-99999"),
    ]


def test_a_title_is_no_second_label_of_its_number(typed: Typed) -> None:
    page = typed((50, 50, "INVOICE", 20), (50, 100, "Invoice: 2017-0042"), (300, 50, "VAT"), BODY)
    assert pairs(page) == {"Invoice": "2017-0042"}


def test_keys_and_values_in_two_columns_of_a_form(typed: Typed) -> None:
    form = [("Name", "Thomas Becker"), ("Date of birth", "7 June 1999"), ("City", "Ulm"), ("Favourite colour", "Green")]
    cells = [(x, 100 + 15 * n, row[x > 50]) for n, row in enumerate(form) for x in (50, 180)]
    assert pairs(typed(*cells, BODY)) == dict(form)
    assert not pairs(typed(*cells[:2], *cells[4:], BODY))  # nothing proves it


def test_labels_under_and_over_lines_to_write_on(typed: Typed) -> None:
    page = typed(
        (60, 100, "Susan"),
        (60, 112, "First name", 7),
        (250, 100, "14/02/1988"),
        (250, 112, "Date of birth", 7),
        (60, 200, "Reason for visit", 7),
        (60, 210, "Persistent cough"),
        BODY,
    )
    lines = [(55, 111, 220), (245, 111, 400), (55, 221, 300)]
    rules = [Box(x0 / 600, y / 800, x1 / 600, (y + 0.5) / 800) for x0, y, x1 in lines]
    assert pairs(page, rules=rules) == {
        "First name": "Susan",
        "Date of birth": "14/02/1988",
        "Reason for visit": "Persistent cough",
    }
    assert pairs(page) == {}


def test_one_character_in_each_box(typed: Typed) -> None:
    comb = [(120 + 20 * n, 100, char) for n, char in enumerate("DE44500105175407")]
    [pair] = found(typed((50, 100, "IBAN:"), *comb, BODY)).pairs
    assert pair.value == "D E 4 4 5 0 0 1 0 5 1 7 5 4 0 7"


def ruled(page: Page, texts: Sequence[Sequence[Sequence[str]]]) -> Table:
    """A ruled table of the page's lines: rows of cells of lines of text."""
    lines = {line.text: line for row in rows(page.words) for line in row}
    cells = [
        Cell(r, c, 1, 1, tuple(lines[text] for text in cell), Box(0, 0, 1, 1))
        for r, row in enumerate(texts)
        for c, cell in enumerate(row)
    ]
    return Table(tuple(cells), len(texts), len(texts[0]), 0, True, Box(0, 0, 1, 1))


def test_the_cells_of_ruled_tables(typed: Typed) -> None:
    page = typed(
        (50, 100, "Occupation"),
        (200, 100, "Nurse"),
        (50, 120, "Employer"),
        (200, 120, "St. Mary Hospital"),
        (50, 140, "Pet"),
        (200, 140, "Goldfish"),
        (50, 200, "Place of birth", 7),
        (50, 212, "Lagos"),
        (200, 200, "Shoe size", 7),
        (200, 212, "Forty two"),
        BODY,
    )
    sides = ruled(page, [[["Occupation"], ["Nurse"]], [["Employer"], ["St. Mary Hospital"]], [["Pet"], ["Goldfish"]]])
    within = ruled(page, [[["Place of birth", "Lagos"], ["Shoe size", "Forty two"]]])
    assert pairs(page, tables=(sides, within)) == {
        "Occupation": "Nurse",
        "Employer": "St. Mary Hospital",
        "Pet": "Goldfish",
        "Place of birth": "Lagos",
        "Shoe size": "Forty two",
    }
    assert pairs(page) == {}


def test_labels_of_the_corpus(typed: Typed) -> None:
    page = typed((50, 100, "Herd"), (150, 100, "Red Valley"), (50, 200, "Breeder"), (50, 212, "J. Miles"), BODY)
    assert pairs(page) == {}
    assert pairs(page, labels={"Herd": 9, "Breeder": 8}) == {"Herd": "Red Valley", "Breeder": "J. Miles"}


def test_values_are_not_taken_across_columns(typed: Typed) -> None:
    """An empty field at the left, running text at the right."""
    right = "a right column of text that has nothing to do with"
    lines = [(330, 100 + 15 * n, right) for n in range(4)]
    assert not pairs(typed((50, 100, "Signature:"), (50, 115, "Witness:"), *lines))


@pytest.mark.parametrize(
    "line",
    [
        "Doors open at 10:30 sharp",
        "Opening hours 10: 30",
        "See https://example.org/a:b for more",
        "Note: bring your own cup",
        "Figure 3: The engine",
        "Name:Bob",
        "We are open on the following days: Monday",
        "In a science lab: a guess",
        "Name: ________",
        "Signature: Date:",
        "Smith et al.: A study",
        "Mode: [unfinished",
        "Sei q: U → V",
        "PO 00000",
        "Order 66",
        "Name: \ue012\ue013",
        "City: B\ufffdrgen",
        "שם: רות",
    ],
)
def test_lines_that_make_no_pair(typed: Typed, line: str) -> None:
    assert not pairs(typed((50, 100, line), (50, 115, line.replace("e", "a")), BODY))


def test_why_pairs_are_dropped(typed: Typed) -> None:
    cases = {
        GOES_ON: [(50, 100, "Delivery: we bring all goods to the door of the house and"), (50, 112, "carry them up.")],
        IN_TEXT: [
            (50, 100, "This is a long line of a paragraph that ends with the name of a"),
            (50, 112, "Station: Victoria"),
        ],
        ALONE: [(50, 100, "Zone: North")],
        MISFIT: [(50, 100, "Due date: on demand")],
        NO_VALUE: [(50, 100, "Delivery: all is well that ends well, said the miller. And so it was.")],
    }
    for reason, lines in cases.items():
        dropped: Counter[str] = Counter()
        assert not found(typed(*lines, BODY), dropped).pairs
        assert dropped == {reason: 1}


def test_a_page_of_very_many_labels_is_bounded(typed: Typed) -> None:
    labels = [(n % 10 * 60, 2 * (n // 10) * 0.5, "Total: 5.00", 0.4) for n in range(4000)]
    start = time.perf_counter()
    result = found(typed(*labels))
    assert len(result.all_pairs) <= MOST_PAIRS
    assert time.perf_counter() - start < 5

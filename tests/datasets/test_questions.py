"""What a page is asked, on pages typed by hand, and the traps that must give nothing."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.datasets.pairs import ALONE, AMBIGUOUS, GOES_ON, IN_TEXT
from octavo.datasets.questions import MOST, MOST_OF_KIND, NOT_GROUNDED, ask
from octavo.datasets.templates import PHRASINGS
from octavo.datasets.types import Question
from octavo.datasets.verify import grounded
from octavo.documents.types import Box, Page, PageImage, Word

Typed = Callable[..., Page]
SHA256 = "5e" * 32
BODY = "Thank you for your order and for the patience to read all of this long line of body text."


def asked(page: Page) -> dict[str, Question]:
    """The page's questions by answer; no answer twice."""
    questions = ask(page, SHA256).questions
    assert len({question.answer for question in questions}) == len(questions)
    return {question.answer: question for question in questions}


def dropped(page: Page) -> dict[str, int]:
    return ask(page, SHA256).dropped


def test_keys_with_colons_in_a_line_and_in_cells(typed: Typed) -> None:
    found = asked(
        typed(
            (50, 100, "Invoice number: 2017-0042"),
            (50, 115, "Ship to: Harbour Street"),
            (50, 130, "Packed by:"),
            (150, 130, "Lee Wong"),
            (50, 500, BODY),
        )
    )
    assert set(found) == {"2017-0042", "Harbour Street", "Lee Wong"}
    assert "invoice number" in found["2017-0042"].text
    assert "“Ship to”" in found["Harbour Street"].text
    assert {question.kind for question in found.values()} == {"key_value"}
    [box] = found["Lee Wong"].boxes
    assert box == pytest.approx(Box(150 / 600, 130 / 800, 190 / 600, 139.4 / 800), abs=1e-4)


def test_the_label_decides_the_kind_and_the_wording(typed: Typed) -> None:
    found = asked(
        typed(
            (50, 100, "Due date: 4 April 2023"),
            (50, 115, "Subtotal"),
            (450, 115, "$ 112.00"),
            (50, 130, "Garden hose, green"),
            (450, 130, "$ 7.20"),
            (50, 145, "Account number"),
            (50, 157, "0003034"),
            (300, 145, "IBAN NL50INGB0683251309"),
            (50, 500, BODY),
        )
    )
    assert {answer: question.kind for answer, question in found.items()} == {
        "4 April 2023": "date",
        "$ 112.00": "amount",
        "$ 7.20": "amount",
        "0003034": "key_value",
        "NL50INGB0683251309": "key_value",
    }
    assert "due date" in found["4 April 2023"].text
    assert "subtotal" in found["$ 112.00"].text
    assert "“Garden hose, green”" in found["$ 7.20"].text


def test_a_name_that_another_label_bears_too_is_quoted(typed: Typed) -> None:
    found = asked(typed((50, 100, "Date: 1 May 2020"), (50, 115, "Due date: 9 May 2020"), (50, 500, BODY)))
    assert "“Date”" in found["1 May 2020"].text
    assert "due date" in found["9 May 2020"].text


def test_values_are_not_taken_across_columns(typed: Typed) -> None:
    """An empty field at the left, running text at the right."""
    page = typed(
        (50, 100, "Signature:"),
        (50, 115, "Witness:"),
        *((330, 100 + 15 * n, "a right column of text that has nothing to do with") for n in range(4)),
    )
    assert not asked(page)


def test_a_key_with_two_values_is_dropped_and_counted(typed: Typed) -> None:
    page = typed(
        (50, 100, "Phone: 555-12345"),
        (50, 115, "Phone: 555-99999"),
        (50, 130, "City: Bergen"),
        (50, 145, "Country: Norway"),
        (50, 500, BODY),
    )
    assert set(asked(page)) == {"Bergen", "Norway"}
    assert dropped(page)[AMBIGUOUS] == 2


def test_a_key_repeated_with_its_value_is_asked_once(typed: Typed) -> None:
    page = typed((50, 30, "Order no: 77-1"), (50, 780, "Order no: 77-1"), (50, 500, BODY))
    assert set(asked(page)) == {"77-1"}


@pytest.mark.parametrize(
    "line",
    [
        "Doors open at 10:30 sharp",
        "Opening hours 10: 30",
        "See https://example.org/a:b for more",
        "http: //example.org",
        "Note: bring your own cup",
        "Figure 3: The engine",
        "Name:Bob",
        "We are open on the following days: Monday",
        "Name: ________",
        "Signature: Date:",
        "Smith et al.: A study",
        "Mode: [unfinished",
    ],
)
def test_colons_that_make_no_key(typed: Typed, line: str) -> None:
    assert not asked(typed((50, 100, line), (50, 115, line.replace("e", "a")), (50, 500, BODY)))


def test_a_remark_that_goes_on_is_no_value(typed: Typed) -> None:
    page = typed(
        (50, 100, "Delivery: we bring all goods to the door of the house and"),
        (50, 112, "carry them up to the third floor if that is agreed before."),
        (50, 300, "Address: 12 Main Street"),
        (95, 312, "Springfield"),
        (50, 340, "Zone: North"),
    )
    assert not asked(page)
    assert dropped(page)[GOES_ON] == 2
    assert dropped(page)[ALONE] == 1  # with the two above gone, "Zone" has no company


def test_a_colon_in_running_text_is_no_key(typed: Typed) -> None:
    page = typed(
        (50, 100, "This is a long line of a paragraph that ends with the name of a"),
        (50, 112, "Station: Victoria"),
        (50, 300, "Platform: Seven"),
        (50, 315, "Track: Nine"),
    )
    assert set(asked(page)) == {"Seven", "Nine"}
    assert dropped(page)[IN_TEXT] == 1


def test_columns_of_a_table_are_not_taken_for_single_values(typed: Typed) -> None:
    table = typed(
        (50, 100, "Date"),
        (200, 100, "Amount due"),
        (50, 115, "1 May 2020"),
        (200, 115, "$ 1.00"),
        (50, 130, "2 May 2020"),
        (200, 130, "$ 2.00"),
        (50, 500, BODY),
    )
    assert not asked(table)
    one_row = typed(
        (50, 100, "Due date"), (200, 100, "Amount due"), (50, 115, "1 May 2020"), (200, 115, "$ 1.00"), (50, 500, BODY)
    )
    assert set(asked(one_row)) == {"1 May 2020", "$ 1.00"}


def test_a_wider_row_of_sums_is_not_asked_by_its_label_alone(typed: Typed) -> None:
    page = typed((50, 100, "Turnover"), (200, 100, "1,200.00"), (300, 100, "1,400.00"), (50, 500, BODY))
    assert not asked(page)


def test_a_value_of_the_wrong_kind_is_dropped(typed: Typed) -> None:
    assert not asked(typed((50, 100, "Total: see overleaf"), (50, 115, "Due date: on demand"), (50, 500, BODY)))


def test_the_only_date_of_a_page(typed: Typed) -> None:
    page = typed((50, 100, "Meeting held on April 28, 2015, in the small hall."), (50, 500, BODY))
    [question] = ask(page, SHA256).questions
    assert (question.kind, question.answer) == ("date", "April 28, 2015")
    assert not asked(typed((50, 100, "From April 28, 2015 to May 2, 2015."), (50, 500, BODY)))
    for other in ("as in May 2014", "until May 9", "after the 9th of May", "see 4/30/15"):
        assert not asked(typed((50, 100, f"On April 28, 2015, {other}."), (50, 500, BODY)))


def test_title_and_headings(typed: Typed) -> None:
    lines = [
        (50, 40, "Annual Report of the", 24),
        (50, 66, "Harbour Office", 24),
        (50, 150, "1 Ships", 14),
        (50, 170, BODY),
        (50, 300, "2 Cranes", 14),
        (50, 320, BODY),
        (50, 400, BODY),
    ]
    found = asked(typed(*lines))
    title = found["Annual Report of the Harbour Office"]
    assert title.kind == "title"
    assert len(title.boxes) == 2
    assert found["2 Cranes"].kind == "heading"
    assert "“1 Ships”" in found["2 Cranes"].text
    assert "1 Ships" not in found  # "the first heading" could be the title

    later = asked(typed(*lines[2:], number=2))
    assert set(later) == {"1 Ships", "2 Cranes"}


def test_headings_of_two_columns_have_no_order(typed: Typed) -> None:
    assert not asked(
        typed(
            (50, 150, "Ships", 14),
            (50, 170, BODY[:40]),
            (350, 300, "Cranes", 14),
            (350, 320, BODY[:40]),
            (50, 600, BODY),
            number=2,
        )
    )


def test_text_that_cannot_be_read_is_not_asked(typed: Typed) -> None:
    assert not asked(
        typed(
            (50, 100, "Name: \ue012\ue013"),
            (50, 115, "City: B\ufffdrgen"),
            (50, 130, "שם: רות"),
            (50, 145, "Naam: רות"),
            (50, 500, BODY),
        )
    )


def test_caps_and_their_count(typed: Typed) -> None:
    lines = [(50, 20 + 14 * n, f"Field {'abcdefghijklmnopqrstuvwxyz'[n]}: value {n} of many") for n in range(20)]
    result = ask(typed(*lines, (50, 500, BODY)), SHA256)
    assert len(result.questions) == MOST_OF_KIND["key_value"] <= MOST
    assert sum(result.dropped.values()) == 20 - MOST_OF_KIND["key_value"]
    numbers = [int(question.answer.split()[1]) for question in result.questions]
    assert numbers == sorted(numbers)
    assert numbers != list(range(len(numbers)))  # drawn from all over the page


def test_wording_is_drawn_by_document_and_key(typed: Typed) -> None:
    page = typed((50, 100, "Due date: 4 April 2023"), (50, 500, BODY))
    wordings = {ask(page, f"{n:064x}").questions[0].text for n in range(60)}
    assert wordings == {choice.format(noun="due date") for choice in PHRASINGS["date_noun"]}
    assert ask(page, SHA256).questions == ask(page, SHA256).questions
    assert all(5 <= len(choices) <= 8 for choices in PHRASINGS.values())


def test_words_that_lie_over_an_answer_are_noticed(typed: Typed) -> None:
    page = typed((50, 100, "Order no: 77-1"), (101, 102, "X", 5), (50, 500, BODY))
    assert dropped(page)[NOT_GROUNDED] == 1


PIECES = [
    "Total",
    "Date:",
    "Name:",
    "Invoice",
    "No.",
    "$",
    "12.00",
    "1,234.50",
    "3 May 2020",
    "10:30",
    "ACME",
    "Ltd.",
    "the",
    "(see",
    "page)",
    "€",
    "IBAN",
    "DE44",
    "due",
    "date",
    "http://a.b",
    "-",
    ":",
    "____",
    "Überweisung",
]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 0.9), st.floats(0, 0.95), st.sampled_from(PIECES), st.sampled_from([8.0, 10.0, 14.0, 30.0])
        ),
        max_size=40,
    ),
    st.booleans(),
)
def test_every_question_of_a_word_soup_is_grounded(
    soup: list[tuple[float, float, str, float]], on_a_grid: bool
) -> None:
    words = []
    for left, top, text, size in soup:
        x, y = (round(left, 1), round(top * 30) / 30) if on_a_grid else (left, top)
        for word in text.split():
            words.append(Word(word, Box(x, y, min(x + len(word) * size / 1200, 1.0), min(y + size / 800, 1.0)), size))
            x = min(x + (len(word) + 0.5) * size / 1200, 1.0)
    page = Page(1, "", 600, 800, tuple(words), PageImage(b"", "JPEG", 0, 0))
    result = ask(page, SHA256)
    assert len(result.questions) <= MOST
    assert len({question.text for question in result.questions}) == len(result.questions)
    for question in result.questions:
        assert grounded(question, page.words)
        assert question.answer.strip() == question.answer != ""

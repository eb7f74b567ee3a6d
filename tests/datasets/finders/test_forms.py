"""What forms are asked for: fields of a real PDF form, and check boxes typed by hand."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from octavo.datasets.finders.forms import NO_LABEL, NOT_ONE, NOT_SHOWN, find
from octavo.datasets.finders.marks import marks
from octavo.datasets.mining import Corpus
from octavo.datasets.types import YES_NO, Question
from octavo.datasets.verify import grounded, read_boxes
from octavo.datasets.view import View, Whole
from octavo.documents import Reader
from octavo.documents.structure.layout import Layout
from octavo.documents.structure.rows import rows
from octavo.documents.types import OCR, Box, Field, Page, PageImage, Word

Typed = Callable[..., Page]
WIDTH, HEIGHT = 600.0, 800.0


def view_of(page: Page, sha256: str = "a" * 64) -> View:
    """The view of a page that is a document by itself."""
    layout = Layout(page, tuple(map(tuple, rows(page.words, page.rules))), (), ())
    return View(layout, Whole(sha256, 1, ""), Corpus())


def asked(page: Page, dropped: Counter[str] | None = None) -> list[Question]:
    """The page's questions, each of which its boxes bear out."""
    questions = list(find(view_of(page), Counter() if dropped is None else dropped))
    for question in questions:
        if question.form == YES_NO:
            assert question.answer in ("Yes", "No")
            assert read_boxes(question.boxes, page.words)
        else:
            assert grounded(question, page.words)
    return questions


def answers(questions: Sequence[Question]) -> dict[str, str]:
    """The answer by what is quoted in the question (its last quotation)."""
    return {question.text.rsplit("“", 1)[1].split("”")[0]: question.answer for question in questions}


def field(x: float, y: float, width: float, kind: str = "text", **rest: str | bool) -> Field:
    """A form's field 16 points high."""
    given = {"name": "f1_02[0]", "label": "", "value": "", "checked": False} | rest
    box = Box(x / WIDTH, y / HEIGHT, (x + width) / WIDTH, (y + 16) / HEIGHT)
    return Field(kind=kind, box=box, **given)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page of a fillable PDF, as the reader gives it."""
    path: Path = tmp_path_factory.mktemp("form") / "form.pdf"
    canvas = Canvas(str(path), pagesize=(595, 842), invariant=1)
    canvas.setFont("Helvetica", 10)
    make = canvas.acroForm
    rows_ = (
        ("First name:", "Maria", "First name"),
        ("Date of birth", "12.03.1987", "DOB of the member"),
        ("Street and number", "Hill Road 14", ""),
        ("Employer", "", ""),
    )
    for n, (label, value, tip) in enumerate(rows_):
        canvas.drawString(60, 744 - 30 * n, label)
        make.textfield(name=f"f1_{n}[0]", tooltip=tip or None, value=value, x=180, y=736 - 30 * n, width=220, height=18)
    canvas.drawString(60, 603, "Membership:")
    for n, label in enumerate(("Student", "Adult", "Senior")):
        make.radio(name="kind", value=label, selected=label == "Adult", x=140 + 80 * n, y=600, size=12)
        canvas.drawString(156 + 80 * n, 603, label)
    canvas.drawString(60, 563, "Do you want the newsletter?")
    for n, label in enumerate(("Yes", "No")):
        make.checkbox(name=f"n{n}", checked=label == "Yes", x=220 + 60 * n, y=560, size=12)
        canvas.drawString(236 + 60 * n, 563, label)
    canvas.setFont("Helvetica", 7)
    for n, (label, value) in enumerate((("Emergency contact", "John Okafor"), ("Telephone", "0113 496 0000"))):
        canvas.drawString(60 + 200 * n, 520, label)
        make.textfield(name=f"x{n}", value=value, x=60 + 200 * n, y=498, width=180, height=18)
    canvas.save()
    with Reader() as reader:
        return next(reader.pages(reader.open(path)))


def test_values_are_asked_for_by_the_labels_before_and_above_their_fields(form: Page) -> None:
    found = answers([question for question in asked(form) if question.kind == "form_field"])
    assert found == {
        "First name": "Maria",
        "Date of birth": "12.03.1987",
        "Street and number": "Hill Road 14",
        "Emergency contact": "John Okafor",
        "Telephone": "0113 496 0000",
        "Membership": "Adult",
        "Do you want the newsletter?": "Yes",
    }


def test_dates_have_variants_and_common_labels_their_key(form: Page) -> None:
    by_answer = {question.answer: question for question in asked(form)}
    assert by_answer["12.03.1987"].key == "date of birth"
    assert by_answer["0113 496 0000"].key == "phone number"
    assert by_answer["Adult"].key == "membership"


def test_as_many_checked_boxes_are_asked_for_as_unchecked_ones(form: Page) -> None:
    boxes = [question for question in asked(form) if question.form == YES_NO]
    assert Counter(question.answer for question in boxes) == {"Yes": 2, "No": 2}
    assert all("“Membership”" in question.text or "“Yes”" in question.text for question in boxes)
    assert not any("“No”" in question.text for question in boxes)


def test_the_internal_name_is_never_a_label(typed: Typed) -> None:
    page = replace(typed((300, 102, "Leeds")), fields=(field(290, 100, 100, value="Leeds"),))
    dropped: Counter[str] = Counter()
    assert asked(page, dropped) == []
    assert dropped[NO_LABEL] == 1


def test_what_the_form_calls_a_field_stands_in_for_a_label(typed: Typed) -> None:
    page = replace(typed((300, 102, "Leeds")), fields=(field(290, 100, 100, value="Leeds", label="Place of work"),))
    assert answers(asked(page)) == {"Place of work": "Leeds"}


@pytest.mark.parametrize("called", ["f1_02[0]", "Text12", "undefined", "topmostSubform[0].Page1", "Text Field 3"])
def test_a_name_that_tells_a_person_nothing(typed: Typed, called: str) -> None:
    page = replace(typed((300, 102, "Leeds")), fields=(field(290, 100, 100, value="Leeds", label=called),))
    assert asked(page) == []


def test_what_the_form_calls_a_field_decides_between_two_labels(typed: Typed) -> None:
    page = typed((230, 102, "Town"), (292, 84, "County"), (300, 102, "Kent"))
    filled = (field(290, 100, 100, value="Kent", label="Your county"),)
    assert answers(asked(replace(page, fields=filled))) == {"County": "Kent"}
    undecided = (field(290, 100, 100, value="Kent"),)
    assert asked(replace(page, fields=undecided)) == []


def test_two_fields_of_one_name_are_not_asked_for(typed: Typed) -> None:
    page = typed((60, 102, "Name:"), (132, 102, "Ann"), (60, 142, "Name:"))
    fields = (field(130, 100, 100, value="Ann"), field(130, 140, 100))
    dropped: Counter[str] = Counter()
    assert asked(replace(page, fields=fields), dropped) == []
    assert dropped[NOT_ONE] == 1


def test_a_value_that_is_cut_off_is_not_asked_for(typed: Typed) -> None:
    page = typed((60, 102, "Name:"), (132, 102, "Ann"))
    dropped: Counter[str] = Counter()
    assert asked(replace(page, fields=(field(130, 100, 100, value="Anneliese Berg"),)), dropped) == []
    assert dropped[NOT_SHOWN] == 1


def test_printed_boxes_with_what_their_row_asks(typed: Typed) -> None:
    page = typed((60, 100, "Marital status: ☐ Single ☒ Married ☐ Divorced"), (60, 130, "Smoker? ☐ Yes ☒ No"))
    questions = asked(page)
    options = answers([question for question in questions if question.kind == "form_field"])
    assert options == {"Marital status": "Married", "Smoker?": "No"}
    boxes = {question.text: question.answer for question in questions if question.form == YES_NO}
    assert sorted(boxes.values()) == ["No", "Yes"]
    assert boxes[next(text for text in boxes if "“Married”" in text)] == "Yes"


def test_boxes_under_the_line_that_asks(typed: Typed) -> None:
    page = typed(
        (60, 100, "Reason for the application:"),
        (60, 116, "☐ New permit"),
        (60, 132, "☑ Renewal"),
        (60, 148, "☐ Replacement of a lost"),
        (76, 164, "permit"),
    )
    questions = asked(page)
    assert [q.answer for q in questions if q.kind == "form_field"] == ["Renewal"]
    assert not any("Replacement" in question.text for question in questions)  # its label goes on in the next row
    assert all("“Reason for the application”" in question.text for question in questions)


def test_labels_may_stand_before_their_boxes(typed: Typed) -> None:
    page = typed((60, 100, "Insured: yes ☐ no ☒"), (60, 130, "Driver: owner ☒ other ☐"))
    options = answers([question for question in asked(page) if question.kind == "form_field"])
    assert options == {"Insured": "no", "Driver": "owner"}


def test_boxes_of_typewriting(typed: Typed) -> None:
    page = typed((60, 100, "[x] Send me the brochure"), (60, 120, "[ ] Call me back"))
    assert answers(asked(page)) == {"Send me the brochure": "Yes", "Call me back": "No"}
    assert asked(typed((60, 100, "see [x] and the array []"))) == []


def test_a_cross_beside_ticks_may_mean_no(typed: Typed) -> None:
    assert marks(typed((60, 100, "☑ Bread"), (60, 120, "☒ Milk"))) == []


def test_bare_answers_need_a_question(typed: Typed) -> None:
    assert asked(typed((60, 100, "☒ Yes ☐ No"))) == []


def test_empty_boxes_alone_are_asked_for_once(typed: Typed) -> None:
    page = typed(*((60, 100 + 20 * n, f"☐ Option {name}") for n, name in enumerate(("red", "green", "blue"))))
    assert [question.answer for question in asked(page)] == ["No"]


def test_squares_for_bullets_are_no_check_boxes(typed: Typed) -> None:
    bullets = [(60, 100 + 20 * n, f"□ Point {name}") for n, name in enumerate(("one", "two", "three"))]
    assert marks(typed(*bullets)) == []
    assert len(marks(typed(*bullets, (60, 200, "☑ Point four")))) == 4
    assert len(marks(typed((60, 100, "Owner: □ yes □ no")))) == 2


def square(x: float, y: float, side: float = 10) -> tuple[Box, ...]:
    """The four ruling lines of a square."""
    edges = (
        *((x, y + d, x + side, y + d) for d in (0, side)),
        *((x + d, y, x + d, y + side) for d in (0, side)),
    )
    return tuple(Box(x0 / WIDTH, y0 / HEIGHT, x1 / WIDTH, y1 / HEIGHT) for x0, y0, x1, y1 in edges)


def test_squares_count_where_one_has_a_typed_mark(typed: Typed) -> None:
    rules = (*square(60, 100), *square(60, 130))
    labels = ((76, 100, "Employed"), (76, 130, "Retired"))
    assert asked(replace(typed(*labels), rules=rules)) == []  # a drawn cross would not be seen
    marked = replace(typed((62.5, 100, "X"), *labels), rules=rules)
    assert answers(asked(marked)) == {"Employed": "Yes", "Retired": "No"}


def test_the_cells_of_a_number_are_no_check_boxes(typed: Typed) -> None:
    rules = tuple(edge for n in range(6) for edge in square(60 + 10 * n, 100))
    assert marks(replace(typed((62, 100, "x")), rules=rules)) == []


def test_printed_boxes_are_not_trusted_after_ocr(typed: Typed) -> None:
    assert marks(replace(typed((60, 100, "☒ Yes")), text=OCR)) == []


@given(st.integers(0, 10_000))
def test_wild_pages_are_borne(seed: int) -> None:
    """Words, fields and rules anywhere: no error, and what is asked is borne out; the same again for the same page."""
    draw = random.Random(seed)

    def box() -> Box:
        x, y = draw.random(), draw.random()
        return Box(x, y, min(1, x + draw.random() / 5), min(1, y + draw.random() / 20))

    texts = ("☐", "☒", "☑Ja", "[", "]", "[x]", "X", "Name:", "yes", "No", "5", "Ort?", "✓")
    words = tuple(Word(draw.choice(texts), box(), draw.choice((0.5, 8, 10))) for _ in range(draw.randrange(40)))
    kinds = ("text", "choice", "checkbox", "radio", "button", "signature")
    fields = tuple(
        Field(
            "n",
            draw.choice(kinds),
            draw.choice(("", "Name")),
            draw.choice(("", "X", "5 5")),
            draw.random() < 0.5,
            box(),
        )
        for _ in range(draw.randrange(12))
    )
    rules = tuple(edge for _ in range(4) for edge in square(draw.random() * 500, draw.random() * 700))
    page = Page(1, "", WIDTH, HEIGHT, words, PageImage(b"", "JPEG", 0, 0), rules, fields)
    assert list(find(view_of(page), Counter())) == list(find(view_of(page), Counter()))

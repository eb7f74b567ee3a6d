"""Filled-in forms on A6 and, in sections, on A5, upright or lying or torn off shorter."""

from collections.abc import Sequence
from random import Random

from octavo.synthetic import facts, words
from octavo.synthetic.faces import Family
from octavo.synthetic.fields import Field, draw_fields
from octavo.synthetic.look import A5, A6, Look, look, sheet
from octavo.synthetic.running import paragraph
from octavo.synthetic.sheet import STANDARD, Sheet

Choice = tuple[str, str, tuple[str, ...]]  # the answer's name, the label, the options

PAYMENT: Choice = ("payment_method", "Payment", facts.METHODS)
STATUS: Choice = ("status", "Status", ("Paid", "Unpaid"))
HINTS = (
    "Please fill in with block letters.",
    "Fields that do not apply are left empty.",
    "Send this form back within two weeks.",
)
PARTS = (("Person", "Applicant", "Personal details"), ("Particulars", "Details", "Contact"), ("Choice", "Options"))
DECLARATIONS = (
    "I have read the rules and agree to them.",
    "The details above are complete and correct.",
    "My data may be stored until the end of the contract.",
)
FORMS: dict[str, tuple[Choice, Choice]] = {
    "Membership form": (("membership", "Membership", ("Adult", "Child", "Family")), PAYMENT),
    "Delivery note": (("delivery", "Delivery", ("Standard", "Express")), STATUS),
    "Appointment": (("first_visit", "First visit", ("Yes", "No")), PAYMENT),
    "Rental form": (("condition", "Condition", ("New", "Good", "Worn")), PAYMENT),
    "Course booking": (("level", "Level", ("Beginner", "Advanced")), STATUS),
}


def form(random: Random, families: Sequence[Family] = STANDARD) -> Sheet:
    """A form with a person's particulars, two choices (in some with boxes to tick) and a place to sign."""
    pick = random.choice
    page = pick((A6, A6[::-1], A6, A6[::-1], A5, A5[::-1]))
    leadings = (1.6, 1.8, 2.0, 2.2) if page == A6 else (1.3, 1.4, 1.5)
    paper = sheet(random, page, margins=(16, 20), sizes=(11, 12, 13), leadings=leadings, families=families)
    styles = ("colon", "columns", "ruled", "above", "underline", "leader")
    style = look(random, fields=styles, headers=("left", "center"))
    title = pick(tuple(FORMS))
    y = _head(random, paper, style, title, facts.company(random, facts.trade(random)).name) + 0.5 * paper.size
    large = max(page) > A6[1]
    particulars, choices = _particulars(random, large), _choices(random, FORMS[title])
    if large:
        y = _sections(random, paper, style, particulars, choices, y)
    else:
        fields = [*choices, *particulars] if random.random() < 0.25 else [*particulars, *choices]
        y = draw_fields(paper, style, fields, paper.margin, y, paper.inside)
    y = _signature(random, paper, y)
    if paper.page_count == 1 and random.random() < 0.5:  # torn off below the last line
        paper.height = min(paper.height, y + paper.margin)
    return paper


def _sections(
    random: Random, paper: Sheet, style: Look, particulars: Sequence[Field], choices: Sequence[Field], y: float
) -> float:
    """What to do, the fields in sections under titles of their own, what is declared by signing."""
    parts = [(particulars[:3], PARTS[0]), (particulars[3:], PARTS[1]), (choices, PARTS[2])]
    if random.random() < 0.6:
        y = paragraph(paper, random.choice(HINTS), paper.margin, y, paper.inside) + 0.3 * paper.line
    tinted, numbered = random.random() < 0.6, random.random() < 0.5
    for number, (fields, titles) in enumerate(parts, start=1):
        y = paper.room(y, 4 * paper.line)
        if tinted:
            paper.panel(paper.margin, y, paper.right, y + 1.5 * paper.size, fill=style.tint)
        title = f"{number}. {random.choice(titles)}" if numbered else random.choice(titles)
        paper.text(paper.margin + 4, y + 0.25 * paper.size, title, bold=True, color=style.accent)
        y = draw_fields(paper, style, fields, paper.margin, y + 1.9 * paper.size, paper.inside) + 0.5 * paper.line
    if random.random() < 0.6:
        y = paragraph(paper, random.choice(DECLARATIONS), paper.margin, y, paper.inside)
    return y


def _head(random: Random, paper: Sheet, style: Look, title: str, issuer: str) -> float:
    """The form's title and whose form it is, in either order, in some on a tinted band."""
    heads = [("title", title, 1.4 * paper.size), ("issuer", issuer, paper.size)]
    if random.random() < 0.4:
        heads.reverse()
    lines = [
        (name, line, size)
        for name, text, size in heads
        for line in paper.wrap(text, paper.inside, size, bold=name == "title")
    ]
    bottom = paper.margin + sum(1.35 * size for _, _, size in lines)
    if random.random() < 0.4:
        paper.panel(0, 0, paper.width, bottom, fill=style.tint)
    x, y = (paper.width / 2 if style.header == "center" else paper.margin), paper.margin
    for name, line, size in lines:
        bold = name == "title"
        paper.text(x, y, line, size=size, bold=bold, align=style.header, color=style.accent, name=name)
        y += 1.35 * size
    return y


def _particulars(random: Random, all_of_them: bool) -> list[Field]:
    """The person's name and three to five other facts about the person and the form, or all that are known."""
    pick = random.choice
    someone = facts.person(random)
    when, born = facts.day(random), facts.day(random, 1940, 2010)
    date_form = pick(facts.DATE_FORMATS)
    number = facts.number(random, "F", when.year)
    others = [
        Field("street", pick(("Street", "Address")), someone.street),
        Field("town", pick(("Town", "City")), someone.town),
        Field("phone", pick(("Phone", "Telephone", "Tel.")), someone.phone),
        Field("birth_date", pick(("Date of birth", "Born")), facts.write_date(born, date_form)),
        Field("date", "Date", facts.write_date(when, date_form)),
        Field("form_number", pick(("Form no.", "Form number", "Number")), number),
    ]
    if all_of_them:
        mail = f"{someone.name.split()[0].lower()}@{pick(words.COMPANY_STEMS).split()[0].lower()}.example"
        others += [
            Field("email", pick(("E-mail", "Mail")), mail),
            Field("birth_place", pick(("Place of birth", "Born in")), pick(words.TOWNS)),
            Field("emergency", pick(("In an emergency call", "Second contact")), facts.person(random).name),
        ]
    count = len(others) if all_of_them else pick((3, 4, 5))
    kept = [Field("name", pick(("Name", "Full name")), someone.name), *random.sample(others, count)]
    if random.random() < 0.4:
        random.shuffle(kept)
    return kept


def _choices(random: Random, choices: tuple[Choice, ...]) -> list[Field]:
    boxes = random.random() < 0.6
    return [
        Field(name, label, value=random.choice(options), options=options if boxes else ())
        for name, label, options in choices
    ]


def _signature(random: Random, paper: Sheet, y: float) -> float:
    """A line to sign on, where there is room for one."""
    top = y + 2 * paper.size
    if top + 1.2 * paper.size > paper.bottom or random.random() < 0.2:
        return y
    left = random.choice((paper.margin, paper.width / 2))
    paper.rule(left, top, left + 0.4 * paper.inside, top)
    paper.text(left, top + 2, "Signature")
    return top + 1.2 * paper.size

"""Letters on A5: who writes to whom, when, about what, and facts inside the sentences."""

from collections.abc import Sequence
from random import Random

from octavo.synthetic import facts, header
from octavo.synthetic.faces import Family
from octavo.synthetic.facts import Party
from octavo.synthetic.fields import Field, draw_fields
from octavo.synthetic.header import draw_header
from octavo.synthetic.look import A5, Look, look, sheet
from octavo.synthetic.sheet import STANDARD, Sheet

# Subject → paragraphs, in which {name} is a fact and the name of its answer. No punctuation follows one: it
# would stick to the answer's last word.
BODIES: dict[str, tuple[str, ...]] = {
    "Your order": (
        "Thank you for your order. We have packed it with care and it will leave our store on "
        "{delivery_date} in the morning.",
        "The sum of {amount} will be charged by {payment_method} as you asked. Please keep this letter "
        "until the parcel is with you.",
        "If anything is missing, ask for {contact} at our desk and we will put it right.",
    ),
    "Payment reminder": (
        "Our books show that the sum of {amount} is still open. It may be that your payment and this "
        "letter have crossed.",
        "Please pay by {payment_method} until {due_date} so that no further cost arises.",
        "For any question {contact} is glad to help you.",
    ),
    "Your appointment": (
        "We are pleased to confirm your appointment on {appointment_date} at our office. Please come a little early.",
        "You will be met by {contact} at the front desk. The fee of {amount} can be paid by "
        "{payment_method} on the day.",
        "Should the day not suit you, a short call is enough.",
    ),
    "Price change": (
        "The cost of paper and transport has gone up, and we can no longer hold our prices.",
        "From {start_date} on, the yearly fee will be {amount} in all. You may go on paying by "
        "{payment_method} as before.",
        "With any question please turn to {contact} in our office. We thank you for your trust.",
    ),
    "Repair finished": (
        "The repair of your device is done and it has passed all tests.",
        "You can collect it from {collection_date} on. The bill comes to {amount} and can be paid by "
        "{payment_method} when you come.",
        "The work was done by {contact} who will gladly show you what was wrong.",
    ),
    "Course place": (
        "A place has come free in the course that you asked about. It begins on {start_date} in the evening.",
        "The course fee is {amount} for the year and is paid by {payment_method} before the first evening.",
        "Please tell {contact} within a week whether you will come. After that the place goes to the next on the list.",
    ),
}


def letter(random: Random, families: Sequence[Family] = STANDARD) -> Sheet:
    """A letter from a company to a person, on one page or two."""
    pick = random.choice
    paper = sheet(random, A5, margins=(28, 34, 40), sizes=(11, 11.5, 12, 13), families=families)
    style = look(random, fields=("colon", "columns"), headers=header.STYLES)
    sender, reader = facts.company(random, facts.trade(random)), facts.person(random)
    written, date_form = facts.day(random), pick(facts.DATE_FORMATS)
    y = draw_header(paper, style, sender, title="", name="sender")
    y = _address(random, paper, reader, facts.write_date(written, date_form), y)
    subject = pick(tuple(BODIES))
    y = _subject(random, paper, style, subject, facts.number(random, "REF", written.year), y)
    after = facts.write_date(facts.later(random, written), date_form)
    dates = ("delivery_date", "due_date", "appointment_date", "start_date", "collection_date")
    told = dict.fromkeys(dates, after) | {
        "amount": pick(facts.MONEYS).write(random.randint(80, 19_999) * 5),
        "payment_method": pick(facts.METHODS).lower(),
        "contact": facts.person(random).name,
    }
    paper.text(paper.margin, y, pick((f"Dear {reader.name},", "Dear customer,", "Good day,")))
    y += 1.4 * paper.line
    for sentences in BODIES[subject]:
        y = _paragraph(paper, sentences, told, y) + 0.4 * paper.line
    _close(random, paper, sender, y)
    return paper


def _address(random: Random, paper: Sheet, reader: Party, date: str, y: float) -> float:
    """The reader's address at the left and the date at the right, above or below it."""
    lines = [(reader.name, "recipient", "left"), (reader.street, "", "left"), (reader.town, "", "left")]
    lines.insert(0 if random.random() < 0.4 else 3, (date, "date", "right"))
    for text, name, align in lines:
        paper.text(paper.right if align == "right" else paper.margin, y, text, align=align, name=name)
        y += paper.line
    return y + 0.6 * paper.line


def _subject(random: Random, paper: Sheet, style: Look, subject: str, reference: str, y: float) -> float:
    """Subject and reference as labelled fields, or the subject alone in bold and the reference below it."""
    pick = random.choice
    if random.random() < 0.5:
        fields = [
            Field("subject", pick(("Subject", "About")), subject),
            Field("reference", "Reference", reference),
        ]
        random.shuffle(fields)
        return draw_fields(paper, style, fields, paper.margin, y, paper.inside) + 0.6 * paper.line
    paper.text(paper.margin, y, subject, bold=True, name="subject")
    y += paper.line
    label = paper.text(paper.margin, y, pick(("Our reference: ", "Reference: ", "Ref. ")))
    paper.text(paper.margin + label, y, reference, name="reference")
    return y + 1.6 * paper.line


def _paragraph(paper: Sheet, sentences: str, told: dict[str, str], y: float) -> float:
    """Set running text; a fact that breaks at a line's end is an answer of two boxes."""
    words: list[tuple[str, str]] = []  # each with the name of the fact that it belongs to, or ""
    for part in sentences.split():
        name = part[1:-1] if part.startswith("{") else ""
        words += [(word, name) for word in (told[name].split() if name else [part])]
    space = paper.measure(" ")
    lines: list[list[tuple[str, str]]] = []  # runs of words of one name
    x = paper.right
    for word, name in words:
        width = paper.measure(word)
        if x + width > paper.right:
            lines.append([(word, name)])
            x = paper.margin
        elif lines[-1][-1][1] == name:
            lines[-1][-1] = (f"{lines[-1][-1][0]} {word}", name)
        else:
            lines[-1].append((word, name))
        x += width + space
    for line in lines:
        y = paper.room(y, paper.line)
        x = paper.margin
        for run, name in line:
            x += paper.text(x, y, run, name=name) + space
        y += paper.line
    return y


def _close(random: Random, paper: Sheet, sender: Party, y: float) -> None:
    y = paper.room(y, 4 * paper.line)
    paper.text(paper.margin, y, random.choice(("Yours sincerely", "With kind regards", "Best regards")))
    y += 1.6 * paper.line
    paper.text(paper.margin, y, facts.person(random).name, name="signer")
    for line in paper.wrap(sender.name, paper.inside):
        y += paper.line
        paper.text(paper.margin, y, line)

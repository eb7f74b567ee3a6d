"""Questions about forms: what is entered in a field, whether a box is checked, which option is marked.

A field is asked for by the label that a person sees: the words before it or above it. What the form calls it
for screen readers (/TU) decides between two such labels and stands in for one that is not printed; its internal
name is never used. Of check boxes as many are asked for that are checked as that are not.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from octavo.datasets.fields.keys import key_of, known
from octavo.datasets.fields.values import amount_variants, date_variants, is_clean, is_wordy, letters
from octavo.datasets.finders import GENERATOR
from octavo.datasets.finders.evidence import evidence
from octavo.datasets.finders.marks import GLYPHS, TICKS, Mark, marks
from octavo.datasets.finders.surroundings import Run, Surroundings
from octavo.datasets.templates import phrase
from octavo.datasets.types import YES_NO, Question
from octavo.datasets.view import View
from octavo.documents.structure.rows import rows
from octavo.documents.types import Box, Field, Word

MOST_FIELDS = 500  # of a page; more are an attack on the time this takes
MOST_VALUE_WORDS = 25
MOST_LABEL_WORDS = 12
MOST_OF_EACH = 2  # checked boxes, and boxes that are not, asked for on a page
VOTES = 3  # so many times more fields must have their label before them than above them, or the reverse

ENTERED = (
    "What is entered for “{label}”?",
    "What is filled in for “{label}”?",
    "What has been entered in the field “{label}”?",
    "What does the form give for “{label}”?",
    "How has the field “{label}” been filled in?",
)
CHECKED = (
    "Is “{label}” checked?",
    "Is the box for “{label}” checked?",
    "Has “{label}” been ticked?",
    "Is there a mark in the box for “{label}”?",
    "Is the box beside “{label}” marked?",
)
# A group often ends in a question mark, so it does not end the question.
CHECKED_OF = (
    "For “{group}”, is “{label}” checked?",
    "For “{group}”, is the box “{label}” marked?",
    "For “{group}”, has “{label}” been ticked?",
    "Where the form says “{group}”, is “{label}” marked?",
)
OPTION = (
    "For “{group}”, which option is marked?",
    "Where the form says “{group}”, what is checked?",
    "For “{group}”, which box is ticked?",
    "For “{group}”, which of the options has been marked?",
)

NO_LABEL = "no label is to be seen beside its form field or check box"
NOT_ONE = "several form fields or check boxes bear its label"
NOT_SHOWN = "its form field's value is not among the words of the page"
UNBALANCED = "its page has boxes of only one state, or enough of this one"

TRAILING = " *_.…:▶►▸→"  # what stands around a label and is none of it
_NEVER = (GLYPHS | TICKS | set("“”")) - set("xX")  # in a label: quotation marks, or a box that was not understood
_INTERNAL = re.compile(
    r"[_\[\]#]|\w\d{2,}$|^(?:undefined|text ?(?:field|box)? ?\d*|field ?\d*|untitled\d*)$", re.IGNORECASE
)
_PROMPT = re.compile(r"(?:please )?(?:select|choose|pick)\b|[-–_. ]*$", re.IGNORECASE)
_BARE = frozenset("yes no y n ja nein oui non sí si nee tak nie sim não other none n/a".split())  # noqa: SIM905
_NO = frozenset("no n nein non nee nie não".split())  # noqa: SIM905


def find(view: View, dropped: Counter[str]) -> Iterator[Question]:
    """Filled fields, check boxes, and options of a page's form."""
    page = view.page
    if len(page.fields) > MOST_FIELDS:
        return
    found = marks(page)
    typed = [field for field in page.fields if field.kind in ("text", "choice")]
    if not found and not typed:
        return
    around = Surroundings.of(view.layout.rows, typed, found, page)
    yield from _entered(view, typed, around, dropped)
    yield from _boxes(view, found, around, dropped)


def _entered(view: View, fields: Sequence[Field], around: Surroundings, dropped: Counter[str]) -> Iterator[Question]:
    """The values of text and choice fields."""
    labels = _labels(fields, around)
    count = Counter(label.casefold() for label in labels)
    printed = Counter(key_of(line.text).casefold() for line in view.layout.lines)
    for field, label in zip(fields, labels, strict=True):
        if not field.value.strip() or _PROMPT.match(field.value.strip()):
            continue
        if not label:
            dropped[NO_LABEL] += 1
        elif count[label.casefold()] > 1 or printed[label.casefold()] > 1:
            dropped[NOT_ONE] += 1
        elif (shown := _shown(field, around.inside(field.box))) is None:
            dropped[NOT_SHOWN] += 1
        else:
            answer, boxes = shown
            text = phrase(ENTERED, view.draw("field", label), label=label)
            variants = (*date_variants(answer), *amount_variants(answer))
            common = known(label, answer)
            key = common.noun if common else label.casefold()
            yield Question(text, answer, view.page.number, boxes, "form_field", GENERATOR, variants=variants, key=key)


def _shown(field: Field, words: Sequence[Word]) -> tuple[str, tuple[Box, ...]] | None:
    """A field's value as the page shows it, and where; None where it shows more, less or another."""
    lines = [[word for line in row for word in line.words] for row in rows(words)]
    read = " ".join(word.text for line in lines for word in line)
    answer = read.strip(" ,;:")
    whole = "".join(read.split()) == "".join(field.value.split())
    if not whole or not answer or len(answer.split()) > MOST_VALUE_WORDS or not is_clean(answer):
        return None
    if not any(char.isalnum() for char in answer):
        return None
    return answer, tuple(evidence(line) for line in lines)


def _labels(fields: Sequence[Field], around: Surroundings) -> list[str]:
    """What a person sees each field called, "" where that is not certain."""
    beside = [around.before(field.box) for field in fields]
    over = [around.above(field.box) for field in fields]
    only_beside = sum(bool(one and not other) for one, other in zip(beside, over, strict=True))
    only_over = sum(bool(other and not one) for one, other in zip(beside, over, strict=True))
    labels = []
    for field, left, above in zip(fields, beside, over, strict=True):
        called = "" if _INTERNAL.search(field.label) or field.label == field.name else _label(field.label)
        seen = [run for run in (left, above) if run and _label(run.text)]
        if called and seen:
            alike = [run for run in seen if _alike(run.text, called)]
            common = [run for run in seen if len(seen) == 1 and known(key_of(run.text))]
            labels.append(next((_label(run.text) for run in (*alike, *common)), ""))
        elif called:
            labels.append(called if len(called.split()) <= MOST_LABEL_WORDS // 2 else "")
        elif len(seen) == 1:
            labels.append(_label(seen[0].text))
        elif left and above and (left.text.endswith(":") or only_beside > VOTES * only_over):
            labels.append(_label(left.text))
        elif left and above and only_over > VOTES * only_beside:
            labels.append(_label(above.text))
        else:
            labels.append("")
    return labels


def _label(text: str) -> str:
    """A label as a question quotes it; "" where it cannot name a field."""
    label = key_of(text).strip(TRAILING)
    is_fit = (
        label
        and len(label.split()) <= MOST_LABEL_WORDS
        and letters(label) >= 2
        and is_clean(label)
        and is_wordy(label)
        and not _NEVER & set(label)
    )
    return label if is_fit else ""


def _alike(text: str, called: str) -> bool:
    """Whether a printed label and what the form calls its field share a word that means something."""
    words, others = ({word for word in re.findall(r"\w+", one.casefold()) if len(word) > 2} for one in (text, called))
    return bool(words & others)


def _boxes(view: View, found: Sequence[Mark], around: Surroundings, dropped: Counter[str]) -> Iterator[Question]:
    """Whether boxes are checked, as many that are as that are not, and the options that are marked."""
    labelled: list[tuple[Mark, Run, str]] = []
    for option in around.options():
        if option.label is None or not _option(option.label.text):
            dropped[NO_LABEL] += 1
        else:
            labelled.append((option.mark, option.label, _label(option.group.text) if option.group else ""))
    count = Counter((_option(run.text).casefold(), group.casefold()) for _, run, group in labelled)
    alone = Counter(_option(run.text).casefold() for _, run, _ in labelled)
    asked: list[tuple[bool, Question]] = []
    for mark, run, group in labelled:
        label = _option(run.text)
        if label.casefold() in (_NO if group else _BARE):  # whether "No" is checked is not worth asking
            dropped[NO_LABEL] += 1
        elif count[label.casefold(), group.casefold()] > 1 or (not group and alone[label.casefold()] > 1):
            dropped[NOT_ONE] += 1
        else:
            asked.append((mark.checked, _checked(view, mark, run, label, group)))
    yield from _balanced(asked, view, dropped)
    yield from _options(view, labelled)


def _option(text: str) -> str:
    """The label of a box as a question quotes it; one letter will do ("M", "F")."""
    label = key_of(text).strip(TRAILING)
    return label if label.isalpha() and label.isascii() and len(label) == 1 else _label(text)


def _checked(view: View, mark: Mark, run: Run, label: str, group: str) -> Question:
    draw = view.draw("box", group, label)
    if group:
        text = phrase(CHECKED_OF, draw, label=label, group=group)
    else:
        text = phrase(CHECKED, draw, label=label)
    boxes = (Box(*(round(edge, 5) for edge in mark.box)), evidence(run.words))
    answer = "Yes" if mark.checked else "No"
    return Question(text, answer, view.page.number, boxes, "yes_no", GENERATOR, form=YES_NO)


def _balanced(asked: Sequence[tuple[bool, Question]], view: View, dropped: Counter[str]) -> Iterator[Question]:
    """As many questions with "Yes" as with "No", or a single one where the page has only such, drawn by hash."""

    def draw(question: Question) -> bytes:
        return hashlib.sha256(view.draw("balance", question.text).encode()).digest()

    states = [sorted((one for checked, one in asked if checked == state), key=draw) for state in (True, False)]
    most = min(MOST_OF_EACH, max(1, min(map(len, states))))
    for questions in states:
        yield from questions[:most]
        if len(questions) > most:
            dropped[UNBALANCED] += len(questions) - most


def _options(view: View, labelled: Sequence[tuple[Mark, Run, str]]) -> Iterator[Question]:
    """The option that is marked, of groups with one name and one mark."""
    groups = [(group, list(members)) for group, members in groupby(labelled, key=lambda one: one[2]) if group]
    count = Counter(group.casefold() for group, _ in groups)
    for group, members in groups:
        chosen = [run for mark, run, _ in members if mark.checked]
        if len(members) < 2 or len(chosen) != 1 or count[group.casefold()] > 1:
            continue
        answer = _option(chosen[0].text)
        if answer == " ".join(word.text for word in chosen[0].words).strip(TRAILING):
            text = phrase(OPTION, view.draw("option", group), group=group)
            boxes = (evidence(chosen[0].words),)
            key = group.casefold()
            yield Question(text, answer, view.page.number, boxes, "form_field", GENERATOR, key=key)

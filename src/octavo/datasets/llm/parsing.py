"""Replies read as pairs of question and answer, tolerantly and within bounds.

A reply is text with lines "Q1: …" and "A1 [page 2]: …". Models decorate it: bold marks, bullets, "Question 1.",
the page at the end of the answer, thoughts before it. One pair that cannot be used costs that pair.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

MOST_PAIRS = 60  # of a reply
LONGEST_QUESTION = 400  # characters
LONGEST_ANSWER = 2_000
ECHO = 40  # characters of the prompt that a pair cannot have by chance

NO_PAIRS = "the reply has no pair in it"
TOO_MANY = "the reply has too many pairs"
CUT_OFF = "the reply ends within the pair"
EMPTY = "a side of the pair is empty"
OVERLONG = "a side of the pair is too long"
CONTROL = "the pair has control characters"
ECHOED = "the pair repeats the prompt"
GIVEN_AWAY = "the question holds its answer"
NO_ANSWER = "the model found no answer"

_LABEL = re.compile(
    r"[\s>#*_`•-]{0,12}(?P<side>Question|Answer|Q|A)[ _]?(?P<number>\d{1,3})?[ *_`]{0,4}"
    r"(?P<page>[\[(][^\])\n]{0,24}[\])])?[ *_`]{0,4}(?P<end>[:.)])[ *_`]{0,6}(?P<text>.*)",
    re.IGNORECASE,
)
_PAGE = re.compile(r"[\[(]\s{0,3}(?:page|pages|p\.?|pg\.?)\s{0,3}(\d{1,6})[^\])\n]{0,12}[\])]", re.IGNORECASE)
_REFUSALS = re.compile(
    r"unanswerable|not (?:given|stated|specified|provided|mentioned|available|applicable|found)|n/?a|none|unknown"
    r"|the (?:page|text|document) does not (?:say|state|mention|specify).*",
    re.IGNORECASE,
)
_AROUND = " \t*_`"


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and its answer; `page` is the number that the reply names for it, 0 where it names none."""

    question: str
    answer: str
    page: int


def parse(text: str, prompt: str, is_cut: bool, dropped: Counter[str]) -> list[Pair]:
    """The pairs of a reply to `prompt`; what is left out is counted in `dropped`.

    `is_cut` says that the reply ended for want of tokens, so that its last pair may miss its end.
    """
    text = without_thoughts(text)
    raw = list(_raw_pairs(text))
    if not raw:
        if text.strip(" .*`\n").upper() != "NOTHING":
            dropped[NO_PAIRS] += 1
        return []
    if is_cut:
        raw.pop()
        dropped[CUT_OFF] += 1
    if len(raw) > MOST_PAIRS:
        dropped[TOO_MANY] += len(raw) - MOST_PAIRS
    prompt_form = _folded(prompt)
    pairs = []
    for question, label, answer in raw[:MOST_PAIRS]:
        pair = _pair(question, label, answer)
        fault = _fault(pair, prompt_form)
        if fault:
            dropped[fault] += 1
        else:
            pairs.append(pair)
    return pairs


def without_thoughts(text: str) -> str:
    """A reply without what a reasoning model thought before it; nothing where it never came to an end."""
    _, end, said = text.rpartition("</think>")
    return said if end or not text.lstrip().startswith("<think>") else ""


def _raw_pairs(text: str) -> Iterator[tuple[str, str, str]]:
    """Question, the brackets in its and its answer's label, and answer of every question that an answer follows."""
    question: list[str] | None = None
    answer: list[str] | None = None
    label = ""
    for line in text.split("\n"):
        match = _LABEL.fullmatch(line.rstrip("\r"))
        # "A." begins an answer only with a number: it may be somebody's initial.
        side = match["side"][0].upper() if match and (match["number"] or match["end"] == ":") else ""
        if match and side == "Q":
            if question is not None and answer is not None:
                yield "\n".join(question), label, "\n".join(answer)
            question, answer, label = [match["text"]], None, match["page"] or ""
        elif match and side == "A" and question is not None and answer is None:
            answer, label = [match["text"]], match["page"] or label
        elif answer is not None:
            answer.append(line)
        elif question is not None:
            question.append(line)
    if question is not None and answer is not None:
        yield "\n".join(question), label, "\n".join(answer)


def _pair(question: str, label: str, answer: str) -> Pair:
    """The two sides on one line each, without decoration, and the page that label or answer names."""
    answer = answer.strip()
    named = _PAGE.search(label) or _PAGE.match(answer)
    if not named:
        named = _PAGE.fullmatch(answer, max(answer.rfind("["), answer.rfind("("), 0))
    page = int(named[1]) if named else 0
    if named and named.string is answer:
        answer = answer[: named.start()] + answer[named.end() :]
    # A paragraph of its own after the answer is the model talking.
    answer = re.split(r"\n\s{0,40}\n", answer.strip(), maxsplit=1)[0]
    return Pair(_one_line(question), _one_line(answer), page)


def _one_line(text: str) -> str:
    text = " ".join(text.split()).strip(_AROUND)
    return text[1:-1].strip() if len(text) > 2 and (text[0], text[-1]) in (('"', '"'), ("“", "”")) else text


def _fault(pair: Pair, prompt_form: str) -> str:
    """Why a pair cannot be used, "" where it can."""
    sides = (pair.question, pair.answer)
    if not all(any(char.isalnum() for char in side) for side in sides):
        return EMPTY
    if len(pair.question) > LONGEST_QUESTION or len(pair.answer) > LONGEST_ANSWER:
        return OVERLONG
    # Cf holds the marks that turn the direction of writing and the invisible ones; joiners belong to scripts.
    if any(
        unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs")
        for side in sides
        for char in side
        if char not in "\u200c\u200d"
    ):
        return CONTROL
    if any(_echoes(_folded(side), prompt_form) for side in sides):
        return ECHOED
    if _REFUSALS.fullmatch(pair.answer.strip(" .\"'")):
        return NO_ANSWER
    question, answer = (f" {_folded(side)} " for side in sides)
    return GIVEN_AWAY if answer in question else ""


def _echoes(side: str, prompt: str) -> bool:
    """Whether `side` has a run of `ECHO` characters of the prompt, or is an example in it."""
    if side in ("the question", "the answer"):
        return True
    return any(side[at : at + ECHO] in prompt for at in range(0, len(side) - ECHO + 1, 8))


def _folded(text: str) -> str:
    """Letters and digits in lower case, single spaces between words."""
    return " ".join("".join(char if char.isalnum() else " " for char in text.casefold()).split())

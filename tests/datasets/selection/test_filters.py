"""Which questions stay, and the reasons of those that go."""

import json
from collections import Counter
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.datasets.selection import filters
from octavo.datasets.selection.filters import Filters, docmatix_deletes, sift
from octavo.datasets.selection.personal import find_personal
from octavo.datasets.types import UNANSWERABLE, Question
from octavo.documents.types import NOT_HERE, Box, Word
from octavo.errors import OctavoError

BOX = Box(0.1, 0.1, 0.2, 0.12)


def ask(text: str, answer: str, page: int = 1, box: Box = BOX) -> Question:
    return Question(text, answer, page, (box,), "key_value", "rules-1")


def kept(*questions: Question, **settings: object) -> tuple[list[str], Counter[str]]:
    sifted = sift(questions, Filters(**settings))  # type: ignore[arg-type]
    return [f"{question.text} {question.answer}" for question in sifted.questions], sifted.dropped


@pytest.mark.parametrize(
    "side",
    ["", "  ", "a {name} b", "[Company]", "<br>", "at 192.168.0.1", "3.5%", "$1,200.50", "see U.S. law", "a@b.org",
     "one\n\ntwo", "one\n \ntwo", "It is unanswerable.", "Unanswerable", "Q1: what", "A12: that"],
)  # fmt: skip
def test_what_docmatix_deletes_on_either_side(side: str) -> None:
    assert docmatix_deletes(side, "an answer")
    assert docmatix_deletes("What is it?", side)


@pytest.mark.parametrize(
    "side", ["1,200", "28/02/2017", "Mr. Miller", "one\ntwo", "(a)", "Q&A: yes", "a < b", "{", "12"]
)
def test_what_docmatix_keeps(side: str) -> None:
    assert not docmatix_deletes("What is it?", side)
    assert not docmatix_deletes(side, "an answer")


def test_the_preset_is_never_the_default() -> None:
    total = ask("What is the total?", "80.90")
    assert kept(total) == (["What is the total? 80.90"], Counter())
    assert kept(total, preset="docmatix") == ([], Counter({filters.BY_DOCMATIX: 1}))


def test_lengths_in_characters_both_ends_allowed() -> None:
    settings = {"min_question": 6, "max_question": 8, "min_answer": 2, "max_answer": 3}
    questions = [
        ask("12345", "ab"),
        ask("123456", "a"),
        ask("123456", "ab"),
        ask("12345678", "abc"),
        ask("1234567", "abcd"),
    ]
    assert kept(*questions, ask("123456789", "ab"), **settings) == (
        ["123456 ab", "12345678 abc"],
        Counter({filters.QUESTION_LENGTH: 2, filters.ANSWER_LENGTH: 2}),
    )


def test_doubles_are_dropped_but_not_what_only_looks_like_one() -> None:
    questions = [
        ask("What is the invoice date?", "28 February 2017"),
        ask("What is the Invoice  Date", "28 February 2017"),  # equal but for case and signs
        ask("What's the invoice date?", "28 February 2017"),  # nearly equal
        ask("What is the due date?", "28 February 2017"),
        ask("When was this written?", "28 February 2017"),
        ask("What stands in row 3 of the second column?", "12"),
        ask("What stands in row 4 of the second column?", "12"),
        ask("What is the invoice date?", "28 February 2017", page=2),
    ]
    texts, dropped = kept(*questions)
    assert dropped == {filters.DOUBLE: 2}
    assert len(texts) == 6
    assert kept(*questions, near=100)[1] == {filters.DOUBLE: 1}


def test_a_question_with_two_answers_on_its_page_goes_altogether() -> None:
    two = [ask("What is the date?", "1 May 2017"), ask("What is the date?", "2 May 2017")]
    assert kept(*two) == ([], Counter({filters.AMBIGUOUS: 2}))
    absent = Question("What is the date?", NOT_HERE, 1, (), "unanswerable", "rules-1", form=UNANSWERABLE)
    assert kept(two[0], absent) == ([], Counter({filters.AMBIGUOUS: 2}))
    assert kept(two[0], ask("What is the date?", "1 MAY 2017."))[1] == {filters.DOUBLE: 1}


def test_answers_of_signs_alone_are_told_apart() -> None:
    assert kept(ask("Which sign is first?", "+"), ask("Which sign is first?", "-"))[1] == {filters.AMBIGUOUS: 2}


def test_languages() -> None:
    questions = [ask("What is the total?", "12")]
    wanted = Filters(languages=("en", "de"))
    assert sift(questions, wanted, language="fr").dropped == {filters.LANGUAGE: 1}
    assert sift([], wanted, language="fr").dropped == {}
    assert sift(questions, wanted, language="de").questions == tuple(questions)
    assert sift(questions, wanted, language="").questions == tuple(questions)  # too little text to tell
    assert sift(questions, Filters(), language="fr").questions == tuple(questions)


def test_personal_data_is_dropped_where_it_is_masked_only() -> None:
    words = [Word("joe@example.org", BOX, 10.0), Word("12", Box(0.5, 0.5, 0.6, 0.52), 10.0)]
    questions = [
        ask("What is the address?", "joe@example.org"),
        ask("Which room has joe@example.org?", "12", box=words[1].box),
        ask("Which room is it?", "12", box=words[1].box),
        ask("What stands there?", "█████", box=words[1].box),
    ]
    finds = find_personal(words)
    masked = sift(questions, Filters(personal="mask"), words=words, personal=finds)
    assert masked.questions == (questions[2],)
    assert masked.dropped == {filters.PERSONAL: 3}
    assert sift(questions, Filters(personal="report"), words=words, personal=finds).dropped == {}


def test_settings_survive_json() -> None:
    settings = Filters(languages=("en", "de"), personal="mask", preset="docmatix", max_answer=50)
    again = Filters(**json.loads(json.dumps(asdict(settings))))
    assert again == settings
    assert hash(again) == hash(settings)


@pytest.mark.parametrize("wrong", [{"personal": "hide"}, {"preset": "strict"}])
def test_unknown_settings_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(OctavoError, match=r"it can be "):
        Filters(**wrong)  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=10), st.integers(1, 2)), max_size=20))
def test_nothing_is_lost_uncounted_and_a_second_time_drops_nothing(pairs: list[tuple[str, str, int]]) -> None:
    questions = [ask(*pair) for pair in pairs]
    once = sift(questions, Filters())
    assert len(once.questions) + sum(once.dropped.values()) == len(questions)
    assert sift(once.questions, Filters()).questions == once.questions

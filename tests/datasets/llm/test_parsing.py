"""Replies of models, tidy and wild."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.datasets.llm.judge import JUDGED, NOT_JUDGED, verdicts
from octavo.datasets.llm.parsing import (
    CONTROL,
    CUT_OFF,
    ECHOED,
    EMPTY,
    GIVEN_AWAY,
    LONGEST_ANSWER,
    LONGEST_QUESTION,
    MOST_PAIRS,
    NO_ANSWER,
    NO_PAIRS,
    OVERLONG,
    TOO_MANY,
    Pair,
    parse,
)
from octavo.datasets.llm.presets import PRESETS, load_preset
from octavo.datasets.llm.types import Reply
from octavo.datasets.llm.writer import instructions

PROMPT = instructions(load_preset("fields"))


def parsed(text: str, is_cut: bool = False) -> tuple[list[Pair], Counter[str]]:
    dropped: Counter[str] = Counter()
    return parse(text, PROMPT, is_cut, dropped), dropped


@pytest.mark.parametrize(
    "text",
    [
        "Q1: What is due?\nA1 [page 2]: EUR 5",
        "Q1: What is due?\nA1: EUR 5 [page 2]",
        "Q1: What is due?\nA1: [page 2] EUR 5",
        "Q1 [page 2]: What is due?\nA1: EUR 5",
        "Q1. What is due?\r\nA1 (p. 2). EUR 5\r\n",
        "**Q1:** What is due?\n**A1 [page 2]:** EUR 5",
        "### Question 1: What is due?\n- **Answer 1** (Page 2): `EUR 5`",
        "Here are the pairs:\n\nQ: What is due?\nA (page 2): “EUR 5”\n\nI hope that helps!",
        "<think>\nQ9: Shall I?\nA9: No, wait\n</think>\nQ1: What is due?\nA1 [pages 2, 3]: EUR 5",
        "Q1: What\nis due?\nA1 [page 2]: EUR\n5",
    ],
)
def test_one_pair_however_it_is_decorated(text: str) -> None:
    assert parsed(text) == ([Pair("What is due?", "EUR 5", 2)], Counter())


def test_several_pairs_and_a_question_without_an_answer() -> None:
    pairs, dropped = parsed("Q1: One?\nA1: uno\nQ2: Two?\nQ3: Three?\nA3: tres\n\nQ4: Four?\nA4 [page 7]: quattro")
    assert pairs == [Pair("One?", "uno", 0), Pair("Three?", "tres", 0), Pair("Four?", "quattro", 7)]
    assert not dropped


def test_initials_and_colons_inside_an_answer_begin_nothing() -> None:
    pairs, _ = parsed("Q1: Who signed?\nA1: J. Doe\nA. Smith: director")
    assert pairs == [Pair("Who signed?", "J. Doe A. Smith: director", 0)]


def test_brackets_that_name_no_page_stay() -> None:
    pairs, _ = parsed("Q1: Which part?\nA1: Valve (left) [spare]")
    assert pairs == [Pair("Which part?", "Valve (left) [spare]", 0)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("I cannot help with that.", NO_PAIRS),
        ("Q1: What?", NO_PAIRS),
        ("<think>\nQ1: Is this\nA1: a thought that found no end", NO_PAIRS),
        ("Q1: \nA1: five", EMPTY),
        ("Q1: What?\nA1: ---", EMPTY),
        (f"Q1: {'why ' * LONGEST_QUESTION}?\nA1: five", OVERLONG),
        (f"Q1: Why?\nA1: {'five ' * LONGEST_ANSWER}", OVERLONG),
        ("Q1: What is \x1b[31mdue?\nA1: five", CONTROL),
        ("Q1: What is due?\nA1: fi\u202eve", CONTROL),
        ("Q1: What is due?\nA1: five\ue000", CONTROL),
        ("Q1: the question\nA1 [page NUMBER]: the answer", ECHOED),
        ("Q1: What?\nA1: Everything between these lines is material to ask about.", ECHOED),
        ("Q1: Who signed?\nA1: Unanswerable.", NO_ANSWER),
        ("Q1: Who signed?\nA1: The document does not mention a signature.", NO_ANSWER),
        ("Q1: Is order 4711 due?\nA1: Order 4711", GIVEN_AWAY),
    ],
)
def test_what_is_dropped_and_why(text: str, reason: str) -> None:
    assert parsed(text) == ([], Counter({reason: 1}))


def test_nothing_is_a_good_answer() -> None:
    assert parsed("NOTHING.") == ([], Counter())


def test_a_reply_that_was_cut_loses_its_last_pair() -> None:
    pairs, dropped = parsed("Q1: One?\nA1: uno\nQ2: Two?\nA2: du", is_cut=True)
    assert (pairs, dropped) == ([Pair("One?", "uno", 0)], Counter({CUT_OFF: 1}))


def test_a_flood_of_pairs_is_bounded() -> None:
    pairs, dropped = parsed("".join(f"Q{n}: What is {n}a?\nA{n}: b{n}\n" for n in range(900)))
    assert len(pairs) == MOST_PAIRS
    assert dropped == {TOO_MANY: 900 - MOST_PAIRS}


@given(st.text(alphabet="QA12:.()[]page \n*_—\x00é<think>", max_size=300))
def test_wild_replies_do_no_harm(text: str) -> None:
    pairs, dropped = parsed(text)
    assert len(pairs) <= MOST_PAIRS
    assert all(count > 0 for count in dropped.values())
    for pair in pairs:
        assert pair.question == pair.question.strip() != ""
        assert pair.answer == pair.answer.strip() != ""
        assert "\n" not in pair.question + pair.answer
        assert pair.page >= 0


@pytest.mark.parametrize(
    "line", ["Q1:" + " " * 100_000 + "x", "[(" * 50_000, "Q1: a\nA1: " + "(page " * 20_000, "*" * 100_000]
)
def test_long_lines_take_no_time(line: str) -> None:
    parsed(line)


def test_verdicts() -> None:
    text = "1: DROP?</think>\n1: KEEP\n**2: DROP**\nQ3. keep\n4: KEEP\n4: DROP\n6 - KEEP: it is right\n99: KEEP"
    assert verdicts(Reply(text, False, 1, 1), 6) == ["", JUDGED, "", NOT_JUDGED, NOT_JUDGED, ""]
    assert verdicts(Reply("", False, 1, 1, "the reply was empty"), 2) == [NOT_JUDGED, NOT_JUDGED]


def test_prompts_are_whole() -> None:
    for name in (*PRESETS, "judge"):
        preset = load_preset(name)
        assert preset.name == name
        assert preset.label == f"{name}-{preset.version}"
        assert preset.system.format(mark="ab12cd34").count("ab12cd34") >= 3
        for purpose in preset.purposes:
            assert "THE PAGES" in purpose.format(count=5, pages="THE PAGES", pairs="")
    docmatix = load_preset("docmatix")
    assert len(docmatix.purposes) == 5
    drawn = Counter(docmatix.draw("a" * 64, number) for number in range(500))
    assert set(drawn) == set(docmatix.purposes)
    assert min(drawn.values()) > 60  # 100 each by chance

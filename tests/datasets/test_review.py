"""Judgements: ids that stay, edits applied, tabs that do not overwrite each other, and kills that lose nothing."""

import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.datasets.review import (
    ACCEPT,
    EDIT,
    IN_BOXES,
    NO_WORDS,
    REJECT,
    REJECTED,
    Decision,
    Review,
    apply,
    question_id,
)
from octavo.datasets.types import ABSTRACTIVE, EXTRACTIVE, UNANSWERABLE, Question
from octavo.documents.types import NOT_HERE, Box
from octavo.errors import OctavoError

SHA = "ab" * 32
TEXT = st.text(st.characters(codec="utf-8"))  # half a surrogate pair is no text
TOTAL = Question(
    "What is the total?", "$ 9.50", 2, (Box(0.1, 0.2, 0.3, 0.4),), "amount", "rules-2", variants=("9.50",), key="total"
)
OTHER = replace(TOTAL, text="What is the tax?", answer="$ 1.90")


def test_an_id_is_of_what_is_asked_and_nothing_else():
    key = question_id(SHA, TOTAL)
    # printf of ["abab…", 2, "amount", "What is the total?", "$ 9.50"] to sha256sum, the first 16 digits
    assert key == "81838f99a670d414"
    assert question_id(SHA, replace(TOTAL, boxes=(), source="rules-3", variants=(), key="")) == key
    others = [
        question_id("cd" * 32, TOTAL),
        *(
            question_id(SHA, replace(TOTAL, **change))
            for change in ({"page": 3}, {"kind": "date"}, {"text": "What?"}, {"answer": "$ 9.51"})
        ),
    ]
    assert len({key, *others}) == 6


def test_decisions_are_applied():
    kept, gone = apply([TOTAL, OTHER], SHA, {})
    assert (kept, gone) == ((TOTAL, OTHER), Counter())
    decisions = {question_id(SHA, TOTAL): Decision(ACCEPT), question_id(SHA, OTHER): Decision(REJECT)}
    assert apply([TOTAL, OTHER], SHA, decisions) == ((TOTAL,), Counter({REJECTED: 1}))
    assert apply([TOTAL, OTHER], "cd" * 32, decisions)[0] == (TOTAL, OTHER)  # of another document


def test_edits_are_applied():
    def edited(question: Question, decision: Decision) -> Question:
        [kept], gone = apply([question], SHA, {question_id(SHA, question): decision})
        assert not gone
        return kept

    text = edited(TOTAL, Decision(EDIT, "What is to be paid?", TOTAL.answer))
    assert text == replace(TOTAL, text="What is to be paid?", source="rules-2+edited")
    smaller = (Box(0.2, 0.2, 0.3, 0.4),)
    answer = edited(TOTAL, Decision(EDIT, TOTAL.text, "9.50", IN_BOXES, smaller))
    assert answer == replace(TOTAL, answer="9.50", boxes=smaller, variants=(), source="rules-2+edited")
    assert answer.form == EXTRACTIVE
    assert edited(TOTAL, Decision(EDIT, TOTAL.text, "ten", NO_WORDS, TOTAL.boxes)).form == ABSTRACTIVE
    absent = replace(TOTAL, answer=NOT_HERE, form=UNANSWERABLE, boxes=())
    assert edited(absent, Decision(EDIT, absent.text, "not on the page")).form == UNANSWERABLE


def test_what_an_edit_made_is_judged_in_its_turn():
    first = {question_id(SHA, TOTAL): Decision(EDIT, "What is due?", TOTAL.answer)}
    [edited], _ = apply([TOTAL], SHA, first)
    assert apply([TOTAL], SHA, {**first, question_id(SHA, edited): Decision(REJECT)}) == ((), Counter({REJECTED: 1}))
    back = {**first, question_id(SHA, edited): Decision(EDIT, TOTAL.text, TOTAL.answer)}
    [round_trip], _ = apply([TOTAL], SHA, back)  # edits in a circle end
    assert round_trip == replace(TOTAL, source="rules-2+edited")


def test_judgements_are_kept_and_taken_back(tmp_path):
    path = tmp_path / "new" / "review.sqlite"
    review = Review(path)
    key = question_id(SHA, TOTAL)
    review.judge(SHA, TOTAL, Decision(REJECT), "one")
    review.judge(SHA, TOTAL, Decision(EDIT, "Q?", "A", IN_BOXES, (Box(0.1, 0.2, 0.3, 0.4),)), "two")
    review.judge(SHA, OTHER, Decision(ACCEPT), "one")
    assert Review.load(path).decisions == {
        key: Decision(EDIT, "Q?", "A", IN_BOXES, (Box(0.1, 0.2, 0.3, 0.4),)),
        question_id(SHA, OTHER): Decision(ACCEPT),
    }
    assert review.decided([key, "no such id"]).keys() == {key}
    assert [line["decision"] for line in review.lines()] == ["edit", "accept"]
    assert review.lines()[0] | {"at": ""} == {
        "id": key,
        "decision": "edit",
        "document_sha256": SHA,
        "page": 2,
        "kind": "amount",
        "question": "What is the total?",
        "answer": "$ 9.50",
        "new_question": "Q?",
        "new_answer": "A",
        "checked": "in its boxes",
        "at": "",
    }
    assert review.undo("two") == key  # this tab's newest, though the other tab was the last
    assert review.decisions[key] == Decision(REJECT)
    assert review.undo("two") == ""
    assert [review.undo("one"), review.undo("one"), review.undo("one")] == [question_id(SHA, OTHER), key, ""]
    assert review.decisions == {}


def test_the_digest_is_of_decisions_not_of_their_history(tmp_path):
    one, two = Review(tmp_path / "one.sqlite"), Review(tmp_path / "two.sqlite")
    one.judge(SHA, TOTAL, Decision(REJECT))
    one.judge(SHA, OTHER, Decision(ACCEPT))
    one.judge(SHA, TOTAL, Decision(ACCEPT))
    two.judge(SHA, TOTAL, Decision(ACCEPT), "a tab")
    before = Review.load(tmp_path / "two.sqlite").digest
    two.judge(SHA, OTHER, Decision(ACCEPT))
    assert one.digest == two.digest != before


@settings(max_examples=15, deadline=None)  # each makes a file and waits for the disk
@given(st.lists(st.tuples(TEXT, TEXT, st.lists(st.tuples(*[st.floats(0, 1)] * 4), max_size=3)), max_size=4))
def test_any_text_comes_back_as_it_was(edits):
    with TemporaryDirectory() as folder:
        review = Review(Path(folder) / "review.sqlite")
        for page, (text, answer, boxes) in enumerate(edits):
            decision = Decision(EDIT, text, answer, NO_WORDS, tuple(Box(*box) for box in boxes))
            question = replace(TOTAL, page=page, text=answer, answer=text)
            review.judge(SHA, question, decision)
            assert review.decided([question_id(SHA, question)]) == {question_id(SHA, question): decision}
        assert len(review.decisions) == len(edits) == len(review.lines())
        review.close()


def test_what_is_no_review_is_said_to_be_so(tmp_path):
    with pytest.raises(OctavoError, match="no such file"):
        Review.load(tmp_path / "none.sqlite")
    (tmp_path / "text").write_text("not a database, though long enough to be looked at as one\n" * 100)
    for opened in (Review, Review.load):
        with pytest.raises(OctavoError, match="text"):
            opened(tmp_path / "text")
    foreign = sqlite3.connect(tmp_path / "foreign.sqlite")
    foreign.execute("CREATE TABLE cookies (name)")
    foreign.commit()
    foreign.close()
    before = (tmp_path / "foreign.sqlite").read_bytes()
    for opened in (Review, Review.load):
        with pytest.raises(OctavoError, match="something else"):
            opened(tmp_path / "foreign.sqlite")
    assert (tmp_path / "foreign.sqlite").read_bytes() == before
    (tmp_path / "empty.sqlite").touch()
    with pytest.raises(OctavoError, match="no review"):
        Review.load(tmp_path / "empty.sqlite")
    with pytest.raises(OctavoError, match="cannot be written"):
        Review(tmp_path / "text" / "review.sqlite")


def test_tabs_and_processes_judge_at_once(tmp_path):
    path = tmp_path / "review.sqlite"
    reviews = [Review(path), Review(path)]

    def judge(tab: int) -> None:
        for number in range(25):
            reviews[tab % 2].judge(SHA, replace(TOTAL, page=number), Decision(ACCEPT), str(tab))

    threads = [threading.Thread(target=judge, args=(tab,)) for tab in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reviews[0].decisions) == 25
    undone = 0
    while reviews[1].undo("3"):
        undone += 1
    assert undone == 25  # nobody's judgement was overwritten
    assert len(reviews[0].decisions) == 25


def test_a_kill_loses_nothing_that_was_answered(tmp_path):
    path = tmp_path / "review.sqlite"
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from octavo.datasets.review import Decision, Review\nfrom octavo.datasets.types import Question\n"
        "review = Review(Path(sys.argv[1]))\n"
        "for page in range(10**6):\n"
        "    review.judge('ab', Question('Q', 'A', page, (), 'k', 's'), Decision('accept'))\n"
        "    print(page, flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if int(line) == 20:
                process.kill()
                break
        answered = max([20, *map(int, process.stdout.read().split())])
    decisions = Review.load(path).decisions
    assert answered + 1 <= len(decisions) <= answered + 2
    assert question_id("ab", Question("Q", "A", answered, (), "k", "s")) in decisions

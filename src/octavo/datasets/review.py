"""A person's judgement of questions: kept in SQLite beside the data set, applied by the next build.

A judgement is appended and never changed, so two browser tabs cannot overwrite each other's, a kill loses at
most the click that was not answered yet, and taking one back is deleting the newest. A question is known by
what it is (`question_id`), not by where it stands: it keeps its judgement in a data set built anew.
"""

import hashlib
import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from octavo.datasets.types import ABSTRACTIVE, EXTRACTIVE, Question
from octavo.documents.types import Box
from octavo.errors import OctavoError

ACCEPT, REJECT, EDIT = "accept", "reject", "edit"
VERDICTS = (ACCEPT, REJECT, EDIT)
IN_BOXES, NOT_IN_BOXES, NO_WORDS = "in its boxes", "not in its boxes", "no words to compare"  # of an edited answer

REJECTED = "it was rejected in review"
EDITED = "+edited"  # after the source of a question that a person changed

APPLICATION = 0x4F435256  # PRAGMA application_id: this file is a review and nothing else
_TABLE = """
CREATE TABLE IF NOT EXISTS judgements (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('accept', 'reject', 'edit')),
  text TEXT NOT NULL, answer TEXT NOT NULL, checked TEXT NOT NULL, boxes TEXT NOT NULL,
  old_text TEXT NOT NULL, old_answer TEXT NOT NULL,
  document_sha256 TEXT NOT NULL, page INTEGER NOT NULL, kind TEXT NOT NULL,
  tab TEXT NOT NULL, at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS judgements_of ON judgements (id, number);
CREATE INDEX IF NOT EXISTS judgements_in ON judgements (tab, number);
CREATE VIEW IF NOT EXISTS decisions AS
  SELECT * FROM judgements j WHERE number = (SELECT MAX(number) FROM judgements WHERE id = j.id);
"""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about a question: `verdict` is "accept", "reject" or "edit".

    An edit has the question's new `text` and `answer` (one of them may be the old one), and in `checked`
    whether the answer was read again in the boxes, which are then `boxes`.
    """

    verdict: str
    text: str = ""
    answer: str = ""
    checked: str = ""
    boxes: tuple[Box, ...] = ()


def question_id(document_sha256: str, question: Question) -> str:
    """16 hexadecimal digits that stay the same as long as the same is asked of the same page of the same file."""
    parts = [document_sha256, question.page, question.kind, question.text, question.answer]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def apply(
    questions: Sequence[Question], document_sha256: str, decisions: Mapping[str, Decision]
) -> tuple[tuple[Question, ...], Counter[str]]:
    """The questions as decided, and by reason how many are gone. What nobody judged stays as it is.

    A question that an edit made has an id of its own and may have been judged in its turn, in the data set that
    an earlier build made with the edit: that holds, too.
    """
    kept: list[Question] = []
    gone: Counter[str] = Counter()
    for question in questions:
        last = _as_decided(question, document_sha256, decisions)
        if last is None:
            gone[REJECTED] += 1
        else:
            kept.append(last)
    return tuple(kept), gone


def _as_decided(question: Question, document_sha256: str, decisions: Mapping[str, Decision]) -> Question | None:
    """The question after its edits, one after the other; None where it was rejected."""
    seen: set[str] = set()
    while True:
        key = question_id(document_sha256, question)
        decision = decisions.get(key)
        if decision is None or decision.verdict == ACCEPT or key in seen:
            return question
        if decision.verdict == REJECT:
            return None
        seen.add(key)
        question = _edited(question, decision)


def _edited(question: Question, decision: Decision) -> Question:
    """An answer that was not read in its boxes is a person's own words: its question is no longer extractive.

    Other ways to write the old answer do not hold for a new one.
    """
    source = question.source.removesuffix(EDITED) + EDITED
    edited = replace(question, text=decision.text, answer=decision.answer, source=source)
    if decision.answer == question.answer:
        return edited
    if decision.checked == IN_BOXES:
        return replace(edited, boxes=decision.boxes, variants=())
    return replace(edited, variants=(), form=ABSTRACTIVE if question.form == EXTRACTIVE else question.form)


class Review:
    """The judgements in a file. For use from several threads, and by several processes at once."""

    def __init__(self, path: Path) -> None:
        """Open `path` to judge, and make it where there is none. Raises `OctavoError` if it is something else."""
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connect(f"{path.resolve().as_uri()}?mode=rwc")
            self._run_script(f"PRAGMA application_id = {APPLICATION}; PRAGMA journal_mode = WAL; {_TABLE}")
        except (sqlite3.Error, OSError) as error:
            raise OctavoError(f"{path} cannot be written ({error}); give another file as --review") from error

    @classmethod
    def load(cls, path: Path) -> Self:
        """Open a review to read its decisions. Raises `OctavoError` where `path` holds none."""
        if not path.is_file():
            raise OctavoError(f"{path} is no review: there is no such file; octavo inspect DATASET --serve makes one")
        review = cls.__new__(cls)
        review.path = path
        try:
            review._connect(f"{path.resolve().as_uri()}?mode=rw")
            review._connection.execute("SELECT COUNT(*) FROM decisions").fetchone()
        except sqlite3.Error as error:
            raise OctavoError(f"{path} is no review, or a damaged one ({error}); give the file --review") from error
        return review

    def _connect(self, uri: str) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(uri, uri=True, timeout=10, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA synchronous = FULL")
        [stamp] = self._connection.execute("PRAGMA application_id").fetchone()
        [tables] = self._connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        if tables and stamp != APPLICATION:
            self._connection.close()
            raise OctavoError(f"{self.path} is a database of something else; give another file as --review")

    def _run_script(self, script: str) -> None:
        self._connection.executescript(script)

    @property
    def decisions(self) -> dict[str, Decision]:
        """The newest decision of every question judged, by `question_id`."""
        return {row["id"]: _decision(row) for row in self._all("SELECT * FROM decisions ORDER BY id")}

    def decided(self, ids: Sequence[str]) -> dict[str, Decision]:
        """The newest decisions of these questions (a page's, say), as far as they were judged."""
        marks = ",".join("?" * len(ids))
        return {row["id"]: _decision(row) for row in self._all(f"SELECT * FROM decisions WHERE id IN ({marks})", ids)}

    @cached_property
    def digest(self) -> str:
        """A hash of the decisions as they are on the first call: what was decided, not when or by whom."""
        lines = [
            [key, decision.verdict, decision.text, decision.answer, decision.checked, decision.boxes]
            for key, decision in self.decisions.items()
        ]
        return hashlib.sha256(json.dumps(lines).encode()).hexdigest()

    def judge(self, document_sha256: str, question: Question, decision: Decision, tab: str = "") -> None:
        """Append a decision about a question, made in a browser's `tab`; it is on disk when this returns."""
        values = (
            question_id(document_sha256, question),
            decision.verdict,
            decision.text,
            decision.answer,
            decision.checked,
            json.dumps(decision.boxes),
            question.text,
            question.answer,
            document_sha256,
            question.page,
            question.kind,
            tab,
            datetime.now(UTC).isoformat(timespec="seconds"),
        )
        self._all(
            "INSERT INTO judgements (id, verdict, text, answer, checked, boxes, old_text, old_answer,"
            f" document_sha256, page, kind, tab, at) VALUES ({','.join('?' * len(values))})",
            values,
        )

    def undo(self, tab: str = "") -> str:
        """Take back the newest judgement made in `tab`; the question's id, or "" where there is none left."""
        rows = self._all(
            "DELETE FROM judgements WHERE number = (SELECT MAX(number) FROM judgements WHERE tab = ?) RETURNING id",
            (tab,),
        )
        return rows[0]["id"] if rows else ""

    def lines(self) -> list[dict[str, Any]]:
        """Every decision with the question it is about, for JSON lines, in the order they were made."""
        return [
            {
                "id": row["id"],
                "decision": row["verdict"],
                "document_sha256": row["document_sha256"],
                "page": row["page"],
                "kind": row["kind"],
                "question": row["old_text"],
                "answer": row["old_answer"],
                **(
                    {"new_question": row["text"], "new_answer": row["answer"], "checked": row["checked"]}
                    if row["verdict"] == EDIT
                    else {}
                ),
                "at": row["at"],
            }
            for row in self._all("SELECT * FROM decisions ORDER BY number")
        ]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _all(self, statement: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(statement, tuple(values)).fetchall()


def _decision(row: sqlite3.Row) -> Decision:
    return Decision(
        row["verdict"], row["text"], row["answer"], row["checked"], tuple(Box(*box) for box in json.loads(row["boxes"]))
    )

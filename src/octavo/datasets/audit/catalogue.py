"""The rows and questions of a data set as the audit page asks for them: filtered, leafed through, drawn."""

import hashlib
import sqlite3
import threading
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from octavo.datasets.audit.words import PageWords
from octavo.datasets.reading import DataSet, Rows
from octavo.datasets.review import VERDICTS, question_id
from octavo.datasets.types import Question, Row
from octavo.documents.types import Word

UNJUDGED, JUDGED = "none", "any"  # what to filter by besides a verdict
KEPT_ROWS = 4  # rows whose images stay in memory: this page, the next, the one before, another tab's

KEPT_LISTS = 16  # filters whose rows stay in memory, 8 bytes a row

_JUDGED = "q.id IN (SELECT id FROM review.judgements)"
_TABLE = """
CREATE TABLE questions (
  number INTEGER PRIMARY KEY, row INTEGER, position INTEGER, id TEXT,
  split TEXT, kind TEXT, form TEXT, language TEXT, folded TEXT
);
"""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which questions; "" is any. `decision` is a verdict, "none" or "any", `text` stands in question or answer."""

    split: str = ""
    kind: str = ""
    form: str = ""
    language: str = ""
    decision: str = ""
    text: str = ""


class Place(NamedTuple):
    """A question of the catalogue: the number of its row and its position in the row, both from 0, and its id."""

    row: int
    position: int
    id: str


class Found(NamedTuple):
    """A row, None where there is none in that direction, and where it stands among the rows that have matches.

    `at` counts from 1; `rows`, `questions` and `judged` are of the whole catalogue under the filter.
    """

    row: int | None
    at: int
    rows: int
    questions: int
    judged: int


class Catalogue:
    """Every row of a data set, numbered from 0 over all splits. For use from several threads.

    The questions are indexed in a temporary SQLite file, beside which the review's decisions are attached.
    """

    def __init__(self, folder: Path, review: Path) -> None:
        data = DataSet(folder)
        self._lock = threading.RLock()
        self._parts: list[tuple[int, str, Rows]] = []
        start = 0
        for split in data.splits:
            rows = data.rows(split)
            self._parts.append((start, split, rows))
            start += len(rows)
        self.count = start
        self._words = PageWords(folder)
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.create_function("draw", 2, _draw, deterministic=True)
        self._database.execute(_TABLE)
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO questions VALUES (NULL,?,?,?,?,?,?,?,?)", self._records())
        self._database.execute("CREATE INDEX questions_of ON questions (row, position)")
        self._database.execute("CREATE INDEX questions_by ON questions (id)")
        self._database.execute("COMMIT")
        self._database.execute("ATTACH DATABASE ? AS review", (str(review),))
        self._row = lru_cache(KEPT_ROWS)(self._read)
        self._sample = lru_cache(KEPT_ROWS)(self._drawn)
        self._list = lru_cache(KEPT_LISTS)(self._listed)

    def counts(self, column: str) -> dict[str, int]:
        """How many questions have each value of "split", "kind", "form" or "language", most frequent first."""
        assert column in ("split", "kind", "form", "language")
        query = f"SELECT {column}, COUNT(*) FROM questions GROUP BY {column} ORDER BY COUNT(*) DESC, {column}"
        return {value: count for value, count in self._all(query) if value}

    def near(self, row: int, step: int, wanted: Filter) -> Found:
        """The next row after (`step` 1) or before (-1) `row` with a question as `wanted`.

        `step` 0 is `row` itself or, where it has none, the next one after it, then the last before it.
        """
        rows, questions, judged = self._matches(wanted)
        index = bisect_right(rows, row) if step > 0 else bisect_left(rows, row) + step
        if step == 0 and index == len(rows):
            index -= 1
        at = rows[index] if 0 <= index < len(rows) else None
        return Found(at, bisect_right(rows, row if at is None else at), len(rows), questions, judged)

    def matching(self, row: int, wanted: Filter) -> set[int]:
        """The positions of the row's questions that are as `wanted`."""
        where, values = _where(wanted)
        query = f"SELECT q.position FROM questions q WHERE {where} AND q.row = ?"
        return {position for (position,) in self._all(query, (*values, row))}

    def progress(self) -> tuple[int, int]:
        """How many questions are judged, of how many."""
        _, questions, judged = self._matches(Filter())
        return judged, questions

    def place(self, key: str) -> Place | None:
        """Where the question with this id stands first."""
        found = self._all("SELECT row, position, id FROM questions WHERE id = ? ORDER BY number LIMIT 1", (key,))
        return Place(*found[0]) if found else None

    def sample(self, count: int, seed: int, wanted: Filter) -> tuple[Place, ...]:
        """`count` questions drawn by a hash of seed and id: the same ones in a data set built anew."""
        return self._sample(count, seed, wanted)

    def row(self, number: int) -> Row:
        """Row `number` with its images. Raises `IndexError` where there is none."""
        with self._lock:
            return self._row(number)

    def about(self, number: int) -> dict[str, str]:
        """What else the row says of its page: "text" (where its words are from), "language", "cluster"."""
        rows, index = self._at(number)
        return {name: str(_value(rows, name, index)) for name in ("text", "language", "cluster")}

    def identity(self, number: int, sha256: str) -> str:
        """What stands for the document in ids: its hash or, in a data set without hashes, the row's number."""
        return sha256 or f"row {number}"

    def words(self, sha256: str, page: int) -> tuple[Word, ...] | None:
        """The words of a page, None where the data set does not hold them."""
        with self._lock:
            return self._words[sha256, page]

    def _at(self, number: int) -> tuple[Rows, int]:
        if not 0 <= number < self.count:
            raise IndexError(number)
        start, _, rows = next(part for part in reversed(self._parts) if part[0] <= number)
        return rows, number - start

    def _read(self, number: int) -> Row:
        rows, index = self._at(number)
        return rows.row(index)

    def _records(self) -> Iterator[tuple[Any, ...]]:
        for start, split, rows in self._parts:
            for index in range(len(rows)):
                sha256 = self.identity(start + index, _value(rows, "document_sha256", index))
                language = _value(rows, "language", index)
                for position, question in enumerate(rows.questions(index)):
                    yield (
                        start + index,
                        position,
                        question_id(sha256, question),
                        split,
                        question.kind,
                        question.form,
                        language,
                        _folded(question),
                    )

    def _drawn(self, count: int, seed: int, wanted: Filter) -> tuple[Place, ...]:
        where, values = _where(wanted)
        query = (
            f"SELECT q.row, q.position, q.id, MIN(q.number) FROM questions q WHERE {where}"
            " GROUP BY q.id ORDER BY draw(?, q.id), q.id LIMIT ?"
        )
        return tuple(Place(*row[:3]) for row in self._all(query, (*values, seed, count)))

    def _matches(self, wanted: Filter) -> tuple["array[int]", int, int]:
        """The numbers of the rows with questions as `wanted`, the number of these questions, and of those judged."""
        rows, questions = self._listed(wanted) if wanted.decision else self._list(wanted)
        where, values = _where(wanted)
        query = f"SELECT COUNT(*) FROM questions q WHERE {where} AND {_JUDGED}"
        [(judged,)] = self._all(query, values)
        return rows, questions, judged

    def _listed(self, wanted: Filter) -> tuple["array[int]", int]:
        where, values = _where(wanted)
        found = self._all(
            f"SELECT q.row, COUNT(*) FROM questions q WHERE {where} GROUP BY q.row ORDER BY q.row", values
        )
        return array("q", (row for row, _ in found)), sum(count for _, count in found)

    def _all(self, query: str, values: tuple[Any, ...] = ()) -> list[Any]:
        with self._lock:
            return self._database.execute(query, values).fetchall()


def _value(rows: Rows, name: str, index: int) -> str:
    """A text column's value in a row, "" where the data set has no such column."""
    if name not in rows.table.column_names:
        return ""
    value = rows.table.column(name)[index].as_py()
    return value if isinstance(value, str) else ""


def _folded(question: Question) -> str:
    return f"{question.text}\n{question.answer}".casefold()


def _where(wanted: Filter) -> tuple[str, tuple[str, ...]]:
    """The SQL condition and its values; no text of a request becomes a part of the statement."""
    terms: list[tuple[str, str]] = [
        (f"q.{name} = ?", value)
        for name, value in (
            ("split", wanted.split),
            ("kind", wanted.kind),
            ("form", wanted.form),
            ("language", wanted.language),
        )
        if value
    ]
    if wanted.text:
        terms.append(("instr(q.folded, ?) > 0", wanted.text.casefold()))
    if wanted.decision in VERDICTS:
        terms.append(("q.id IN (SELECT id FROM review.decisions WHERE verdict = ?)", wanted.decision))
    conditions = [condition for condition, _ in terms]
    conditions += {UNJUDGED: [f"NOT {_JUDGED}"], JUDGED: [_JUDGED]}.get(wanted.decision, [])
    return " AND ".join(conditions) or "1", tuple(value for _, value in terms)


def _draw(seed: int, key: str) -> str:
    return hashlib.sha256(f"{seed} {key}".encode()).hexdigest()

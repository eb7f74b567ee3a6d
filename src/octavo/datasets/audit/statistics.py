"""The figures of a data set: what `octavo inspect` prints."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from math import sqrt
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from octavo.datasets.reading import DataSet, Rows
from octavo.datasets.report import MANIFEST, BuildReport
from octavo.datasets.types import UNANSWERABLE, YES_NO

MOST_FREQUENT = 10  # keys and answers listed
DOMINATES = 0.05  # of all questions; who knows one such answer scores 5 points without looking
BOUNDS = (1, 2, 4, 8, 16, 32)  # words of an answer, the upper ends of the bins
Z = 1.959964  # of a 95% interval


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures of a data set.

    What only a build's manifest tells (documents without rows, pages without questions, what was dropped) is
    None or empty in a data set without one. `texts` counts pages by where their words come from: all pages
    where a manifest counts them, else those with questions. `answer_words` counts answers by their number of
    words; `keys` and `answers` (but of yes/no and unanswerable questions) are the most
    frequent ones.
    """

    folder: str
    documents: int
    documents_failed: int | None
    documents_duplicate: int | None
    documents_left_out: int | None
    near_duplicates: int | None
    pages: int | None
    pages_with_questions: int
    questions: int
    splits: dict[str, int]
    kinds: dict[str, int]
    forms: dict[str, int]
    languages: dict[str, int]
    texts: dict[str, int]
    sources: dict[str, int]
    answer_words: dict[str, int]
    answer_characters: dict[str, int]
    keys: dict[str, int]
    answers: dict[str, int]
    yes: dict[str, int]
    personal: dict[str, int]
    dropped: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """The figures and the shares that follow from them."""
        return {
            **asdict(self),
            "share_of_pages_with_questions": self.pages_with_questions / self.pages if self.pages else None,
            "questions_per_page": self.questions / max(self.pages_with_questions, 1),
            "dominating": self.dominating,
        }

    @property
    def dominating(self) -> dict[str, float]:
        """Answers and keys that make up more than `DOMINATES` of the questions, with their share."""
        most = [*((f"answer {text}", n) for text, n in self.answers.items())]
        most += [(f"key {text}", n) for text, n in self.keys.items()]
        return {name: n / self.questions for name, n in most if n > DOMINATES * self.questions}

    def tables(self) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
        """What to print: a title and its rows, each (name, count, share in per cent or "")."""
        yield "data set", self._overview()
        shares: list[tuple[str, Mapping[str, int], int]] = [
            ("questions by split", self.splits, self.questions),
            ("questions by kind", self.kinds, self.questions),
            ("questions by form", self.forms, self.questions),
            ("questions by language", self.languages, self.questions),
            ("questions by source", self.sources, self.questions),
            ("pages by where their words come from", self.texts, sum(self.texts.values())),
            ("answers by number of words", self.answer_words, self.questions),
            ("most frequent keys", self.keys, self.questions),
            ("most frequent answers", self.answers, self.questions),
            ("answers to yes/no questions", self.yes, sum(self.yes.values())),
            ("personal data found", self.personal, sum(self.personal.values())),
            ("not taken, by reason", self.dropped, sum(self.dropped.values())),
        ]
        for title, counts, whole in shares:
            if counts:
                yield title, [(name, f"{n:,}", _percent(n, whole)) for name, n in counts.items()]
        if self.dominating:
            yield "more than 5% of all questions", [(name, "", _percent(n, 1)) for name, n in self.dominating.items()]

    def print(self, console: Console) -> None:
        """Print the tables; names and answers are a stranger's, and must not drive the terminal."""
        for title, rows in self.tables():
            table = Table(title=title, title_justify="left", show_header=False, box=None, pad_edge=False)
            for column in ("left", "right", "right"):
                table.add_column(justify=column, overflow="fold")
            for row in rows:
                table.add_row(
                    *(
                        Text("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cell))
                        for cell in row
                    )
                )
            console.print(table)
            console.print()

    def _overview(self) -> list[tuple[str, str, str]]:
        known: list[tuple[str, int | None, str]] = [
            ("documents", self.documents, ""),
            ("documents that failed", self.documents_failed, ""),
            ("copies of another document", self.documents_duplicate, ""),
            ("documents left out", self.documents_left_out, ""),
            ("documents in a cluster of near duplicates", self.near_duplicates, ""),
            ("pages", self.pages, ""),
            ("pages with questions", self.pages_with_questions, _percent(self.pages_with_questions, self.pages)),
            ("questions", self.questions, ""),
        ]
        rows = [(name, f"{count:,}", share) for name, count, share in known if count is not None]
        lengths = self.answer_characters
        return [
            *rows,
            ("questions per page with questions", f"{self.questions / max(self.pages_with_questions, 1):.1f}", ""),
            ("characters of an answer, median (90%, longest)", "{median} ({p90}, {max})".format(**lengths), ""),
        ]


def statistics(folder: Path) -> Statistics:
    """The figures of the data set in `folder`. Raises `OctavoError` where there is none."""
    data = DataSet(folder)
    tally = _Tally()
    for split in data.splits:
        tally.add(split, data.rows(split))
    report = BuildReport.load(folder) if (folder / MANIFEST).is_file() else None
    return Statistics(
        folder=str(folder),
        documents=report.documents_read if report else len(tally.documents),
        documents_failed=report.documents_failed if report else None,
        documents_duplicate=report.documents_duplicate if report else None,
        documents_left_out=report.documents_left_out if report else None,
        near_duplicates=report.near_duplicates if report else None,
        pages=report.pages if report else None,
        pages_with_questions=tally.pages,
        questions=sum(tally.splits.values()),
        splits=dict(tally.splits),
        kinds=_ordered(tally.kinds),
        forms=_ordered(tally.forms),
        languages=_ordered(tally.languages),
        texts=dict(report.texts) if report else _ordered(tally.texts),
        sources=_ordered(tally.sources),
        answer_words=_bins(tally.words),
        answer_characters=_quantiles(tally.characters),
        keys=_ordered(tally.keys, MOST_FREQUENT),
        answers=_ordered(tally.answers, MOST_FREQUENT),
        yes=_ordered(tally.yes),
        personal=dict(report.personal) if report else {},
        dropped=dict(report.dropped) if report else {},
    )


class _Tally:
    """The counts of all rows seen so far."""

    def __init__(self) -> None:
        self.pages = 0
        self.documents: set[str] = set()
        self.splits: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.forms: Counter[str] = Counter()
        self.languages: Counter[str] = Counter()
        self.texts: Counter[str] = Counter()
        self.sources: Counter[str] = Counter()
        self.keys: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self.yes: Counter[str] = Counter()
        self.words: Counter[int] = Counter()
        self.characters: Counter[int] = Counter()

    def add(self, split: str, rows: Rows) -> None:
        """Count the rows of a split."""
        columns = {
            name: rows.table.column(name).to_pylist() if name in rows.table.column_names else [None] * len(rows)
            for name in ("document_sha256", "pages", "language", "text")
        }
        for index in range(len(rows)):
            sha256, pages, language, text = (column[index] for column in columns.values())
            self.documents.add(sha256 or f"{split} {index}")
            self.pages += len(pages) if pages else 1
            self.texts.update([text] if text else [])
            for question in rows.questions(index):
                self.splits[split] += 1
                self.kinds[question.kind or "unknown"] += 1
                self.forms[question.form] += 1
                self.sources[question.source or "unknown"] += 1
                self.languages.update([language] if language else [])
                self.keys.update([question.key] if question.key else [])
                self.words[len(question.answer.split())] += 1
                self.characters[len(question.answer)] += 1
                if question.form == YES_NO:
                    self.yes[question.answer] += 1
                elif question.form != UNANSWERABLE:
                    self.answers[question.answer] += 1


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95% interval of a share of `hits` in `of` independent draws, after Wilson 1927; (0, 1) for none."""
    if not of:
        return 0.0, 1.0
    share = hits / of
    middle = share + Z * Z / (2 * of)
    reach = Z * sqrt(share * (1 - share) / of + Z * Z / (4 * of * of))
    low, high = ((middle + sign * reach) / (1 + Z * Z / of) for sign in (-1, 1))
    return max(low, 0.0), min(high, 1.0)


def _ordered(counts: Counter[str], most: int | None = None) -> dict[str, int]:
    """The most frequent first, equals in the order of their names."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most])


def _bins(lengths: Counter[int]) -> dict[str, int]:
    bins = {}
    for low, high in zip((0, *BOUNDS), BOUNDS, strict=False):
        name = str(high) if high - low <= 1 else f"{low + 1} to {high}"
        bins[name] = sum(n for length, n in lengths.items() if low < length <= high)
    bins[f"more than {BOUNDS[-1]}"] = sum(n for length, n in lengths.items() if length > BOUNDS[-1])
    return {name: n for name, n in bins.items() if n}


def _quantiles(lengths: Counter[int]) -> dict[str, int]:
    """The shortest, median, 90% and longest, each a length that occurs."""
    values: Sequence[int] = sorted(lengths)
    sums = list(accumulate(lengths[value] for value in values))

    def at(share: float) -> int:
        return next((v for v, total in zip(values, sums, strict=True) if total >= share * sums[-1]), 0)

    return {"min": at(0), "median": at(0.5), "p90": at(0.9), "max": at(1)}


def _percent(part: float | None, whole: float | None) -> str:
    return f"{100 * part / whole:.1f}%" if part is not None and whole else ""

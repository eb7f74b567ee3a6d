"""What became of every document of a build, and the sums of it."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from octavo.documents.types import NO_TEXT
from octavo.errors import OctavoError

READ, FAILED, DUPLICATE = "read", "failed", "duplicate"
LEFT_OUT = "left out"  # readable, and not taken: of a foreign language, or between two splits
MANIFEST = "manifest.json"
LENGTHS = ("1", "2-3", "4-7", "8-15", "16+")  # words of an answer


@dataclass(frozen=True, slots=True)
class Entry:
    """One document of a build.

    `outcome` is "read", "failed", "duplicate" or "left out", `reason` says why it is not "read"; such a document has
    no split. Of its `page_count` pages `pages` were read; `faults` gives the number and reason
    of those that could not be, and the rest is beyond the limit. `texts` counts the pages by where their words
    come from; `questions`, `forms` and `keys` the questions by kind, form and key; `answer_words` them by the length
    of the answer; `personal` what was found of personal data; `dropped` by reason the candidates not taken.
    """

    name: str
    sha256: str
    outcome: str
    reason: str = ""
    split: str = ""
    cluster: str = ""
    language: str = ""
    page_count: int = 0
    pages: int = 0
    rows: int = 0
    words: int = 0
    texts: dict[str, int] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    questions: dict[str, int] = field(default_factory=dict)
    forms: dict[str, int] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    answer_words: dict[str, int] = field(default_factory=dict)
    personal: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The entry as a manifest holds it."""
        return asdict(self)

    @property
    def pages_beyond(self) -> int:
        """Pages that were not read because the document has more than the limit."""
        return max(0, self.page_count - self.pages - len(self.faults))


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The counts of a build. A page that gave no question has no row.

    `rows` and `questions` count by split; `kinds`, `forms`, `keys`, `answer_words`, `texts`, `languages`, `personal`
    and `dropped` by what they are called; `near_duplicates` are the documents that stand in a cluster with another.
    `failures` are the documents that could not be read, `faults` the pages ("name, page 3"), each with its reason.
    """

    folder: Path
    documents_read: int
    documents_failed: int
    documents_duplicate: int
    documents_left_out: int
    near_duplicates: int
    pages: int
    pages_beyond: int
    rows: dict[str, int]
    questions: dict[str, int]
    kinds: dict[str, int]
    forms: dict[str, int]
    keys: dict[str, int]
    answer_words: dict[str, int]
    texts: dict[str, int]
    languages: dict[str, int]
    personal: dict[str, int]
    dropped: dict[str, int]
    failures: list[tuple[str, str]]
    faults: list[tuple[str, str]]

    @property
    def pages_without_words(self) -> int:
        """Pages on which nothing is to be read: scans without OCR, pictures, empty pages."""
        return self.texts.get(NO_TEXT, 0)

    @classmethod
    def of(cls, folder: Path, entries: Sequence[Entry]) -> Self:
        """The sums over `entries`."""
        outcomes = Counter(entry.outcome for entry in entries)
        members = Counter(entry.cluster for entry in entries if entry.cluster)
        lengths = Counter(_summed(entry.answer_words for entry in entries))
        rows, questions = Counter[str](), Counter[str]()
        for entry in entries:
            if entry.rows:
                rows[entry.split] += entry.rows
                questions[entry.split] += sum(entry.questions.values())
        return cls(
            folder,
            outcomes[READ],
            outcomes[FAILED],
            outcomes[DUPLICATE],
            outcomes[LEFT_OUT],
            sum(count for count in members.values() if count > 1),
            sum(entry.pages for entry in entries),
            sum(entry.pages_beyond for entry in entries),
            dict(rows),
            dict(questions),
            _summed(entry.questions for entry in entries),
            _summed(entry.forms for entry in entries),
            _summed(entry.keys for entry in entries),
            {length: count for length in LENGTHS if (count := lengths[length])},
            _summed(entry.texts for entry in entries),
            dict(Counter(entry.language for entry in entries if entry.language).most_common()),
            _summed(entry.personal for entry in entries),
            _summed(entry.dropped for entry in entries),
            [(entry.name, entry.reason) for entry in entries if entry.outcome == FAILED],
            [(f"{entry.name}, page {number}", reason) for entry in entries for number, reason in entry.faults.items()],
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The report of a finished data set. Raises `OctavoError` where `folder` holds none."""
        return cls.of(folder, entries_of(folder))


def length_of(answer: str) -> str:
    """Which of `LENGTHS` an answer has."""
    words = len(answer.split())
    return LENGTHS[sum(words > most for most in (1, 3, 7, 15))]


def entries_of(folder: Path) -> list[Entry]:
    """The documents of a finished data set. Raises `OctavoError` where `folder` holds none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise OctavoError(f"{folder} holds no finished data set: there is no {MANIFEST}") from None
    return [Entry(**entry) for entry in manifest["documents"]]


def _summed(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))

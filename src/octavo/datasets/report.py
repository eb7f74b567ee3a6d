"""What became of every document of a build, and the sums of it."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from octavo.errors import OctavoError

READ, FAILED, DUPLICATE = "read", "failed", "duplicate"
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """One document of a build.

    `outcome` is "read", "failed" or "duplicate", `reason` says why it is not "read". `split` is "" for a
    document without rows. `questions` counts by kind, `dropped` by reason the candidates not taken.
    """

    name: str
    sha256: str
    outcome: str
    reason: str = ""
    split: str = ""
    pages: int = 0
    pages_without_words: int = 0
    rows: int = 0
    words: int = 0
    questions: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The entry as a manifest holds it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The counts of a build. A page that gave no question has no row.

    `rows` and `questions` count by split, `kinds` the questions by kind, `dropped` by reason the candidates
    that were not taken. `failures` are the documents that could not be read, each with its reason.
    """

    folder: Path
    documents_read: int
    documents_failed: int
    documents_duplicate: int
    pages: int
    pages_without_words: int
    rows: dict[str, int]
    questions: dict[str, int]
    kinds: dict[str, int]
    dropped: dict[str, int]
    failures: list[tuple[str, str]]

    @classmethod
    def of(cls, folder: Path, entries: Sequence[Entry]) -> Self:
        """The sums over `entries`."""
        outcomes = Counter(entry.outcome for entry in entries)
        rows: Counter[str] = Counter()
        questions: Counter[str] = Counter()
        kinds: Counter[str] = Counter()
        dropped: Counter[str] = Counter()
        for entry in entries:
            if entry.rows:
                rows[entry.split] += entry.rows
                questions[entry.split] += sum(entry.questions.values())
            kinds.update(entry.questions)
            dropped.update(entry.dropped)
        return cls(
            folder,
            outcomes[READ],
            outcomes[FAILED],
            outcomes[DUPLICATE],
            sum(entry.pages for entry in entries),
            sum(entry.pages_without_words for entry in entries),
            dict(rows),
            dict(questions),
            dict(kinds.most_common()),
            dict(dropped.most_common()),
            [(entry.name, entry.reason) for entry in entries if entry.outcome == FAILED],
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The report of a finished data set. Raises `OctavoError` where `folder` holds none."""
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise OctavoError(f"{folder} holds no finished data set: there is no {MANIFEST}") from None
        return cls.of(folder, [Entry(**entry) for entry in manifest["documents"]])

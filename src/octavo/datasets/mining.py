"""Labels mined over a corpus: a text that recurs over documents while what stands beside or under it changes.

`observe` notes what one document could tell, in a form that is written to JSON; `mine` makes of all the notes
what the finders know of the corpus. Neither depends on the order of the documents.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from zlib import crc32

from octavo.datasets.fields.keys import KNOWN_KEYS, is_key, key_of
from octavo.datasets.fields.pairs import look
from octavo.documents.structure.layout import Layout
from octavo.documents.structure.rows import Line, below
from octavo.documents.types import OCR

Observation = dict[str, Any]  # of one document; JSON

MOST_LABELS = 400  # of one document
MOST_KEYS = 400
MOST_WORDS = 20_000  # of a page that is looked at
LONGEST_NEIGHBOUR = 40  # characters; longer ones are running text
LEAST_DOCUMENTS = 3  # that a label recurs in
LEAST_SHARE = 0.03  # of the documents that a label recurs in
MOST_SHARE = 0.05  # of the documents that one value may stand beside it in
_NOUNS = frozenset(known.noun.casefold() for found in KNOWN_KEYS.values() for known in found)
MOSTLY = 0.8  # of a label's documents that have a short text beside it, or under it


@dataclass(frozen=True, slots=True)
class Corpus:
    """What is known of all documents together.

    `keys` counts the documents in which each key (its identity) was seen with a value, `together` those in which
    two keys of a common meaning were; `labels` are the mined ones, with the documents they recur in.
    """

    documents: int = 0
    labels: Mapping[str, int] = field(default_factory=dict)
    keys: Mapping[str, int] = field(default_factory=dict)
    together: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The corpus as JSON holds it."""
        return {
            "documents": self.documents,
            "labels": dict(self.labels),
            "keys": dict(self.keys),
            "together": {key: dict(others) for key, others in self.together.items()},
        }

    @classmethod
    def of_json(cls, value: dict[str, Any]) -> Self:
        """The corpus that `to_json` wrote."""
        return cls(**value)


def observe(layouts: Iterable[Layout]) -> Observation:
    """What one document's pages tell about labels and keys.

    `labels` holds for each short text the checksums of what first stands to its right and under it, 0 for
    nothing short; `keys` the identities of the pairs found without the corpus.
    """
    labels: dict[str, list[int]] = {}
    keys: set[str] = set()
    pages = 0
    for layout in layouts:
        pages += 1
        if len(layout.page.words) > MOST_WORDS or (len(labels) >= MOST_LABELS and len(keys) >= MOST_KEYS):
            continue
        found = look(layout.rows, Counter(), layout.tables, layout.page.rules)
        for pair in found.pairs:
            if len(keys) < MOST_KEYS:
                keys.add(pair.identity.casefold())
        for number, row in enumerate(found.sheet.rows):
            if len(labels) < MOST_LABELS and layout.page.text != OCR:  # misread, what stays the same seems to change
                _note(row, found.sheet.near(number), labels)
    return {"pages": pages, "labels": dict(sorted(labels.items())), "keys": sorted(keys)}


def _note(row: Sequence[Line], near: Sequence[Line], labels: dict[str, list[int]]) -> None:
    """Note the texts of a row that may be labels, those seen before in the document not again."""
    for index, line in enumerate(row):
        text = line.text
        if text in labels or len(text) > LONGEST_NEIGHBOUR or any(map(str.isdigit, text)):
            continue
        if is_key(key_of(text)):
            right = row[index + 1] if index + 1 < len(row) else None
            labels[text] = [_checksum(right), _checksum(below(line, near, 1.5))]


def _checksum(line: Line | None) -> int:
    return crc32(line.text.casefold().encode()) or 1 if line and len(line.text) <= LONGEST_NEIGHBOUR else 0


def mine(observations: Callable[[], Iterable[Observation]]) -> Corpus:
    """What the notes of all documents make together.

    A label recurs in 3% of the documents and in three at least; in most of them a short text stands to its right,
    or under it, and none of these texts in more than 5% of the documents. `observations` is gone over twice, since
    what stands beside a text would take the memory of the whole corpus and is of use for those that recur.
    """
    documents = 0
    keys: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    together: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for observation in observations():
        documents += 1
        keys.update(observation["keys"])
        common = [key for key in observation["keys"] if key in _NOUNS]
        for key in common:
            together[key].update(common)
        seen.update(observation["labels"].keys())
    least = max(LEAST_DOCUMENTS, math.ceil(LEAST_SHARE * documents))
    recurring = {text: (Counter[int](), Counter[int]()) for text, count in sorted(seen.items()) if count >= least}
    for observation in observations():
        for text in observation["labels"].keys() & recurring.keys():
            for counts, neighbour in zip(recurring[text], observation["labels"][text], strict=True):
                counts[neighbour] += 1
    labels = {
        text: seen[text]
        for text, beside in recurring.items()
        if any(_changes(counts, seen[text], documents) for counts in beside)
    }
    beside_it = {key: dict(sorted(others.items())) for key, others in sorted(together.items())}
    return Corpus(documents, labels, dict(sorted(keys.items())), beside_it)


def _changes(counts: Counter[int], of: int, documents: int) -> bool:
    """Whether a label, seen in `of` documents, mostly has a neighbour, and none of them too often."""
    values = {neighbour: count for neighbour, count in counts.items() if neighbour}
    return sum(values.values()) >= MOSTLY * of and max(values.values()) <= max(1, math.floor(MOST_SHARE * documents))

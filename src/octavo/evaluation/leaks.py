"""Which questions of an evaluation set a model may have seen in training, and its score without them.

A question has leaked where one of its pages is in the training data (by its pixels, its words or its look), or where
the question stands there with one of its answers. The first lets a model know the page by heart, the second the answer;
of a question like "What is the total?" with the answer "12.50" the second also happens by chance. Training data may be
a data set of ours or any folder of Parquet with images, questions and answers, such as Docmatix.
"""

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from octavo.datasets.selection.overlap import (
    PICTURES,
    PIXELS,
    WORDS,
    Known,
    images,
    known,
    pair_key,
    questions,
    records,
    shared_pages,
    stored_words,
    words_sketch,
)
from octavo.documents.types import PageImage
from octavo.evaluation.statistics import bootstrap_interval

PAIR = "pair"  # the question with one of its answers, whatever the page
WAYS = (PIXELS, WORDS, PICTURES, PAIR)  # by which a question can have leaked, the surest first
_SAID = dict(zip(WAYS, ("a page's pixels", "a page's words", "a page's look", "question and answer"), strict=True))
EXAMPLES = 20  # that a report names


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of an evaluation set: its pages as images, and the words of each where they are known."""

    id: str
    question: str
    answers: tuple[str, ...]
    images: tuple[PageImage, ...]
    words: tuple[Sequence[str], ...] = ()


@dataclass(frozen=True, slots=True)
class Leak:
    """A question that has leaked: by which of `WAYS`, and the page or question of the training data."""

    id: str
    question: str
    by: str
    training: str


@dataclass(frozen=True, slots=True)
class Leaks:
    """What an evaluation set shares with training data.

    `by` counts the leaked questions by the surest of the ways in which each has leaked; `pages` are different ones.
    `unreadable` pictures, of both sides, cannot be opened and were compared by their bytes alone.
    """

    questions: int
    pages: int
    leaked_pages: int
    training_pages: int
    training_questions: int
    unreadable: int
    by: Mapping[str, int]
    leaks: tuple[Leak, ...] = field(repr=False)

    @property
    def ids(self) -> frozenset[str]:
        """The questions that have leaked."""
        return frozenset(leak.id for leak in self.leaks)

    def to_json(self) -> dict[str, Any]:
        """The report for `json.dumps`, with `EXAMPLES` leaks of each way."""
        shown = [leak for way in WAYS for leak in [one for one in self.leaks if one.by == way][:EXAMPLES]]
        return asdict(self) | {"leaked": len(self.leaks), "leaks": [asdict(leak) for leak in shown]}

    def __str__(self) -> str:
        ways = ", ".join(f"{count} by {_SAID[way]}" for way, count in self.by.items() if count)
        lines = [
            f"{len(self.leaks)} of {self.questions} questions and {self.leaked_pages} of {self.pages} pages are in the "
            f"training data ({self.training_pages} pages, {self.training_questions} questions)"
            + (f": {ways}" if ways else "")
        ]
        if self.unreadable:
            lines.append(f"{self.unreadable} pictures cannot be opened; they were compared by their bytes alone")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class CleanScore:
    """A mean score without the leaked questions, with its 95% bootstrap interval by cluster, and that of the leaked.

    NaN is the mean of no questions.
    """

    n: int
    value: float
    low: float
    high: float
    leaked_n: int
    leaked_value: float


def find_leaks(training: Path, asked: Iterable[Asked]) -> Leaks:
    """Look for the questions of an evaluation set, and for their pages, in the data set in folder `training`.

    Where its files name their split, only those of "train" count: a data set of ours holds the held-out ones, too.
    Of both some 500 bytes a page are held in memory, never the pictures. Raises `OctavoError` where the folder holds
    no Parquet or a damaged one.
    """
    theirs, ours, items = known(training, split="train"), Known(), []
    seen: dict[bytes, str] = {}  # a page is often asked about more than once: its name by a hash of its bytes
    for one in asked:
        names = [_page(ours, seen, one, place) for place in range(len(one.images))]
        items.append((one.id, one.question, [pair_key(one.question, answer) for answer in one.answers], names))
    pages = {shared.page: (shared.by, shared.other) for shared in shared_pages(ours, theirs)}
    leaks = []
    for name, question, pairs, names in items:
        ways = [pages[page] for page in names if page in pages]
        ways += [(PAIR, theirs.pairs[pair]) for pair in pairs if pair in theirs.pairs]
        if ways:
            leaks.append(Leak(name, question, *min(ways, key=lambda way: WAYS.index(way[0]))))
    counts = Counter(leak.by for leak in leaks)
    return Leaks(
        len(items),
        len(ours.names),
        len(pages),
        len(theirs.names),
        len(theirs.pairs),
        ours.unreadable + theirs.unreadable,
        {way: counts[way] for way in WAYS},
        tuple(leaks),
    )


def asked_of(folder: Path, split: str = "test") -> Iterator[Asked]:
    """The questions of the data set in `folder`, ours or one of Docmatix's form, each with its row's pages.

    Only those of `split` where the files name it. Raises `OctavoError` as `find_leaks` does.
    """
    words = dict(stored_words(folder))
    for file, row, record in records(folder, split):
        pages = list(images(file, row, record))
        texts = tuple(words.get(name, ()) for name, _ in pages)
        for number, (question, answers) in enumerate(questions(record)):
            name = f"{file} row {row} question {number}"
            yield Asked(name, question, answers, tuple(image for _, image in pages), texts)


def without_leaks(
    leaks: Leaks, ids: Sequence[str], scores: Sequence[float], clusters: Sequence[Hashable] | None = None
) -> CleanScore:
    """The mean of the scores of questions that have not leaked; `ids` and `clusters` go with the scores.

    Raises `ValueError` where they differ in length.
    """
    leaked = leaks.ids
    rows = list(zip(ids, scores, ids if clusters is None else clusters, strict=True))
    clean = [(score, cluster) for name, score, cluster in rows if name not in leaked]
    spoilt = [score for name, score, _ in rows if name in leaked]
    values = [score for score, _ in clean]
    interval = bootstrap_interval(values, [cluster for _, cluster in clean])
    return CleanScore(len(values), _mean(values), *interval, len(spoilt), _mean(spoilt))


def _page(pages: Known, seen: dict[bytes, str], one: Asked, place: int) -> str:
    """The name of one of a question's pages, which is taken in where it is new."""
    image = one.images[place]
    key = blake2b(image.data, digest_size=16).digest()
    if key not in seen:
        seen[key] = f"{one.id} image {place}"
        pages.add_page(seen[key], image, words_sketch(one.words[place]) if one.words else b"")
    return seen[key]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan

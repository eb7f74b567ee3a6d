"""A model asked the held-out questions of a data set, and its score."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from octavo.datasets import DataSet
from octavo.datasets.types import Question
from octavo.evaluation.metrics import anls, exact_match
from octavo.evaluation.statistics import bootstrap_interval
from octavo.files import written_whole
from octavo.inference import PageAsker, PageReader, VisionLanguageModel
from octavo.progress import Progress


@dataclass(frozen=True, slots=True)
class Prediction:
    """One question asked: the true answer (`variants` count as true, too), the model's, the loss of each true token."""

    document: str
    page: int
    kind: str
    question: str
    answer: str
    prediction: str
    confidence: float
    losses: tuple[float, ...]
    variants: tuple[str, ...] = ()

    @property
    def references(self) -> list[str]:
        """Everything that counts as the true answer."""
        return [self.answer, *self.variants]


@dataclass(frozen=True, slots=True)
class Metric:
    """A mean with its 95% bootstrap interval, clustered by document."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Score:
    """What `octavo eval --json` writes. `kinds` maps a kind of question to its number and its ANLS."""

    model: str
    task: str
    n: int
    metrics: dict[str, Metric]
    kinds: dict[str, dict[str, float]]

    def as_dict(self) -> dict[str, Any]:
        """The score as JSON values."""
        return asdict(self)


def evaluate(vlm: VisionLanguageModel, data: DataSet, split: str, limit: int) -> list[Prediction]:
    """Ask at most `limit` questions of `split`, each alone, greedily; a page is encoded once for all of them."""
    rows = data.rows(split)
    chosen = choose([(i, q) for i in range(len(rows)) for q in rows.questions(i)], limit)
    by_row: dict[int, list[Question]] = defaultdict(list)
    for i, question in chosen:
        by_row[i].append(question)
    predictions: list[Prediction] = []
    with Progress("evaluate", len(chosen), "questions") as progress:
        for i, questions in sorted(by_row.items()):
            row = rows.row(i)
            reader = vlm.read([image.pil() for image in row.images])
            for question in questions:
                predictions.append(_predict(reader, row.document, question))
                progress.advance()
    return predictions


def choose(questions: Sequence[tuple[int, Question]], limit: int) -> list[tuple[int, Question]]:
    """At most `limit` questions by a hash of what is asked: the same ones for every model and every run."""

    def rank(item: tuple[int, Question]) -> bytes:
        index, question = item
        return hashlib.blake2b(f"{index}\0{question.text}".encode(), digest_size=16).digest()

    return sorted(questions, key=rank)[:limit]


def score(predictions: Sequence[Prediction], model: str, task: str) -> Score:
    """Loss (nats a token), ANLS in the harnesses' and the authors' variants, and exact match, with intervals."""
    documents = [p.document for p in predictions]
    anls_scores = [anls(p.prediction, p.references) for p in predictions]
    metrics = {
        "loss": _metric(
            [x for p in predictions for x in p.losses], [p.document for p in predictions for _ in p.losses]
        ),
        "anls": _metric(anls_scores, documents),
        "anls_idefics": _metric([anls(p.prediction, p.references, "idefics") for p in predictions], documents),
        "exact_match": _metric([exact_match(p.prediction, p.references) for p in predictions], documents),
    }
    return Score(model, task, len(predictions), metrics, _by_kind(predictions, anls_scores))


def write_predictions(predictions: Sequence[Prediction], path: Path) -> None:
    """One JSON line a question, without the losses of single tokens but with their mean."""
    with written_whole(path) as aside, aside.open("w", encoding="utf-8") as handle:
        for p in predictions:
            line = asdict(p) | {"losses": None, "loss": sum(p.losses) / len(p.losses)}
            del line["losses"]
            handle.write(json.dumps(line, ensure_ascii=False) + "\n")


def _predict(reader: PageAsker | PageReader, document: str, question: Question) -> Prediction:
    generated = reader.ask(question.text)
    losses = reader.answer_losses(question.text, question.answer)
    return Prediction(
        document,
        question.page,
        question.kind,
        question.text,
        question.answer,
        generated.text,
        generated.confidence,
        tuple(losses),
        question.variants,
    )


def _metric(values: Sequence[float], clusters: Sequence[str]) -> Metric:
    return Metric(sum(values) / len(values), *bootstrap_interval(values, clusters))


def _by_kind(predictions: Sequence[Prediction], scores: Sequence[float]) -> dict[str, dict[str, float]]:
    kinds: dict[str, list[float]] = defaultdict(list)
    for prediction, value in zip(predictions, scores, strict=True):
        kinds[prediction.kind].append(value)
    return {kind: {"n": len(values), "anls": sum(values) / len(values)} for kind, values in sorted(kinds.items())}

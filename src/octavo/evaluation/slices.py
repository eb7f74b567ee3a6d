"""Predictions in parts: by kind of question, length of the answer, pages of the document, where its words come from."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from octavo.documents.types import LAYER, NO_TEXT, OCR
from octavo.evaluation.statistics import standard_error
from octavo.evaluation.types import Prediction

Z = 1.96  # 95% of a normal distribution; parts are too many for a bootstrap each
BINS = 10  # of confidence
_WORDS, _LENGTHS = (1, 3, 8), ("1 word", "2 to 3 words", "4 to 8 words", "longer")  # up to so many, and beyond
_PAGES, _EXTENTS = (1, 5), ("1 page", "2 to 5 pages", "6 pages or more")
_TEXTS = {LAYER: "text layer", OCR: "scan", NO_TEXT: "scan", "": "unknown"}


@dataclass(frozen=True, slots=True)
class Part:
    """The questions of a part: their number, mean score and its 95% interval (clustered by document, normal)."""

    n: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Questions answered with a confidence between `low` and `high`: their number, mean confidence and mean score."""

    low: float
    high: float
    n: int
    confidence: float
    score: float


def parts_of(predictions: Sequence[Prediction], scores: Sequence[float]) -> dict[str, dict[str, Part]]:
    """The score of each part, by what it is a part of; divisions with one part only are left out."""
    divisions: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for at, prediction in enumerate(predictions):
        for division, name in division_of(prediction).items():
            divisions[division][name].append(at)
    return {
        division: {name: _part(places, predictions, scores) for name, places in sorted(parts.items())}
        for division, parts in divisions.items()
        if len(parts) > 1
    }


def division_of(prediction: Prediction) -> Mapping[str, str]:
    """The parts that a prediction belongs to."""
    return {
        "kind": prediction.kind or "unknown",
        "answer": _LENGTHS[bisect_left(_WORDS, len(prediction.references[0].split()))],
        "pages": _EXTENTS[bisect_left(_PAGES, prediction.pages)],
        "text": _TEXTS.get(prediction.text, "unknown"),
    }


def calibration(predictions: Sequence[Prediction], scores: Sequence[float]) -> list[Bin]:
    """How sure the model was beside how right, in ten bins of confidence; empty ones are left out."""
    pairs = [
        (prediction.confidence, score)
        for prediction, score in zip(predictions, scores, strict=True)
        if prediction.confidence is not None
    ]
    bins: defaultdict[int, list[tuple[float, float]]] = defaultdict(list)
    for confidence, score in pairs:
        bins[min(int(confidence * BINS), BINS - 1)].append((confidence, score))
    return [
        Bin(at / BINS, (at + 1) / BINS, len(held), *(float(x) for x in np.mean(held, axis=0)))
        for at, held in sorted(bins.items())
    ]


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """Expected calibration error: the mean distance of confidence and score over the bins, by their numbers."""
    count = sum(one.n for one in bins)
    return sum(one.n * abs(one.confidence - one.score) for one in bins) / count if count else None


def _part(places: Sequence[int], predictions: Sequence[Prediction], scores: Sequence[float]) -> Part:
    values = [scores[at] for at in places]
    mean = sum(values) / len(values)
    if len(values) < 2:
        return Part(1, mean, 0.0, 1.0)
    margin = Z * standard_error(values, [predictions[at].document for at in places])
    return Part(len(values), mean, max(0.0, mean - margin), min(1.0, mean + margin))

"""Predictions → the score of a run, with intervals clustered by document."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from octavo.evaluation.scoring import left_to_judge, unparsed, value_of
from octavo.evaluation.slices import Bin, Part, calibration, calibration_error, parts_of
from octavo.evaluation.statistics import bootstrap_interval, smallest_difference, standard_error
from octavo.evaluation.types import Metric, Prediction

RESAMPLES, FEWEST_RESAMPLES = 2000, 400  # of a bootstrap; of many documents fewer tell as much
DRAWN = 40_000_000  # documents of all resamples together, about half a second


@dataclass(frozen=True, slots=True)
class Score:
    """What `octavo eval --json` writes, of `n` questions.

    `counts` and `standard_errors` belong to `metrics`: a metric that does not apply to a question leaves it out.
    `parts` divides the first metric, `calibration` is how sure beside how right, `unparsed` the share of choices
    without a letter in the reply, `left_to_judge` the questions for which harnesses ask a judge model. `failures`
    counts questions without an answer by their reasons; they are wrong. `smallest_difference` of the first metric is
    what a second run must differ by to be told apart four times of five, at a correlation of one half.
    """

    model: str
    task: str
    n: int
    metrics: Mapping[str, Metric]
    counts: Mapping[str, int]
    standard_errors: Mapping[str, float]
    parts: Mapping[str, Mapping[str, Part]]
    calibration: Sequence[Bin]
    calibration_error: float | None
    unparsed: float | None
    left_to_judge: int | None
    failures: Mapping[str, int]
    smallest_difference: float
    documents: int
    prompt: Mapping[str, Any] = field(default_factory=dict)
    baselines: Mapping[str, Mapping[str, Metric]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The score as JSON values; None for numbers that too few questions leave open."""
        values: dict[str, Any] = finite(asdict(self))
        return values


def finite(value: Any) -> Any:
    """JSON values with None in place of numbers that are not finite, which JSON does not have."""
    if isinstance(value, dict):
        return {key: finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def score(predictions: Sequence[Prediction], metrics: Sequence[str], model: str, task: str) -> Score:
    """The score of some predictions by the `metrics` named (of `scoring.METRICS`), the one that counts first.

    The loss (nats a token) comes with them where it was taken.
    """
    values = {name: _applicable(predictions, name) for name in metrics}
    found = {name: pairs for name, pairs in values.items() if pairs}
    first = [value for _, value in found[metrics[0]]]
    errors = {
        name: standard_error([v for _, v in pairs], [p.document for p, _ in pairs]) for name, pairs in found.items()
    }
    bins = calibration(predictions, first)
    return Score(
        model,
        task,
        len(predictions),
        {name: _metric(pairs) for name, pairs in found.items()} | _by_category(found) | _loss(predictions),
        {name: len(pairs) for name, pairs in found.items()},
        errors,
        parts_of(predictions, first),
        bins,
        calibration_error(bins),
        unparsed(predictions, metrics),
        left_to_judge(predictions, metrics),
        dict(Counter(p.failure for p in predictions if p.failure).most_common()),
        smallest_difference(errors[metrics[0]]),
        len({p.document for p in predictions}),
    )


def question_scores(predictions: Sequence[Prediction], metric: str) -> list[float]:
    """The score of each question by a metric that applies to all of them."""
    return [value for _, value in _applicable(predictions, metric)]


def metrics_of(predictions: Sequence[Prediction], metrics: Sequence[str]) -> dict[str, Metric]:
    """The means alone, as baselines and another run are shown."""
    return {name: _metric(pairs) for name in metrics if (pairs := _applicable(predictions, name))} | _loss(predictions)


def _applicable(predictions: Sequence[Prediction], metric: str) -> list[tuple[Prediction, float]]:
    pairs = ((prediction, value_of(metric, prediction)) for prediction in predictions)
    return [(prediction, value) for prediction, value in pairs if value is not None]


def _metric(pairs: Sequence[tuple[Prediction, float]]) -> Metric:
    return _mean([value for _, value in pairs], [p.document for p, _ in pairs])


def _by_category(found: Mapping[str, list[tuple[Prediction, float]]]) -> dict[str, Metric]:
    """MMStar's mean over the means of its categories, lmms-eval's; `mmstar` is VLMEvalKit's, over the questions."""
    if "mmstar" not in found:
        return {}
    sizes = Counter(p.kind for p, _ in found["mmstar"])
    share = len(found["mmstar"]) / len(sizes)
    return {"mmstar_by_category": _metric([(p, value * share / sizes[p.kind]) for p, value in found["mmstar"]])}


def _loss(predictions: Sequence[Prediction]) -> dict[str, Metric]:
    """The mean over tokens: each question's mean counts once for each of its tokens."""
    values = [p.loss for p in predictions if p.loss is not None for _ in range(p.tokens)]
    clusters = [p.document for p in predictions if p.loss is not None for _ in range(p.tokens)]
    return {"loss": _mean(values, clusters)} if values else {}


def _mean(values: Sequence[float], documents: Sequence[str]) -> Metric:
    resamples = min(RESAMPLES, max(FEWEST_RESAMPLES, DRAWN // len(set(documents))))
    return Metric(sum(values) / len(values), *bootstrap_interval(values, documents, resamples=resamples))

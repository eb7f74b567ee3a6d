"""The metrics by the names that results have: which applies to a question, and what it gives."""

from collections.abc import Callable, Mapping, Sequence

from octavo.evaluation import metrics
from octavo.evaluation.metrics import MathVistaQuestion, MathVistaScore
from octavo.evaluation.statistics import unparsed_rate
from octavo.evaluation.types import Prediction

Scorer = Callable[[Prediction], float | None]
LOWER_IS_BETTER = frozenset(("character_error_rate", "loss"))


def _evidence(compute: Scorer) -> Scorer:
    """A metric of the evidence, which applies where somebody knows where the answer stands."""
    return lambda p: compute(p) if p.page and p.boxes else None


def _mmmu(p: Prediction) -> float:
    if p.options:
        return float(metrics.mmmu_choice(p.prediction, p.options) == p.references[0])
    return metrics.mmmu_open(p.prediction, p.references)


def _mathvista(p: Prediction) -> MathVistaScore:
    rules = {name: p.rules[name] for name in ("question_type", "answer_type", "precision")}
    return metrics.mathvista(p.prediction, MathVistaQuestion(**rules, answer=p.references[0], choices=p.options))


def _iou(p: Prediction) -> float:
    return metrics.box_iou(p.predicted_boxes, p.boxes) if p.predicted_page == p.page else 0.0


METRICS: Mapping[str, Scorer] = {
    "anls": lambda p: metrics.anls(p.prediction, p.references),
    "anls_idefics": lambda p: metrics.anls(p.prediction, p.references, "idefics"),
    "exact_match": lambda p: metrics.exact_match(p.prediction, p.references),
    "token_f1": lambda p: metrics.token_f1(p.prediction, p.references),
    "character_error_rate": lambda p: metrics.character_error_rate(p.prediction, p.references),
    "vqa_accuracy": lambda p: metrics.vqa_accuracy(p.prediction, p.references),
    "vqa_accuracy_idefics": lambda p: metrics.vqa_accuracy(p.prediction, p.references, "idefics"),
    "relaxed_accuracy": lambda p: max(metrics.relaxed_accuracy(p.prediction, true) for true in p.references),
    "relaxed_accuracy_idefics": lambda p: max(
        metrics.relaxed_accuracy(p.prediction, true, "idefics") for true in p.references
    ),
    "mmmu": _mmmu,
    "mathvista": lambda p: _mathvista(p).value,
    "mmstar": lambda p: float(metrics.mmstar_letter(p.prediction) == p.references[0]),
    "page_accuracy": lambda p: metrics.page_accuracy(p.predicted_page, (p.page,)) if p.page else None,
    "box_iou": _evidence(_iou),
    "anls_in_boxes": _evidence(lambda p: metrics.anls(p.in_boxes, p.references)),
}


def value_of(metric: str, prediction: Prediction) -> float | None:
    """What a metric gives a prediction; None where it does not apply. A question without an answer is wrong."""
    value = METRICS[metric](prediction)
    return value if value is None or not prediction.failure else float(metric in LOWER_IS_BETTER)


def unparsed(predictions: Sequence[Prediction], metrics_used: Sequence[str]) -> float | None:
    """The share of choices without a letter in the reply; None where there are no choices."""
    if "mmstar" in metrics_used:
        letters = [metrics.mmstar_letter(p.prediction) for p in predictions]
    elif "mmmu" in metrics_used:
        letters = [metrics.mmmu_choice(p.prediction, p.options) for p in predictions if p.options]
    else:
        return None
    return unparsed_rate(letters) if letters else None


def left_to_judge(predictions: Sequence[Prediction], metrics_used: Sequence[str]) -> int | None:
    """How many MathVista questions the harnesses would ask their judge about; None for other tasks."""
    return sum(_mathvista(p).needs_judge for p in predictions) if "mathvista" in metrics_used else None

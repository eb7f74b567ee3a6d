"""A model asked a task, and its score beside the baselines: what `octavo eval` and `octavo fit` do."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from octavo import __version__
from octavo.evaluation.baselines import BASELINES
from octavo.evaluation.leaks import Asked, CleanScore, Leaks, find_leaks, without_leaks
from octavo.evaluation.models.base import Examinee
from octavo.evaluation.prompts import load_prompt
from octavo.evaluation.runs.answers import Answers
from octavo.evaluation.runs.asking import ask, predictions
from octavo.evaluation.runs.files import Header, write_predictions
from octavo.evaluation.score import Score, metrics_of, question_scores, score
from octavo.evaluation.tasks import limited
from octavo.evaluation.types import Item, Metric, Prediction, Task

PREDICTIONS = "predictions.jsonl"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was asked of what, each question's prediction, and the score of all."""

    header: Header
    predictions: list[Prediction]
    score: Score


def evaluate(
    model: Examinee, task: Task, style: str, limit: int | None, out: Path, name: str = PREDICTIONS
) -> Evaluation:
    """Ask at most `limit` of the task's questions in the prompts of a `style`, and score the answers.

    `out` keeps the answers as they come, so that a killed run goes on where it was, and then the predictions under
    `name`. Raises `OctavoError` for what fails every question alike.
    """
    items = limited(task.items, limit)
    prompt = load_prompt(style, task.prompts)
    with Answers(out) as answers:
        asked = ask(model, task, items, prompt, answers)
    header = Header(model.name, task.name, task.metrics, prompt.to_json(), model.identity, __version__)
    write_predictions(header, asked, out / name)
    return scored(header, asked, baselines_of(task, items))


def scored(
    header: Header, asked: list[Prediction], baselines: dict[str, dict[str, Metric]] | None = None
) -> Evaluation:
    """The score of predictions, the model not needed."""
    result = score(asked, header.metrics, header.model, header.task)
    return Evaluation(header, asked, dataclasses.replace(result, prompt=header.prompt, baselines=baselines or {}))


def baselines_of(task: Task, items: Sequence[Item]) -> dict[str, dict[str, Metric]]:
    """The score of each baseline by the task's metrics. The words-only reader needs words, so it may be missing."""
    found = {}
    for name, baseline in BASELINES.items():
        guesses = predictions(task, items, baseline(task, items))
        if any(guess.prediction for guess in guesses):
            found[name] = metrics_of(guesses, task.metrics)
    return found


def look_for_leaks(made: Evaluation, task: Task, training: Path) -> tuple[Leaks, CleanScore]:
    """Which of the questions that were asked the data set `training` holds, and the first metric without them.

    Raises `OctavoError` where the folder holds no Parquet or a damaged one.
    """
    ids = {prediction.id for prediction in made.predictions}
    leaks = find_leaks(training, (_asked(task, item) for item in task.items if item.id in ids))
    first = made.header.metrics[0]
    documents = [prediction.document for prediction in made.predictions]
    scores = question_scores(made.predictions, first)
    return leaks, without_leaks(leaks, [prediction.id for prediction in made.predictions], scores, documents)


def _asked(task: Task, item: Item) -> Asked:
    words = tuple([word.text for word in page] for page in task.words(item))
    return Asked(item.id, item.question, item.references, task.images(item), words)

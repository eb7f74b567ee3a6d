"""Evaluation: a model and questions in, scores that can be believed out.

metrics/, statistics.py   one answer's score; how far a mean can be trusted    leaks.py     what training had seen
tasks/, prompts/          what is asked, and in which words                    models/      who is asked
baselines/                what answers without reading                         runs/        asking, once, kept
scoring.py, score.py      predictions → score                                  slices.py    its parts, calibration
compare.py                two runs                                             report/      one HTML file
"""

from octavo.evaluation import metrics
from octavo.evaluation.evaluate import Evaluation, evaluate, scored
from octavo.evaluation.score import Score, score
from octavo.evaluation.types import Item, Metric, Prediction, Reply, Task

__all__ = [
    "Evaluation",
    "Item",
    "Metric",
    "Prediction",
    "Reply",
    "Score",
    "Task",
    "evaluate",
    "metrics",
    "score",
    "scored",
]

"""Evaluation: a model and held-out rows in, scores with intervals out.

`metrics` scores one answer, `statistics` says how far a mean can be trusted, `baseline` is the score of not
looking, `evaluate` asks the questions.
"""

from octavo.evaluation import metrics
from octavo.evaluation.evaluate import Metric, Prediction, Score, evaluate, score, write_predictions

__all__ = ["Metric", "Prediction", "Score", "evaluate", "metrics", "score", "write_predictions"]

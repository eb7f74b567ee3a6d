"""Scores of one answer, and of many: each metric is that of a public harness, number for number.

So a score can stand beside a published one. Where harnesses differ, `variant` says which: "lmms_eval" (the default),
"vlmevalkit", "idefics" for the Idefics authors' own; a few metrics have more.

    text.py       ANLS, exact match, token F1, character error rate
    vqa.py        VQA accuracy and its normaliser          charts.py     relaxed accuracy
    choices.py    the letter of a choice: MMMU, MMStar     mmmu.py       MMMU's open questions
    mathvista.py  MathVista by rules                       evidence.py   page, boxes, what is inside them

What can be said of many scores together (`octavo.evaluation.statistics`) is here as well by the names of the field.
"""

from octavo.evaluation.metrics.charts import relaxed_accuracy
from octavo.evaluation.metrics.choices import mmmu_choice, mmstar_letter, mmstar_mean
from octavo.evaluation.metrics.evidence import anls_in_boxes, box_iou, page_accuracy
from octavo.evaluation.metrics.mathvista import MathVistaQuestion, MathVistaScore, mathvista
from octavo.evaluation.metrics.mmmu import mmmu_open
from octavo.evaluation.metrics.text import anls, character_error_rate, exact_match, token_f1
from octavo.evaluation.metrics.vqa import vqa_accuracy, vqa_normalised
from octavo.evaluation.statistics import bootstrap_interval, paired_ttest, standard_error

__all__ = [
    "MathVistaQuestion",
    "MathVistaScore",
    "anls",
    "anls_in_boxes",
    "bootstrap_interval",
    "box_iou",
    "character_error_rate",
    "exact_match",
    "mathvista",
    "mmmu_choice",
    "mmmu_open",
    "mmstar_letter",
    "mmstar_mean",
    "page_accuracy",
    "paired_ttest",
    "relaxed_accuracy",
    "standard_error",
    "token_f1",
    "vqa_accuracy",
    "vqa_normalised",
]

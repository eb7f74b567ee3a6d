"""A few held-out questions answered while a model is trained."""

from octavo.datasets import DataSet
from octavo.errors import OctavoError
from octavo.evaluation.metrics import anls
from octavo.inference import PageReader
from octavo.models import Idefics3
from octavo.processing import Processor
from octavo.training.packing import epoch_order
from octavo.training.samples import decoded

SPLIT = "validation"


def quick_anls(model: Idefics3, processor: Processor, data: DataSet, questions: int) -> float:
    """The mean ANLS of at least so many held-out questions, where there are: all those about some pages.

    The pages are the same each time; one that cannot be decoded is left out, as in training. Answers are greedy, of at
    most 64 tokens; `model` is in evaluation. Raises `OctavoError` where no page can be decoded.
    """
    rows, scores = data.rows(SPLIT), list[float]()
    for index in epoch_order(len(rows), 0, 0):
        try:
            images = decoded(rows.row(index))
        except OctavoError:
            continue
        if not images:
            continue
        reader = PageReader(model, processor, images)
        for question in rows.questions(index):
            given = reader.ask(question.text).text
            scores.append(anls(given, [question.answer, *question.variants]))
        if len(scores) >= questions:
            break
    if not scores:
        raise OctavoError(f"no page of {data.folder}'s {SPLIT} split can be decoded; set evaluate_answers to 0")
    return sum(scores) / len(scores)

"""A few held-out questions answered while a model is trained."""

from octavo.datasets import DataSet
from octavo.evaluation.metrics import anls
from octavo.inference import PageReader
from octavo.models import Idefics3
from octavo.processing import Processor
from octavo.training.packing import epoch_order

SPLIT = "validation"


def quick_anls(model: Idefics3, processor: Processor, data: DataSet, questions: int) -> float:
    """The mean ANLS of at least so many held-out questions, where there are: all those about some pages.

    The pages are the same each time. Answers are greedy, of at most 64 tokens; `model` is in evaluation.
    """
    rows, scores = data.rows(SPLIT), list[float]()
    for index in epoch_order(len(rows), 0, 0):
        row = rows.row(index)
        reader = PageReader(model, processor, [image.pil() for image in row.images])
        for question in row.questions:
            given = reader.ask(question.text).text
            scores.append(anls(given, [question.answer, *question.variants]))
        if len(scores) >= questions:
            break
    return sum(scores) / len(scores)

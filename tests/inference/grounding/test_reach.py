"""What a model is trained to answer, it can answer when it is held to the page."""

from collections import Counter

from octavo.datasets import DataSet
from octavo.datasets.types import EXTRACTIVE, UNANSWERABLE, YES_NO
from octavo.datasets.verify import read_boxes
from octavo.documents import Reader
from octavo.inference.grounding import Grounding, Vocabulary

LONG = 10_000  # tokens of room


def says(guide, ids, end):
    """Whether the guide lets these tokens by, and the answer end there."""
    for token in ids:
        if token not in guide.allowed(LONG).tolist():
            return False
        guide.take(token)
    return end in guide.allowed(LONG).tolist()


def test_the_answers_of_a_data_set_are_spans_with_their_boxes(data_folder, documents_folder, tiny_model):
    processor = tiny_model[1]
    vocabulary = Vocabulary(processor.tokenizer, [processor.end_token_id])
    rows = DataSet(data_folder).rows("train")
    asked, missed = Counter(), []
    with Reader() as files:
        for index in range(len(rows)):
            held = rows.row(index)
            (page,) = files.pages(files.open(documents_folder / held.document), held.pages, image=False)
            if not page.words:  # a scan
                continue
            grounding = Grounding(vocabulary, [page])
            for question in held.questions:
                if question.form == YES_NO:  # its answer stands nowhere
                    continue
                asked[question.form] += 1
                guide = grounding.guide()
                ids = processor.tokenizer.encode(f" {question.answer}", add_special_tokens=False).ids
                if not says(guide, ids, processor.end_token_id):
                    missed.append(question.answer)
                    continue
                found = grounding.evidence(guide, question.text)
                if question.form == UNANSWERABLE:
                    assert found is None
                else:
                    assert question.answer in read_boxes(found[1], page.words)
    assert missed == []
    assert asked[EXTRACTIVE] > 50
    assert asked[UNANSWERABLE] > 0

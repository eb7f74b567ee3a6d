"""A few questions answered in the loop: their mean, over whole pages."""

import pytest

from octavo.datasets import DataSet
from octavo.errors import OctavoError
from octavo.evaluation import quick
from octavo.inference.types import Generated


def test_it_is_the_mean_over_at_least_so_many_questions_of_whole_pages(data_folder, tiny_model, monkeypatch):
    data = DataSet(data_folder)
    rows = data.rows("validation")
    answers = {question.text: question.answer for index in range(len(rows)) for question in rows.questions(index)}
    pages = []

    class Knows:
        """Answers every question but each page's first, which it leaves empty."""

        def __init__(self, model, processor, images):
            self.asked = 0
            pages.append(self)

        def ask(self, question):
            self.asked += 1
            return Generated(answers[question] if self.asked > 1 else "", 1.0, True, 0.0)

    monkeypatch.setattr(quick, "PageReader", Knows)
    score = quick.quick_anls(*tiny_model, data, 5)
    asked = sum(page.asked for page in pages)
    assert score == pytest.approx(1 - len(pages) / asked)
    assert asked - pages[-1].asked < 5 <= asked
    assert quick.quick_anls(*tiny_model, data, 10**6) > 0
    assert sum(page.asked for page in pages) == asked + sum(len(rows.questions(n)) for n in range(len(rows)))


def test_pages_that_cannot_be_decoded_are_left_out(data_folder, tiny_model, monkeypatch):
    data = DataSet(data_folder)

    def torn(image):
        raise OSError("image file is truncated")

    monkeypatch.setattr("octavo.documents.types.PageImage.pil", torn)
    with pytest.raises(OctavoError, match=r"no page .* can be decoded; set evaluate_answers to 0"):
        quick.quick_anls(*tiny_model, data, 5)

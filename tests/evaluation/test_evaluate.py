"""Held-out questions: the same ones each time, scored by document."""

import json
import math

import pytest

import octavo
from octavo.datasets import DataSet
from octavo.datasets.types import Question
from octavo.evaluation import Prediction, evaluate, score, write_predictions
from octavo.evaluation.baseline import frequent_answers
from octavo.evaluation.evaluate import choose


def prediction(document, answer, given, kind="key_value", losses=(1.0,)):
    return Prediction(document, 1, kind, "What?", answer, given, 0.5, losses)


def test_a_score_by_hand():
    result = score(
        [
            prediction("a.pdf", "1,200.50", "1,200.50", losses=(0.5, 0.5)),
            prediction("a.pdf", "paid", "unpaid", "title", losses=(2.0,)),
            prediction("b.pdf", "Ada", "nothing", losses=(1.0,)),
        ],
        "model",
        "task",
    )
    assert result.n == 3
    assert result.metrics["anls"].value == pytest.approx((1 + 4 / 6) / 3)
    assert result.metrics["exact_match"].value == pytest.approx(1 / 3)
    assert result.metrics["loss"].value == pytest.approx(4 / 4)
    assert result.kinds == {"key_value": {"n": 2, "anls": 0.5}, "title": {"n": 1, "anls": pytest.approx(4 / 6)}}
    for metric in result.metrics.values():
        assert metric.low <= metric.value <= metric.high
    assert json.loads(json.dumps(result.as_dict()))["metrics"]["anls"].keys() == {"value", "low", "high"}


def test_the_questions_chosen_depend_on_the_questions_alone():
    questions = [(i, Question(f"What is {i}?", "x", 1, (), "key_value", "test")) for i in range(50)]
    few = choose(questions, 10)
    assert choose(questions[::-1], 10) == few
    assert choose(questions, 20)[:10] == few
    assert len(choose(questions, 99)) == 50


def test_an_evaluation_of_a_run(tiny_run, data_folder, tmp_path):
    data = DataSet(data_folder)
    predictions = evaluate(octavo.load(tiny_run), data, "validation", limit=5)
    rows = data.rows("validation")
    known = {(q.text, q.answer) for i in range(len(rows)) for q in rows.questions(i)}
    assert len(predictions) == 5
    assert {(p.question, p.answer) for p in predictions} <= known
    result = score(predictions, "model", "task")
    assert 0 < result.metrics["loss"].value < 2 * math.log(512)
    write_predictions(predictions, tmp_path / "predictions.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "predictions.jsonl").read_text().splitlines()]
    assert [line["prediction"] for line in lines] == [p.prediction for p in predictions]
    again = evaluate(octavo.load(tiny_run), data, "validation", limit=5)
    assert again == predictions


def test_the_guess_of_each_kind_is_its_most_frequent_training_answer(data_folder):
    data = DataSet(data_folder)
    guesses = frequent_answers(data)
    rows = data.rows("train")
    answers = [(q.kind, q.answer) for i in range(len(rows)) for q in rows.questions(i)]
    assert guesses.keys() == {kind for kind, _ in answers}
    for kind, guess in guesses.items():
        most = max(answers.count((kind, answer)) for k, answer in answers if k == kind)
        assert answers.count((kind, guess)) == most

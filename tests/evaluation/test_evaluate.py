"""From predictions to a score, by hand; from a run to its answers."""

import json
import math

import pytest

from octavo.datasets import DataSet
from octavo.documents.types import Box
from octavo.errors import OctavoError
from octavo.evaluation import Prediction, evaluate, score, scored
from octavo.evaluation.compare import compare
from octavo.evaluation.models import OwnModel, open_model
from octavo.evaluation.runs.files import read_predictions
from octavo.evaluation.scoring import value_of
from octavo.evaluation.tasks import BuiltTask, limited, open_task
from tests.evaluation.examinee import Scripted, right_half


def prediction(id_, document, answer, given, **more):
    fields = {"kind": "key_value", "question": "What?", "confidence": 0.5, "loss": 1.0, "tokens": 1}
    return Prediction(id=id_, document=document, references=(answer,), prediction=given, **fields | more)


THREE = [
    prediction("1", "a.pdf", "1,200.50", "1,200.50", loss=0.5, tokens=2, confidence=0.95),
    prediction("2", "a.pdf", "paid", "unpaid", kind="title", loss=2.0),
    prediction("3", "b.pdf", "Ada", "nothing", text="layer", pages=7, confidence=1.0),
]


@pytest.fixture(scope="module")
def task(data_folder):
    return BuiltTask(DataSet(data_folder), "validation")


def test_a_score_by_hand():
    result = score(THREE, ("anls", "exact_match"), "model", "task")
    assert (result.n, result.documents) == (3, 2)
    assert result.metrics["anls"].value == pytest.approx((1 + 4 / 6) / 3)
    assert result.metrics["exact_match"].value == pytest.approx(1 / 3)
    assert result.metrics["loss"].value == pytest.approx((0.5 * 2 + 2 + 1) / 4)
    kinds = result.parts["kind"]
    assert {name: (part.n, part.value) for name, part in kinds.items()} == {
        "key_value": (2, 0.5),
        "title": (1, pytest.approx(4 / 6)),
    }
    assert set(result.parts) == {"kind", "pages", "text"}  # every answer is one word long
    for metric in result.metrics.values():
        assert metric.low <= metric.value <= metric.high
    assert [(bin_.n, bin_.confidence, bin_.score) for bin_ in result.calibration] == [
        (1, 0.5, pytest.approx(4 / 6)),
        (2, 0.975, 0.5),  # a confidence of 1 belongs to the last bin
    ]
    assert result.calibration_error == pytest.approx((4 / 6 - 0.5 + 2 * 0.475) / 3)
    assert json.loads(json.dumps(result.as_dict()))["metrics"]["anls"].keys() == {"value", "low", "high"}


def test_mmstar_has_both_means():
    said = [("a", "C", "C"), ("a", "C", "C"), ("a", "C", "D"), ("b", "C", "D")]
    predictions = [prediction(str(i), str(i), true, given, kind=kind) for i, (kind, true, given) in enumerate(said)]
    found = score(predictions, ("mmstar",), "m", "t").metrics
    assert found["mmstar"].value == 0.5  # over questions
    assert found["mmstar_by_category"].value == pytest.approx((2 / 3 + 0) / 2)


def test_one_question_leaves_numbers_open_that_json_does_not_have():
    values = score(THREE[:1], ("anls",), "model", "task").as_dict()
    assert values["standard_errors"]["anls"] is None
    json.loads(json.dumps(values, allow_nan=False))


def test_a_failure_is_wrong_whatever_the_metric():
    lost = prediction("1", "a", "", "", failure="status 500")
    assert value_of("anls", prediction("1", "a", "", "")) == 1.0  # two empty texts are alike
    assert value_of("anls", lost) == value_of("exact_match", lost) == 0.0
    assert value_of("character_error_rate", lost) == 1.0
    assert score([lost, *THREE], ("anls",), "m", "t").failures == {"status 500": 1}


def test_evidence_counts_where_it_is_known():
    where = {"page": 2, "boxes": (Box(0, 0, 0.5, 0.5),)}
    hit = prediction(
        "1", "a", "x", "x", predicted_page=2, predicted_boxes=(Box(0, 0, 0.5, 0.5),), in_boxes="x", **where
    )
    elsewhere = prediction("2", "a", "x", "x", predicted_page=1, predicted_boxes=(Box(0, 0, 0.5, 0.5),), **where)
    unknown = prediction("3", "a", "x", "x")
    result = score([hit, elsewhere, unknown], ("anls", "page_accuracy", "box_iou", "anls_in_boxes"), "m", "t")
    assert {name: (result.counts[name], result.metrics[name].value) for name in result.counts} == {
        "anls": (3, 1.0), "page_accuracy": (2, 0.5), "box_iou": (2, 0.5), "anls_in_boxes": (2, 0.5),
    }  # fmt: skip


def test_two_runs_over_the_same_questions():
    now = [prediction(str(i), str(i), "x", "x" if i % 2 else "y") for i in range(10)]
    then = [prediction(str(i), str(i), "x", "x" if i < 2 else "y") for i in range(3, -1, -1)]
    found = compare(now, then, "exact_match", "the first")
    assert found.figures.n == 4
    assert found.figures.difference == pytest.approx(0.0)
    assert (found.gained, found.lost) == (("3",), ("0",))
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False))["n"] == 4
    with pytest.raises(OctavoError, match="in common"):
        compare(now, [prediction("99", "a", "x", "x")], "exact_match", "another")


def test_the_questions_chosen_depend_on_the_questions_alone(task):
    few = limited(task.items, 10)
    assert {item.id for item in limited(task.items[::-1], 10)} == {item.id for item in few}
    assert {item.id for item in few} < {item.id for item in limited(task.items, 20)}
    assert limited(task.items, None) == task.items


def test_a_task_of_a_data_set_has_its_pages_words_and_truth(task, data_folder):
    rows = DataSet(data_folder).rows("validation")
    known = {(q.text, q.answer, q.boxes) for i in range(len(rows)) for q in rows.questions(i)}
    assert {(item.question, item.references[0], item.boxes) for item in task.items} == known
    item = next(item for item in task.items if item.boxes and item.kind == "key_value")
    (words,) = task.words(item)
    inside = [
        w.text
        for w in words
        if any(b.x0 <= w.box.center[0] <= b.x1 and b.y0 <= w.box.center[1] <= b.y1 for b in item.boxes)
    ]
    assert " ".join(inside) == item.references[0]
    assert task.images(item)[0].width > 100
    assert open_task(str(data_folder)).name == "dataset:validation"


def test_an_evaluation_of_octavos_own_model(tiny_run, task, tmp_path):
    made = evaluate(OwnModel(str(tiny_run)), task, "plain", 6, tmp_path)
    assert len(made.predictions) == made.score.n == 6
    assert 0 < made.score.metrics["loss"].value < 2 * math.log(512)
    assert all(p.predicted_page and 0 < p.confidence <= 1 for p in made.predictions)
    assert read_predictions(tmp_path / "predictions.jsonl") == (made.header, made.predictions)
    again = scored(*read_predictions(tmp_path / "predictions.jsonl"))
    assert again.score.metrics == made.score.metrics
    assert set(made.score.baselines) == {"most frequent answer", "words only", "random choice"}
    assert made.score.baselines["words only"]["anls"].value > made.score.baselines["random choice"]["anls"].value


def test_evidence_of_right_answers_is_found_on_the_page(task, tmp_path):
    made = evaluate(Scripted(lambda item: item.references[0]), task, "plain", None, tmp_path)
    assert made.score.metrics["anls"].value == 1.0
    assert made.score.metrics["anls_in_boxes"].value > 0.8  # the rest stands twice on its page
    half = evaluate(Scripted(right_half, weights="two"), task, "plain", None, tmp_path)
    assert 0.2 < half.score.metrics["exact_match"].value < 0.8


def test_models_that_are_none(tmp_path):
    with pytest.raises(OctavoError, match="--endpoint-model"):
        open_model("http://localhost:1/v1")
    with pytest.raises(OctavoError, match="no such folder"):
        open_model("nowhere")
    with pytest.raises(OctavoError, match="password"):
        open_model("http://me:secret@localhost:1/v1", "m")
    with pytest.raises(OctavoError, match="--data"):
        open_task("sroie")
    with pytest.raises(OctavoError, match="the tasks are docvqa"):
        open_task("docvqq")


def test_predictions_that_are_none(tmp_path):
    for number, text in enumerate(("", "{}", '{"run": {}}', "[1", '{"run": {"model": "m"}}')):
        path = tmp_path / f"{number}.jsonl"
        path.write_text(text)
        with pytest.raises(OctavoError, match="line 1"):
            read_predictions(path)
    with pytest.raises(OctavoError, match="cannot be read"):
        read_predictions(tmp_path / "none.jsonl")

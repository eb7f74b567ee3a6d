"""Octavo's engine beside the transformers library: the same weights, the same answers."""

from octavo.datasets import DataSet
from octavo.evaluation import evaluate
from octavo.evaluation.models import OwnModel, TransformersModel, open_model
from octavo.evaluation.tasks import BuiltTask


def test_the_answers_of_transformers_are_octavos(tiny_run, data_folder, tmp_path):
    task = BuiltTask(DataSet(data_folder), "validation")
    own = evaluate(OwnModel(str(tiny_run)), task, "plain", 4, tmp_path)
    model = open_model(f"transformers:{tiny_run}")
    assert isinstance(model, TransformersModel)
    peer = evaluate(model, task, "plain", 4, tmp_path)
    assert [p.prediction for p in peer.predictions] == [p.prediction for p in own.predictions]
    assert peer.header.identity["weights"] == own.header.identity["weights"]
    assert peer.header.identity["engine"].startswith("transformers 5")

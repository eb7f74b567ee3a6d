"""Models under test, behind one protocol (`base.Examinee`).

own.py   Octavo's engine        endpoint.py   OpenAI-compatible endpoints        peer.py   the transformers library
"""

from collections.abc import Mapping

from octavo.errors import OctavoError
from octavo.evaluation.models.base import Examinee
from octavo.evaluation.models.endpoint import EndpointModel
from octavo.evaluation.models.own import OwnModel, Words
from octavo.evaluation.models.peer import TransformersModel

PEER = "transformers:"

__all__ = ["EndpointModel", "Examinee", "OwnModel", "TransformersModel", "open_model"]


def open_model(
    name: str, served: str | None = None, edges: Mapping[int, int] | None = None, words: Words | None = None
) -> Examinee:
    """The model of a name: an address, "transformers:FOLDER", or a folder or hub name for Octavo's engine.

    `served` is what an endpoint calls the model; `edges` and `words` as in `OwnModel`. Raises `OctavoError` where there
    is none, and where one of the others is to hold its answers to words.
    """
    if words is not None and name.startswith(("http://", "https://", PEER)):
        raise OctavoError("--mode grounded is for Octavo's own engine: give a run folder or a model's folder")
    if name.startswith(("http://", "https://")):
        if served is None:
            raise OctavoError("an endpoint needs the name of a model that it serves: give --endpoint-model")
        return EndpointModel(name, served)
    if name.startswith(PEER):
        return TransformersModel(name.removeprefix(PEER))
    return OwnModel(name, edges, words)

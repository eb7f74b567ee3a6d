"""predictions.jsonl: what a run asked and got, so complete that it can be scored without model and data."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from octavo.errors import OctavoError
from octavo.evaluation.types import Prediction
from octavo.files import written_whole


@dataclass(frozen=True, slots=True)
class Header:
    """The first line: what was asked of what. `prompt` is as `Prompt.to_json` gives it, `identity` the model's."""

    model: str
    task: str
    metrics: tuple[str, ...]
    prompt: Mapping[str, Any]
    identity: Mapping[str, str]
    version: str

    @classmethod
    def of_json(cls, value: Mapping[str, Any]) -> Self:
        """The header of a first line. Raises `TypeError` for another value."""
        return cls(**{**value, "metrics": tuple(value["metrics"])})


def write_predictions(header: Header, predictions: Sequence[Prediction], path: Path) -> None:
    """Write the header and one JSON line a question; whole or not at all."""
    with written_whole(path) as aside, aside.open("w", encoding="utf-8") as handle:
        handle.write(json.dumps({"run": asdict(header)}) + "\n")
        for prediction in predictions:
            handle.write(json.dumps(prediction.to_json()) + "\n")


def read_predictions(path: Path) -> tuple[Header, list[Prediction]]:
    """What `write_predictions` wrote. Raises `OctavoError` that names the line at fault."""
    predictions: list[Prediction] = []
    header = None
    try:
        with path.open(encoding="utf-8") as handle:
            header = Header.of_json(json.loads(handle.readline())["run"])
            for line in handle:
                predictions.append(Prediction.of_json(json.loads(line)))  # noqa: PERF401, a fault's line is counted
    except OSError as error:
        raise OctavoError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        number = 1 if header is None else len(predictions) + 2
        raise OctavoError(f"{path}, line {number}, is no prediction of octavo eval ({error})") from error
    if not predictions:
        raise OctavoError(f"{path} holds no predictions; run octavo eval again")
    return header, predictions

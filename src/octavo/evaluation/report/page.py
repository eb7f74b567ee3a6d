"""The report of a run: one HTML file that opens from disk without a network.

Templates run in Jinja's sandbox with autoescape; what documents and models say reaches the page as JSON, of which
the script makes text nodes. A policy in the page lets nothing but that script run and nothing be fetched.
"""

import base64
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from octavo.errors import OctavoError
from octavo.evaluation.compare import RunComparison
from octavo.evaluation.report.pictures import Album
from octavo.evaluation.score import Score, finite, metrics_of, question_scores
from octavo.evaluation.scoring import LOWER_IS_BETTER
from octavo.evaluation.slices import division_of
from octavo.evaluation.statistics import RIGHT
from octavo.evaluation.types import Item, Prediction, Task
from octavo.files import written_whole

DIVISIONS = {
    "kind": "kind of question",
    "answer": "length of the answer",
    "pages": "pages",
    "text": "origin of the words",
}
_NAMES = {"anls": "ANLS", "iou": "IoU", "f1": "F1", "vqa": "VQA", "idefics": "(Idefics)", "mmmu": "MMMU"}


@dataclass(frozen=True, slots=True)
class Contents:
    """What a report shows. `other` are the predictions of the run in `comparison`; `leaks` is a line, "" for none made.

    Without a task the report has no pictures.
    """

    score: Score
    metrics: Sequence[str]
    predictions: Sequence[Prediction]
    identity: Mapping[str, str]
    task: Task | None = None
    comparison: RunComparison | None = None
    other: Sequence[Prediction] = ()
    leaks: str = ""
    is_leaked: bool = False


def write_report(contents: Contents, path: Path) -> None:
    """Write the report; whole or not at all."""
    with written_whole(path) as aside:
        aside.write_text(render(contents), encoding="utf-8", errors="replace")


def render(contents: Contents) -> str:
    """The report as HTML."""
    script, style = (_static(name) for name in ("script.js", "style.css"))
    first = contents.metrics[0]
    data, pictures = _data(contents)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    others = metrics_of(contents.other, contents.metrics) if contents.other else {}
    shown = [m[first].high for m in contents.score.baselines.values() if first in m]
    shown += [contents.score.metrics[first].high, *([others[first].high] if others else [])]
    values = {
        "score": contents.score,
        "first": first,
        "lower": LOWER_IS_BETTER,
        "identity": contents.identity,
        "comparison": contents.comparison,
        "other_metric": others.get(first),
        "other_metrics": others,
        "top": max(*shown, 1e-9) * 1.05,
        "divisions": DIVISIONS,
        "kinds": sorted({p.kind for p in contents.predictions if p.kind}),
        "texts": sorted({division_of(p)["text"] for p in contents.predictions}),
        "leaks": contents.leaks,
        "leaked": contents.is_leaked,
        "pictures": pictures,
        "policy": f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'",
        # Ours, not a document's; and JSON in which nothing can end the script element.
        "style": Markup(style),
        "script": Markup(script),
        "data": Markup(data),
    }
    return _environment().from_string(_static("page.html")).render(values)


def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(autoescape=True, trim_blocks=True)
    environment.globals |= {"place": _place, "figure": _figure, "words": _words, "percent": _percent, "radius": _radius}
    return environment


def _static(name: str) -> str:
    return (files("octavo.evaluation.report") / "static" / name).read_text(encoding="utf-8")


def _data(contents: Contents) -> tuple[str, str]:
    """The questions and the pictures as JSON that may stand in HTML, and a line about the pictures."""
    first = contents.metrics[0]
    scores = question_scores(contents.predictions, first)
    others = dict(zip((p.id for p in contents.other), question_scores(contents.other, first), strict=True))
    before = {p.id: p for p in contents.other}
    items = {} if contents.task is None else {item.id: item for item in contents.task.items}
    order = sorted(range(len(scores)), key=lambda at: (scores[at] >= RIGHT, at))
    album = Album(len({(p.document, _shown(p)) for p in contents.predictions}))
    questions = []
    left_out = 0
    for at in order:
        prediction = contents.predictions[at]
        other = before.get(prediction.id)
        name = _picture(contents.task, items.get(prediction.id), prediction, album)
        left_out += name is None
        record = _question(prediction, scores[at]) | {"picture": name}
        record["other"] = None if other is None else _other(other, others[other.id])
        questions.append(record)
    value = {"right": RIGHT, "questions": questions, "pictures": album.urls}
    text = json.dumps(finite(value), separators=(",", ":")).replace("<", "\\u003c")
    line = (
        f"{left_out} of {len(order)} questions have no picture here: the file would be too large." if left_out else ""
    )
    return text, line if contents.task is not None else "Scored from predictions alone: the report has no pictures."


def _question(p: Prediction, score: float) -> dict[str, Any]:
    return {
        "id": p.id,
        "document": p.document[:16] if len(p.document) == 64 else p.document,
        "kind": p.kind,
        "question": p.question,
        "references": p.references,
        "options": p.options,
        "prediction": p.prediction,
        "failure": p.failure,
        "confidence": p.confidence,
        "score": round(score, 4),
        "page": p.page,
        "pages": p.pages,
        "boxes": _rounded(p.boxes),
        "guessed": _rounded(p.predicted_boxes),
        "guessedPage": p.predicted_page,
        "shown": _shown(p),
        "parts": {"text": division_of(p)["text"]},
    }


def _other(p: Prediction, score: float) -> dict[str, Any]:
    return {
        "prediction": p.prediction or p.failure,
        "score": round(score, 4),
        "guessed": _rounded(p.predicted_boxes),
        "guessedPage": p.predicted_page,
    }


def _shown(p: Prediction) -> int:
    """The page that is shown: where the answer stands, else where the model found it, 0 for the first."""
    return p.page or p.predicted_page


def _picture(task: Task | None, item: Item | None, p: Prediction, album: Album) -> str | None:
    """The name of the picture of a prediction's page in the album; None where it has none."""
    if task is None or item is None:
        return None
    place = item.numbers.index(_shown(p)) if _shown(p) in item.numbers else 0
    name = f"{item.group} {place}"
    if name in album.urls:
        return name
    if album.is_full:
        return None
    try:
        image = task.images(item)[place]
    except (OctavoError, IndexError):
        return None
    album.add(name, image)
    return name


def _rounded(boxes: Sequence[Sequence[float]]) -> list[list[float]]:
    return [[round(edge, 4) for edge in box] for box in boxes]


def _place(value: float, top: float) -> float:
    """Where a value stands on an axis from 0 to `top`, in per cent."""
    return round(100 * min(max(value / top, 0.0), 1.0), 2) if value == value else 0.0


def _figure(value: float | None, signed: bool = False) -> str:
    return "–" if value is None or value != value else f"{value:+.3f}" if signed else f"{value:.3f}"


def _percent(value: float) -> str:
    return f"{100 * value:.1f}%"


def _radius(count: int, of: int) -> float:
    """The radius in pixels of a point that stands for some of the questions: its area grows with their share."""
    return round(3.0 + 9.0 * math.sqrt(count / of), 1)


def _words(name: str) -> str:
    """A metric's name as a person writes it."""
    text = " ".join(_NAMES.get(part, part) for part in name.split("_"))
    return text[:1].upper() + text[1:]

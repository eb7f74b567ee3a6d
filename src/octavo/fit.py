"""The main job: PDFs → data set → the starting model's score → training → the trained model's score → a report."""

import platform
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from octavo import __version__
from octavo.datasets import BuildReport, DataSet, Settings, build
from octavo.documents.ocr import available
from octavo.errors import OctavoError
from octavo.evaluation import Evaluation, Prediction, Score, evaluate
from octavo.evaluation.models import OwnModel
from octavo.evaluation.quick import quick_anls
from octavo.evaluation.score import finite, question_scores
from octavo.evaluation.statistics import Comparison, compare
from octavo.evaluation.tasks import BuiltTask
from octavo.files import write_json
from octavo.hub import model_folder
from octavo.training import Recipe, save_trained, starting_model, train
from octavo.training.logs import Table, write_report

HELD_OUT = "validation"


@dataclass(frozen=True, slots=True)
class FitReport:
    """What `octavo fit` found; `report.json` holds the same.

    Each score has those of answering without looking beside it; `change` is of the ANLS, question by question, its
    interval by document. `seconds` are wall-clock, by step of the work.
    """

    build: BuildReport
    before: Score
    after: Score
    change: Comparison
    seconds: dict[str, float]


def fit(
    inputs: Sequence[Path],
    out: Path,
    recipe: Recipe,
    passwords: Sequence[str] = (),
    workers: int = 2,
    questions: int = 200,
) -> FitReport:
    """Build `out/dataset`, train `out/model` from the recipe's start, score both on held-out documents.

    At most `questions` held-out questions are asked before and after. Called again after a kill with the same
    arguments, it keeps the data set's finished shards and the steps up to the last checkpoint. Raises
    `OctavoError` for inputs without documents or with questions about one only, and for an `out` that holds
    something else.
    """
    check_out(out)
    if recipe.base is not None:
        model_folder(recipe.base)  # what is not there should not come out behind the data set
    seconds: dict[str, float] = {}
    with _timed(seconds, "build"):
        built = _built(inputs, out, passwords, workers)
    data = DataSet(out / "dataset")
    if not {"train", HELD_OUT} <= set(data.splits):
        raise OctavoError(
            f"only one of {built.documents_read} documents gave a question, and the score needs another one that is "
            f"held out; give more documents (the data set stays in {data.folder})"
        )
    recipe = run_recipe(recipe, data, out)
    with _timed(seconds, "evaluate_before"):
        before = _evaluated(str(recipe.base), data, questions, out, "predictions-before.jsonl")
    with _timed(seconds, "train"):
        model = train(recipe, out, resume=True, anls=quick_anls)
    with _timed(seconds, "evaluate_after"):
        after = _evaluated(str(model), data, questions, out, "predictions-after.jsonl")
    change = _change(before.predictions, after.predictions)
    report = FitReport(built, before.score, after.score, change, seconds)
    write_json(out / "report.json", as_json(report, recipe, inputs))
    write_report(out, [_score_table(report)])
    return report


def _built(inputs: Sequence[Path], out: Path, passwords: Sequence[str], workers: int) -> BuildReport:
    try:
        return build(inputs, out / "dataset", Settings(ocr=available()), passwords=passwords, workers=workers)
    except OctavoError:
        if out.is_dir() and not any(out.iterdir()):
            out.rmdir()
        raise


def check_out(out: Path) -> None:
    """Raise `OctavoError` where `out` is neither new, nor empty, nor a run of `fit`."""
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not (out / "dataset").is_dir()):
        raise OctavoError(f"{out} holds something that is not a run; give another --out")


def run_recipe(recipe: Recipe, data: DataSet, out: Path) -> Recipe:
    """The recipe with this run's data and a base that is a folder: a fresh model is made and kept as `out/base`."""
    recipe = recipe.model_copy(update={"data": str(data.folder)})
    if recipe.base is not None:
        return recipe
    model, processor = starting_model(recipe, data)
    save_trained(model, processor, out / "base", recipe, steps=0)
    return recipe.model_copy(update={"shape": None, "base": str(out / "base")})


def as_json(report: FitReport, recipe: Recipe, inputs: Sequence[Path]) -> dict[str, Any]:
    """The report as `report.json` has it, with the machine and the versions it was made on."""
    return {
        "inputs": [str(path) for path in inputs],
        "recipe": recipe.model_dump(),
        **finite(asdict(report)),
        "build": asdict(report.build) | {"folder": str(report.build.folder)},
        "machine": {"processor": platform.machine(), "system": platform.system(), "threads": torch.get_num_threads()},
        "versions": {"octavo": __version__, "torch": torch.__version__, "python": platform.python_version()},
    }


def _evaluated(model: str, data: DataSet, questions: int, out: Path, name: str) -> Evaluation:
    return evaluate(OwnModel(model), BuiltTask(data, HELD_OUT), "plain", questions, out, name)


def _change(before: Sequence[Prediction], after: Sequence[Prediction]) -> Comparison:
    """How the ANLS changed; both are the same questions in the same order."""
    then, now = (question_scores(predictions, "anls") for predictions in (before, after))
    return compare(now, then, [prediction.document for prediction in after])


def change_text(report: FitReport) -> str:
    """The change of the ANLS in words."""
    change = report.change
    return f"ANLS after minus before: {change.difference:+.3f} ({change.low:+.3f} … {change.high:+.3f} by document)"


def _score_table(report: FitReport) -> Table:
    """The score for the run's report.html."""
    rows = [
        (name, f"{report.before.metrics[name].value:.3f}", f"{after.value:.3f}", f"{after.low:.3f} … {after.high:.3f}")
        for name, after in report.after.metrics.items()
    ]
    note = (
        f"{report.after.n} questions about documents that were held out; {change_text(report)}. What answers without "
        "reading has an ANLS of "
        + ", ".join(f"{metrics['anls'].value:.3f} ({name})" for name, metrics in report.after.baselines.items())
    )
    return Table("Score", ("metric", "before", "after", "95% interval after"), rows, note)


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    seconds[name] = round(time.perf_counter() - began, 1)

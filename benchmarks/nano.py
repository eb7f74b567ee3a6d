"""`octavo bench nano`: what the bundled model reads, on typeset documents that training never saw and on real ones.

The real ones are in a folder that is given: `receipts/` with SROIE's receipts, `pdfs/` with PDFs and an index.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from benchmarks.figures import Result
from benchmarks.processes import octavo, watched
from benchmarks.reading import drawn, error_rate, paragraphs
from benchmarks.typeset import ABSENT, TypesetTask
from octavo.datasets import DataSet
from octavo.documents import Reader
from octavo.errors import OctavoError
from octavo.evaluation import Prediction, Task, evaluate
from octavo.evaluation.evaluate import baselines_of
from octavo.evaluation.models import OwnModel
from octavo.evaluation.score import metrics_of
from octavo.evaluation.tasks import BuiltTask, ReceiptTask, limited
from octavo.hub import BUNDLED, model_folder
from octavo.inference import VisionLanguageModel
from octavo.inference.types import is_absent
from octavo.processing import Processor

EACH = 20  # typeset documents of a kind
READ = 60  # pages read aloud
ASKED = 200  # questions of the builder about real pages
TIMED = 10  # pages whose answers are timed
ON_RECEIPTS = ("company", "date", "total")
ROOT = Path(__file__).resolve().parents[1]


def run(data: Path | None = None) -> Result:
    """Measure everything; some half an hour on two cores, twice that with real documents."""
    result = Result("nano")
    with tempfile.TemporaryDirectory(prefix="octavo-bench-") as scratch:
        size(result, Path(scratch))
        model = VisionLanguageModel.load(BUNDLED)
        assert isinstance(model.processor, Processor), "it is Idefics3-shaped"
        rate = error_rate(model, list(drawn(model.processor, READ)))
        result.add(
            "typeset pages of at most 4 tiles, fonts never trained on: CER", rate, "edits a character", most=0.05
        )
        typeset(result, Path(scratch))
        speed(result, model, Path(scratch))
        if data is not None:
            receipts(result, data, Path(scratch))
            pages(result, model, data, Path(scratch))
    return result


def size(result: Result, scratch: Path) -> None:
    """The wheel, and the bundled folder in it."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(scratch), str(ROOT)]
    subprocess.run(command, check=True)
    (wheel,) = scratch.glob("*.whl")
    result.add("the wheel, weights and all", wheel.stat().st_size / 2**20, "MiB", most=30)
    folder = sum(path.stat().st_size for path in model_folder(BUNDLED).iterdir())
    result.add("the bundled folder", folder / 2**20, "MiB", most=25)


def typeset(result: Result, scratch: Path) -> None:
    """Free decoding on documents that training never saw, in parts, and what is not on a page."""
    task = TypesetTask(scratch / "typeset", EACH)
    asked = evaluate(OwnModel(BUNDLED), task, "plain", None, scratch / "answers").predictions
    present = [prediction for prediction in asked if prediction.kind != ABSENT]
    parts: tuple[tuple[str, float, Callable[[Prediction], bool]], ...] = (
        ("forms and receipts", 0.9, lambda p: p.document.startswith(("form", "receipt"))),
        ("tables", 0.65, lambda p: p.kind == "table"),
        ("whole pages of A4 and Letter", 0.6, lambda p: p.id in task.whole),
    )
    for what, least, belongs in parts:
        scored(result, task, f"typeset {what}", [p for p in present if belongs(p)], least)
    said = [(p.kind == ABSENT, is_absent(p.prediction)) for p in asked]
    for absent, what in ((True, "not on the page: said so"), (False, "on the page: an answer given")):
        right = [says == absent for lacks, says in said if lacks == absent]
        result.add(f"typeset, {what}, of {len(right)}", sum(right) / len(right), "share", 0.8)


def scored(result: Result, task: Task, what: str, asked: Sequence[Prediction], least: float) -> float:
    """The ANLS of some of a task's questions, beside what answers them without looking; returns what it is more."""
    anls = metrics_of(asked, ("anls",))["anls"]
    unit = f"ANLS ({anls.low:.3f} … {anls.high:.3f} by document)"
    result.add(f"{what}, {len(asked)} questions", anls.value, unit, least)
    ids = {prediction.id for prediction in asked}
    baselines = baselines_of(task, [item for item in task.items if item.id in ids])
    for name, metrics in baselines.items():
        result.add(f"{what}: {name}", metrics["anls"].value, "ANLS")
    return anls.value - max(metrics["anls"].value for metrics in baselines.values())


def speed(result: Result, model: VisionLanguageModel, scratch: Path) -> None:
    """Wall-clock seconds from a question about a page that was never seen to its answer, and of the next one."""
    first, second = [], []
    for path in sorted((scratch / "typeset").glob("statement-*.pdf"))[: TIMED + 1]:
        started = time.perf_counter()
        with Reader(image_format="RGB") as reader:
            page = next(reader.pages(reader.open(path), [1]))
        asker = model.read([page.image.pil()])
        asker.ask("Who is the account holder?")
        answered = time.perf_counter()
        asker.ask("What is the account number?")
        first.append(answered - started)
        second.append(time.perf_counter() - answered)
    result.add("first answer about a page of A4, PDF opened and all", median(first[1:]), "s", most=3)
    result.add("second answer about it", median(second[1:]), "s", most=0.2)


def receipts(result: Result, data: Path, scratch: Path) -> None:
    """Total, date and company of SROIE's receipts."""
    task = ReceiptTask(data)
    task.items = [item for item in task.items if item.kind in ON_RECEIPTS]
    asked = evaluate(OwnModel(BUNDLED), task, "plain", None, scratch / "answers").predictions
    scored(result, task, "real receipts", asked, 0.3)


def pages(result: Result, model: VisionLanguageModel, data: Path, scratch: Path) -> None:
    """The builder's questions about real digital PDFs, and paragraphs of these read aloud."""
    index = json.loads((data / "pdfs" / "index.json").read_text(encoding="utf-8"))
    files = [data / "pdfs" / entry["file"] for entry in index if entry["class"] == "digital"]
    built = watched(octavo("build", *files, "--out", scratch / "real", "--no-ocr"), memory=False)
    if built.status:
        raise OctavoError(f"octavo build failed: {built.output}")
    task = BuiltTask(DataSet(scratch / "real"), "train")
    task.items = limited(task.items, ASKED)
    free = evaluate(OwnModel(BUNDLED), task, "plain", None, scratch / "answers").predictions
    scored(result, task, "real pages, free", free, 0.3)
    held = evaluate(OwnModel(BUNDLED, words=task.words), task, "plain", None, scratch / "answers").predictions
    more = scored(result, task, "real pages, grounded", held, 0.6)
    result.add("real pages, grounded, beside the best of these", more, "ANLS more", 0.01)
    assert isinstance(model.processor, Processor), "it is Idefics3-shaped"
    found = list(paragraphs(files, model.processor))
    rate = error_rate(model, found)
    result.add(f"real paragraphs, {len(found)}: CER", rate, "edits a character", most=0.25)

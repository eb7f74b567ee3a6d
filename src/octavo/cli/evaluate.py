"""The command that scores: eval."""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from octavo.cli.shared import MODEL, Json, app, console, printable
from octavo.errors import OctavoError

if TYPE_CHECKING:  # torch takes 2 s to import; --help and errors in options should not
    from octavo.evaluation import Evaluation, Prediction, Task
    from octavo.evaluation.compare import RunComparison
    from octavo.evaluation.leaks import CleanScore

_ASKED, _SCORED = "What is asked", "What is made of the answers"


@app.command("eval")
def evaluate(
    model: Annotated[
        str | None,
        typer.Argument(help=f"{MODEL}, http://HOST/v1 or transformers:FOLDER."),
    ] = None,
    task: Annotated[
        str | None,
        typer.Argument(
            help="A data set folder of octavo build, or docvqa, infovqa, mp-docvqa, textvqa, chartqa, mmmu, mathvista, "
            "mmstar, sroie, invoices."
        ),
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="A named task's Parquet: folder or hub name.", rich_help_panel=_ASKED)
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="[default: validation, or the task's]", rich_help_panel=_ASKED)
    ] = None,
    prompt: Annotated[
        str | None,
        typer.Option(
            help="plain, generic or idefics. [default: idefics for benchmarks, else plain]", rich_help_panel=_ASKED
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Questions at most; the same ones each time.", rich_help_panel=_ASKED)
    ] = None,
    mode: Annotated[
        str,
        typer.Option(
            help="auto; grounded: held to the pages' words, by Octavo's own engine. As in octavo ask.",
            rich_help_panel=_ASKED,
        ),
    ] = "auto",
    endpoint_model: Annotated[
        str | None, typer.Option(help="What an endpoint calls the model.", rich_help_panel=_ASKED)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of answers, predictions.jsonl, score.json, report.html. [default: eval-MODEL-TASK]",
            rich_help_panel=_SCORED,
        ),
    ] = None,
    score: Annotated[
        Path | None,
        typer.Option(metavar="PREDICTIONS", help="Score a predictions.jsonl; no model.", rich_help_panel=_SCORED),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="PREDICTIONS", help="Compare with another run's predictions.jsonl.", rich_help_panel=_SCORED
        ),
    ] = None,
    train: Annotated[
        Path | None,
        typer.Option(
            metavar="DATASET", help="Look for the questions' pages in what it was trained on.", rich_help_panel=_SCORED
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Score a model on questions with known answers: 95% intervals by document, baselines, a report to look at.

    Run it again after an interruption and it goes on where it was.
    """
    from octavo.evaluation.evaluate import scored
    from octavo.evaluation.runs.files import read_predictions

    opened: Task | None = None
    if score is not None:
        if model is not None or train is not None:
            raise OctavoError("--score takes predictions alone: no model, no task, no --train")
        result = scored(*read_predictions(score))
        out = out or score.parent
    else:
        if model is None or task is None:
            raise OctavoError("give a model and a task, or --score predictions.jsonl")
        out = out or Path(f"eval-{_plain(model)}-{_plain(task)}")
        result, opened = _asked(model, task, data, split, prompt, limit, mode, endpoint_model, out)
    _finish(result, opened, out, against, train, as_json)


def _asked(
    model: str,
    task: str,
    data: str | None,
    split: str | None,
    prompt: str | None,
    limit: int | None,
    mode: str,
    served: str | None,
    out: Path,
) -> tuple["Evaluation", "Task"]:
    from octavo.evaluation.evaluate import evaluate as run
    from octavo.evaluation.models import open_model
    from octavo.evaluation.tasks import open_task
    from octavo.evaluation.tasks.published import SPECS
    from octavo.inference.types import AUTO, GROUNDED

    if mode not in (AUTO, GROUNDED):
        raise OctavoError(f"--mode {mode}: it can be {AUTO} or {GROUNDED}")
    opened = open_task(task, data, split)
    style = prompt or ("idefics" if task in SPECS else "plain")
    edges = SPECS[task].edges if task in SPECS else None
    examinee = open_model(model, served, edges, opened.words if mode == GROUNDED else None)
    return run(examinee, opened, style, limit, out), opened


def _finish(
    result: "Evaluation", task: "Task | None", out: Path, against: Path | None, train: Path | None, as_json: bool
) -> None:
    """Compare, look for leaks, write score.json and report.html, and print."""
    from octavo.evaluation.compare import compare
    from octavo.evaluation.evaluate import look_for_leaks
    from octavo.evaluation.report import Contents, write_report
    from octavo.evaluation.runs.files import read_predictions
    from octavo.evaluation.score import finite
    from octavo.files import write_json

    comparison: RunComparison | None = None
    other: list[Prediction] = []
    if against is not None:
        header, other = read_predictions(against)
        name = f"{header.model}, prompt {header.prompt['style']}"
        comparison = compare(result.predictions, other, result.header.metrics[0], name)
    leaks, clean = (None, None) if train is None or task is None else look_for_leaks(result, task, train)
    values = result.score.as_dict()
    values |= {
        "identity": dict(result.header.identity),
        "against": comparison and comparison.as_dict(),
        "leaks": leaks and leaks.to_json(),
        "without_leaks": clean and finite(asdict(clean)),
    }
    write_json(out / "score.json", values)
    said = "" if leaks is None or clean is None else f"{leaks}{_without(clean) if leaks.leaks else ''}"
    contents = Contents(
        result.score,
        result.header.metrics,
        result.predictions,
        result.header.identity,
        task,
        comparison,
        other,
        said,
        bool(leaks and leaks.leaks),
    )
    write_report(contents, out / "report.html")
    if as_json:
        print(json.dumps(values, indent=2))
        return
    _print(result, comparison)
    if said:
        console.print(printable(said))
    console.print(f"report: {out / 'report.html'}")


def _without(clean: "CleanScore") -> str:
    """What is left of the score without the leaked questions."""
    if not clean.n:
        return "; no others are left"
    return f"; without them {clean.value:.3f} ({clean.low:.3f} … {clean.high:.3f})"


def _plain(name: str) -> str:
    """The last part of a model's or task's name, as a folder can be called."""
    return re.sub(r"[^\w.-]+", "-", name.rstrip("/").rpartition("/")[2]).strip("-.")


def _print(result: "Evaluation", comparison: "RunComparison | None") -> None:
    score = result.score
    first = result.header.metrics[0]
    title = (
        f"{printable(score.model)} on {printable(score.task)}, {score.n} questions about {score.documents} documents"
    )
    table = Table("metric", "value", "95% interval", title=title)
    for name, metric in score.metrics.items():
        table.add_row(name, f"{metric.value:.3f}", f"{metric.low:.3f} … {metric.high:.3f}")
    for name, metrics in score.baselines.items():
        if first in metrics:
            without = metrics[first]
            table.add_row(f"{first} of {name}", f"{without.value:.3f}", f"{without.low:.3f} … {without.high:.3f}")
    for kind, part in score.parts.get("kind", {}).items():
        interval = f"{part.low:.3f} … {part.high:.3f}"
        table.add_row(f"{first} of {printable(kind)} ({part.n})", f"{part.value:.3f}", interval)
    console.print(table)
    prompt = result.header.prompt
    console.print(f"prompt {prompt['style']} {prompt['version']} ({prompt['sha256'][:12]})")
    for reason, count in score.failures.items():
        console.print(f"without an answer, scored as wrong: {count} ({printable(reason)})")
    if score.unparsed is not None:
        console.print(f"unparsed: {score.unparsed:.1%} of the choices name no letter; they count as wrong")
    if score.left_to_judge is not None:
        console.print(f"{score.left_to_judge} answers that the harnesses hand to a judge model were read by rules")
    if comparison is not None:
        figures = comparison.figures
        console.print(
            f"{first} minus that of {printable(comparison.other)}: {figures.difference:+.3f} ({figures.low:+.3f} … "
            f"{figures.high:+.3f}), p = {figures.p_value:.3f}, over {figures.n} questions; {len(figures.gained)} "
            f"turned right, {len(figures.lost)} wrong; such a comparison shows differences from {figures.smallest:.3f}"
        )

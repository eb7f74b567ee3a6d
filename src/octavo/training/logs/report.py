"""`report.html` of a run: one file without scripts and without anything to fetch, made of its log and its recipe."""

import json
import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

import torch
import yaml

from octavo import __version__
from octavo.files import written_whole
from octavo.progress import duration
from octavo.training.logs.curves import Chart, Series, draw
from octavo.training.logs.figures import GIB, StageFigures, by_stage, gib, percent, rows, short
from octavo.training.logs.lines import NAME, Line, read_lines

REPORT = "report.html"
MOST_ROWS = 25  # of the table of steps


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a report, its first column naming the rows."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def write_report(out: Path, tables: Sequence[Table] = ()) -> Path:
    """Write `out/report.html` from the run's `log.jsonl` and `recipe.json`; `tables` come first. Returns its path."""
    lines = read_lines(out / NAME)
    recipe = json.loads((out / "recipe.json").read_text(encoding="utf-8"))
    with written_whole(out / REPORT) as aside:
        aside.write_text(page(recipe, lines, tables), encoding="utf-8")
    return out / REPORT


def page(recipe: dict[str, Any], lines: Sequence[Line], tables: Sequence[Table] = ()) -> str:
    """The report's HTML."""
    stages = by_stage(lines)
    title = f"Training: {recipe['name']}"
    style = (resources.files("octavo.training.logs") / "report.css").read_text(encoding="utf-8")
    seconds = sum(stage.seconds for stage in stages)
    under = f"{machine()} · octavo {__version__}, torch {torch.__version__} · data {recipe['data']}"
    body = [
        f"<header><h1>{escape(title)}</h1><p>{escape(under)}</p>{_tiles(stages, seconds)}</header>",
        *(_table(table) for table in tables),
        "<section><h2>Curves</h2>",
        '<p class="note">Over the steps of all stages. A line is the mean of neighbouring steps where they are many, '
        "the band around it what they span.</p>",
        f'<div class="charts">{"".join(_figure(chart, stages) for chart in charts(lines))}</div></section>',
        _table(Table("Stages", ("", *(stage.name for stage in stages)), rows(stages), NOTE)),
        _table(_dropped(stages)),
        _details("Figures by step", _table(_steps(lines))),
        _details("Recipe, as it was resolved", f"<pre>{escape(yaml.safe_dump(recipe, sort_keys=False))}</pre>"),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{style}</style></head>\n<body><main>{''.join(body)}</main></body></html>\n"
    )


NOTE = (
    "MFU: operations of the model, as its matrices' sizes give them, over those that the device's peak allows in the "
    "same time (on a CPU, the rate of matrix products measured when training began). What is computed twice to save "
    "memory counts once. Packs filled: tokens over the room for them; nothing is padded."
)


def machine() -> str:
    """The device that trains, in words."""
    if torch.cuda.is_available():
        return f"{torch.cuda.device_count()} × {torch.cuda.get_device_name()}"
    return f"CPU, {platform.machine()}, threads: {torch.get_num_threads()}"


def charts(lines: Sequence[Line]) -> list[Chart]:
    """The drawings: those of figures that the log has."""

    def series(**names: str) -> list[Series]:
        found = [(name, _points(lines, key)) for key, name in names.items()]
        return [Series(name, points, dots=name == "validation") for name, points in found if points]

    gradient, anls = series(gradient_norm="gradient norm"), series(anls="validation")
    return [
        Chart("Loss, nats a token", series(loss="training", validation_loss="validation"), short),
        *([Chart("ANLS of held-out questions", anls, short)] if anls else []),
        Chart("Learning rate", series(learning_rate="learning rate"), short),
        Chart("Gradient norm", gradient, short, logarithmic=all(value > 0 for _, value in gradient[0].points)),
        Chart("Tokens a second", series(tokens_per_s="tokens a second"), short),
        Chart("Tiles a second", series(tiles_per_s="tiles a second"), short),
        Chart("Seconds a step", series(seconds="seconds a step"), short),
        Chart("MFU", series(mfu="all", mfu_encoder="encoder", mfu_decoder="decoder"), percent),
        Chart("Room used in packs", series(tokens_used="tokens", tiles_used="tiles"), percent),
        Chart(
            "Peak memory so far, GiB",
            series(resident_bytes="resident", reserved_bytes="GPU, reserved", allocated_bytes="GPU, allocated"),
            short,
        ),
    ]


def _points(lines: Sequence[Line], key: str) -> list[tuple[int, float]]:
    unit = GIB if key.endswith("_bytes") else 1
    return [(number, line[key] / unit) for number, line in enumerate(lines, 1) if key in line]


def _tiles(stages: Sequence[StageFigures], seconds: float) -> str:
    """What one wants to know first."""
    steps, tokens = sum(stage.steps for stage in stages), sum(stage.tokens for stage in stages)
    last = stages[-1]
    figures = [("steps", f"{steps:,}"), ("time in steps", duration(seconds)), ("loss at last", f"{last.last_loss:.3f}")]
    if last.validation_loss is not None:
        figures.append(("best validation loss", f"{last.validation_loss:.3f}"))
    figures += [
        ("tokens", short(tokens)),
        ("tokens a second", short(tokens / seconds)),
        ("MFU", percent(sum(stage.mfu * stage.seconds for stage in stages) / seconds)),
        ("peak memory", gib(max(stage.memory_bytes for stage in stages))),
    ]
    return f"<dl>{''.join(f'<div><dt>{name}</dt><dd>{value}</dd></div>' for name, value in figures)}</dl>"


def _figure(chart: Chart, stages: Sequence[StageFigures]) -> str:
    ends, end = [], 0
    for stage in stages:
        end += stage.steps
        ends.append((stage.name, end))
    keys = "".join(f'<span class="s{n}"><i></i>{escape(one.name)}</span>' for n, one in enumerate(chart.series))
    legend = f'<p class="keys">{keys}</p>' if len(chart.series) > 1 else ""
    return f"<figure><figcaption><h3>{chart.title}</h3>{legend}</figcaption>{draw(chart, ends)}</figure>"


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in table.head)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in row[1:])}</tr>'
        for row in table.rows
    )
    title, note = escape(table.title), f'<p class="note">{escape(table.note)}</p>' if table.note else ""
    return (
        f'<section><h2>{title}</h2><div class="wide" role="region" aria-label="{title}" tabindex="0">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{note}</section>"
    )


def _dropped(stages: Sequence[StageFigures]) -> Table:
    reasons: Counter[str] = Counter()
    for stage in stages:
        reasons.update(stage.dropped)
    found = [(reason, *(f"{stage.dropped[reason]:,}" for stage in stages)) for reason, _ in reasons.most_common()]
    note = "A sample is never cut: one that does not fit, or cannot be read, is left out and counted here."
    head = ("Reason", *(stage.name for stage in stages))
    return Table("Samples left out", head, found or [("none", *("0" for _ in stages))], note)


def _steps(lines: Sequence[Line]) -> Table:
    """Some steps, evenly chosen, in figures: what the drawings show, for those who cannot see them."""
    chosen = sorted({round(n * (len(lines) - 1) / (MOST_ROWS - 1)) for n in range(MOST_ROWS)})
    head = ("Step", "Stage", "Loss", "Validation", "Learning rate", "Gradient norm", "Tokens/s", "Tiles/s", "MFU")
    found = []
    for n in chosen:
        line = lines[n]
        keys = ("loss", "validation_loss", "learning_rate", "gradient_norm", "tokens_per_s", "tiles_per_s")
        figures = [short(line[key]) if key in line else "–" for key in keys]
        found.append((f"{n + 1:,}", line["stage"], *figures, percent(line["mfu"])))
    return Table(f"{len(found)} of {len(lines):,} steps", head, found)


def _details(summary: str, content: str) -> str:
    return f"<details><summary>{summary}</summary>{content}</details>"

"""What a run did, as the card of its model tells it: stages in figures, the curve of the loss, the recipes.

A run whose base is another run goes on with that one's history.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from octavo.progress import duration
from octavo.training.logs.curves import draw
from octavo.training.logs.figures import StageFigures, by_stage, short
from octavo.training.logs.lines import NAME, Line, read_lines
from octavo.training.logs.report import charts

COLOURS = (
    "svg{font:11.5px system-ui,sans-serif;background:#fff}text{fill:#5f5d57}path{fill:none}"
    ".grid,.border{stroke:#e3e2de}.border{stroke-dasharray:3}.s0 .line{stroke:#4338ca;stroke-width:1.5}"
    ".s0 .band{fill:#4338ca;opacity:.15}.s1 .thin{stroke:#b45309}.s1 circle{fill:#b45309}"
)  # as report.css has them in light


@dataclass(frozen=True, slots=True)
class Run:
    """A recipe as it was resolved, and the lines of its log."""

    recipe: dict[str, Any]
    lines: list[Line]


def runs_behind(run: Path) -> list[Run]:
    """The run of a folder, and before it those that it began with; [] where the folder holds no log."""
    if not (run / NAME).is_file():
        return []
    recipe = json.loads((run / "recipe.json").read_text(encoding="utf-8"))
    return [*(runs_behind(Path(recipe["base"])) if recipe["base"] else []), Run(recipe, read_lines(run / NAME))]


def told(runs: Sequence[Run], curve: str) -> str:
    """The training in Markdown; `curve` is the file that shows `loss_curve`."""
    stages = [(run.recipe["name"], stage) for run in runs for stage in by_stage(run.lines)]
    seconds = sum(stage.seconds for _, stage in stages)
    data = sorted({run.recipe["data"] or "drawn pages" for run in runs})
    head = "| recipe | stage | steps | time | tiles | tokens of answers | loss, first → last steps |\n|" + "---|" * 7
    rows = "\n".join(_row(name, stage) for name, stage in stages)
    recipes = "\n".join(
        f"<details><summary>Recipe {run.recipe['name']}, as it was resolved</summary>\n\n```yaml\n"
        f"{yaml.safe_dump(run.recipe, sort_keys=False)}```\n</details>"
        for run in runs
    )
    return (
        f"## Training\n\n{duration(seconds)} in optimiser steps, on {', '.join(data)}.\n\n{head}\n{rows}\n\n"
        f"![Loss by step]({curve})\n\n{recipes}\n"
    )


def loss_curve(runs: Sequence[Run]) -> str:
    """The loss by step through all runs, an SVG file's text."""
    lines = [line for run in runs for line in run.lines]
    ends, end = [], 0
    for run in runs:
        for stage in by_stage(run.lines):
            end += stage.steps
            ends.append((stage.name, end))
    drawing = draw(charts(lines)[0], ends)
    opened, rest = drawing[: drawing.index(">")], drawing[drawing.index(">") + 1 :]
    return f'{opened} xmlns="http://www.w3.org/2000/svg"><style>{COLOURS}</style>{rest}\n'


def _row(recipe: str, stage: StageFigures) -> str:
    return (
        f"| {recipe} | {stage.name} | {stage.steps:,} | {duration(stage.seconds)} | {short(stage.tiles)} "
        f"| {short(stage.answer_tokens)} | {stage.first_loss:.3f} → {stage.last_loss:.3f} |"
    )

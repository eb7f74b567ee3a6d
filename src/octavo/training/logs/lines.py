"""`log.jsonl`: a line a step, in order, each step once."""

import json
from pathlib import Path
from typing import Any

from octavo.files import written_whole

NAME = "log.jsonl"
Line = dict[str, Any]  # stage, stage_index, step (of the stage, from 1), and the step's figures


def read_lines(path: Path) -> list[Line]:
    """The lines of a log, without one that a kill tore; none where there is no file."""
    lines = []
    if path.is_file():
        for text in path.read_text(encoding="utf-8").splitlines():
            try:
                lines.append(json.loads(text))
            except json.JSONDecodeError:
                continue
    return lines


def keep_before(path: Path, stage: int, step: int) -> int:
    """Drop the lines behind step `step` of stage `stage`, which is about to be taken again.

    Returns how many steps the log told of before.
    """
    lines = read_lines(path)
    if lines:
        kept = [line for line in lines if (line["stage_index"], line["step"]) <= (stage, step)]
        with written_whole(path) as aside:
            aside.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")
    return len(lines)

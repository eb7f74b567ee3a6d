"""What a run tells of itself.

lines.py    log.jsonl: a line a step, cut back to the checkpoint that a run goes on from
sinks.py    where a line goes: log.jsonl, TensorBoard, trackio or wandb
memory.py   memory in use, and the line that names a pack for which there was none
figures.py  lines → figures of stages; numbers as a person writes them
curves.py   figures over steps as SVG
report.py   log.jsonl and recipe.json → report.html
"""

from octavo.training.logs.figures import note
from octavo.training.logs.memory import Taken, memory_in_use, memory_named
from octavo.training.logs.report import Table, write_report
from octavo.training.logs.sinks import RunLog

__all__ = [
    "RunLog",
    "Table",
    "Taken",
    "memory_in_use",
    "memory_named",
    "note",
    "write_report",
]

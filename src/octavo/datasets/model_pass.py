"""The pass between READ and WRITE in which a language model writes questions, where one was asked for.

It waits for a server and not for this machine, and its limits hold for all documents together: so the build's own
process does it. What it leaves is a file a shard, and every reply is in the cache: a build killed here pays nothing
twice.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from octavo.datasets.llm import LlmSettings, Meter, ask_all, estimate
from octavo.datasets.read import notes_of, stored
from octavo.datasets.report import READ
from octavo.datasets.tasks import WRITTEN, Task
from octavo.documents import Page
from octavo.files import write_json
from octavo.progress import Progress


def ask_model(tasks: Sequence[Task], settings: LlmSettings, cache: Path) -> dict[str, object]:
    """Write `NUMBER.llm.json` for each of these shards: questions and dropped counts by document.

    Says on standard error what it may cost before it starts. Gives the totals, as `Meter.report` tells them.
    """
    meter = Meter(settings)
    total = sum(1 for _ in _documents(tasks))
    print(f"octavo: {settings.source}: {estimate(_documents(tasks), settings, cache).text(settings)}", file=sys.stderr)
    with Progress("ask the model", total, "documents") as progress:
        replies = ask_all(_documents(tasks), settings, cache, progress, meter)
        for task in tasks:
            written = {}
            for _ in _readable(task):
                sha256, questions, dropped = next(replies)
                written[sha256] = {"questions": [q.to_json() for q in questions], "dropped": dict(dropped)}
            write_json(task.aside(WRITTEN), written)
        assert next(replies, None) is None
    return meter.report()


def _documents(tasks: Sequence[Task]) -> Iterator[tuple[str, list[Page]]]:
    """The documents that could be read, with their pages; one after the other, for one may have thousands."""
    for task in tasks:
        for note in _readable(task):
            yield note["sha256"], list(stored(task, note))


def _readable(task: Task) -> Iterator[dict[str, Any]]:
    return (note for note in notes_of(task) if note["outcome"] == READ)

"""The two tasks of a build, each about one shard of documents: READ their pages, then WRITE their rows.

A task is JSON, and all it needs besides is files in the data set's folder: so it is the same function for a
process of this machine (`worker.py`) and for one of a Ray cluster (`engine.py`), it can be done twice, and what
it leaves is a file that exists whole or not at all. `.aside` holds what READ found until the build is finished.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from octavo.datasets.settings import Settings
from octavo.documents import Limits, Reader
from octavo.documents.ocr import Ocr

ASIDE = ".aside"
READ, WRITE = "read", "write"
WRITTEN = "llm.json"  # the suffix of a shard's file of a language model's questions

Report = Callable[[str, int], None]  # called after each document, with its name and pages


@dataclass(frozen=True, slots=True)
class Item:
    """A document of a shard: its hash, its file and its name; for WRITE also its cluster and split."""

    sha256: str
    path: str
    name: str
    cluster: str = ""
    split: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done with the documents of shard `number` of the data set in folder `out`."""

    do: str
    out: str
    number: int
    documents: tuple[Item, ...]
    settings: Settings
    passwords: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The task as it goes to a worker."""
        return asdict(self)

    @classmethod
    def of_json(cls, value: dict[str, Any]) -> Self:
        """The task that `to_json` wrote."""
        return cls(
            value["do"],
            value["out"],
            value["number"],
            tuple(Item(**item) for item in value["documents"]),
            Settings.of_json(value["settings"]),
            tuple(value["passwords"]),
        )

    def aside(self, suffix: str) -> Path:
        """A file of this shard between the passes, such as "arrow" or "json"."""
        return Path(self.out, ASIDE, f"{self.number:05d}.{suffix}")

    def file(self, part: str, split: str) -> Path:
        """A file of the finished data set: part is "data", "pages" or "pdf"."""
        return Path(self.out, part, f"{split}-{self.number:05d}.parquet")

    @property
    def manifest(self) -> Path:
        """The file that says that the shard is finished."""
        return Path(self.out, "shards", f"{self.number:05d}.json")


class Desk:
    """What a worker keeps from task to task: a reader with its child process, the models of OCR."""

    def __init__(self) -> None:
        self.stack = ExitStack()
        self.reader: Reader | None = None
        self.ocr: Ocr | None = None

    def do(self, task: Task, report: Report) -> None:
        """Do a task, whichever it is."""
        from octavo.datasets.read import read_shard  # they import this module
        from octavo.datasets.write import write_shard

        if self.reader is None:
            limits = Limits(pages=task.settings.most_pages)
            self.reader = self.stack.enter_context(Reader(limits=limits, dpi=task.settings.dpi))
            self.ocr = Ocr() if task.settings.ocr else None
        if task.do == READ:
            read_shard(task, self.reader, self.ocr, report)
        else:
            write_shard(task, self.reader, report)

    def close(self) -> None:
        """End the reader's child process."""
        self.stack.close()
        self.reader = None

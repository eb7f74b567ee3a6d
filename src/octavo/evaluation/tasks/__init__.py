"""Tasks: what a model is asked.

published.py  the field's benchmarks, from parquet.py      built.py     data sets of `octavo build`
receipts.py   72 receipts of SROIE                          invoices.py  PDFs with their true values (written.py)
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from octavo.datasets import DataSet
from octavo.errors import OctavoError
from octavo.evaluation.tasks.built import BuiltTask
from octavo.evaluation.tasks.invoices import InvoiceTask
from octavo.evaluation.tasks.published import SPECS, PublishedTask
from octavo.evaluation.tasks.receipts import ReceiptTask
from octavo.evaluation.types import Item, Task
from octavo.hub import dataset_folder

REAL = ("sroie", "invoices")

__all__ = ["BuiltTask", "InvoiceTask", "PublishedTask", "ReceiptTask", "limited", "open_task"]


def open_task(name: str, data: str | None = None, split: str | None = None) -> Task:
    """The task of a name: a benchmark, "sroie", "invoices", or the folder of a data set.

    `data` is where a named task's files are, a folder or a hub name; benchmarks have one of their own. Raises
    `OctavoError` where there is no such task or its folder holds something else.
    """
    if name in SPECS:
        return PublishedTask(name, dataset_folder(data or SPECS[name].hub), split)
    if name in REAL:
        if data is None:
            raise OctavoError(f"{name} needs the folder that holds its files: give --data")
        return ReceiptTask(Path(data)) if name == "sroie" else InvoiceTask(Path(data))
    if not Path(name).is_dir():
        raise OctavoError(f"{name} is no data set folder and no task; the tasks are {', '.join((*SPECS, *REAL))}")
    return BuiltTask(DataSet(Path(name)), split or "validation")


def limited(items: Sequence[Item], limit: int | None) -> list[Item]:
    """At most `limit` items by a hash of what is asked, in the task's order: the same for every model and run."""

    def rank(item: Item) -> bytes:
        return hashlib.blake2b(f"{item.group}\0{item.question}".encode("utf-8", "replace"), digest_size=16).digest()

    kept = {item.id for item in sorted(items, key=rank)[:limit]}
    return [item for item in items if item.id in kept]

"""Luck: one of the options, or one of the page's words, by the hash of the item."""

import hashlib
from collections.abc import Sequence

from octavo.evaluation.types import Item, Reply, Task


def chance(task: Task, items: Sequence[Item]) -> dict[str, Reply]:
    """For each item, by its id, a letter of its options or a word of its pages; "" where it has neither."""
    return {
        item.id: Reply(_drawn(item, item.letters or [w.text for page in task.words(item) for w in page]))
        for item in items
    }


def _drawn(item: Item, among: Sequence[str]) -> str:
    draw = int.from_bytes(
        hashlib.blake2b(f"{item.id}\0{item.question}".encode("utf-8", "replace"), digest_size=8).digest()
    )
    return among[draw % len(among)] if among else ""

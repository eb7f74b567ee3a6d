"""The answers of a model, kept as they come: a kill loses at most the one that was being written.

A line is known by the hash of everything that it depends on (weights, processor, settings, prompt, image bytes, the
true answer whose loss was taken), never by a name. So a run goes on where it was, a longer one takes over what a
shorter one asked, and retrained weights find nothing here.
"""

import hashlib
import json
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from octavo.documents.types import Box, PageImage
from octavo.evaluation.types import Reply

FILE = "answers.jsonl"


def answer_key(identity: Mapping[str, str], images: Sequence[str], prompt: str, truth: str) -> str:
    """The SHA-256 of what an answer depends on; `images` are `image_hash`es."""
    whole = json.dumps([sorted(identity.items()), list(images), prompt, truth])  # ASCII, also for lone surrogates
    return hashlib.sha256(whole.encode()).hexdigest()


def image_hash(image: PageImage) -> str:
    """The SHA-256 of an image's bytes with its size and encoding."""
    return hashlib.sha256(f"{image.format} {image.width} {image.height} ".encode() + image.data).hexdigest()


class Answers:
    """The file of answers in a folder, open for appending. Failures are not kept: the next run tries them again."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / FILE
        self.known = _read(self.path)
        self.file = self.path.open("ab")
        self.lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.close()

    def add(self, key: str, reply: Reply) -> None:
        """Keep a reply, unless it is a failure; when this returns it survives a power cut."""
        if reply.failure:
            return
        with self.lock:
            self.file.write((json.dumps({"key": key, **asdict(reply)}) + "\n").encode())
            self.file.flush()
            os.fsync(self.file.fileno())
            self.known[key] = reply


def _read(path: Path) -> dict[str, Reply]:
    """The whole lines of the file; a last one without its end is cut off, since a kill left it."""
    if not path.exists():
        return {}
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        os.truncate(path, len(whole))
    known = {}
    for line in whole.splitlines():
        value = json.loads(line)
        key = value.pop("key")
        boxes = value.get("boxes")  # which older files do not have
        found = None if boxes is None else tuple(Box(*box) for box in boxes)
        known[key] = Reply(**value | {"losses": tuple(value["losses"]), "boxes": found})
    return known

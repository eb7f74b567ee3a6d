"""Prompts: versioned files of this package, in the folder `prompts`."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from octavo.errors import OctavoError

PRESETS = ("fields", "docmatix")  # those that ask for questions


@dataclass(frozen=True, slots=True)
class Preset:
    """A file of prompts: what the model is told, and one text for each purpose.

    `chunks` says what goes into one request: a "page", or as much of a "document" as `chunks.py` allows.
    `digest` is the SHA-256 of the file.
    """

    name: str
    version: int
    chunks: str
    pairs_per_page: int
    system: str
    purposes: tuple[str, ...]
    digest: str

    @property
    def label(self) -> str:
        """Name and version, as a data set names it."""
        return f"{self.name}-{self.version}"

    @property
    def identity(self) -> str:
        """Name, version and hash, as the cache and a build name it."""
        return f"{self.label}:{self.digest[:16]}"

    def draw(self, *parts: object) -> str:
        """One of the purposes, by the hash of `parts`."""
        number = hashlib.sha256(" ".join((self.identity, *map(str, parts))).encode()).digest()[:8]
        return self.purposes[int.from_bytes(number) % len(self.purposes)]


@cache
def load_preset(name: str) -> Preset:
    """The prompts of this name. Raises `OctavoError` where there are none."""
    if name not in (*PRESETS, "judge"):
        raise OctavoError(f"there are no prompts named {name!r}; give --llm-prompt {' or '.join(PRESETS)}")
    data = (files("octavo.datasets.llm") / "prompts" / f"{name}.yaml").read_bytes()
    values = yaml.safe_load(data)
    values["purposes"] = tuple(values["purposes"])
    return Preset(**values, digest=hashlib.sha256(data).hexdigest())

"""What a build will do, known before it starts: its documents in the order of their hashes, its settings."""

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from octavo.datasets.finders import GENERATOR
from octavo.datasets.report import DUPLICATE, FAILED, Entry
from octavo.datasets.settings import Settings
from octavo.documents import Source, find_documents
from octavo.files import sha256_of

# Documents of a shard: few enough that a small build keeps its workers busy to the end, in few enough files.
FEWEST, MOST, SHARDS = 4, 32, 64


@dataclass(frozen=True, slots=True)
class Shard:
    """A run of documents in the order of their hashes; `number` counts from 0 and names its files."""

    number: int
    documents: tuple[tuple[str, Source], ...]  # (sha256, source)


@dataclass(frozen=True, slots=True)
class Plan:
    """The shards, the documents that are settled without reading them, and the fingerprint.

    Two builds with equal fingerprints write the same files. The passwords take part in it as a slow salted hash,
    so that the file gives none away.
    """

    shards: tuple[Shard, ...]
    settled: tuple[Entry, ...]
    fingerprint: dict[str, Any]

    @property
    def documents(self) -> int:
        """How many documents are to be read."""
        return sum(len(shard.documents) for shard in self.shards)


def plan(inputs: Sequence[Path], passwords: Sequence[str], settings: Settings, decided: str) -> Plan:
    """Find and hash the documents. Of files with the same bytes only the first by name is read.

    `decided` stands for everything else that the result depends on: a review, kept splits. Raises `OctavoError`
    where there is no document.
    """
    sources = find_documents(inputs)
    with ThreadPoolExecutor() as pool:  # hashing leaves the interpreter's lock
        hashes = list(pool.map(_hash_or_reason, (source.path for source in sources)))
    first: dict[str, Source] = {}
    settled = []
    for source, (sha256, reason) in zip(sources, hashes, strict=True):
        if reason:
            settled.append(Entry(source.name, "", FAILED, reason))
        elif sha256 in first:
            settled.append(Entry(source.name, sha256, DUPLICATE, f"same bytes as {first[sha256].name}"))
        else:
            first[sha256] = source
    ordered = sorted(first.items())
    size = min(max(-(-len(ordered) // SHARDS), FEWEST), MOST)
    shards = tuple(
        Shard(number, tuple(ordered[start : start + size])) for number, start in enumerate(range(0, len(ordered), size))
    )
    names = "\n".join(f"{sha} {reason} {source.name}" for source, (sha, reason) in zip(sources, hashes, strict=True))
    documents = hashlib.sha256(names.encode()).hexdigest()
    fingerprint = {
        "generator": GENERATOR,
        "documents": documents,
        "passwords": _hidden(passwords, documents),
        "decisions": decided,
        **settings.to_json(),
    }
    return Plan(shards, tuple(settled), fingerprint)


def differences(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """The names of the settings in which a fingerprint found in a folder differs from `ours`."""
    return [name for name, value in ours.items() if theirs.get(name) != value]


def _hash_or_reason(path: Path) -> tuple[str, str]:
    try:
        return sha256_of(path), ""
    except OSError as error:
        return "", f"cannot be read: {error.strerror}"


def _hidden(passwords: Sequence[str], salt: str) -> str:
    text = "\n".join(passwords).encode()
    return hashlib.scrypt(text, salt=salt.encode(), n=2**14, r=8, p=1).hex() if passwords else ""

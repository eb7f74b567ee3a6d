"""What a build will do, known before it starts: its documents in the order of their hashes, its settings."""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from octavo.datasets.questions import GENERATOR
from octavo.datasets.report import DUPLICATE, FAILED, Entry
from octavo.documents import Source, find_documents
from octavo.files import sha256_of

SHARD_DOCUMENTS = 32  # what a kill costs at most, and what one Parquet file of a split holds


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What decides the bytes of a data set: two builds with equal fingerprints write the same files.

    The passwords take part as a slow salted hash, so that the file gives none away.
    """

    generator: str
    dpi: int
    shard_documents: int
    documents: str
    passwords: str


@dataclass(frozen=True, slots=True)
class Shard:
    """A fixed run of documents in the order of their hashes; `number` counts from 0 and names its files."""

    number: int
    documents: tuple[tuple[str, Source], ...]  # (sha256, source)

    @property
    def manifest(self) -> str:
        """The path inside the data set of the file that says that the shard is finished."""
        return f"shards/{self.number:05d}.json"

    def rows_file(self, split: str) -> str:
        """The path inside the data set of the shard's rows of `split`."""
        return f"data/{split}-{self.number:05d}.parquet"


@dataclass(frozen=True, slots=True)
class Plan:
    """The shards, the documents that are settled without reading them, and the fingerprint."""

    shards: tuple[Shard, ...]
    settled: tuple[Entry, ...]
    fingerprint: Fingerprint

    def __iter__(self) -> Iterator[Shard]:
        return iter(self.shards)


def plan(inputs: Sequence[Path], passwords: Sequence[str], dpi: int) -> Plan:
    """Find and hash the documents. Of files with the same bytes only the first by name is read.

    Raises `OctavoError` where there is no document.
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
    starts = range(0, len(ordered), SHARD_DOCUMENTS)
    shards = tuple(
        Shard(number, tuple(ordered[start : start + SHARD_DOCUMENTS])) for number, start in enumerate(starts)
    )
    names = "\n".join(
        f"{sha256} {reason} {source.name}" for source, (sha256, reason) in zip(sources, hashes, strict=True)
    )
    documents = hashlib.sha256(names.encode()).hexdigest()
    return Plan(
        shards, tuple(settled), Fingerprint(GENERATOR, dpi, SHARD_DOCUMENTS, documents, _hidden(passwords, documents))
    )


def differences(ours: Fingerprint, theirs: dict[str, object]) -> list[str]:
    """The names of the settings in which a fingerprint found in a folder differs from `ours`."""
    return [name for name, value in asdict(ours).items() if theirs.get(name) != value]


def _hash_or_reason(path: Path) -> tuple[str, str]:
    try:
        return sha256_of(path), ""
    except OSError as error:
        return "", f"cannot be read: {error.strerror}"


def _hidden(passwords: Sequence[str], salt: str) -> str:
    text = "\n".join(passwords).encode()
    return hashlib.scrypt(text, salt=salt.encode(), n=2**14, r=8, p=1).hex() if passwords else ""

"""build: documents in, a data set in Parquet out, in shards that a kill cannot tear.

A folder under construction holds `build.json` (the fingerprint), finished shards (`data/SPLIT-NUMBER.parquet`
and then `shards/NUMBER.json`) and `.aside` (rows of documents whose shard is not written yet).
`manifest.json` and the card come last. What a shard's files hold depends on its documents and the settings
alone, so neither the number of workers nor a kill and a second start can change a byte.
"""

import fcntl
import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

from octavo.datasets.card import card
from octavo.datasets.plan import Fingerprint, Plan, Shard, differences, plan
from octavo.datasets.report import MANIFEST, BuildReport, Entry
from octavo.datasets.schema import RowFile, batches_in
from octavo.datasets.splits import SPLITS, assign, split_of
from octavo.datasets.work import Done, Workers
from octavo.errors import OctavoError
from octavo.files import remove, write_json, written_whole
from octavo.progress import Progress

BUILD, CARD, ASIDE = "build.json", "README.md", ".aside"


def build(
    inputs: Sequence[Path], out: Path, *, passwords: Sequence[str] = (), workers: int = 2, dpi: int = 150
) -> BuildReport:
    """Make a data set in folder `out` of the documents in `inputs` (files and folders), or finish one there.

    `passwords` are tried on encrypted PDFs; pages are rendered at `dpi` dots an inch. A document that cannot
    be read is listed with its reason and costs only itself. Raises `OctavoError` where there is no document,
    where none gave a question, and where `out` holds something else.
    """
    todo = plan(inputs, passwords, dpi)
    with _claimed(out, todo.fingerprint):
        aside = out / ASIDE
        aside.mkdir()
        missing = [shard for shard in todo if not (out / shard.manifest).exists()]
        total, left = (sum(len(shard.documents) for shard in shards) for shards in (todo, missing))
        with (
            Workers(workers, aside, passwords, dpi) as crew,
            Progress("build", total, "documents", done=total - left) as progress,
        ):
            _write_shards(out, missing, {}, crew, progress)
            # Splits by hash are known beforehand; whether one of them came out empty only now.
            splits = assign([entry.sha256 for entry in _entries(out, todo) if entry.rows])
            moved = [
                shard
                for shard in todo
                if any(entry.rows and entry.split != splits[entry.sha256] for entry in _shard_entries(out, shard))
            ]
            for shard in moved:
                remove(out / shard.manifest)
                progress.total += len(shard.documents)
            _write_shards(out, moved, splits, crew, progress)
        remove(aside)
        return _finish(out, todo)


def _write_shards(
    out: Path, shards: Sequence[Shard], splits: Mapping[str, str], crew: Workers, progress: Progress
) -> None:
    """Write these shards, reading the documents of one shard ahead of the one written."""
    waiting: deque[tuple[Shard, list[Future[Done]]]] = deque()
    for shard in shards:
        waiting.append(
            (
                shard,
                [
                    crew.submit(sha256, source, splits.get(sha256) or split_of(sha256))
                    for sha256, source in shard.documents
                ],
            )
        )
        if len(waiting) > 1:
            _write_shard(out, *waiting.popleft(), progress)
    while waiting:
        _write_shard(out, *waiting.popleft(), progress)


def _write_shard(out: Path, shard: Shard, documents: Sequence["Future[Done]"], progress: Progress) -> None:
    """Write a shard's rows as its documents come in, a file a split, then the manifest that completes it."""
    for split in SPLITS:
        remove(out / shard.rows_file(split))  # of an earlier, killed attempt
    entries = []
    with ExitStack() as stack:
        files: dict[str, RowFile] = {}
        for future in documents:
            done = future.result()
            entry = done.entry
            if entry.rows and entry.split not in files:
                path = stack.enter_context(written_whole(out / shard.rows_file(entry.split)))
                files[entry.split] = stack.enter_context(RowFile(path))
            if entry.rows:
                for batch in batches_in(done.rows):
                    files[entry.split].add(batch)
            remove(done.rows)
            entries.append(entry)
            asked = sum(entry.questions.values())
            progress.advance(note=f"{entry.name}: {entry.pages} pages, {asked} questions")
    write_json(out / shard.manifest, {"documents": [entry.to_json() for entry in entries]})


def _finish(out: Path, todo: Plan) -> BuildReport:
    """Write the manifest and the card. Where the documents gave nothing, take the folder away and say so."""
    entries = sorted([*_entries(out, todo), *todo.settled], key=lambda entry: entry.name)
    report = BuildReport.of(out, entries)
    if not report.documents_read:
        name, reason = report.failures[0]
        remove(out)
        raise OctavoError(f"none of {report.documents_failed} documents could be read; {name}: {reason}")
    if not report.rows:
        remove(out)
        raise OctavoError(
            f"no page of {report.documents_read} documents gave a question: "
            f"{report.pages_without_words} of {report.pages} pages have no words; "
            "give documents with a text layer"
        )
    write_json(out / MANIFEST, {"documents": [entry.to_json() for entry in entries]})
    with written_whole(out / CARD) as aside:
        aside.write_text(card(report, todo.fingerprint.dpi), encoding="utf-8")
    return report


def _entries(out: Path, shards: Plan) -> list[Entry]:
    return [entry for shard in shards for entry in _shard_entries(out, shard)]


def _shard_entries(out: Path, shard: Shard) -> list[Entry]:
    manifest = json.loads((out / shard.manifest).read_text(encoding="utf-8"))
    return [Entry(**entry) for entry in manifest["documents"]]


@contextmanager
def _claimed(out: Path, fingerprint: Fingerprint) -> Iterator[None]:
    """Make `out` the folder of this build, or make sure that it is, and hold it against a second process.

    What a killed process left half written is removed. Raises `OctavoError` where the folder holds another
    build or something else, and where another process is writing it.
    """
    if out.exists() and not out.is_dir():
        raise OctavoError(f"{out} is a file; give a folder as --out")
    existing = [path for path in out.iterdir() if not path.name.endswith(".part")] if out.exists() else []
    if existing and not (out / BUILD).is_file():
        raise OctavoError(f"{out} is not empty and holds no build; give another --out")
    if not existing:
        write_json(out / BUILD, asdict(fingerprint))
    with (out / BUILD).open() as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the system lets go of it when a process dies
        except BlockingIOError:
            raise OctavoError(f"{out} is being written by another process; wait for it or give another --out") from None
        other = differences(fingerprint, json.load(handle))
        if other:
            raise OctavoError(
                f"{out} holds a build with other {' and '.join(other)}; "
                "give another --out, or delete that folder to build it anew"
            )
        for left in (out / ASIDE, *out.rglob(".*.part")):
            remove(left)
        yield

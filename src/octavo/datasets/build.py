"""build: documents in, a data set in Parquet out, in shards that a kill cannot tear.

A folder under construction holds `build.json` (the fingerprint), `.aside` (what READ found, what is known of the
corpus) and finished shards (Parquet, and then `shards/NUMBER.json`). `manifest.json` comes last. What a file holds
depends on the documents and the settings alone, so neither the number of workers nor a kill and a second start
can change a byte.
"""

import fcntl
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from octavo.datasets.card import write_card
from octavo.datasets.engine import Engine, LocalEngine
from octavo.datasets.mining import mine
from octavo.datasets.plan import Plan, Shard, differences, plan
from octavo.datasets.read import notes_of
from octavo.datasets.report import MANIFEST, READ, BuildReport, Entry, entries_of
from octavo.datasets.review import Review
from octavo.datasets.selection.clusters import clusters
from octavo.datasets.selection.signatures import Signature
from octavo.datasets.selection.splits import assign
from octavo.datasets.settings import Settings
from octavo.datasets.tasks import ASIDE, WRITE, WRITTEN, Item, Task
from octavo.datasets.tasks import READ as READ_TASK
from octavo.datasets.write import CORPUS, REVIEW
from octavo.errors import OctavoError
from octavo.files import remove, write_json
from octavo.progress import Progress

if TYPE_CHECKING:  # an HTTP client takes 0.3 s to import, in every worker
    from octavo.datasets.llm import LlmSettings

BUILD = "build.json"
DEFAULTS = Settings()


def build(
    inputs: Sequence[Path],
    out: Path,
    settings: Settings = DEFAULTS,
    *,
    passwords: Sequence[str] = (),
    engine: Engine | None = None,
    workers: int = 2,
    review: Path | None = None,
    keep_splits: Path | None = None,
    llm: "LlmSettings | None" = None,
) -> BuildReport:
    """Make a data set in folder `out` of the documents in `inputs` (files and folders), or finish one there.

    `passwords` are tried on encrypted PDFs. `review` is a file of judgements (`octavo inspect --serve`) to apply;
    documents that are in the data set `keep_splits` stay in the split they have there. `llm` writes questions, too;
    its replies are kept in `OUT.llm.sqlite` beside the data set, so that building anew pays for none twice. Work is
    done by `engine`, by default `workers` processes of this machine. A document or page that cannot be read is
    listed with its reason and costs only itself. Raises `OctavoError` where there is no document, where none gave a
    question, and where `out` holds something else.
    """
    if llm:
        settings = replace(settings, written=llm.fingerprint())
    decisions = Review.load(review) if review else None
    kept = {entry.sha256: entry.split for entry in entries_of(keep_splits) if entry.split} if keep_splits else {}
    decided = _hash([decisions.digest if decisions else "", sorted(kept.items())])
    with engine or LocalEngine(workers) as crew:
        todo = plan(inputs, passwords, settings, decided)
        with _claimed(out, todo.fingerprint):
            if not (out / MANIFEST).exists():
                _Build(out, todo, settings, passwords, kept, crew, llm).run(decisions)
            remove(out / ASIDE)
            return BuildReport.load(out)


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


@dataclass
class _Build:
    """The steps of a build; each leaves files, and is passed over where these are there already."""

    out: Path
    todo: Plan
    settings: Settings
    passwords: Sequence[str]
    kept: Mapping[str, str]
    engine: Engine
    llm: "LlmSettings | None"

    def run(self, decisions: Review | None) -> None:
        """Do all that is missing. The manifest, which says that the data set is whole, comes last."""
        (self.out / ASIDE).mkdir(exist_ok=True)
        tasks = [self._task(READ_TASK, shard) for shard in self.todo.shards]
        self._do("read", [task for task in tasks if not task.aside("json").exists()], tasks)
        if self.llm:
            from octavo.datasets.model_pass import ask_model

            cache = self.out.with_name(f"{self.out.name}.llm.sqlite")
            if not all(task.aside(WRITTEN).exists() for task in tasks):
                # All of them, or the budget would begin anew; what was asked before is in the cache.
                write_json(self.out / ASIDE / "llm.json", ask_model(tasks, self.llm, cache))
        write_json(
            self.out / ASIDE / REVIEW,
            {name: asdict(decision) for name, decision in decisions.decisions.items()} if decisions else {},
        )
        corpus = mine(lambda: (note["observation"] for note in self._notes() if note["outcome"] == READ))
        write_json(self.out / ASIDE / CORPUS, corpus.to_json())
        alike = clusters(
            (note["sha256"], Signature.of_json(note["signature"])) for note in self._notes() if note["outcome"] == READ
        )
        splits = assign(alike, self.kept)
        tasks = [self._task(WRITE, shard, alike, splits) for shard in self.todo.shards]
        self._do("write", [task for task in tasks if not task.manifest.exists()], tasks)
        self._fill_splits(alike)
        self._finish()

    def _fill_splits(self, alike: Mapping[str, str]) -> None:
        """Write shards anew whose documents move since a split came out empty, which only now can be known."""
        splits = assign(alike, self.kept, [entry.sha256 for entry in self._entries() if entry.rows])
        moved = []
        for shard in self.todo.shards:
            task = self._task(WRITE, shard, alike, splits)
            if any(entry.split and entry.split != splits[entry.sha256] for entry in _entries_in(task)):
                remove(task.manifest)
                moved.append(task)
        self._do("write", moved, moved)

    def _do(self, name: str, missing: Sequence[Task], tasks: Sequence[Task]) -> None:
        # The largest first, so that no worker begins a long shard when the others are done. The order of the work
        # changes no byte of the result.
        missing = sorted(missing, key=_weight, reverse=True)
        total, left = (sum(len(task.documents) for task in some) for some in (tasks, missing))
        if not left:
            return
        with Progress(name, total, "documents", done=total - left) as progress:
            pages = 0

            def report(document: str, count: int) -> None:
                nonlocal pages
                pages += count
                progress.advance(note=f"{pages} pages, {progress.per_second(pages):.1f} pages/s · {document}")

            self.engine.run(missing, report)

    def _task(
        self, do: str, shard: Shard, alike: Mapping[str, str] | None = None, splits: Mapping[str, str] | None = None
    ) -> Task:
        alike, splits = alike or {}, splits or {}
        documents = tuple(
            Item(sha256, str(source.path.absolute()), source.name, alike.get(sha256, ""), splits.get(sha256, ""))
            for sha256, source in shard.documents
        )
        return Task(do, str(self.out.absolute()), shard.number, documents, self.settings, tuple(self.passwords))

    def _notes(self) -> Iterator[dict[str, Any]]:
        """What READ noted of every document, shard by shard."""
        for shard in self.todo.shards:
            yield from notes_of(self._task(READ_TASK, shard))

    def _entries(self) -> list[Entry]:
        return [entry for shard in self.todo.shards for entry in _entries_in(self._task(WRITE, shard))]

    def _finish(self) -> None:
        """Write the card and the manifest. Where the documents gave nothing, take the folder away and say so."""
        entries = sorted([*self._entries(), *self.todo.settled], key=lambda entry: entry.name)
        report = BuildReport.of(self.out, entries)
        if not report.documents_read:
            remove(self.out)
            name, reason = report.failures[0]
            raise OctavoError(f"none of {report.documents_failed} documents could be read; {name}: {reason}")
        if not report.rows:
            remove(self.out)
            raise OctavoError(
                f"no page of {report.documents_read} documents gave a question: "
                f"{report.pages_without_words} of {report.pages} pages have no words; "
                "give documents with a text layer, or install octavo[ocr]"
            )
        write_card(self.out, report, self.settings)
        write_json(self.out / MANIFEST, {"documents": [entry.to_json() for entry in entries]})


def _weight(task: Task) -> int:
    """About how much work a shard is: its files' bytes, or its pages where these are known."""
    if task.do == READ_TASK:
        return sum(path.stat().st_size for item in task.documents if (path := Path(item.path)).exists())
    return sum(note["pages"] for note in notes_of(task))


def _entries_in(task: Task) -> list[Entry]:
    manifest = json.loads(task.manifest.read_text(encoding="utf-8"))
    return [Entry(**entry) for entry in manifest["documents"]]


@contextmanager
def _claimed(out: Path, fingerprint: Mapping[str, Any]) -> Iterator[None]:
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
        write_json(out / BUILD, fingerprint)
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
        for left in out.rglob(".*.part"):
            remove(left)
        yield

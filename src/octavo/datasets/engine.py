"""Engines: where the tasks of a build are done. Each has `run(tasks, report)`; a task may be done more than once.

`LocalEngine` has worker processes of this machine. They are this package's own and speak JSON over pipes:
multiprocessing would import the caller's main module again, which hangs scripts without a guard, and pickle.
`RayEngine` hands the same tasks to a Ray cluster whose nodes share the folders.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, Protocol, Self

from octavo.datasets.tasks import Desk, Report, Task
from octavo.documents.process import THRIFTY
from octavo.documents.turns import LOCK
from octavo.errors import OctavoError

TOGETHER = 4  # workers that take turns at pages with large pictures
ATTEMPTS = 3  # at a task whose worker died: memory runs out when two large documents meet, and not the next time


class Engine(Protocol):
    """Does tasks, several at a time."""

    def run(self, tasks: Sequence[Task], report: Report) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class LocalEngine:
    """`count` worker processes on this machine, started at once: they load their modules while a build is planned."""

    def __init__(self, count: int) -> None:
        self.lock = TemporaryFile()  # noqa: SIM115 - closed at the exit; it has no name, so a killed build leaves nothing
        self.workers = [_Worker(self.lock.fileno(), number // TOGETHER) for number in range(count)]

    def __enter__(self) -> Self:
        for worker in self.workers:
            worker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self.workers:
            worker.end()
        self.lock.close()

    def run(self, tasks: Sequence[Task], report: Report) -> None:
        """Do `tasks`, whichever order they end in; `report` is called in the caller's thread.

        Raises what a task raised, after the tasks in hand have been stopped.
        """
        waiting = queue.SimpleQueue[Task | None]()
        events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for task in tasks:
            waiting.put(task)
        for worker in self.workers:
            waiting.put(None)
            threading.Thread(target=_serve, args=(worker, waiting, events), daemon=True).start()
        left = len(tasks)
        while left:
            event = events.get()
            match event["event"]:
                case "document":
                    report(event["name"], event["pages"])
                case "done":
                    left -= 1
                case "fault":
                    raise OctavoError(event["message"])
                case _:
                    raise RuntimeError(event["message"])


class _Worker:
    """A worker process, started again after it died. Its readers take turns by a byte of the file `lock`."""

    def __init__(self, lock: int, byte: int) -> None:
        self.lock, self.byte = lock, byte
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start the process; it waits for tasks."""
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "octavo.datasets.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            # Arrow's own pool keeps what it once had; the system's gives it back, 10 MB a worker. One thread for
            # numpy's linear algebra: a second one spins for 18 ms at a picture's transform, which takes 0.2.
            env=os.environ
            | THRIFTY
            | {"ARROW_DEFAULT_MEMORY_POOL": "system", "OPENBLAS_NUM_THREADS": "1", LOCK: f"{self.lock} {self.byte}"},
            pass_fds=(self.lock,),
        )

    def events(self, task: Task) -> Iterator[dict[str, Any]]:
        """Have `task` done: what happens, until it ends. Ends early where the process dies."""
        if self.process is None or self.process.poll() is not None:
            self.start()
        assert self.process is not None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(task.to_json()) + "\n")
            self.process.stdin.flush()
        for line in self.process.stdout:
            event = json.loads(line)
            yield event
            if event["event"] != "document":
                return
        self.process.wait()

    def end(self) -> None:
        """Kill the process, in the middle of a task, too."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe is not None:
                    with suppress(BrokenPipeError):
                        pipe.close()


def _serve(worker: _Worker, waiting: "queue.SimpleQueue[Task | None]", events: "queue.SimpleQueue[Any]") -> None:
    """A thread's work: give tasks to its worker until there are none."""
    while (task := waiting.get()) is not None:
        reported = 0  # documents of attempts that failed are not told of again
        for _ in range(ATTEMPTS):
            last = ""
            for number, event in enumerate(worker.events(task)):
                last = event["event"]
                if last != "document" or number >= reported:
                    events.put(event)
                    reported += last == "document"
            if last not in ("", "document"):
                break
        else:
            names = ", ".join(item.name for item in task.documents[:3])
            message = (
                f"a worker process died {ATTEMPTS} times at shard {task.number} ({names} …); memory may have run "
                "out: give fewer --workers and run the same command again"
            )
            events.put({"event": "fault", "message": message})
            return


class RayEngine:
    """The workers of a Ray cluster; `octavo[ray]`.

    Inputs and output must be on a file system that all nodes see under the same paths. Ray starts a task anew
    whose node or process died.
    """

    def __init__(self, count: int, address: str | None) -> None:
        try:
            import ray
        except ImportError:
            raise OctavoError("--engine ray needs Ray: pip install 'octavo[ray]'") from None
        self.ray = ray
        self.count = count
        ray.init(
            address=address,
            num_cpus=None if address else count,
            include_dashboard=False,
            log_to_driver=False,
            ignore_reinit_error=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ray.shutdown()

    def run(self, tasks: Sequence[Task], report: Report) -> None:
        """Do `tasks`; documents are reported shard by shard, as shards end."""
        remote = self.ray.remote(max_retries=ATTEMPTS)(_done)
        running: list[Any] = []
        for task in _json(tasks):
            running.append(remote.remote(task))
            if len(running) >= 4 * self.count:
                running = self._some(running, report)
        while running:
            running = self._some(running, report)

    def _some(self, running: list[Any], report: Report) -> list[Any]:
        """Wait for one task; the others."""
        (ended, *_), others = self.ray.wait(running)
        try:
            documents = self.ray.get(ended)
        except self.ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, OctavoError):
                raise OctavoError(str(error.cause)) from None
            raise
        for name, pages in documents:
            report(name, pages)
        return others


def _json(tasks: Iterable[Task]) -> Iterator[str]:
    for task in tasks:
        yield json.dumps(task.to_json())


def _done(task: str) -> list[tuple[str, int]]:
    """Do a task in a process of the cluster; the documents it was about, with their pages."""
    documents: list[tuple[str, int]] = []
    desk = Desk()
    try:
        desk.do(Task.of_json(json.loads(task)), lambda name, pages: documents.append((name, pages)))
    finally:
        desk.close()
    return documents

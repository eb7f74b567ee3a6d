"""Where the work of a build is done: workers that die, a Ray cluster, questions by a model, reviews."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from octavo.datasets import Settings, build
from octavo.datasets.engine import LocalEngine, RayEngine
from octavo.datasets.settings import Settings as SettingsType
from octavo.datasets.tasks import READ, Item, Task
from octavo.errors import OctavoError

Fill = Callable[[Path, int], Path]
SMALL = Settings(dpi=30)


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def workers_of(pid: int) -> list[psutil.Process]:
    found = []
    for child in psutil.Process(pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # or a zombie, since it was listed
            if "octavo.datasets.worker" in child.cmdline():
                found.append(child)
    return found


def test_a_task_survives_its_way_as_json(tmp_path: Path) -> None:
    task = Task(READ, str(tmp_path), 3, (Item("ab", "/x.pdf", "x.pdf"),), Settings(dpi=77), ("secret",))
    assert Task.of_json(json.loads(json.dumps(task.to_json()))) == task
    assert SettingsType.of_json(SMALL.to_json()) == SMALL


def test_a_worker_that_is_killed_costs_nothing(invoices: Fill, tmp_path: Path) -> None:
    papers = invoices(tmp_path / "papers", 12)
    build([papers], tmp_path / "whole", SMALL)
    killed: list[int] = []

    class Killing(LocalEngine):
        def run(self, tasks, report):  # type: ignore[no-untyped-def]
            def watched(name: str, pages: int) -> None:
                alive = [worker.pid for worker in workers_of(os.getpid()) if worker.pid not in killed]
                if len(killed) < 2 and alive:  # one that was killed is listed until it is gone
                    os.kill(alive[0], signal.SIGKILL)
                    killed.append(alive[0])
                report(name, pages)

            super().run(tasks, watched)

    build([papers], tmp_path / "killed", SMALL, engine=Killing(2))
    assert len(killed) == 2
    assert tree(tmp_path / "killed") == tree(tmp_path / "whole")


def test_workers_end_with_the_build_that_is_killed(invoices: Fill, tmp_path: Path) -> None:
    papers = invoices(tmp_path / "papers", 40)
    command = [sys.executable, "-m", "octavo", "build", str(papers), "--out", str(tmp_path / "out")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (found := workers_of(process.pid)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(found, timeout=10)
    assert not alive


def test_a_shard_that_kills_every_worker_is_an_error(invoices: Fill, tmp_path: Path) -> None:
    papers = invoices(tmp_path / "papers", 2)

    class Deadly(LocalEngine):
        def run(self, tasks, report):  # type: ignore[no-untyped-def]
            stop = time.monotonic() + 30
            import threading

            def hunt() -> None:
                while time.monotonic() < stop and not done.is_set():
                    for victim in workers_of(os.getpid()):
                        victim.kill()
                    time.sleep(0.005)

            done = threading.Event()
            thread = threading.Thread(target=hunt)
            thread.start()
            try:
                super().run(tasks, report)
            finally:
                done.set()
                thread.join()

    with pytest.raises(OctavoError, match="died 3 times at shard 0"):
        build([papers], tmp_path / "out", SMALL, engine=Deadly(1))


def test_a_ray_cluster_writes_the_same_bytes(invoices: Fill, tmp_path: Path) -> None:
    papers = invoices(tmp_path / "papers", 6)
    build([papers], tmp_path / "local", SMALL)
    build([papers], tmp_path / "ray", SMALL, engine=RayEngine(2, None))
    assert tree(tmp_path / "ray") == tree(tmp_path / "local")

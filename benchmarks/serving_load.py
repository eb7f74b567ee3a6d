"""200 clients ask `octavo serve` for two minutes: no error but 429, and memory that does not grow.

    octavo bench serving_load --json benchmarks/results/serving_load.json

A third of the clients send one of four pages as a PDF, a third a new page each time, a third words alone; every tenth
request is left before its answer. The model has the recipe nano's shape and random weights; pages get 32 MiB, so that
what is kept on purpose is full before memory is looked at.
"""

import asyncio
import base64
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from reportlab.pdfgen.canvas import Canvas

from benchmarks.figures import Result
from benchmarks.processes import tree_bytes
from octavo.datasets import DataSet, Settings, build
from octavo.models import save_model
from octavo.synthetic import typeset
from octavo.training import load_recipe, starting_model

CLIENTS, SECONDS, SETTLED = 200, 120.0, 30.0
MIB = 2**20


@dataclass(slots=True)
class Seen:
    """What the clients saw, and the server's memory at each second."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    memory: list[tuple[float, int]] = field(default_factory=list)


def run() -> Result:
    """Measure it."""
    with tempfile.TemporaryDirectory() as folder:
        return _result(_served(_model(Path(folder))))


def _model(folder: Path) -> Path:
    typeset("mixed", 12, folder / "pdfs")
    build([folder / "pdfs"], folder / "data", settings=Settings(dpi=72))
    recipe = load_recipe("nano", (f"data={folder / 'data'}",))
    model, processor = starting_model(recipe, DataSet(folder / "data"))
    save_model(model, folder / "nano")
    processor.save_pretrained(folder / "nano")
    return folder / "nano"


def _served(model: Path) -> Seen:
    command = [sys.executable, "-m", "octavo", "serve", str(model), "--port", "0", "--page-memory", "32"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8", env=os.environ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split("/v1")[0]
        try:
            return asyncio.run(_crowd(url, process.pid))
        finally:
            process.send_signal(signal.SIGTERM)


async def _crowd(url: str, pid: int) -> Seen:
    seen = Seen()
    limits = httpx.Limits(max_connections=CLIENTS)
    async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as client:
        started = time.monotonic()
        asking = (_client(client, number, started + SECONDS, seen) for number in range(CLIENTS))
        await asyncio.gather(_watch(pid, started, seen), *asking)
    return seen


async def _watch(pid: int, started: float, seen: Seen) -> None:
    while (now := time.monotonic() - started) < SECONDS:
        seen.memory.append((now, await asyncio.to_thread(tree_bytes, pid)))
        await asyncio.sleep(1)


async def _client(client: httpx.AsyncClient, number: int, end: float, seen: Seen) -> None:
    chance = random.Random(number)
    while time.monotonic() < end:
        started = time.monotonic()
        timeout = 0.2 if chance.random() < 0.1 else 120.0
        try:
            answer = await client.post("/v1/chat/completions", json=_request(number, chance), timeout=timeout)
        except httpx.TimeoutException:
            continue
        seen.statuses[answer.status_code] += 1
        if answer.status_code == 200:
            seen.seconds.append(time.monotonic() - started)
        else:
            await asyncio.sleep(min(5.0, float(answer.headers.get("retry-after", 1))))


def _request(number: int, chance: random.Random) -> dict[str, object]:
    parts: list[dict[str, object]] = [{"type": "text", "text": f"What does client {number} ask?"}]
    if number % 3:
        name = f"page {number % 4}" if number % 3 == 1 else f"{number} {chance.random()}"
        parts.append({"type": "file", "file": {"file_data": base64.b64encode(_page(name)).decode()}})
    return {"model": "nano", "max_tokens": 16, "messages": [{"role": "user", "content": parts}]}


def _page(text: str) -> bytes:
    canvas = Canvas("", pagesize=(300, 400), invariant=True)
    canvas.drawString(50, 200, text)
    data: bytes = canvas.getpdfdata()
    return data


def _result(seen: Seen) -> Result:
    result = Result("serving_load")
    result.add("clients", CLIENTS, "")
    result.add("answers", seen.statuses[200], f"in {SECONDS:g} s")
    result.add("told to come again (429)", seen.statuses[429], "")
    result.add("other answers", seen.statuses.total() - seen.statuses[200] - seen.statuses[429], "", most=0)
    result.add("median time of an answer", statistics.median(seen.seconds), "s")
    result.add("95th percentile of it", statistics.quantiles(seen.seconds, n=20)[-1], "s")
    early = [count for when, count in seen.memory if SETTLED <= when < SETTLED + 30]
    late = [count for when, count in seen.memory if when >= SECONDS - 30]
    result.add("memory, second half minute", statistics.median(early) / MIB, "MiB")
    result.add(
        "memory, last half minute, beside it", statistics.median(late) / statistics.median(early), "times", most=1.1
    )
    return result

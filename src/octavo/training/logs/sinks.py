"""Where a step's figures go: `log.jsonl`, TensorBoard where it is installed, a tracker where one is asked for."""

import importlib
import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from octavo.errors import OctavoError
from octavo.files import write_json
from octavo.training.checkpoint import Position
from octavo.training.logs.lines import NAME, Line, keep_before
from octavo.training.recipe import Recipe

TRACKERS = ("trackio", "wandb")
PROJECT = "octavo"


class Sink(Protocol):
    """Takes the lines of steps, which are counted from 1 through all stages and come in order."""

    def write(self, step: int, line: Line) -> None: ...

    def flush(self) -> None: ...

    def close(self) -> None: ...


class RunLog:
    """The log of a run behind `step` steps. Without sinks it says nothing: of several processes one writes."""

    def __init__(self, step: int, sinks: Sequence[Sink]) -> None:
        self.step, self.sinks = step, sinks

    @classmethod
    def behind(cls, out: Path, recipe: Recipe, at: Position, tracker: str | None) -> Self:
        """The log of the run in `out`, to be gone on with at a position.

        A run that goes on from a checkpoint takes some steps again, to the same figures: `log.jsonl` and TensorBoard
        forget the first time, a tracker is spared the second. Raises `OctavoError` for a tracker that cannot be had.
        """
        told, step = keep_before(out / NAME, at.stage, at.step), at.before + at.step
        sinks: list[Sink] = [] if tracker is None else [Tracker(tracker, out, recipe, told)]
        board = tensor_board(out / "tensorboard", step)
        if board is not None:
            sinks.append(board)
        return cls(step, [JsonLines(out / NAME), *sinks])

    def write(self, line: Line) -> None:
        """One step: what it is and its figures."""
        self.step += 1
        for sink in self.sinks:
            sink.write(self.step, line)

    def flush(self) -> None:
        """Put what was written on disk: a checkpoint behind these steps is about to be saved."""
        for sink in self.sinks:
            sink.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for sink in self.sinks:
            sink.close()


class JsonLines:
    """A file that grows by a line a step, which is there for who reads along."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("a", encoding="utf-8", buffering=1)

    def write(self, step: int, line: Line) -> None:
        self.file.write(json.dumps(line) + "\n")

    def flush(self) -> None:
        self.file.flush()

    def close(self) -> None:
        self.file.close()


class TensorBoard:
    """An event file, by torch's writer."""

    def __init__(self, writer: Any, summary: Any) -> None:
        self.writer, self.summary = writer, summary

    def write(self, step: int, line: Line) -> None:
        # All numbers in one event: `add_scalar` for each takes ten times as long.
        values = [self.summary.Value(tag=name, simple_value=number) for name, number in numbers(line).items()]
        self.writer.file_writer.add_summary(self.summary(value=values), step)

    def flush(self) -> None:
        self.writer.flush()

    def close(self) -> None:
        self.writer.close()


def tensor_board(folder: Path, done: int) -> TensorBoard | None:
    """An event file in `folder`; None where `tensorboard` is not installed.

    For a reader, those of an earlier start end at step `done`.
    """
    try:
        from tensorboard.compat.proto.summary_pb2 import Summary
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return TensorBoard(SummaryWriter(str(folder), purge_step=done + 1 if done else None), Summary)


class Tracker:
    """A run of trackio or wandb, which share `init`, `log` and `finish`.

    `told` steps are known to it from an earlier start. Raises `OctavoError` where it is not known or not installed.
    """

    def __init__(self, name: str, out: Path, recipe: Recipe, told: int) -> None:
        if name not in TRACKERS:
            raise OctavoError(f"there is no tracker {name!r}; it can be {' or '.join(TRACKERS)}")
        try:
            self.module = importlib.import_module(name)
        except ImportError as error:
            raise OctavoError(f"{name} is not installed: pip install {name}") from error
        run, self.told = remembered(out, told)
        identity = {"id": run} if name == "wandb" else {}  # trackio knows a run by its name
        self.module.init(project=PROJECT, name=run, config=recipe.model_dump(), resume="allow", **identity)

    def write(self, step: int, line: Line) -> None:
        if step > self.told:
            self.module.log(numbers(line), step=step)

    def flush(self) -> None:
        """Nothing: both send by themselves."""

    def close(self) -> None:
        self.module.finish()


def numbers(line: Line) -> dict[str, float]:
    """What of a line can be drawn."""
    return {name: value for name, value in line.items() if isinstance(value, (int, float))}


def remembered(out: Path, told: int) -> tuple[str, int]:
    """What a tracker knows the run in `out` by, and how many of its steps, `told` of them by this start's log.

    Kept in the folder: the name has random digits, and a log that was cut back no longer says what it once told.
    """
    path = out / "tracker.json"
    name = f"{out.resolve().name}-{secrets.token_hex(4)}"
    if path.is_file():
        known = json.loads(path.read_text(encoding="utf-8"))
        name, told = known["name"], max(known["told"], told)
    write_json(path, {"name": name, "told": told})
    return name, told

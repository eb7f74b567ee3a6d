"""Checkpoints of a run: everything that the next step depends on, whole or not at all, and never pickled.

torch.distributed.checkpoint writes and reads them, each process its share, on any number of processes. Its own files
begin with a pickle, which a stranger's checkpoint could use to run code; so what it writes here are safetensors, whose
headers say which part of a tensor they hold, and JSON. The random numbers of a step are drawn from the seed and the
step's number, so there is no state of them to keep.
"""

import concurrent.futures
import hashlib
import json
import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import torch
import torch.distributed as dist
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.hf_storage import HuggingFaceStorageReader, HuggingFaceStorageWriter
from torch.distributed.checkpoint.metadata import Metadata
from torch.distributed.checkpoint.planner import SavePlan
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import async_save
from torch.distributed.checkpoint.storage import WriteResult

from octavo.errors import OctavoError
from octavo.files import fsync_folder, remove, write_json, written_whole
from octavo.hub import first_line
from octavo.training.distributed import Ranks, whole_tensor

KEPT = 2  # the newest, and the one before it in case the disk fails under the newest
FILE_BYTES = 2**30  # a file is serialised in memory before it is written
BETWEEN = "|"  # a parameter's name and the name of a tensor that the optimiser keeps of it

# One process alone is no fault.
warnings.filterwarnings("ignore", "torch.distributed is disabled", UserWarning)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a run stands: `step` steps of stage `stage` are done, and its pack plan is at `plan`.

    `taken` samples of the stage's data are behind, used or not, and `before` steps of earlier stages. `best` is the
    highest score of the stage, by its `best_by`.
    """

    stage: int = 0
    step: int = 0
    plan: int = 0
    taken: int = 0
    before: int = 0
    best: float | None = None

    def next_stage(self) -> "Position":
        """Where the next stage begins, when this one is over."""
        return Position(self.stage + 1, before=self.before + self.step)


class Saver:
    """Writes a run's checkpoints under `folder` while training goes on; all processes call the same methods.

    A checkpoint is `folder/SSS-NNNNNN` (stage, step), of weights, optimiser state and position. It has that name once
    all processes have written their part; then those beyond the newest two are removed. Leaving the context waits.
    """

    def __init__(self, folder: Path, recipe_hash: str, ranks: Ranks) -> None:
        self.folder, self.recipe_hash, self.ranks = folder, recipe_hash, ranks
        # Of its own: the trainer's sums are under way while the writers speak to each other.
        self._group = dist.new_group(backend="gloo") if ranks.world > 1 else None
        self._writer: _Writer | None = None
        self._written: concurrent.futures.Future[Any] | None = None

    def save(self, model: nn.Module, optimizer: torch.optim.Optimizer, position: Position) -> None:
        """Copy the state as it is and begin to write it, after the one before. Raises what `wait` raises."""
        self.wait()
        path = self.folder / f"{position.stage:03d}-{position.step:06d}"
        tensors = _tensors(model, optimizer)
        state = {"position": asdict(position), "recipe": self.recipe_hash}
        self._writer = _Writer(path, state, _files(tensors))
        written = async_save(tensors, storage_writer=self._writer, process_group=self._group)
        assert isinstance(written, concurrent.futures.Future), "the writer copies before it returns"
        self._written = written

    def wait(self) -> None:
        """Until the last checkpoint is whole. Raises `OctavoError` in all processes where one could not write."""
        if self._written is None or self._writer is None:
            return
        written, self._written = self._written, None
        try:
            written.result()
        except CheckpointException as error:
            if self.ranks.first:
                remove(self._writer.aside)
            whole = checkpoints(self.folder)
            onward = f"free some room and go on from {whole[-1].name} with --resume" if whole else "free some room"
            raise OctavoError(f"{self._writer.whole} could not be saved ({_cause(error)}); {onward}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.wait()
        elif self._written is not None:  # the run has failed; what is on its way may still be of use
            concurrent.futures.wait([self._written])


class _Writer(HuggingFaceStorageWriter):
    """Each process's files of safetensors, written aside; the first makes them a checkpoint when all are there."""

    def __init__(self, whole: Path, state: dict[str, Any], files: dict[str, int]) -> None:
        self.whole, self.aside, self.state = whole, whole.with_name(f".{whole.name}.part"), state
        super().__init__(str(self.aside), fqn_to_index_mapping=files, save_distributed=True)

    def prepare_global_plan(self, plans: list[SavePlan]) -> list[SavePlan]:
        """In the first process, before any has written: away with what a killed run left."""
        remove(self.aside)
        self.aside.mkdir(parents=True)
        return super().prepare_global_plan(plans)

    def finish(self, metadata: Metadata, results: list[list[WriteResult]]) -> None:
        """In the first process, when all have written and synced their files."""
        files = sorted(path.name for path in self.aside.iterdir())
        write_json(self.aside / "state.json", self.state | {"files": files})
        remove(self.whole)
        self.aside.replace(self.whole)
        fsync_folder(self.whole.parent)
        for old in checkpoints(self.whole.parent)[:-KEPT]:
            remove(old)


def checkpoints(folder: Path) -> list[Path]:
    """The whole checkpoints under `folder`, oldest first."""
    return sorted(path for path in folder.glob("[0-9]*-[0-9]*") if path.is_dir())


def read_position(checkpoint: Path, recipe_hash: str) -> Position:
    """The position of a checkpoint. Raises `OctavoError` where it is damaged or belongs to another recipe."""
    try:
        state = json.loads((checkpoint / "state.json").read_text(encoding="utf-8"))
        recipe, position = state["recipe"], Position(**state["position"])
        missing = [name for name in state["files"] if not (checkpoint / name).is_file()]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(checkpoint, f"state.json: {first_line(error)}") from error
    if missing:
        raise _damaged(checkpoint, f"{missing[0]} is missing")
    if recipe != recipe_hash:
        raise OctavoError(
            f"{checkpoint.parent.parent} was trained by another recipe or data set; "
            "give another --out, or the recipe it began with"
        )
    return position


def restore(checkpoint: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Put a checkpoint's weights and optimiser state back, in place. All processes must call this.

    Raises `OctavoError` where it is damaged, or of a model of another shape.
    """
    reader = HuggingFaceStorageReader(str(checkpoint))
    parameters = dict(model.named_parameters())
    try:
        held = reader.read_metadata().state_dict_metadata
        shapes = {name: (tuple(tensor.size), tensor.properties.dtype) for name, tensor in held.items()}  # type: ignore[union-attr]
        _check_shapes(checkpoint, parameters, {name: shape for name, (shape, _) in shapes.items()})
        target = {name: parameter.detach() for name, parameter in parameters.items()}
        for key in shapes.keys() - parameters.keys():
            shape, dtype = shapes[key]
            parameter = parameters[key.partition(BETWEEN)[0]]
            like = parameter.shape == shape
            target[key] = torch.zeros_like(parameter, dtype=dtype) if like else torch.zeros(shape, dtype=dtype)
        load(target, storage_reader=reader)
    except (OSError, SafetensorError, ValueError, KeyError, CheckpointException) as error:
        raise _damaged(checkpoint, _cause(error)) from error
    for key in shapes.keys() - parameters.keys():
        name, _, kept = key.partition(BETWEEN)
        optimizer.state[parameters[name]][kept] = target[key]


def best_path(folder: Path, stage: int) -> Path:
    """Where the best weights of a stage are kept. One file a stage: the next stage must not overwrite what a resume
    at the end of this one reads.
    """
    return folder / f"best-{stage:03d}.safetensors"


def save_best(path: Path, model: nn.Module, ranks: Ranks) -> None:
    """Write what trains of a model; the rest is what it was. All processes must call this."""
    tensors = {name: whole_tensor(p.detach()).cpu() for name, p in model.named_parameters() if p.requires_grad}
    if ranks.first:
        with whole_or_told(path) as aside:
            save_file(tensors, aside)
    ranks.wait()


def restore_best(path: Path, model: nn.Module) -> None:
    """Put the weights of `save_best` back, in place."""
    try:
        model.load_state_dict(load_file(path), strict=False)
    except (OSError, SafetensorError) as error:
        raise OctavoError(f"{path} is damaged ({first_line(error)}); train the stage again in another --out") from error


@contextmanager
def whole_or_told(path: Path) -> Iterator[Path]:
    """`octavo.files.written_whole` for what a run leaves beside its checkpoints, which stay as they are.

    Raises `OctavoError` where it cannot be written, such as on a full disk.
    """
    try:
        with written_whole(path) as aside:
            yield aside
    except (OSError, SafetensorError) as error:
        raise OctavoError(
            f"{path} could not be saved ({_cause(error)}); free some room and go on (octavo train with --resume)"
        ) from error


def recipe_hash(recipe_json: str, data_fingerprint: str) -> str:
    """What a run must have in common with its checkpoints: the resolved recipe and the data set."""
    return hashlib.sha256(f"{recipe_json}\0{data_fingerprint}".encode()).hexdigest()


def _tensors(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Weights by their names, what the optimiser keeps of each behind it."""
    tensors: dict[str, Tensor] = {}
    for name, parameter in model.named_parameters():
        tensors[name] = parameter.detach()
        for kept, value in optimizer.state.get(parameter, {}).items():
            tensors[f"{name}{BETWEEN}{kept}"] = value
    return tensors


def _files(tensors: dict[str, Tensor]) -> dict[str, int]:
    """The number of the file, from 1, that each tensor is written to."""
    files, full = {}, 0
    for name, tensor in tensors.items():
        files[name] = full // FILE_BYTES + 1
        full += math.prod(tensor.shape) * tensor.element_size()
    return files


def _check_shapes(checkpoint: Path, parameters: dict[str, nn.Parameter], held: dict[str, Sequence[int]]) -> None:
    for name, parameter in parameters.items():
        if held.get(name) != tuple(parameter.shape):
            has = f"{list(held[name])}" if name in held else "missing"
            raise OctavoError(
                f"{checkpoint} is of another model: {name} is {has} there and {list(parameter.shape)} here; "
                "give another --out, or the base it began with"
            )


def _damaged(checkpoint: Path, why: str) -> OctavoError:
    return OctavoError(f"{checkpoint} is damaged ({why}); remove it to resume from the one before it")


def _cause(error: BaseException) -> str:
    """The first process's fault, in one line."""
    while isinstance(error, CheckpointException):
        error = next(iter(error.failures.values()))[0]
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return first_line(error)

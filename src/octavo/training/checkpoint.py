"""Checkpoints of a run: everything that the next step depends on, whole or not at all, and never pickled."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from octavo.errors import OctavoError
from octavo.files import remove, written_whole

KEPT = 2  # the newest, and the one before it in case the disk fails under the newest


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


def save_checkpoint(
    folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, position: Position, recipe_hash: str
) -> None:
    """Write `folder/SSS-NNNNNN` (stage, step): weights, optimiser state, random state and position.

    Older checkpoints beyond the newest two are removed after the new one is whole.
    """
    with written_whole(folder / f"{position.stage:03d}-{position.step:06d}") as aside:
        aside.mkdir()
        save_file(_weights(model), aside / "model.safetensors")
        save_file(
            {**_optimizer_tensors(model, optimizer), "random_state": torch.get_rng_state()},
            aside / "optimizer.safetensors",
        )
        state = {"position": asdict(position), "recipe": recipe_hash}
        (aside / "state.json").write_text(json.dumps(state) + "\n", encoding="utf-8")
    for old in checkpoints(folder)[:-KEPT]:
        remove(old)


def checkpoints(folder: Path) -> list[Path]:
    """The whole checkpoints under `folder`, oldest first."""
    return sorted(path for path in folder.glob("[0-9]*-[0-9]*") if path.is_dir())


def read_position(checkpoint: Path, recipe_hash: str) -> Position:
    """The position of a checkpoint. Raises `OctavoError` where it belongs to another recipe."""
    state = json.loads((checkpoint / "state.json").read_text(encoding="utf-8"))
    if state["recipe"] != recipe_hash:
        raise OctavoError(
            f"{checkpoint.parent.parent} was trained by another recipe or data set; "
            "give another --out, or the recipe it began with"
        )
    return Position(**state["position"])


def restore(checkpoint: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Put a checkpoint's weights, optimiser state and random state back, in place."""
    weights, state = _load(checkpoint / "model.safetensors"), _load(checkpoint / "optimizer.safetensors")
    model.load_state_dict(weights, strict=False)  # a tied head is saved once; save and restore use one model
    torch.set_rng_state(state.pop("random_state"))
    for name, parameter in model.named_parameters():
        values = {key.removeprefix(f"{name}|"): value for key, value in state.items() if key.startswith(f"{name}|")}
        if values:
            optimizer.state[parameter] = values


def best_path(folder: Path, stage: int) -> Path:
    """Where the best weights of a stage are kept. One file a stage: the next stage must not overwrite what a resume
    at the end of this one reads.
    """
    return folder / f"best-{stage:03d}.safetensors"


def save_best(path: Path, model: nn.Module) -> None:
    """Write what trains of a model; the rest is what it was."""
    with written_whole(path) as aside:
        save_file({name: p.detach() for name, p in model.named_parameters() if p.requires_grad}, aside)


def restore_best(path: Path, model: nn.Module) -> None:
    """Put the weights of `save_best` back, in place."""
    model.load_state_dict(_load(path), strict=False)


def recipe_hash(recipe_json: str, data_fingerprint: str) -> str:
    """What a run must have in common with its checkpoints: the resolved recipe and the data set."""
    return hashlib.sha256(f"{recipe_json}\0{data_fingerprint}".encode()).hexdigest()


def _load(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise OctavoError(
            f"{path} is damaged ({error}); remove {path.parent} to resume from the checkpoint before it"
        ) from error


def _weights(model: nn.Module) -> dict[str, Tensor]:
    return {name: parameter.detach() for name, parameter in model.named_parameters()}


def _optimizer_tensors(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    return {
        f"{name}|{key}": value
        for name, parameter in model.named_parameters()
        if parameter in optimizer.state
        for key, value in optimizer.state[parameter].items()
    }

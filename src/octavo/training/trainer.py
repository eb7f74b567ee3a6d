"""The loop: stages of steps over packs, with a log, checkpoints and a resume that is exact."""

import json
import math
import sys
import time
from pathlib import Path

import torch

from octavo.datasets import DataSet
from octavo.errors import OctavoError
from octavo.files import written_whole
from octavo.models import Idefics3, save_model
from octavo.processing import Processor
from octavo.progress import Progress
from octavo.training.card import model_card
from octavo.training.checkpoint import Position, checkpoints, read_position, recipe_hash, restore, save_checkpoint
from octavo.training.loss import answer_loss_sum
from octavo.training.optimizer import learning_rate_at, make_optimizer
from octavo.training.packing import Pack, Packer
from octavo.training.recipe import Recipe, Stage
from octavo.training.samples import SampleSource
from octavo.training.start import starting_model


def train(recipe: Recipe, out: Path, resume: bool = False) -> Path:
    """Run a recipe's stages and write the model to `out/model`, which is returned.

    `out` also gets `recipe.json` (resolved), `log.jsonl` (one line a step) and `checkpoints/`. With `resume`
    the run continues from its last whole checkpoint and ends with the weights of a run that was never
    interrupted. Raises `OctavoError` for a data set or base that cannot be read and for an `out` that holds a
    run when `resume` is not given.
    """
    if recipe.data is None:
        raise OctavoError(f"recipe {recipe.name} names no data set; add --set data=FOLDER")
    data = DataSet(Path(recipe.data))
    if (out / "checkpoints").exists() and not resume:
        raise OctavoError(f"{out} holds a run already; continue it with --resume or give another --out")
    model, processor = starting_model(recipe, data)
    trainer = Trainer(recipe, out, model, processor, data)
    trainer.run()
    return save_trained(model, processor, out / "model", recipe, sum(stage.steps for stage in recipe.stages))


def save_trained(model: Idefics3, processor: Processor, folder: Path, recipe: Recipe, steps: int) -> Path:
    """Write model, processor and card as one Hugging Face folder, whole or not at all; returns the folder."""
    with written_whole(folder) as aside:
        aside.mkdir()
        save_model(model, aside)
        processor.save_pretrained(aside)
        (aside / "README.md").write_text(model_card(model, recipe, steps), encoding="utf-8")
    return folder


class Trainer:
    """A run in one process. Its state is the model, the optimiser, the random state and a `Position`."""

    def __init__(self, recipe: Recipe, out: Path, model: Idefics3, processor: Processor, data: DataSet) -> None:
        self.recipe, self.out = recipe, out
        self.model, self.processor, self.data = model, processor, data
        self.hash = recipe_hash(recipe.model_dump_json(), data.fingerprint)
        self.log_path = out / "log.jsonl"
        self.taken = 0  # samples used since the run began

    def run(self) -> None:
        """Train all stages, from the last checkpoint where there is one."""
        saved = checkpoints(self.out / "checkpoints")
        start = read_position(saved[-1], self.hash) if saved else Position(0, 0, 0)
        self.taken = start.taken
        self.out.mkdir(parents=True, exist_ok=True)
        with written_whole(self.out / "recipe.json") as aside:
            aside.write_text(self.recipe.model_dump_json(indent=2) + "\n", encoding="utf-8")
        keep_log_before(self.log_path, start)
        torch.manual_seed(self.recipe.seed)
        for index in range(start.stage, len(self.recipe.stages)):
            resumed = saved[-1] if saved and index == start.stage else None
            self.run_stage(index, start.step if resumed else 0, resumed)

    def run_stage(self, index: int, first_step: int, checkpoint: Path | None) -> None:
        """Steps `first_step`… of one stage; `checkpoint` holds the state before them, where there is one."""
        stage = self.recipe.stages[index]
        optimizer = make_optimizer(self.model, stage)
        if checkpoint is not None:
            restore(checkpoint, self.model, optimizer)
        source = SampleSource(
            self.data, "train", self.processor, stage.questions_per_sample, self.recipe.seed, stage.isolated
        )
        packer = Packer(source, stage.pack_tokens, self.recipe.seed, self.taken)
        self.model.train()
        with (
            self.log_path.open("a", encoding="utf-8") as log,
            Progress(f"train {stage.name}", stage.steps, "steps", done=first_step) as progress,
        ):
            for step in range(first_step, stage.steps):
                figures = self.train_step(stage, step, packer, optimizer)
                log.write(json.dumps({"stage": stage.name, "stage_index": index, "step": step + 1} | figures) + "\n")
                progress.advance(
                    note=f"loss {figures['loss']:.3f} · lr {figures['learning_rate']:.1e} · "
                    f"{figures['tokens_per_s']:.0f} tokens/s"
                )
                self.taken = packer.position
                if (step + 1) % stage.checkpoint_every == 0 or step + 1 == stage.steps:
                    log.flush()
                    save_checkpoint(
                        self.out / "checkpoints",
                        self.model,
                        optimizer,
                        Position(index, step + 1, self.taken),
                        self.hash,
                    )
        for reason, count in packer.dropped.most_common():
            print(f"train {stage.name}: {count} samples dropped: {reason}", file=sys.stderr)

    def train_step(self, stage: Stage, step: int, packer: Packer, optimizer: torch.optim.Optimizer) -> dict[str, float]:
        """One optimiser step over `packs_per_step` packs; returns what the log says of it."""
        started, dropped = time.perf_counter(), packer.dropped.total()
        packs = [packer.next_pack() for _ in range(stage.packs_per_step)]
        loss = self.forward_backward(packs)
        norm = float(torch.nn.utils.clip_grad_norm_(self.model.parameters(), stage.clip_norm))
        if not math.isfinite(loss) or not math.isfinite(norm):
            raise OctavoError(
                f"the loss is {loss} and the gradient's norm {norm} at step {step + 1} of "
                f"stage {stage.name}; lower its learning_rate"
            )
        rate = learning_rate_at(stage, step)
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        seconds = time.perf_counter() - started
        tokens = sum(len(pack.token_ids_T) for pack in packs)
        return {
            "loss": loss,
            "learning_rate": rate,
            "gradient_norm": norm,
            "tokens": tokens,
            "answer_tokens": sum(pack.answer_tokens for pack in packs),
            "tiles": sum(len(pack.tiles_NCHW) for pack in packs),
            "tokens_per_s": tokens / seconds,
            "seconds": seconds,
            "dropped": packer.dropped.total() - dropped,
        }

    def forward_backward(self, packs: list[Pack]) -> float:
        """Gradients of the mean loss over all answer tokens of `packs`, pack by pack; returns that loss.

        The division is by the whole batch's count, so it does not matter how samples fell into packs.
        """
        count = sum(pack.answer_tokens for pack in packs)
        total = 0.0
        for pack in packs:
            loss = answer_loss_sum(self.model, self.processor, pack) / count
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.item()
        return total


def keep_log_before(path: Path, position: Position) -> None:
    """Drop the log's lines of steps after `position`: they are about to be taken again."""
    if not path.is_file():
        return
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:  # the line that a kill tore
            continue
        if (entry["stage_index"], entry["step"]) <= (position.stage, position.step):
            kept.append(line)
    with written_whole(path) as aside:
        aside.write_text("".join(kept), encoding="utf-8")

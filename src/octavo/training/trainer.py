"""The loop: stages of steps over packs, with a log, checkpoints and a resume that is exact."""

import json
import math
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch

from octavo.datasets import DataSet
from octavo.errors import OctavoError
from octavo.files import written_whole
from octavo.models import Idefics3, save_model
from octavo.models.adapters import save_adapters
from octavo.processing import Processor
from octavo.progress import Progress
from octavo.training.card import model_card
from octavo.training.checkpoint import (
    Position,
    best_path,
    checkpoints,
    read_position,
    recipe_hash,
    restore,
    restore_best,
    save_best,
    save_checkpoint,
)
from octavo.training.loss import answer_loss_sum
from octavo.training.noise import noisy_embeddings, step_generator
from octavo.training.optimizer import make_optimizer
from octavo.training.packing import Pack, Packer, epoch_order
from octavo.training.recipe import Recipe, Stage
from octavo.training.samples import SampleSource
from octavo.training.schedule import Span
from octavo.training.start import starting_model
from octavo.training.trained import check_stages, close_stage, open_stage
from octavo.training.validation import HeldOut

HELD_OUT = "validation"
NAMED = 8  # pages that an error message names


def train(recipe: Recipe, out: Path, resume: bool = False) -> Path:
    """Run a recipe's stages and write the model to `out/model`, which is returned.

    `out` also gets `recipe.json` (resolved), `log.jsonl` (one line a step), `checkpoints/` and, where the one stage
    of a recipe trained adapters on its base, `adapter/` with them in peft's files. With `resume` the run continues
    from its last whole checkpoint and ends with the weights of a run that was never interrupted. Raises `OctavoError`
    for a data set or base that cannot be read, for a stage that trains nothing or names modules that the model has
    not, and for an `out` that holds a run when `resume` is not given.
    """
    if recipe.data is None:
        raise OctavoError(f"recipe {recipe.name} names no data set; add --set data=FOLDER")
    data = DataSet(Path(recipe.data))
    if (out / "checkpoints").exists() and not resume:
        raise OctavoError(f"{out} holds a run already; continue it with --resume or give another --out")
    model, processor = starting_model(recipe, data)
    trainer = Trainer(recipe, out, model, processor, data)
    trainer.run()
    return save_trained(model, processor, out / "model", recipe, trainer.at.before)


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
        self.log_path, self.checkpoints = out / "log.jsonl", out / "checkpoints"
        self.at = Position()

    def run(self) -> None:
        """Train all stages, from the last checkpoint where there is one. The model is a plain one at the end."""
        stages = self.recipe.stages
        check_stages(self.model, stages)
        if HELD_OUT not in self.data.splits and any(stage.evaluate_every for stage in stages):
            raise OctavoError(
                f"{self.data.folder} has no {HELD_OUT} split; build it of more documents or set evaluate_every to null"
            )
        saved = checkpoints(self.checkpoints)
        if saved:
            self.at = read_position(saved[-1], self.hash)
        self.out.mkdir(parents=True, exist_ok=True)
        with written_whole(self.out / "recipe.json") as aside:
            aside.write_text(self.recipe.model_dump_json(indent=2) + "\n", encoding="utf-8")
        keep_log_before(self.log_path, self.at)
        torch.manual_seed(self.recipe.seed)
        if self.recipe.compile:
            self.model.compile_layers()
        checkpoint = saved[-1] if saved else None
        for index in range(self.at.stage, len(stages)):
            self.run_stage(index, checkpoint)
            self.at, checkpoint = self.at.next_stage(), None

    def run_stage(self, index: int, checkpoint: Path | None) -> None:
        """One stage from `self.at` to its end; `checkpoint` holds the state there, unless that is its beginning."""
        stage = self.recipe.stages[index]
        open_stage(self.model, stage, self.recipe.seed)
        optimizer = make_optimizer(self.model, stage)
        if checkpoint is not None:
            restore(checkpoint, self.model, optimizer)
        packer = Packer(self.source("train", stage), stage.pack_tokens, self.recipe.seed, self.at.taken)
        self.model.train()
        self.take_steps(stage, packer, optimizer)
        for reason, count in packer.dropped.most_common():
            print(f"train {stage.name}: {count} samples dropped: {reason}", file=sys.stderr)
        if self.at.best is not None:
            restore_best(best_path(self.checkpoints, index), self.model)
        if stage.adapter is not None and self.recipe.base is not None and len(self.recipe.stages) == 1:
            with written_whole(self.out / "adapter") as aside:
                save_adapters(self.model, aside)
        close_stage(self.model, stage)

    def source(self, split: str, stage: Stage) -> SampleSource:
        """The samples of a split, as the stage reads them."""
        return SampleSource(
            self.data, split, self.processor, stage.questions_per_sample, self.recipe.seed, stage.isolated
        )

    def take_steps(self, stage: Stage, packer: Packer, optimizer: torch.optim.Optimizer) -> None:
        """The steps that are left of a stage, each with its line in the log; evaluations and checkpoints between."""
        span = Span(stage, len(packer.source), self.at.began)
        held_out = None
        if stage.evaluate_every is not None:
            source = self.source(HELD_OUT, stage)
            held_out = HeldOut(
                source, stage.evaluate_every, stage.evaluate_questions, stage.pack_tokens, self.recipe.seed
            )
        done = span.done(self.at.step, self.at.taken)
        with (
            self.log_path.open("a", encoding="utf-8") as log,
            Progress(f"train {stage.name}", span.length, span.unit, done=done) as progress,
        ):
            while done < span.length:
                figures = self.train_step(span, packer, optimizer)
                self.at = replace(self.at, step=self.at.step + 1, taken=packer.position)
                before, done = done, span.done(self.at.step, self.at.taken)
                last = done >= span.length
                if held_out is not None and (last or self.at.step % held_out.every == 0):
                    figures |= self.evaluate(held_out)
                line = {"stage": stage.name, "stage_index": self.at.stage, "step": self.at.step} | figures
                log.write(json.dumps(line) + "\n")
                progress.advance(done - before, note=note(figures))
                if last or self.at.step % stage.checkpoint_every == 0:
                    log.flush()
                    save_checkpoint(self.checkpoints, self.model, optimizer, self.at, self.hash)

    def train_step(self, span: Span, packer: Packer, optimizer: torch.optim.Optimizer) -> dict[str, float]:
        """One optimiser step over `packs_per_step` packs; returns what the log says of it."""
        stage, first = span.stage, packer.position
        started, dropped = time.perf_counter(), packer.dropped.total()
        packs = [packer.next_pack() for _ in range(stage.packs_per_step)]
        generator = step_generator(self.recipe.seed, self.at.stage, self.at.step)
        with noisy_embeddings(self.model.model.text_model, stage.neftune_alpha, generator):
            loss = self.forward_backward(packs)
        norm = float(torch.nn.utils.clip_grad_norm_(self.model.parameters(), stage.clip_norm))
        if not math.isfinite(loss) or not math.isfinite(norm):
            raise OctavoError(
                f"the loss is {loss} and the gradient's norm {norm} at step {self.at.step + 1} of stage {stage.name}, "
                f"on {pages_taken(packer, first)}; lower its learning_rate"
            )
        rate = span.learning_rate(self.at.step, self.at.taken)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["factor"]
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
            if loss.requires_grad:  # text alone does not reach a connector that is all that trains
                loss.backward()  # type: ignore[no-untyped-call]
            total += loss.item()
        return total

    def evaluate(self, held_out: HeldOut) -> dict[str, float]:
        """The figures of held-out rows; weights that are the stage's best so far are kept."""
        figures = held_out.figures(self.model, self.processor)
        loss = figures["validation_loss"]
        if not math.isfinite(loss):
            raise OctavoError(f"the validation loss is {loss} after step {self.at.step}; lower the learning_rate")
        if self.at.best is None or loss < self.at.best:
            self.at = replace(self.at, best=loss)
            save_best(best_path(self.checkpoints, self.at.stage), self.model)
        return figures


def note(figures: dict[str, float]) -> str:
    """What the progress line says of a step."""
    text = f"loss {figures['loss']:.3f} · lr {figures['learning_rate']:.1e} · {figures['tokens_per_s']:.0f} tokens/s"
    return f"{text} · validation {figures['validation_loss']:.3f}" if "validation_loss" in figures else text


def pages_taken(packer: Packer, first: int) -> str:
    """The pages that a packer took since its position was `first`, by their documents' SHA-256 and numbers.

    Rows of a data set that does not name documents are given by number.
    """
    rows = packer.source.rows
    names = []
    for position in range(first, packer.position):
        epoch, index = divmod(position, len(rows))
        row = epoch_order(len(rows), packer.seed, epoch)[index]
        document, pages = rows.place(row)
        names.append(f"{document[:12]} p. {', '.join(map(str, pages))}" if document else f"row {row}")
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return "; ".join(names[:NAMED]) + more


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

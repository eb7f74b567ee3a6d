"""The loop: stages of steps over packs, with a log, checkpoints and a resume that is exact."""

import json
import math
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

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
from octavo.training.glyphs import add_head, remove_head
from octavo.training.loss import loss_sum, targets
from octavo.training.noise import noisy_embeddings, step_generator
from octavo.training.optimizer import make_optimizer
from octavo.training.packing import Pack
from octavo.training.plan import PackPlan, reasons
from octavo.training.prefetch import PackReader, RankStep
from octavo.training.recipe import Recipe, Stage
from octavo.training.samples import SampleSource
from octavo.training.schedule import Span
from octavo.training.sources import fingerprint, stage_mixture
from octavo.training.start import starting_model
from octavo.training.trained import check_stages, close_stage, open_stage
from octavo.training.validation import HeldOut, QuickAnls, weighted

HELD_OUT = "validation"


def train(recipe: Recipe, out: Path, resume: bool = False, anls: QuickAnls | None = None) -> Path:
    """Run a recipe's stages and write the model to `out/model`, which is returned.

    `out` also gets `recipe.json` (resolved), `log.jsonl` (one line a step), `checkpoints/` and, where the one stage
    of a recipe trained adapters on its base, `adapter/` with them in peft's files. With `resume` the run continues
    from its last whole checkpoint and ends with the weights of a run that was never interrupted. Raises `OctavoError`
    for a data set or base that cannot be read, for a stage that trains nothing or names modules that the model has
    not, and for an `out` that holds a run when `resume` is not given; `ValueError` where a stage answers questions in
    the loop and no `anls` is given to do it.
    """
    data = open_data(recipe)
    if (out / "checkpoints").exists() and not resume:
        raise OctavoError(f"{out} holds a run already; continue it with --resume or give another --out")
    model, processor = starting_model(recipe, data)
    trainer = Trainer(recipe, out, model, processor, data, anls)
    trainer.run()
    return save_trained(model, processor, out / "model", recipe, trainer.at.before)


def open_data(recipe: Recipe) -> DataSet | None:
    """The recipe's data set; None where all its stages are of drawn pages and none looks at held-out rows.

    Raises `OctavoError` where it is needed and not named, or cannot be read.
    """
    if recipe.data is not None:
        return DataSet(Path(recipe.data))
    drawn = all(stage.data and all(part.kind == "synthetic" for part in stage.data) for stage in recipe.stages)
    if not drawn or any(stage.evaluate_every for stage in recipe.stages):
        raise OctavoError(f"recipe {recipe.name} names no data set; add --set data=FOLDER")
    return None


def save_trained(model: Idefics3, processor: Processor, folder: Path, recipe: Recipe, steps: int) -> Path:
    """Write model, processor and card as one Hugging Face folder, whole or not at all; returns the folder."""
    with written_whole(folder) as aside:
        aside.mkdir()
        save_model(model, aside)
        processor.save_pretrained(aside)
        (aside / "README.md").write_text(model_card(model, recipe, steps), encoding="utf-8")
    return folder


class Sums(NamedTuple):
    """What packs come to, of all ranks together: the loss in nats over their answer tokens, and what they hold."""

    loss: float
    packs: int
    tokens: int
    answer_tokens: int
    tiles: int


class Trainer:
    """A run in one process. Its state is the model, the optimiser, the random state and a `Position`.

    Of the `world` ranks this is number `rank`; they train each its share of every step's packs.
    """

    world, rank = 1, 0

    def __init__(
        self,
        recipe: Recipe,
        out: Path,
        model: Idefics3,
        processor: Processor,
        data: DataSet | None,
        anls: QuickAnls | None = None,
    ) -> None:
        self.recipe, self.out, self.anls = recipe, out, anls
        self.model, self.processor, self.data = model, processor, data
        self.hash = recipe_hash(recipe.model_dump_json(), fingerprint(recipe.stages, data))
        self.log_path, self.checkpoints = out / "log.jsonl", out / "checkpoints"
        self.at = Position()
        self.dropped: Counter[str] = Counter()  # in this stage, since the run was started

    def run(self) -> None:
        """Train all stages, from the last checkpoint where there is one. The model is a plain one at the end."""
        stages = self.recipe.stages
        check_stages(self.model, stages)
        if self.data and HELD_OUT not in self.data.splits and any(stage.evaluate_every for stage in stages):
            raise OctavoError(
                f"{self.data.folder} has no {HELD_OUT} split; build it of more documents or set evaluate_every to null"
            )
        if self.anls is None and any(stage.evaluate_answers for stage in stages):
            raise ValueError("a stage has evaluate_answers; give train octavo.evaluation.quick.quick_anls")
        saved = checkpoints(self.checkpoints)
        if saved:
            self.at = read_position(saved[-1], self.hash)
        self.out.mkdir(parents=True, exist_ok=True)
        with written_whole(self.out / "recipe.json") as aside:
            aside.write_text(self.recipe.model_dump_json(indent=2) + "\n", encoding="utf-8")
        keep_log_before(self.log_path, self.at)
        torch.manual_seed(self.recipe.seed)
        checkpoint = saved[-1] if saved else None
        reads_glyphs = any(stage.glyphs for stage in stages)
        if reads_glyphs:  # in all stages: what one has learned, a later one goes on with
            add_head(self.model, self.recipe.seed)
        for index in range(self.at.stage, len(stages)):
            self.run_stage(index, checkpoint)
            self.at, checkpoint = self.at.next_stage(), None
        if reads_glyphs:
            remove_head(self.model)

    def run_stage(self, index: int, checkpoint: Path | None) -> None:
        """One stage from `self.at` to its end; `checkpoint` holds the state there, unless that is its beginning."""
        stage = self.recipe.stages[index]
        open_stage(self.model, stage, self.recipe.seed)
        optimizer = make_optimizer(self.model, stage)
        if checkpoint is not None:
            restore(checkpoint, self.model, optimizer)
        self.dropped.clear()
        self.model.train()
        self.take_steps(stage, optimizer)
        for reason, count in self.dropped.most_common():
            print(f"train {stage.name}: {count} samples dropped: {reason}", file=sys.stderr)
        if self.at.best is not None:
            restore_best(best_path(self.checkpoints, index), self.model)
        if stage.adapter is not None and self.recipe.base is not None and len(self.recipe.stages) == 1:
            with written_whole(self.out / "adapter") as aside:
                save_adapters(self.model, aside)
        close_stage(self.model, stage)

    def plan(self, stage: Stage) -> PackPlan:
        """The packs of a stage, from `self.at` on."""
        # Each stage has an order of its own: a second one over the same data does not begin with the same pages.
        seed = self.recipe.seed + (self.at.stage << 50)
        mixture = stage_mixture(stage, self.data, self.processor, seed)
        tiles = most_tiles(stage, self.processor)
        return PackPlan(mixture, stage.pack_tokens, tiles, self.world, seed, self.at.plan, self.at.taken)

    def held_out(self, stage: Stage) -> HeldOut | None:
        """The held-out rows of a stage's evaluations, where it has any."""
        if stage.evaluate_every is None or self.data is None:
            return None
        most = stage.questions_per_sample
        source = SampleSource(self.data, HELD_OUT, self.processor, most, self.recipe.seed, stage.isolated)
        tiles = most_tiles(stage, self.processor)
        return HeldOut(
            source, stage.evaluate_every, stage.evaluate_questions, stage.pack_tokens, tiles, self.recipe.seed
        )

    def take_steps(self, stage: Stage, optimizer: torch.optim.Optimizer) -> None:
        """The steps that are left of a stage, each with its line in the log; evaluations and checkpoints between."""
        plan = self.plan(stage)
        span = Span(stage, plan.mixture.samples, plan.mixture.length)
        held_out = self.held_out(stage)
        done = span.done(self.at.step, self.at.taken)
        with (
            self.log_path.open("a", encoding="utf-8") as log,
            Progress(f"train {stage.name}", span.length, span.unit, done=done) as progress,
            PackReader(plan, stage.packs_per_step, self.rank) as reader,
        ):
            steps = iter(reader)
            while done < span.length:
                step = next(steps)
                figures = self.train_step(span, step, optimizer)
                self.at = replace(self.at, step=self.at.step + 1, plan=step.planned.position, taken=step.planned.taken)
                before, done = done, span.done(self.at.step, self.at.taken)
                last = done >= span.length
                if held_out is not None and (last or self.at.step % held_out.every == 0):
                    figures |= self.evaluate(stage, held_out)
                line = {"stage": stage.name, "stage_index": self.at.stage, "step": self.at.step} | figures
                log.write(json.dumps(line) + "\n")
                progress.advance(done - before, note=note(figures))
                if last or self.at.step % stage.checkpoint_every == 0:
                    log.flush()
                    save_checkpoint(self.checkpoints, self.model, optimizer, self.at, self.hash)

    def train_step(self, span: Span, step: RankStep, optimizer: torch.optim.Optimizer) -> dict[str, float]:
        """One optimiser step over the packs of `step`; returns what the log says of it."""
        stage, started = span.stage, time.perf_counter()
        generator = step_generator(self.recipe.seed, self.at.stage, self.at.step)
        try:
            with noisy_embeddings(self.model.model.text_model, stage.neftune_alpha, generator):
                sums = self.forward_backward(step)
        except torch.OutOfMemoryError as error:
            raise OctavoError(
                f"out of memory at step {self.at.step + 1} of stage {stage.name}, on {step.current}; "
                "lower its pack_tokens or pack_tiles, or set checkpoint_activations to all"
            ) from error
        dropped = step.planned.dropped + step.broken
        self.dropped += dropped
        if not sums.answer_tokens:
            raise OctavoError(
                f"step {self.at.step + 1} of stage {stage.name} has no answer to train ({reasons(dropped)})"
            )
        norm = float(torch.nn.utils.clip_grad_norm_(self.model.parameters(), stage.clip_norm))
        if not math.isfinite(sums.loss) or not math.isfinite(norm):
            raise OctavoError(
                f"the loss is {sums.loss} and the gradient's norm {norm} at step {self.at.step + 1} of stage "
                f"{stage.name}, on {step.names}; lower its learning_rate"
            )
        rate = span.learning_rate(self.at.step, self.at.taken)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        seconds = time.perf_counter() - started
        return {
            "loss": sums.loss,
            "learning_rate": rate,
            "gradient_norm": norm,
            "tokens": sums.tokens,
            "answer_tokens": sums.answer_tokens,
            "tiles": sums.tiles,
            "tokens_used": step.planned.tokens_used,
            "tiles_used": step.planned.tiles_used,
            "tokens_per_s": sums.tokens / seconds,
            "seconds": seconds,
            "dropped": dropped.total(),
        }

    def forward_backward(self, packs: Iterable[Pack]) -> Sums:
        """Gradients of the stage's mean loss over all answer tokens of the ranks' `packs`, pack by pack.

        The division is by the whole batch's count, once it is known: so it does not matter how samples fell into packs,
        and one pack is in memory at a time.
        """
        stage = self.recipe.stages[self.at.stage]
        total, count, tokens, answer_tokens, tiles = 0.0, 0, 0, 0, 0
        for pack in packs:
            loss = loss_sum(self.model, self.processor, pack, stage)
            if loss.requires_grad:  # text alone does not reach a connector that is all that trains
                loss.backward()  # type: ignore[no-untyped-call]
            total += loss.item()
            count += 1
            tokens += len(pack.token_ids_T)
            answer_tokens += targets(pack, stage)
            tiles += len(pack.tiles_NCHW)
        total, *counts = self.summed(total, count, tokens, answer_tokens, tiles)
        sums = Sums(total, *map(int, counts))
        for parameter in self.model.parameters():
            if parameter.grad is not None:
                parameter.grad.div_(sums.answer_tokens)
        return sums._replace(loss=total / max(1, sums.answer_tokens))

    def summed(self, *numbers: float) -> list[float]:
        """These numbers, each summed over all ranks."""
        return list(numbers)

    def evaluate(self, stage: Stage, held_out: HeldOut) -> dict[str, float]:
        """The figures of held-out rows; weights that are the stage's best so far are kept."""
        figures = held_out.figures(self.model, self.processor)
        loss = figures["validation_loss"]
        if not math.isfinite(loss):
            raise OctavoError(f"the validation loss is {loss} after step {self.at.step}; lower the learning_rate")
        if self.anls is not None and stage.evaluate_answers:
            assert self.data is not None, "held-out rows are a data set's"
            figures["anls"] = self.anls(self.model.eval(), self.processor, self.data, stage.evaluate_answers)
            self.model.train()
        score = weighted(figures, stage.best_by)
        if self.at.best is None or score > self.at.best:
            self.at = replace(self.at, best=score)
            save_best(best_path(self.checkpoints, self.at.stage), self.model)
        return figures


def most_tiles(stage: Stage, processor: Processor) -> int:
    """The most tiles of a pack: where the recipe says nothing, as many as its tokens could be of."""
    return stage.pack_tiles or max(1, stage.pack_tokens // processor.image_seq_len)


def note(figures: dict[str, float]) -> str:
    """What the progress line says of a step."""
    text = f"loss {figures['loss']:.3f} · lr {figures['learning_rate']:.1e} · {figures['tokens_per_s']:.0f} tokens/s"
    return f"{text} · validation {figures['validation_loss']:.3f}" if "validation_loss" in figures else text


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

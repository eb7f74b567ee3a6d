"""The loop: stages of steps over packs, with a log, checkpoints and a resume that is exact."""

import math
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from octavo.datasets import DataSet
from octavo.errors import OctavoError
from octavo.models import Idefics3
from octavo.models.adapters import save_adapters
from octavo.models.rate import peak_rate
from octavo.processing import Processor
from octavo.progress import Progress
from octavo.training.checkpoint import (
    Position,
    Saver,
    best_path,
    checkpoints,
    read_position,
    recipe_hash,
    restore,
    restore_best,
    save_best,
    whole_or_told,
)
from octavo.training.distributed import ALONE, Ranks, Shared, product_type
from octavo.training.glyphs import add_head, remove_head, save_head
from octavo.training.logs import RunLog, memory_in_use, memory_named, note
from octavo.training.noise import noisy_embeddings, step_generator
from octavo.training.optimizer import make_optimizer
from octavo.training.plan import PackPlan, reasons
from octavo.training.prefetch import PackReader, RankStep
from octavo.training.recipe import Recipe, Stage
from octavo.training.resolution import at_stage
from octavo.training.samples import SampleSource
from octavo.training.schedule import Span
from octavo.training.sources import fingerprint, stage_mixture
from octavo.training.trained import check_stages, close_stage, open_stage
from octavo.training.validation import HeldOut, QuickAnls, weighted
from octavo.training.work import Flops, rates

HELD_OUT = "validation"


class Trainer:
    """A run, as one of its processes has it. Its state is the model, the optimiser and a `Position`.

    The `ranks` train each its share of every step's packs, and all have the same figures; the first tells them.
    """

    def __init__(
        self,
        recipe: Recipe,
        out: Path,
        model: Idefics3,
        processor: Processor,
        data: DataSet | None,
        anls: QuickAnls | None = None,
        ranks: Ranks = ALONE,
    ) -> None:
        self.recipe, self.out, self.anls, self.ranks = recipe, out, anls, ranks
        self.model, self.processor, self.data = model, processor, data
        # How many processes share the model, and in which way, changes rounding alone.
        self.hash = recipe_hash(recipe.model_dump_json(exclude={"sharding"}), fingerprint(recipe.stages, data))
        self.checkpoints = out / "checkpoints"
        self.at = Position()
        self.dtype = product_type(recipe.precision, ranks.device)
        self.peak = ranks.world * peak_rate(ranks.device, self.dtype)
        self.dropped: Counter[str] = Counter()  # in this stage, since the run was started

    def run(self, tracker: str | None = None) -> None:
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
        if self.ranks.first:
            self.out.mkdir(parents=True, exist_ok=True)
            with whole_or_told(self.out / "recipe.json") as aside:
                aside.write_text(self.recipe.model_dump_json(indent=2) + "\n", encoding="utf-8")
        if self.recipe.compile:
            self.model.compile_layers()
        checkpoint = saved[-1] if saved else None
        reads_glyphs = any(stage.glyphs for stage in stages)
        if reads_glyphs:  # in all stages: what one has learned, a later one goes on with
            add_head(self.model, self.recipe.seed, None if self.recipe.base is None else Path(self.recipe.base))
        told = RunLog.behind(self.out, self.recipe, self.at, tracker) if self.ranks.first else RunLog(0, ())
        with told as log, Saver(self.checkpoints, self.hash, self.ranks) as saver:
            for index in range(self.at.stage, len(stages)):
                self.run_stage(index, checkpoint, saver, log)
                self.at, checkpoint = self.at.next_stage(), None
        if reads_glyphs:
            head = remove_head(self.model)
            if self.ranks.first:
                save_head(head, self.out)

    def run_stage(self, index: int, checkpoint: Path | None, saver: Saver, log: RunLog) -> None:
        """One stage from `self.at` to its end; `checkpoint` holds the state there, unless that is its beginning."""
        stage = self.recipe.stages[index]
        open_stage(self.model, stage, self.recipe.seed)
        shared = Shared(
            self.model, at_stage(self.processor, stage), self.ranks, stage, self.recipe.sharding, self.dtype
        )
        optimizer = make_optimizer(shared.model, stage)
        if checkpoint is not None:
            restore(checkpoint, shared.model, optimizer)
        self.dropped.clear()
        shared.model.train()
        self.take_steps(stage, shared, optimizer, saver, log)
        if self.ranks.first:
            for reason, count in self.dropped.most_common():
                print(f"train {stage.name}: {count} samples dropped: {reason}", file=sys.stderr)
        shared.gather()
        if self.at.best is not None:
            restore_best(best_path(self.checkpoints, index), self.model)
        adapted = stage.adapter is not None and self.recipe.base is not None and len(self.recipe.stages) == 1
        if adapted and self.ranks.first:
            with whole_or_told(self.out / "adapter") as aside:
                save_adapters(self.model, aside)
        close_stage(self.model, stage)

    def plan(self, stage: Stage) -> PackPlan:
        """The packs of a stage, from `self.at` on."""
        # Each stage has an order of its own: a second one over the same data does not begin with the same pages.
        seed = self.recipe.seed + (self.at.stage << 50)
        mixture = stage_mixture(stage, self.data, at_stage(self.processor, stage), seed)
        tiles = most_tiles(stage, at_stage(self.processor, stage))
        return PackPlan(mixture, stage.pack_tokens, tiles, self.ranks.world, seed, self.at.plan, self.at.taken)

    def held_out(self, stage: Stage) -> HeldOut | None:
        """The held-out rows of a stage's evaluations, where it has any."""
        if stage.evaluate_every is None or self.data is None:
            return None
        most = stage.questions_per_sample
        processor = at_stage(self.processor, stage)
        source = SampleSource(self.data, HELD_OUT, processor, most, self.recipe.seed, stage.isolated)
        tiles = most_tiles(stage, self.processor)
        return HeldOut(
            source, stage.evaluate_every, stage.evaluate_questions, stage.pack_tokens, tiles, self.recipe.seed
        )

    def take_steps(
        self, stage: Stage, shared: Shared, optimizer: torch.optim.Optimizer, saver: Saver, log: RunLog
    ) -> None:
        """The steps that are left of a stage, each with its line in the log; evaluations and checkpoints between."""
        plan = self.plan(stage)
        span = Span(stage, plan.mixture.samples, plan.mixture.length)
        held_out = self.held_out(stage)
        done = span.done(self.at.step, self.at.taken)
        with (
            Progress(f"train {stage.name}", span.length, span.unit, done, silent=not self.ranks.first) as progress,
            PackReader(plan, stage.packs_per_step, self.ranks.rank, self.ranks.device.type == "cuda") as reader,
        ):
            steps = iter(reader)
            while done < span.length:
                step = next(steps)
                with memory_named(f"at step {self.at.step + 1}", stage, step.taken):
                    figures = self.train_step(span, step, shared, optimizer)
                self.at = replace(self.at, step=self.at.step + 1, plan=step.planned.position, taken=step.planned.taken)
                before, done = done, span.done(self.at.step, self.at.taken)
                last = done >= span.length
                if held_out is not None and (last or self.at.step % held_out.every == 0):
                    figures |= self.evaluate(stage, held_out, shared)
                line = {"stage": stage.name, "stage_index": self.at.stage, "step": self.at.step} | figures
                progress.advance(done - before, note=note(figures))
                log.write(line | {"seconds_left": progress.seconds_left})
                if last or self.at.step % stage.checkpoint_every == 0:
                    log.flush()
                    saver.save(shared.model, optimizer, self.at)

    def train_step(
        self, span: Span, step: RankStep, shared: Shared, optimizer: torch.optim.Optimizer
    ) -> dict[str, Any]:
        """One optimiser step over the packs of `step`; returns what the log says of it."""
        stage, started = span.stage, time.perf_counter()
        generator = step_generator(self.recipe.seed, self.at.stage, self.at.step, self.ranks.rank)
        torch.manual_seed(generator.initial_seed())  # what adapters drop
        with noisy_embeddings(shared.model.model.text_model, stage.neftune_alpha, generator):
            sums = shared.forward_backward(step, calls=max(map(len, step.planned.ranks)))
        dropped = step.planned.dropped + self.ranks.union(step.broken)
        self.dropped += dropped
        if not sums.targets:
            raise OctavoError(
                f"step {self.at.step + 1} of stage {stage.name} has no answer to train ({reasons(dropped)})"
            )
        norm = shared.clip(stage.clip_norm)
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
        cost, seconds = Flops(sums.encoder_flops, sums.decoder_flops), time.perf_counter() - started
        return {
            "loss": sums.loss,
            "learning_rate": rate,
            "gradient_norm": norm,
            "tokens": sums.tokens,
            "answer_tokens": sums.answer_tokens,
            "tiles": sums.tiles,
            "tokens_used": step.planned.tokens_used,
            "tiles_used": step.planned.tiles_used,
            **rates(sums.tokens, sums.tiles, cost, seconds, self.peak),
            **memory_in_use(self.ranks.device),
            "dropped": dict(dropped),
        }

    def evaluate(self, stage: Stage, held_out: HeldOut, shared: Shared) -> dict[str, float]:
        """The figures of held-out rows; weights that are the stage's best so far are kept."""
        figures = held_out.figures(shared)
        loss = figures["validation_loss"]
        if not math.isfinite(loss):
            raise OctavoError(f"the validation loss is {loss} after step {self.at.step}; lower the learning_rate")
        if self.anls is not None and stage.evaluate_answers:
            figures["anls"] = self.answered(self.anls, stage.evaluate_answers, shared)
        score = weighted(figures, stage.best_by)
        if self.at.best is None or score > self.at.best:
            self.at = replace(self.at, best=score)
            save_best(best_path(self.checkpoints, self.at.stage), shared.model, self.ranks)
        return figures

    def answered(self, anls: QuickAnls, questions: int, shared: Shared) -> float:
        """What the first process answers, with all the weights, while the others wait."""
        assert self.data is not None, "held-out rows are a data set's"
        shared.gather()
        score = 0.0
        if self.ranks.first:
            score = anls(self.model.eval(), self.processor, self.data, questions)
            self.model.train()
        return self.ranks.total(score)[0]


def most_tiles(stage: Stage, processor: Processor) -> int:
    """The most tiles of a pack: where the recipe says nothing, as many as its tokens could be of."""
    return stage.pack_tiles or max(1, stage.pack_tokens // processor.image_seq_len)

"""`octavo bench training`: the questions a second that training takes in, beside the Trainer of transformers.

Pages with four questions at least, built of the PDFs beside the checkout (`../shared/data/pdfs`; not part of the
project); recipe nano's model in float32, with as many threads as torch takes by itself. Three sides begin with the same
weights, go over the same pages in the same order with the same optimiser, and take turns:

- branches: packs of octavo's trainer in which a page stands once, each of its questions a branch of its own behind it;
- conversations: the same packs with a page's questions as one conversation, in which later turns see the earlier ones;
- transformers: one question a sample, padded (`benchmarks.padded`); its steps hold the questions of those of branches.

Reading a page, decoding it and cutting it into tiles is part of every step. On a GPU, larger models follow
(`benchmarks.utilisation`).
"""

import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

import torch

from benchmarks.figures import Result
from benchmarks.padded import Asked, Padded
from benchmarks.processes import octavo, watched
from benchmarks.steps import Step, loss, mean, rate
from benchmarks.utilisation import utilisation
from octavo.datasets import DataSet
from octavo.datasets.reading import Rows
from octavo.datasets.schema import SCHEMA, RowFile, batch_of
from octavo.errors import OctavoError
from octavo.models import load_model
from octavo.processing import Processor
from octavo.training import Recipe, load_recipe, save_trained, starting_model
from octavo.training.optimizer import make_optimizer
from octavo.training.packing import Pack, Packer, epoch_order
from octavo.training.samples import SampleSource
from octavo.training.trainer import Trainer

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "pdfs"
LEAST, MOST = 4, 8  # questions of a page: as Docmatix has on average, and as recipe nano draws at most
WARM, TURNS, STEPS = 2, 5, 3  # steps before anything is timed; then turns of each side, and steps of a turn
SCHEDULE = (
    f"stages.0.steps={WARM + TURNS * STEPS}",
    "stages.0.warmup_steps=4",
    f"stages.0.questions_per_sample={MOST}",
)


class TimedPacker(Packer):
    """A packer that knows the seconds in which its packs were made."""

    seconds = 0.0

    def next_pack(self) -> Pack:
        started = time.perf_counter()
        pack = super().next_pack()
        self.seconds += time.perf_counter() - started
        return pack


class Packed:
    """Octavo's trainer, a step at a time."""

    def __init__(self, recipe: Recipe, base: Path, data: DataSet, out: Path, isolated: bool) -> None:
        model, processor = load_model(base).train(), Processor.from_pretrained(base)
        self.trainer = Trainer(recipe, out, model, processor, data)
        self.stage = recipe.stages[0]
        self.source = SampleSource(data, "train", processor, MOST, recipe.seed, isolated)
        self.packer = TimedPacker(self.source, self.stage.pack_tokens, recipe.seed)
        self.optimizer = make_optimizer(model, self.stage)
        self.order = epoch_order(len(self.source), recipe.seed, 0)
        self.taken = 0  # steps

    def take(self, steps: int) -> list[Step]:
        """The next steps."""
        return [self._step() for _ in range(steps)]

    def _step(self) -> Step:
        position, spent, worked = self.packer.position, self.packer.seconds, time.process_time()
        figures = self.trainer.train_step(self.stage, self.taken, self.packer, self.optimizer)
        self.taken += 1
        pages = tuple(self.order[position : self.packer.position])
        return Step(
            pages=pages,
            questions=sum(len(self.source.rows.questions(page)) for page in pages),
            answer_tokens=int(figures["answer_tokens"]),
            tiles=int(figures["tiles"]),
            tokens=int(figures["tokens"]),
            positions=int(figures["tokens"]),
            seconds=figures["seconds"],
            processing_s=self.packer.seconds - spent,
            work_s=time.process_time() - worked,
            loss=figures["loss"],
        )


def run() -> Result:
    """All sides in turn; some 6 minutes on two cores."""
    if not SHARED.is_dir():
        raise OctavoError(f"{SHARED} is not there; this benchmark needs its documents")
    result = Result("training")
    with tempfile.TemporaryDirectory(prefix="octavo-bench-") as scratch:
        data = documents(Path(scratch))
        recipe = load_recipe("nano", (f"data={data.folder}", *SCHEDULE))
        base = save_trained(*starting_model(recipe, data), Path(scratch) / "base", recipe, 0)
        rows = data.rows("train")
        asked = sum(len(rows.questions(page)) for page in range(len(rows)))
        result.add(f"pages of {LEAST} to {MOST} questions in the data set", len(rows), "pages")
        result.add("questions a page, on average", asked / len(rows), "questions")
        turns = in_turns(
            Packed(recipe, base, data, Path(scratch), isolated=True),
            Packed(recipe, base, data, Path(scratch), isolated=False),
            Padded(base, recipe.stages[0], Path(scratch)),
            rows,
        )
    speeds(result, {side: done[1:] for side, done in turns.items()})
    parts(result, {side: [step for turn in done[1:] for step in turn] for side, done in turns.items()})
    curves(result, turns["branches"], turns["transformers"])
    if torch.cuda.is_available():
        utilisation(result)
    return result


def documents(scratch: Path) -> DataSet:
    """The pages of the digital PDFs that have enough questions, as a data set of a training split alone."""
    index = json.loads((SHARED / "index.json").read_text())
    digital = [SHARED / entry["file"] for entry in index if entry["class"] == "digital"]
    built, chosen = scratch / "built", scratch / "chosen"
    done = watched(octavo("build", *digital, "--out", built, "--no-ocr"), memory=False)
    if done.status:
        raise OctavoError(f"octavo build failed: {done.output}")
    rows = DataSet(built).rows("train")
    (chosen / "data").mkdir(parents=True)
    with RowFile(chosen / "data" / "train-00000.parquet", SCHEMA) as file:
        for page in range(len(rows)):
            if len(rows.questions(page)) >= LEAST:
                row = rows.row(page)
                file.add(batch_of(replace(row, questions=row.questions[:MOST]), "octavo bench training"))
    return DataSet(chosen)


def in_turns(branches: Packed, conversations: Packed, padded: Padded, rows: Rows) -> dict[str, list[list[Step]]]:
    """The steps of every side by turn, the first of which warms up."""
    turns: dict[str, list[list[Step]]] = {"branches": [], "conversations": [], "transformers": []}
    for steps in (WARM, *[STEPS] * TURNS):
        done = branches.take(steps)
        turns["branches"].append(done)
        turns["conversations"].append(conversations.take(steps))
        turns["transformers"].append(padded.take([questions(rows, step.pages) for step in done]))
    return turns


def questions(rows: Rows, pages: Sequence[int]) -> list[Asked]:
    """The questions of these pages, each with its page's picture, still encoded."""
    return [
        Asked(page, row.images[0], question.text, question.answer)
        for page, row in zip(pages, map(rows.row, pages), strict=True)
        for question in row.questions
    ]


def speeds(result: Result, turns: dict[str, list[list[Step]]]) -> None:
    """Questions a second; a ratio is the median of its turns, since turns hold different pages."""
    rates = {side: [rate(turn) for turn in done] for side, done in turns.items()}
    for side, of_turns in rates.items():
        result.add(f"{side}: questions", median(of_turns), "questions/s")
    work = {side: [mean(turn, "work_s") for turn in done] for side, done in turns.items()}
    for side, least in (("conversations", 0.9), ("transformers", 4)):
        ratio = median(ours / theirs for ours, theirs in zip(rates["branches"], rates[side], strict=True))
        result.add(f"branches beside {side}, questions a second", ratio, "times", least)
        ratio = median(theirs / ours for ours, theirs in zip(work["branches"], work[side], strict=True))
        result.add(f"branches beside {side}, questions a second of all threads' work", ratio, "times")


def parts(result: Result, steps: dict[str, list[Step]]) -> None:
    """Where the gain comes from."""
    for side, done in steps.items():
        result.add(f"{side}: tiles encoded a question", mean(done, "tiles"), "tiles")
        result.add(f"{side}: tokens a question", mean(done, "tokens"), "tokens")
        processing = mean(done, "processing_s")
        result.add(f"{side}: page to tiles and token ids, a question", 1000 * processing, "ms")
        result.add(f"{side}: the step without it, a question", 1000 * (mean(done, "seconds") - processing), "ms")
    padded = steps["transformers"]
    filling = 1 - sum(step.tokens for step in padded) / sum(step.positions for step in padded)
    result.add("transformers: padding among its positions", filling, "share")
    once = mean(padded, "tiles") / mean(steps["branches"], "tiles")
    gain = mean(padded, "seconds") / mean(steps["branches"], "seconds")
    result.add("gain because a page is encoded once: tiles a question", once, "times")
    result.add("gain besides: the same tiles in less time", gain / once, "times")


def curves(result: Result, ours: list[list[Step]], theirs: list[list[Step]]) -> None:
    """Losses over the same questions, beside each other."""
    apart = abs(ours[0][0].loss - theirs[0][0].loss)
    result.add("loss of the first step, branches and transformers apart", apart, "nats", most=1e-4)
    seen = 0
    for mine, other in zip(ours, theirs, strict=True):
        first, seen = seen + 1, seen + sum(step.questions for step in mine)
        result.add(f"branches: loss of questions {first} to {seen}", loss(mine), "nats")
        result.add(f"transformers: loss of questions {first} to {seen}", loss(other), "nats")
    apart = max(abs(loss(mine) - loss(other)) for mine, other in zip(ours, theirs, strict=True))
    result.add("these losses, most apart", apart, "nats")

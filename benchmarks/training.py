"""`octavo bench training`: the questions a second that training takes in, beside the Trainer of transformers.

Pages with four questions at least, built of the PDFs beside the checkout (`../shared/data/pdfs`; not part of the
project); recipe nano's model in float32, with as many threads as torch takes by itself. Three sides begin with the same
weights, take the same pages in each step of the same optimiser, and take turns:

- branches: octavo's packs, in which a page stands once and each of its questions is a branch of its own behind it;
- conversations: the same packs with a page's questions as one conversation, in which later turns see the earlier ones;
- transformers: one question a sample, padded (`benchmarks.padded`).

Decoding a page and cutting it into tiles is part of every step; octavo reads it from its Parquet file, transformers is
given its bytes.
"""

import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import median

from benchmarks.figures import Result
from benchmarks.padded import Asked, Padded
from benchmarks.processes import octavo, watched
from benchmarks.steps import Step, loss, mean, optimiser, rate
from octavo.datasets import DataSet
from octavo.datasets.reading import Rows
from octavo.datasets.schema import SCHEMA, RowFile, batch_of
from octavo.errors import OctavoError
from octavo.models import load_model
from octavo.processing import Processor
from octavo.training import Recipe, load_recipe, save_trained, starting_model
from octavo.training.distributed import ALONE, Shared
from octavo.training.packing import Pack
from octavo.training.samples import SampleSource
from octavo.training.trainer import Trainer

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "pdfs"
LEAST, MOST = 4, 8  # questions of a page: as Docmatix has on average, and as recipe nano draws at most
WARM, TURNS, STEPS = 2, 5, 3  # steps before anything is timed; then turns of each side, and steps of a turn


class Packed:
    """Octavo's trainer over packs of given pages."""

    def __init__(self, recipe: Recipe, base: Path, data: DataSet, isolated: bool) -> None:
        model, processor = load_model(base).train(), Processor.from_pretrained(base)
        self.trainer = Trainer(recipe, base, model, processor, data)  # its own loop, which writes, does not run
        self.shared = Shared(model, processor, ALONE, recipe.stages[0])
        self.stage = recipe.stages[0]
        self.source = SampleSource(data, "train", processor, MOST, recipe.seed, isolated)
        self.optimizer, self.schedule = optimiser(model, self.stage)

    def plan(self, steps: int) -> list[list[int]]:
        """The pages of the next packs, as the trainer's plan lays them."""
        planned = islice(self.trainer.plan(self.stage).steps(1), steps)
        return [[draw.sample for pack in step.ranks[0] for draw in pack.draws] for step in planned]

    def take(self, packs: Sequence[Sequence[int]]) -> list[Step]:
        """One step over each of these lists of pages."""
        return [self._step(pages) for pages in packs]

    def _step(self, pages: Sequence[int]) -> Step:
        started, worked = time.perf_counter(), time.process_time()
        pack = Pack.of([self.source.sample(page, 0) for page in pages])
        processed = time.perf_counter()
        loss = self.shared.forward_backward([pack], calls=1).loss
        self.shared.clip(self.stage.clip_norm)
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad(set_to_none=True)
        return Step(
            questions=sum(len(self.source.rows.questions(page)) for page in pages),
            answer_tokens=pack.answer_tokens,
            tiles=len(pack.tiles_NCHW),
            tokens=len(pack.token_ids_T),
            positions=len(pack.token_ids_T),
            seconds=time.perf_counter() - started,
            processing_s=processed - started,
            work_s=time.process_time() - worked,
            loss=loss,
        )


def run() -> Result:
    """All sides in turn; some 6 minutes on two cores."""
    if not SHARED.is_dir():
        raise OctavoError(f"{SHARED} is not there; this benchmark needs its documents")
    result = Result("training")
    with tempfile.TemporaryDirectory(prefix="octavo-bench-") as scratch:
        data = data_set(Path(scratch))
        recipe = load_recipe("nano", (f"data={data.folder}",))
        base = save_trained(*starting_model(recipe, data), Path(scratch) / "base", recipe, 0)
        rows = data.rows("train")
        asked = sum(len(rows.questions(page)) for page in range(len(rows)))
        result.add(f"pages of {LEAST} to {MOST} questions in the data set", len(rows), "pages")
        result.add("questions a page, on average", asked / len(rows), "questions")
        branches, conversations = (Packed(recipe, base, data, isolated) for isolated in (True, False))
        turns = in_turns(branches, conversations, Padded(base, recipe.stages[0], Path(scratch)), rows)
    speeds(result, {side: done[1:] for side, done in turns.items()})
    parts(result, {side: [step for turn in done[1:] for step in turn] for side, done in turns.items()})
    curves(result, turns["branches"], turns["transformers"])
    return result


def data_set(scratch: Path) -> DataSet:
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
    packs = iter(branches.plan(WARM + TURNS * STEPS))
    for steps in (WARM, *[STEPS] * TURNS):
        pages = list(islice(packs, steps))
        turns["branches"].append(branches.take(pages))
        turns["conversations"].append(conversations.take(pages))
        turns["transformers"].append(padded.take([questions(rows, of_step) for of_step in pages]))
    return turns


def questions(rows: Rows, pages: Sequence[int]) -> list[Asked]:
    """The questions of these pages, each with its page's picture, still encoded."""
    return [
        Asked(row.images[0], question.text, question.answer)
        for row in map(rows.row, pages)
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
    result.add("these losses, most apart", apart, "nats", most=0.01)

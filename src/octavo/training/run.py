"""A run: a recipe and its data → a trained model in a folder, by one process or by those of `torchrun`."""

from pathlib import Path

from octavo.datasets import DataSet
from octavo.errors import OctavoError
from octavo.models import Idefics3, save_model
from octavo.processing import Processor
from octavo.training.card import model_card
from octavo.training.checkpoint import whole_or_told
from octavo.training.distributed import Ranks, joined
from octavo.training.logs import write_report
from octavo.training.recipe import Recipe
from octavo.training.start import starting_model
from octavo.training.trainer import Trainer
from octavo.training.validation import QuickAnls


def train(
    recipe: Recipe, out: Path, resume: bool = False, anls: QuickAnls | None = None, tracker: str | None = None
) -> Path:
    """Run a recipe's stages and write the model to `out/model`, which is returned.

    `out` also gets `recipe.json` (resolved), `log.jsonl` (one line a step), `tensorboard/` where that is installed,
    `report.html`, `checkpoints/` and, where the one stage of a recipe trained adapters on its base, `adapter/` with
    them in peft's files. A `tracker`, "trackio" or "wandb", gets every step as well. With `resume` the run continues
    from its last whole checkpoint and ends with the weights of a run that was never interrupted. Raises `OctavoError`
    for a data set or base that cannot be read, for a stage that trains nothing or names modules that the model has
    not, for an `out` that holds a run when `resume` is not given, and for a tracker that is not installed; `ValueError`
    where a stage answers questions in the loop and no `anls` is given to do it.

    All processes that `torchrun` starts call this; they train one model, and the first writes.
    """
    with joined() as ranks:
        train_among(ranks, recipe, out, resume, anls, tracker)
    return out / "model"


def train_among(
    ranks: Ranks,
    recipe: Recipe,
    out: Path,
    resume: bool = False,
    anls: QuickAnls | None = None,
    tracker: str | None = None,
) -> None:
    """`train` in a process that has joined the others already."""
    data = open_data(recipe)
    if (out / "checkpoints").exists() and not resume:
        raise OctavoError(f"{out} holds a run already; continue it with --resume or give another --out")
    model, processor = starting_model(recipe, data)
    trainer = Trainer(recipe, out, model, processor, data, anls, ranks)
    ranks.wait()  # all have looked at what is there
    trainer.run(tracker)
    if ranks.first:
        save_trained(model, processor, out / "model", recipe, trainer.at.before)
        write_report(out)
    ranks.wait()


def open_data(recipe: Recipe) -> DataSet | None:
    """The recipe's data set; None where no stage trains or looks at its rows, nor a tokenizer is made of them.

    Raises `OctavoError` where it is needed and not named, or cannot be read.
    """
    if recipe.data is not None:
        return DataSet(Path(recipe.data))
    wanted = data_wanted(recipe)
    if wanted is not None:
        raise OctavoError(f"recipe {recipe.name} names no data set, and {wanted}; add --set data=FOLDER")
    return None


def data_wanted(recipe: Recipe) -> str | None:
    """What a recipe needs its own data set for, if anything."""
    drawn = True
    for number, stage in enumerate(recipe.stages):
        if not stage.data or any(part.path is None and part.kind != "synthetic" for part in stage.data):
            return f"stage {stage.name} trains on it"
        if stage.evaluate_every is not None:
            return f"stage {stage.name} looks at its held-out rows (or set stages.{number}.evaluate_every=null)"
        drawn = drawn and all(part.kind == "synthetic" for part in stage.data)
    fresh = recipe.base is None and recipe.backbones is None
    return "its tokenizer is made of it" if fresh and not drawn else None


def save_trained(model: Idefics3, processor: Processor, folder: Path, recipe: Recipe, steps: int) -> Path:
    """Write model, processor and card as one Hugging Face folder, whole or not at all; returns the folder.

    Raises `OctavoError` where it cannot be written.
    """
    with whole_or_told(folder) as aside:
        aside.mkdir()
        save_model(model, aside)
        processor.save_pretrained(aside)
        (aside / "README.md").write_text(model_card(model, recipe, steps), encoding="utf-8")
    return folder

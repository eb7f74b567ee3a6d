"""Commands about a model: fit, train, join, ask, export."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from octavo.cli.data import print_build
from octavo.cli.shared import MODEL, Inputs, Json, Passwords, Workers, app, console, printable
from octavo.errors import OctavoError
from octavo.hub import BUNDLED

if TYPE_CHECKING:  # torch takes 2 s to import; --help and errors in options should not
    from octavo.fit import FitReport

Overrides = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change the recipe, such as stages.0.steps=500.")
]
RecipeName = Annotated[str, typer.Option("--recipe", help="A YAML file or a shipped recipe; nano: from scratch.")]


@app.command()
def fit(
    pdfs: Inputs,
    out: Annotated[Path, typer.Option(help="The run folder: data set, model, report.json.")],
    recipe: RecipeName = "finetune-nano",
    set_: Overrides = None,
    password: Passwords = None,
    workers: Workers = 2,
    questions: Annotated[int, typer.Option(min=1, help="Held-out questions asked before and after.")] = 200,
) -> None:
    """The main job: make a data set of PDFs, train a model on it, score it before and after.

    Run it again after an interruption and it goes on where it was.
    """
    from octavo.fit import fit as run
    from octavo.training import load_recipe

    report = run(pdfs, out, load_recipe(recipe, tuple(set_ or ())), tuple(password or ()), workers, questions)
    print_build(report.build)
    _print_fit(report)
    console.print(f"run: {out}    ask it: octavo ask {out} FILE QUESTION")


@app.command()
def train(
    recipe: Annotated[str, typer.Argument(help="A YAML file or a shipped recipe, such as finetune-nano.")],
    out: Annotated[Path, typer.Option(help="The run folder: model, report.html, log.jsonl, checkpoints.")],
    set_: Overrides = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint in --out.")] = False,
    track: Annotated[str | None, typer.Option(help="Send each step's figures to trackio or wandb as well.")] = None,
) -> None:
    """Train a recipe's stages on a data set (--set data=FOLDER)."""
    from octavo.evaluation.quick import quick_anls
    from octavo.training import load_recipe
    from octavo.training import train as run

    model = run(load_recipe(recipe, tuple(set_ or ())), out, resume, quick_anls, track)
    if os.environ.get("RANK", "0") == "0":  # of torchrun's processes the first speaks
        console.print(f"model: {model}")


@app.command()
def join(
    vision: Annotated[str, typer.Option(help="A SigLIP encoder: folder or hub name.")],
    text: Annotated[str, typer.Option(help="A language model of the Llama family: folder or hub name.")],
    out: Annotated[Path, typer.Option(help="The new model's folder; a recipe names it as its base.")],
    connector: Annotated[
        str, typer.Option(help="linear (pixel shuffle), mlp (pixel shuffle) or perceiver.")
    ] = "linear",
    cross_attention: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Gated cross-attention before every N-th decoder layer.")
    ] = None,
    scale: Annotated[int | None, typer.Option(min=1, help="Pixel shuffle: scale² patches become one token.")] = None,
    tile: Annotated[int | None, typer.Option(min=1, help="Pixels on a tile's side. Default: the encoder's.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the connector's and the new tokens' first values.")] = 0,
) -> None:
    """Join an encoder and a language model, trained apart, to a vision-language model to train from."""
    from octavo.training.join import join_folders

    made = join_folders(
        vision, text, out, connector=connector, interval=cross_attention, scale_factor=scale, tile=tile, seed=seed
    )
    console.print(
        f"vision {made.vision / 1e6:.1f}M + new {made.fresh / 1e6:.1f}M + text {made.text / 1e6:.1f}M "
        f"parameters; {made.tokens_per_tile} tokens a tile\n"
        f"vocabulary of {made.vocabulary} rows, the last {made.new_rows} new; "
        f"{made.left_out} tensors left out (pooling head, text side)"
    )
    if made.patches != made.patches_trained:
        console.print(
            f"positions: {made.patches}² patches a tile read those of the nearest of {made.patches_trained}² trained"
        )
    console.print(f"model: {out}")


@app.command()
def ask(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[MODEL] FILE QUESTION...",
            help=f"{MODEL}, which is left out for octavo-nano; a PDF or an image; questions, each in quotes.",
        ),
    ],
    page: Annotated[
        list[int] | None, typer.Option(help="Ask this page; may be repeated. [default: those of --most]")
    ] = None,
    most: Annotated[
        int, typer.Option(min=1, help="Without --page, ask the pages whose words fit best, at most so many.")
    ] = 4,
    mode: Annotated[
        str,
        typer.Option(
            help="grounded: the answer is words of the page, or 'not on this page'; auto: any, with a box where it "
            "stands on the page; free: any, without."
        ),
    ] = "auto",
    password: Passwords = None,
    as_json: Json = False,
    save_image: Annotated[
        Path | None, typer.Option(help="Write the page of the first answer that has one as PNG, its evidence marked.")
    ] = None,
) -> None:
    """Ask a PDF or an image; the answer comes with its page, and its box where it stands on the page."""
    model, file, question = _asked(words)
    from octavo.inference import VisionLanguageModel
    from octavo.inference.marking import save_marked_page

    answers = VisionLanguageModel.load(model).ask_all(file, question, page, tuple(password or ()), mode, most)
    shown = next((answer for answer in answers if answer.page is not None), None)
    if save_image is not None and shown is not None:
        save_marked_page(file, shown, save_image, tuple(password or ()))
    elif save_image is not None:
        print(f"octavo: no page answers, so {save_image} is not written", file=sys.stderr)
    if as_json:
        print(json.dumps([answer.as_dict() for answer in answers], indent=2, ensure_ascii=False))
        return
    for answer in answers:
        box = " ".join("[" + " ".join(f"{edge:.3f}" for edge in box) + "]" for box in answer.boxes)
        where = f"box {box}" if box else "no box"
        place = "on none of the pages" if answer.page is None else f"page {answer.page}"
        asked = f" (asked: {', '.join(map(str, answer.asked))})" if len(answer.asked) > 1 else ""
        console.print(
            f"{printable(answer.text)}\n  {place}{asked} · {where} · confidence {answer.confidence:.2f} · "
            f"{sum(answer.timings.values()):.1f} s"
        )


def _asked(words: list[str]) -> tuple[str, Path, list[str]]:
    """Model, file and questions: the first word is the file where it ends as documents do."""
    from octavo.documents.sources import SUFFIXES

    model, *rest = words if Path(words[0]).suffix.lower() not in SUFFIXES else (BUNDLED, *words)
    if len(rest) < 2:
        raise OctavoError("give a file and a question, such as: octavo ask FILE.pdf 'What is the total?'")
    return model, Path(rest[0]), rest[1:]


@app.command()
def export(
    model: Annotated[str, typer.Argument(help=MODEL)],
    to: Annotated[str, typer.Option(help="hf: Hugging Face's layout; gguf: two files for llama.cpp.")],
    out: Annotated[Path, typer.Option(help="The folder to make.")],
    kind: Annotated[
        str | None,
        typer.Option(
            "--type", help="hf: f32 or f16 [default: as stored]; gguf: f32, f16 or q8_0, of matrices [default: f32]."
        ),
    ] = None,
    notes: Annotated[
        Path | None,
        typer.Option(exists=True, help="hf: Markdown for the card, such as what the model can and cannot do."),
    ] = None,
    check: Annotated[
        bool | None,
        typer.Option(help="Compare GGUF's answers in llama.cpp. [default: if xllamacpp is installed]"),
    ] = None,
) -> None:
    """Take a model elsewhere, checked: what was written is opened again and compared with the model."""
    if to not in ("hf", "gguf"):
        raise OctavoError(f"--to {to}: it can be hf or gguf")
    if to == "hf" and kind not in (None, "f32", "f16"):
        raise OctavoError(f"--type {kind}: Hugging Face's layout has f32 or f16")
    import torch

    from octavo.export import export_gguf, export_hf

    if to == "hf":
        dtype = None if kind is None else {"f32": torch.float32, "f16": torch.float16}[kind]
        tensors = export_hf(model, out, dtype, "" if notes is None else notes.read_text(encoding="utf-8"))
        console.print(f"{tensors} tensors and the answers about a page are equal when opened again: {out}")
        return
    parity = export_gguf(model, out, kind or "f32", check)
    if parity is None:
        console.print(f"not compared with llama.cpp (pip install 'octavo[llamacpp]' and leave out --no-check): {out}")
    else:
        console.print(
            f"llama.cpp: {parity.prompts} of {parity.questions} prompts and {parity.answers} answers equal; "
            f"log-probabilities differ by {parity.mean:.2g}, at most {parity.worst:.2g}: {out}"
        )


def _print_fit(report: "FitReport") -> None:
    from octavo.fit import change_text

    table = Table(
        "", "before", "after", "95% interval after", title=f"{report.after.n} questions about held-out documents"
    )
    for name, after in report.after.metrics.items():
        before = report.before.metrics[name].value
        table.add_row(name, f"{before:.3f}", f"{after.value:.3f}", f"{after.low:.3f} … {after.high:.3f}")
    console.print(table)
    console.print(change_text(report))
    for name, metrics in report.after.baselines.items():
        console.print(f"ANLS without the model, {name}: {metrics['anls'].value:.3f}")

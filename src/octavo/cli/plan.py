"""The command that says what a recipe or a model will cost."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table

from octavo.cli.shared import Json, app, console

if TYPE_CHECKING:  # torch takes 2 s to import; --help should not
    from octavo.planning import Plan

GIB = 2**30


@app.command()
def plan(
    what: Annotated[str, typer.Argument(metavar="RECIPE|MODEL", help="A recipe, or a model's folder or hub name.")],
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change the recipe, as in octavo train.")
    ] = None,
    page: Annotated[str, typer.Option(metavar="WxH", help="A page in pixels.")] = "1240x1754",
    dtype: Annotated[Literal["float32", "bfloat16"], typer.Option(help="Type of weights and activations.")] = "float32",
    tflops: Annotated[
        float | None,
        typer.Option(help="Operations a second that the device sustains, in 10^12; measured here when not given."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Parameters, FLOPs, memory, tokens and hours of a recipe or a model, before anything is run."""
    import torch

    from octavo.planning import matmul_rate, plan_model, plan_recipe
    from octavo.training import load_recipe
    from octavo.training.recipe import shipped_recipes

    size, kind = _pixels(page), torch.float32 if dtype == "float32" else torch.bfloat16
    if what in shipped_recipes() or Path(what).suffix in (".yaml", ".yml"):
        result = plan_recipe(load_recipe(what, tuple(set_ or ())), kind, size)
    else:
        result = plan_model(what, kind, size)
    rate = tflops * 1e12 if tflops is not None else matmul_rate(kind)
    if as_json:
        hours = {stage.name: stage.hours(rate) for stage in result.stages}
        print(json.dumps(result.as_dict() | {"flops_per_s": rate, "hours": hours}, indent=2))
        return
    _print_page(result, rate)
    _print_stages(result, rate)


def _pixels(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        raise typer.BadParameter(f"{text} is no size; write it as 1240x1754", param_hint="--page")
    return int(width), int(height)


def _print_page(result: "Plan", rate: float) -> None:
    page, parameters = result.page, result.parameters
    total = sum(page.flops.values())
    table = Table("part", "parameters", "GFLOP a page", "share", title=f"{result.name}, {result.dtype}")
    for part, count in parameters.items():
        cost = page.flops.get(part, 0)
        table.add_row(part, f"{count / 1e6:.1f} M", f"{cost / 1e9:.1f}", f"{cost / total:.0%}")
    if "head" not in parameters:
        cost = page.flops["head"]
        table.add_row("head (tied)", "", f"{cost / 1e9:.1f}", f"{cost / total:.0%}")
    table.add_row("all", f"{sum(parameters.values()) / 1e6:.1f} M", f"{total / 1e9:.1f}", "")
    console.print(table)
    console.print(
        f"page of {page.width}x{page.height}: {page.tiles} tiles, {page.image_tokens} image tokens, "
        f"{page.text_tokens} tokens of text; at least {total / rate:.2f} s at {rate / 1e12:.2f} TFLOP/s"
    )
    for what, size in result.serving.items():
        console.print(f"serving: {what} {size / GIB:.2f} GiB")


def _print_stages(result: "Plan", rate: float) -> None:
    for stage in result.stages:
        table = Table("memory of one pack", "GiB", title=f"stage {stage.name}")
        for what, size in stage.bytes.items():
            table.add_row(what, f"{size / GIB:.2f}")
        table.add_row("all", f"{sum(stage.bytes.values()) / GIB:.2f}")
        console.print(table)
        console.print(
            f"{stage.packs:,} packs of {stage.pages_per_pack} pages, {stage.tokens:.3g} tokens, {stage.flops:.3g} "
            f"FLOP; at least {stage.hours(rate):,.1f} hours at {rate / 1e12:.2f} TFLOP/s, everything trained"
        )

"""Commands about a data set: build, inspect, synth."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from octavo.cli.shared import Inputs, Json, Passwords, app, console, printable
from octavo.errors import OctavoError

if TYPE_CHECKING:
    from octavo.datasets import BuildReport

LISTED = 20  # failures printed; the manifest has all

_LLM, _KEPT, _WHERE = "Questions by a language model", "What is kept", "Where and how"


@app.command()
def build(
    pdfs: Inputs,
    out: Annotated[Path, typer.Option(help="The data set folder.")],
    password: Passwords = None,
    dpi: Annotated[int, typer.Option(min=36, max=600, help="Resolution of the page images.")] = 150,
    ocr: Annotated[
        bool | None, typer.Option(help="Read pages without a text layer by OCR. [default: if octavo[ocr] is installed]")
    ] = None,
    most_pages: Annotated[int, typer.Option(min=1, help="Pages of a document that are read at most.")] = 2000,
    mix: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND=MOST",
            help="The most questions of a kind on a page, such as title=0 or caption=0.25; repeatable.",
        ),
    ] = None,
    most_of_key: Annotated[
        int, typer.Option(min=1, help="Documents in which the same key is asked for, about.")
    ] = 1000,
    language: Annotated[
        list[str] | None,
        typer.Option(help="Keep pages in this language (ISO 639-1, such as en); repeatable.", rich_help_panel=_KEPT),
    ] = None,
    personal: Annotated[
        str, typer.Option(help="Personal data: keep, report, or mask.", rich_help_panel=_KEPT)
    ] = "keep",
    preset: Annotated[
        str, typer.Option("--filter", help='"docmatix": delete what Docmatix deletes.', rich_help_panel=_KEPT)
    ] = "",
    review: Annotated[
        Path | None, typer.Option(help="Judgements of octavo inspect --serve to apply.", rich_help_panel=_KEPT)
    ] = None,
    keep_splits: Annotated[
        Path | None,
        typer.Option(help="A data set whose documents stay in their splits.", rich_help_panel=_KEPT),
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Write Docmatix's pdf configuration, too.")] = False,
    export: Annotated[
        list[str] | None, typer.Option(help="Write docvqa or mp-docvqa annotations beside it; repeatable.")
    ] = None,
    llm: Annotated[
        str,
        typer.Option(metavar="URL", help="An OpenAI-compatible endpoint that writes questions.", rich_help_panel=_LLM),
    ] = "",
    llm_model: Annotated[str, typer.Option(help="The model there.", rich_help_panel=_LLM)] = "",
    llm_prompt: Annotated[str, typer.Option(help="fields or docmatix.", rich_help_panel=_LLM)] = "fields",
    llm_judge: Annotated[str, typer.Option(help="A second model that judges.", rich_help_panel=_LLM)] = "",
    llm_abstractive: Annotated[
        bool, typer.Option("--llm-abstractive", help="Keep answers that stand on no page.", rich_help_panel=_LLM)
    ] = False,
    llm_budget: Annotated[
        float, typer.Option(min=0, help="Stop asking at this cost (tokens without prices).", rich_help_panel=_LLM)
    ] = 0,
    llm_prices: Annotated[
        tuple[float, float], typer.Option(help="Per million tokens in and out.", rich_help_panel=_LLM)
    ] = (0, 0),
    llm_requests_per_minute: Annotated[int, typer.Option(min=0, help="0: no limit.", rich_help_panel=_LLM)] = 0,
    llm_tokens_per_minute: Annotated[int, typer.Option(min=0, help="0: no limit.", rich_help_panel=_LLM)] = 0,
    workers: Annotated[int, typer.Option(min=1, help="Processes that work.", rich_help_panel=_WHERE)] = 2,
    engine: Annotated[
        str, typer.Option(help="local, or ray: the same work on a Ray cluster.", rich_help_panel=_WHERE)
    ] = "local",
    ray_address: Annotated[
        str | None, typer.Option(help="The cluster. [default: one started here]", rich_help_panel=_WHERE)
    ] = None,
) -> None:
    """Make a data set of PDFs: pages, questions, answers and the boxes where the answers stand.

    Run it again after an interruption and it goes on where it was.
    """
    from octavo.datasets import Settings
    from octavo.datasets import build as run
    from octavo.datasets.engine import LocalEngine, RayEngine
    from octavo.datasets.exports import FORMATS
    from octavo.datasets.exports import export as write_export
    from octavo.datasets.mix import mix_of
    from octavo.datasets.selection.filters import Filters
    from octavo.datasets.selection.languages import check_languages
    from octavo.documents.ocr import available

    if engine not in ("local", "ray"):
        raise OctavoError(f"--engine {engine}: it can be local or ray")
    for form in export or ():
        if form not in FORMATS:
            raise OctavoError(f"--export {form}: it can be {' or '.join(FORMATS)}")
    if ocr and not available():
        raise OctavoError("--ocr needs rapidocr: pip install 'octavo[ocr]'")
    if language:
        check_languages(language)
    writer = None
    if llm or llm_model:
        from octavo.datasets.llm import LlmSettings  # an HTTP client takes 0.3 s to import

        writer = LlmSettings(
            llm,
            llm_model,
            llm_prompt,
            llm_judge,
            llm_abstractive,
            requests_per_minute=llm_requests_per_minute,
            tokens_per_minute=llm_tokens_per_minute,
            price_in=llm_prices[0],
            price_out=llm_prices[1],
            budget=llm_budget,
        )
    settings = Settings(
        dpi=dpi,
        ocr=available() if ocr is None else ocr,
        most_pages=most_pages,
        mix=mix_of(mix or ()),
        most_of_key=most_of_key,
        filters=Filters(languages=tuple(language or ()), personal=personal, preset=preset),
        pdf=pdf,
    )
    crew = RayEngine(workers, ray_address) if engine == "ray" else LocalEngine(workers)
    report = run(
        pdfs,
        out,
        settings,
        passwords=tuple(password or ()),
        engine=crew,
        review=review,
        keep_splits=keep_splits,
        llm=writer,
    )
    print_build(report)
    for form in export or ():
        write_export(out, form, out.with_name(f"{out.name}-{form}"))
    console.print(f"data set: {out}")


@app.command()
def inspect(
    dataset: Annotated[Path, typer.Argument(help="A data set folder.")],
    serve: Annotated[bool, typer.Option("--serve", help="Open the page to leaf through it and judge.")] = False,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    review: Annotated[Path | None, typer.Option(help="Where judgements are kept.")] = None,
    against: Annotated[
        Path | None, typer.Option(help="Another data set, such as a benchmark: report the pages both have.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Statistics of a data set; --serve opens the page to judge it, --against looks for leaks."""
    if serve:
        from octavo.datasets.audit.server import serve as run

        run(dataset, review, host, port)
    elif against is not None:
        from octavo.datasets.selection.overlap import overlap

        found = overlap(dataset, against)
        if as_json:
            print(json.dumps(found.to_json(), indent=2))
            return
        lines = str(found).splitlines()
        for line in lines[: 2 * LISTED]:
            console.print(printable(line))
        if len(lines) > 2 * LISTED:
            console.print(f"  and {len(lines) - 2 * LISTED} more lines; --json gives all")
    else:
        from octavo.datasets.audit.statistics import statistics

        figures = statistics(dataset)
        if as_json:
            print(json.dumps(figures.to_json(), indent=2))
        else:
            figures.print(console)


@app.command()
def synth(
    kind: Annotated[str, typer.Argument(help="invoice, receipt, form, letter or mixed.")],
    out: Annotated[Path, typer.Option(help="The folder for PDFs and answers.json.")],
    count: Annotated[int, typer.Option(min=1, help="Documents.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same bytes.")] = 0,
) -> None:
    """Typeset documents whose answers are known."""
    from octavo.synthetic import typeset

    files = typeset(kind, count, out, seed)
    console.print(f"{len(files)} documents: {out}")


@app.command()
def bench(
    name: Annotated[
        str, typer.Argument(help="Which comparison: dataset, memory, processing, compute, training, gpu, nano.")
    ] = "dataset",
    as_json: Annotated[Path | None, typer.Option("--json", help="Write the figures here.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="nano: real documents, too; receipts/ and pdfs/ in this folder.")
    ] = None,
) -> None:
    """Measure octavo beside its peers; runs in a checkout, whose benchmarks/ it reads."""
    import importlib
    import sys

    import octavo

    root = Path(octavo.__file__).resolve().parents[2]
    known = sorted(path.stem for path in (root / "benchmarks").glob("*.py") if "def run(" in path.read_text("utf-8"))
    if name not in known:
        raise OctavoError(
            f"there is no benchmark {name!r} here; there are: {' '.join(known) or 'none, use a checkout'}"
        )
    sys.path.insert(0, str(root))
    run = importlib.import_module(f"benchmarks.{name}").run
    result = run(data) if name == "nano" else run()
    if as_json is not None:
        result.write(as_json)
    missed = [figure.what for figure in result.figures if not figure.holds]
    if missed:
        console.print(f"missed: {', '.join(missed)}")
        raise typer.Exit(1)


def print_build(report: "BuildReport") -> None:
    """What became of the documents, and what was asked."""
    beyond = f", {report.pages_beyond} beyond the limit" if report.pages_beyond else ""
    console.print(
        f"{report.documents_read} documents read, {report.documents_failed} failed, "
        f"{report.documents_duplicate} duplicates, {report.documents_left_out} left out, {report.near_duplicates} "
        f"nearly alike; {report.pages} pages, {report.pages_without_words} without text{beyond}"
    )
    for name, reason in (*report.failures, *report.faults)[:LISTED]:
        console.print(printable(f"  failed: {name}: {reason}"))
    more = len(report.failures) + len(report.faults) - LISTED
    if more > 0:
        console.print(f"  and {more} more: {report.folder / 'manifest.json'}")
    splits = ", ".join(f"{split} {report.questions[split]} on {rows} pages" for split, rows in report.rows.items())
    kinds = ", ".join(f"{kind} {count}" for kind, count in report.kinds.items())
    console.print(f"questions: {splits} ({kinds})")
    if report.personal:
        console.print("personal data: " + ", ".join(f"{kind} {count}" for kind, count in report.personal.items()))
    if report.dropped:
        console.print("not taken: " + ", ".join(f"{reason} {count}" for reason, count in report.dropped.items()))

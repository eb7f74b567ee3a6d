"""`octavo bench dataset`: what a build of real documents gives, what it costs, and what cannot harm it.

Reads the folders of documents beside the checkout (`../shared/data`: PDFs with an index, receipts; not part of the
project). Everything is run as a person would run it, as `octavo build`, and told in ratios where it can be.
"""

import io
import json
import shutil
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from pdf2image import convert_from_bytes
from PIL import Image

from benchmarks.coverage import by_document, invoice_coverage, receipt_coverage
from benchmarks.figures import Result
from benchmarks.grounding import reread
from benchmarks.judging import judged
from benchmarks.kills import torn, torn_workers
from benchmarks.mutations import extremes, mutate
from benchmarks.processes import octavo, watched
from octavo.datasets import BuildReport, DataSet, Question
from octavo.datasets.report import entries_of
from octavo.errors import OctavoError

LONGEST = 2940  # pixels on a side of a page of Docmatix
TURNS = 2  # of each build that is timed, one worker and two in turn
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def run() -> Result:
    """Measure everything; some 15 minutes on two cores."""
    if not SHARED.is_dir():
        raise OctavoError(f"{SHARED} is not there; this benchmark needs its documents")
    result = Result("dataset")
    index = json.loads((SHARED / "pdfs" / "index.json").read_text())
    with tempfile.TemporaryDirectory(prefix="octavo-bench-") as scratch:
        for part in (speed, grounding, coverage, precision, kills, damage, limits):
            part(result, index, Path(scratch))
    return result


def speed(result: Result, index: list[dict[str, Any]], scratch: Path) -> None:
    """Pages a second of the digital PDFs with one worker and two, beside Docmatix's route in one process and in two."""
    digital = [SHARED / "pdfs" / entry["file"] for entry in index if entry["class"] == "digital"]
    seconds = {1: 0.0, 2: 0.0}
    for turn in range(TURNS):
        for workers in seconds:
            out = scratch / f"speed-{turn}-{workers}"
            command = octavo("build", *digital, "--out", out, "--workers", workers, "--no-ocr")
            seconds[workers] += watched(command, memory=False).seconds
    pages = BuildReport.load(out).pages
    rates = {workers: TURNS * pages / spent for workers, spent in seconds.items()}
    for workers, rate in rates.items():
        result.add(f"build of {pages} pages, {workers} workers", rate, "pages/s", 20 if workers == 2 else None)
    result.add("two workers beside one", rates[2] / rates[1], "times", 1.7)
    for processes in (1, 2):
        started = time.perf_counter()
        with ProcessPoolExecutor(processes) as pool:
            pages = sum(pool.map(_as_docmatix, digital))
        peer = pages / (time.perf_counter() - started)
        result.add(f"pdf2image and PNG, {processes} processes, same pages", peer, "pages/s")
        least = 4 if processes == 1 else None  # Docmatix renders in one process (`_as_docmatix`)
        result.add(f"two workers beside pdf2image and PNG in {processes} processes", rates[2] / peer, "times", least)


def _as_docmatix(path: Path) -> int:
    """One PDF's pages as the code that made Docmatix renders them: a job renders document after document.

    github huggingface/docmatix, clean_and_create/load_data.py: `process_images` (convert_from_bytes at 150 dpi; LANCZOS
    to 2940 pixels on the longest side at most; PNG in memory), which pandas applies row by row in one process. Its
    questions come from elsewhere, so neither text nor boxes nor questions are part of this route, as they are of ours.
    """
    images = convert_from_bytes(path.read_bytes(), dpi=150)
    for image in images:
        scale = min(1.0, LONGEST / max(image.size))
        if scale < 1:
            image = image.resize((int(image.width * scale), int(image.height * scale)), Image.Resampling.LANCZOS)
        image.save(io.BytesIO(), "PNG")
    return len(images)


def grounding(result: Result, index: list[dict[str, Any]], scratch: Path) -> None:
    """Every extractive answer of every PDF read again."""
    out, folder = scratch / "all", SHARED / "pdfs"
    passwords = [entry["password"] for entry in index if entry.get("password")]
    options = [option for password in passwords for option in ("--password", password)]
    watched(octavo("build", folder, "--out", out, "--no-ocr", *options), memory=False)
    by_name = {entry["file"]: entry for entry in index}
    found = reread(
        out,
        {entry.name: folder / entry.name for entry in entries_of(out)},
        {name: entry["password"] for name, entry in by_name.items() if entry.get("password")},
    )
    report = BuildReport.load(out)
    for wrong in found.wrong[:5]:
        print(f"  differs: {wrong}")
    result.add("documents read", report.documents_read, "documents")
    result.add("pages with questions", sum(report.rows.values()), "pages")
    result.add("questions", sum(report.questions.values()), "questions")
    result.add("extractive answers read again", found.checked, "answers", 500)
    result.add("of these equal to the words in their boxes", 1 - len(found.wrong) / found.checked, "share", 1.0)
    broken = {entry["file"] for entry in index if entry["class"] == "broken"}
    told = {entry.name for entry in entries_of(out) if entry.reason or entry.faults or entry.pages}
    result.add("broken and encrypted files accounted for", len(broken & told) / len(broken), "share", 1.0)


def coverage(result: Result, index: list[dict[str, Any]], scratch: Path) -> None:
    """How many true values of invoices and receipts are answers to a question that asks for them."""
    found = invoice_coverage(_asked(scratch / "all"), SHARED / "pdfs" / "invoice2data")
    hits, of = (sum(found[field][i] for field in ("date", "number", "amount")) for i in (0, 1))
    for field, (hit, total) in found.items():
        result.add(f"invoices: {field} asked for and right, of {total}", hit / total, "share")
    result.add("invoices: date, number and amount", hits / of, "share", 0.85)
    out = scratch / "receipts"
    run = watched(octavo("build", SHARED / "receipts" / "img", "--out", out, "--ocr"), memory=False)
    result.add("receipts with OCR", BuildReport.load(out).pages / run.seconds, "pages/s")
    found = receipt_coverage(_asked(out), SHARED / "receipts" / "key")
    for field, (hit, total) in found.items():
        least = 0.8 if field in ("date", "amount") else None
        result.add(f"receipts: {field} asked for and right, of {total}", hit / total, "share", least)


def precision(result: Result, index: list[dict[str, Any]], scratch: Path) -> None:
    """What a person judged of fixed random samples of pairs (`benchmarks.judging`).

    Rules were changed for what the earlier draws showed, so the bar stands on the last.
    """
    draws = judged()
    for draw, (of, right) in draws.items():
        what = f"pairs judged by eye right and sensible, draw {draw} of {of}"
        result.add(what, right / of, "share", 0.95 if draw == max(draws) else None)


def _asked(folder: Path) -> dict[str, list[Question]]:
    """The questions of a data set by the name of their document."""
    data = DataSet(folder)
    tables = [data.rows(split) for split in data.splits]
    return by_document((rows.row(i).document, rows.questions(i)) for rows in tables for i in range(len(rows)))


def kills(result: Result, index: list[dict[str, Any]], scratch: Path) -> None:
    """SIGKILL at random moments, of the build and of workers."""
    small = sorted((e for e in index if e["class"] == "digital" and e.get("pages", 9) <= 3), key=lambda e: e["file"])
    inputs = [SHARED / "pdfs" / entry["file"] for entry in small[:24]]
    (scratch / "kills").mkdir()
    times, equal = torn(inputs, scratch / "kills", 30)
    result.add(f"builds killed and started again, of {times}, with the same bytes", equal, "builds", times)
    marks = ("octavo.datasets.worker",)
    result.add("workers killed in a build, same bytes", torn_workers(inputs, scratch / "kills", 2, marks=marks), "", 1)
    options = ("--engine", "ray")
    killed = torn_workers(inputs, scratch / "kills", 1, *options, marks=("ray::_done",))
    result.add("Ray workers killed in a build, same bytes", killed, "", 1)


def damage(result: Result, index: list[dict[str, Any]], scratch: Path) -> None:
    """Damaged files: the run ends, each is accounted for, none takes longer than its limit."""
    sources = [SHARED / "pdfs" / e["file"] for e in index if e["class"] in ("digital", "form") and e["bytes"] < 300_000]
    files = mutate(sources, 500, scratch / "mutated")
    out = scratch / "mutated-out"
    run = watched(octavo("build", scratch / "mutated", "--out", out, "--no-ocr"), memory=False)
    entries = entries_of(out) if run.status == 0 else []
    told = sum(1 for entry in entries if entry.outcome != "failed" or entry.reason)
    result.add("damaged PDFs accounted for, of 500", told, "files", len(files))
    result.add("of these unreadable, each with its reason", sum(e.outcome == "failed" for e in entries), "files")
    result.add("seconds for all 500", run.seconds, "s")
    shutil.rmtree(scratch / "mutated")


def limits(result: Result, index: list[dict[str, Any]], scratch: Path) -> None:
    """A page of 200 inches, a file of 10,000 pages, a picture of 900 million pixels."""
    folder, out = extremes(scratch / "extremes"), scratch / "extremes-out"
    run = watched(octavo("build", folder, "--out", out, "--no-ocr", "--mix", "key_value=1"))
    entries = {entry.name: entry for entry in entries_of(out)}
    result.add("a page of 200 inches: read", entries["200-inches.pdf"].pages, "pages", 1)
    pages = entries["10000-pages.pdf"]
    result.add("a file of 10,000 pages: read", pages.pages, "pages", 2000)
    result.add("a file of 10,000 pages: counted as beyond the limit", pages.pages_beyond, "pages", 8000)
    result.add("a picture of 900 million pixels: refused", entries["bomb.png"].outcome == "failed", "", 1)
    result.add("seconds for the three", run.seconds, "s")
    result.add("peak memory for the three", run.peak_bytes / 2**20, "MiB", most=3072)

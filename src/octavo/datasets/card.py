"""The card of a data set: what the hub and `datasets.load_dataset` read, and what a person does."""

from octavo.datasets.questions import GENERATOR
from octavo.datasets.report import BuildReport
from octavo.datasets.splits import SPLITS


def card(report: BuildReport, dpi: int) -> str:
    """The text of README.md: YAML front matter that names the splits' files, then the counts."""
    splits = [split for split in SPLITS if report.rows.get(split)]
    files = "\n".join(f"  - split: {split}\n    path: data/{split}-*.parquet" for split in splits)
    counts = "\n".join(f"| {split} | {report.rows[split]} | {report.questions[split]} |" for split in splits)
    kinds = "\n".join(f"| {kind} | {number} |" for kind, number in report.kinds.items())
    dropped = "\n".join(f"| {reason} | {number} |" for reason, number in report.dropped.items())
    without = report.pages - report.pages_without_words - sum(report.rows.values())
    return f"""---
task_categories:
- visual-question-answering
- document-question-answering
tags:
- docmatix
- octavo
configs:
- config_name: default
  data_files:
{files}
---

# Questions about the pages of {report.documents_read} documents

Each row is a page at {dpi} dpi with its questions. Every answer stands on its page: the words whose centre
lies inside its evidence boxes (fractions of the page: x0, y0, x1, y1 from the top left) are the answer, read
again and compared when the row was written. The questions were written by rules (`{GENERATOR}`), without a
language model.

| split | pages | questions |
|---|---|---|
{counts}

Splits are by document: by a hash of its bytes, so a document and its copies are in one split.

| kind | questions |
|---|---|
{kinds}

Of {report.pages} pages, {report.pages_without_words} have no words (scans) and {without} gave no question;
they have no row. {report.documents_failed} documents could not be read and {report.documents_duplicate} were
copies of another; `manifest.json` lists each with its reason. Candidates that were not taken:

| reason | candidates |
|---|---|
{dropped}

Columns: `images`, `texts` (`user`, `assistant`, `source`) as in Docmatix; `document`, `pages`, `evidence`
(one entry a question: `page`, `boxes`), `kind` (one a question), `document_sha256`, `split`, `generator`.
"""

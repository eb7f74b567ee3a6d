"""The card of a data set: what the hub and `datasets.load_dataset` read, and what a person does."""

from collections.abc import Iterable
from pathlib import Path

from octavo.datasets.finders import GENERATOR
from octavo.datasets.plots import bars
from octavo.datasets.report import BuildReport
from octavo.datasets.schema import DATA, PAGES, PDF
from octavo.datasets.selection.splits import SPLITS
from octavo.datasets.settings import Settings
from octavo.files import written_whole

CARD = "README.md"
# Docmatix's names of configurations, and ours for the words of all pages; the first is the default.
CONFIGURATIONS = {"images": DATA, "pdf": PDF, "pages": PAGES}


PLOTS = "plots"
MOST_KEYS = 15  # in the plot of keys


def write_card(folder: Path, report: BuildReport, settings: Settings) -> None:
    """Write README.md, and the plots that it shows, into the folder of a data set whose Parquet files are there."""
    plots = {
        "kinds": ("Questions by kind", report.kinds),
        "answers": ("Questions by the words of their answer", report.answer_words),
        "keys": ("What is asked for most often", dict(list(report.keys.items())[:MOST_KEYS])),
    }
    for name, (title, counts) in plots.items():
        if counts:
            with written_whole(folder / PLOTS / f"{name}.svg") as aside:
                aside.write_text(bars(title, counts), encoding="utf-8")
    with written_whole(folder / CARD) as aside:
        aside.write_text(f"{_front_matter(folder)}\n{_text(report, settings)}", encoding="utf-8")


def _front_matter(folder: Path) -> str:
    lines = ["---", "task_categories:", "- visual-question-answering", "- document-question-answering"]
    lines += ["tags:", "- docmatix", "- octavo", "configs:"]
    for name, table in CONFIGURATIONS.items():
        splits = [split for split in SPLITS if any((folder / table).glob(f"{split}-*.parquet"))]
        if splits:
            lines += [f"- config_name: {name}", *(["  default: true"] if table == DATA else []), "  data_files:"]
            for split in splits:
                lines += [f"  - split: {split}", f"    path: {table}/{split}-*.parquet"]
    return "\n".join([*lines, "---", ""])


def _text(report: BuildReport, settings: Settings) -> str:
    splits = [(split, report.rows[split], report.questions[split]) for split in SPLITS if report.rows.get(split)]
    return f"""# Questions about the pages of {report.documents_read} documents

Each row is a page at {settings.dpi} dpi with its questions. Every extractive answer stands on its page: the words
whose centre lies inside its evidence boxes (fractions of the page: x0, y0, x1, y1 from the top left) are the
answer, read again and compared when the row was written. Generator: `{GENERATOR}`.

{_table(("split", "pages", "questions"), splits)}
Splits are by document: near-duplicates are in one split, which a hash decides.

![questions by kind]({PLOTS}/kinds.svg)
![questions by the words of their answer]({PLOTS}/answers.svg)
{_keys(report)}
{_table(("form", "questions"), report.forms.items())}
Where the words of the {report.pages} pages come from:

{_table(("text", "pages"), report.texts.items())}
A page without a question has no row in `images`; its words are in `pages`. {report.documents_failed} documents
could not be read, {report.documents_duplicate} were copies of another, {report.documents_left_out} were left out;
`manifest.json` lists each with its reason. {len(report.faults)} pages could not be read and {report.pages_beyond}
were beyond the limit of {settings.most_pages} a document. Candidates that were not taken:

{_table(("reason", "candidates"), report.dropped.items())}"""


def _keys(report: BuildReport) -> str:
    """The plot of keys, and how much of the data set the most frequent one is."""
    if not report.keys:
        return ""
    key, count = next(iter(report.keys.items()))
    share = count / sum(report.questions.values())
    return (
        f"![keys]({PLOTS}/keys.svg)\n\nThe most frequent key, “{key}”, is asked for in {share:.1%} of the questions.\n"
    )


def _table(names: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    lines = [names, ("---",) * len(names), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)

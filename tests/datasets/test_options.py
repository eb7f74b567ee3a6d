"""Builds with options: reviews, kept splits, personal data, languages, limits, mixes, and other forms of output."""

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from octavo.datasets import BuildReport, DataSet, Settings, build
from octavo.datasets.exports import export
from octavo.datasets.mix import MIX, mix_of
from octavo.datasets.plots import bars
from octavo.datasets.report import entries_of
from octavo.datasets.review import REJECT, Decision, Review
from octavo.datasets.selection.filters import Filters
from octavo.datasets.types import Question
from octavo.errors import OctavoError

Fill = Callable[[Path, int], Path]
Pdf = Callable[..., Path]
SMALL = Settings(dpi=50)


def questions(folder: Path) -> list[tuple[str, Question]]:
    """Every question of a data set with its document's hash."""
    data = DataSet(folder)
    found = []
    for split in data.splits:
        rows = data.rows(split)
        found += [(rows.place(i)[0], question) for i in range(len(rows)) for question in rows.questions(i)]
    return found


def test_every_page_is_in_the_table_of_pages(pdf: Pdf, tmp_path: Path) -> None:
    pdf(tmp_path / "in" / "a.pdf", [(60, 60, "Order number: 2017-1")], [(60, 60, "no question here at all")], [])
    build([tmp_path / "in"], tmp_path / "out", SMALL)
    (file,) = (tmp_path / "out" / "pages").iterdir()
    rows = pq.read_table(file).to_pylist()
    assert [(row["page"], row["words"], row["text"]) for row in rows] == [
        (1, ["Order", "number:", "2017-1"], "layer"),
        (2, ["no", "question", "here", "at", "all"], "layer"),
        (3, [], "no text"),
    ]
    assert rows[0]["boxes"][0][0] == pytest.approx(0.1, abs=0.002)
    assert len(DataSet(tmp_path / "out").rows("train" if "train" in file.name else file.name.split("-")[0])) == 1


def test_pages_beyond_the_limit_are_counted_and_not_read(pdf: Pdf, tmp_path: Path) -> None:
    path = pdf(tmp_path / "long.pdf", *[[(60, 60, f"Order number: 2017-{n}")] for n in range(7)])
    report = build([path], tmp_path / "out", Settings(dpi=30, most_pages=3))
    assert (report.pages, report.pages_beyond, sum(report.rows.values())) == (3, 4, 3)


def test_a_kind_can_be_left_out(invoices: Fill, tmp_path: Path) -> None:
    papers = invoices(tmp_path / "papers", 3)
    all_kinds = build([papers], tmp_path / "all", SMALL).kinds
    fewer = build([papers], tmp_path / "fewer", Settings(dpi=50, mix=mix_of(["title=0", "key_value=1"]))).kinds
    assert all_kinds["title"] == 3
    assert "title" not in fewer
    assert fewer["key_value"] == 3 < all_kinds["key_value"]
    with pytest.raises(OctavoError, match="the kinds are key_value"):
        mix_of(["titel=0"])
    with pytest.raises(OctavoError, match="KIND=MOST"):
        mix_of(["title=-1"])
    assert mix_of([]) == MIX


def test_a_key_of_many_documents_is_asked_for_in_some(invoices: Fill, tmp_path: Path) -> None:
    papers = invoices(tmp_path / "papers", 24)
    report = build([papers], tmp_path / "out", Settings(dpi=30, most_of_key=6))
    assert 1 <= report.keys["invoice number"] <= 14  # about 6 of 24, each drawn by itself


def test_what_was_rejected_is_gone_in_the_next_build(invoices: Fill, tmp_path: Path) -> None:
    papers = invoices(tmp_path / "papers", 3)
    build([papers], tmp_path / "one", SMALL)
    before = questions(tmp_path / "one")
    review = Review(tmp_path / "review.sqlite")
    review.judge(*before[0], Decision(REJECT))
    review.close()
    report = build([papers], tmp_path / "two", SMALL, review=tmp_path / "review.sqlite")
    assert questions(tmp_path / "two") == before[1:]
    assert report.dropped["it was rejected in review"] == 1
    with pytest.raises(OctavoError, match="other decisions"):
        build([papers], tmp_path / "one", SMALL, review=tmp_path / "review.sqlite")


def test_documents_keep_the_split_of_an_earlier_data_set(invoices: Fill, tmp_path: Path) -> None:
    papers = invoices(tmp_path / "papers", 3)
    build([papers], tmp_path / "one", SMALL)
    old = {entry.sha256: entry.split for entry in entries_of(tmp_path / "one")}
    invoices(tmp_path / "papers", 16)
    build([papers], tmp_path / "two", SMALL, keep_splits=tmp_path / "one")
    new = {entry.sha256: entry.split for entry in entries_of(tmp_path / "two")}
    assert len(new) == 16
    assert {sha256: new[sha256] for sha256 in old} == old
    assert set(new.values()) >= {"train", "validation"}


def test_near_duplicates_are_in_one_split(pdf: Pdf, tmp_path: Path) -> None:
    lines = [
        (60, 60 + 14 * n, f"Line {n} says that the lease of unit {n * 37} ends after {n + 3} years.") for n in range(20)
    ]
    for copy in range(6):
        pdf(tmp_path / "in" / f"{copy}.pdf", [*lines, (60, 500, f"Contract number: 77-{copy}")])
    for other in range(4):
        pdf(tmp_path / "in" / f"other-{other}.pdf", [(60, 60, f"Order number: 2017-{other}")])
    report = build([tmp_path / "in"], tmp_path / "out", Settings(dpi=30))
    entries = [entry for entry in entries_of(tmp_path / "out") if not entry.name.startswith("other")]
    assert report.near_duplicates == 6
    assert len({entry.cluster for entry in entries}) == len({entry.split for entry in entries}) == 1


def test_personal_data_is_painted_over_and_not_asked_for(pdf: Pdf, tmp_path: Path) -> None:
    path = pdf(tmp_path / "a.pdf", [(60, 60, "E-mail: jane.doe@example.org"), (60, 90, "Order number: 2017-1")])
    told = build([path], tmp_path / "report", Settings(dpi=72, filters=Filters(personal="report")))
    assert sum(told.personal.values()) == 1
    masked = build([path], tmp_path / "mask", Settings(dpi=72, filters=Filters(personal="mask")))
    assert masked.personal == told.personal
    assert [q.answer for _, q in questions(tmp_path / "mask")] == ["2017-1"]
    assert "jane.doe@example.org" in [q.answer for _, q in questions(tmp_path / "report")]
    for folder in (tmp_path / "mask" / "pages").iterdir():
        assert "jane" not in json.dumps(pq.read_table(folder).to_pylist())
    (file,) = (tmp_path / "mask" / "data").iterdir()
    picture = Image.open(io.BytesIO(pq.read_table(file)["images"][0].as_py()[0]["bytes"])).convert("L")
    assert picture.getpixel((140, 65)) < 40  # in the middle of the address
    assert picture.getpixel((75, 65)) > 60 or picture.getpixel((62, 65)) > 60
    with pytest.raises(OctavoError, match="pdf"):
        build([path], tmp_path / "both", Settings(pdf=True, filters=Filters(personal="mask")))


def test_docmatix_filter_deletes_amounts(invoices: Fill, tmp_path: Path) -> None:
    papers = invoices(tmp_path / "papers", 2)
    assert build([papers], tmp_path / "ours", SMALL).kinds["amount"] >= 2
    assert "amount" not in build([papers], tmp_path / "theirs", Settings(filters=Filters(preset="docmatix"))).kinds


def test_the_configurations_open_in_datasets(invoices: Fill, tmp_path: Path) -> None:
    papers = invoices(tmp_path / "papers", 4)
    report = build([papers], tmp_path / "out", Settings(dpi=50, pdf=True))
    code = f"""
import json, datasets
found = {{}}
for name in ("images", "pdf", "pages"):
    parts = datasets.load_dataset({str(tmp_path / "out")!r}, name, cache_dir={str(tmp_path / "cache")!r})
    found[name] = [parts["train"].column_names, sum(len(part) for part in parts.values())]
    row = parts["train"][0]
    if name == "pdf":
        found["starts"] = row["pdf"][:5].decode()
        found["asked"] = len(row["texts"])
print(json.dumps(found))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["pdf"][0][:2] == ["pdf", "texts"]
    assert found["images"][0][:2] == ["images", "texts"]
    assert found["pdf"][1] == found["images"][1] == found["pages"][1] == 4
    assert found["starts"] == "%PDF-"
    assert found["asked"] >= 4
    assert sum(report.questions.values()) == len(questions(tmp_path / "out"))


def test_annotations_of_docvqa_and_mp_docvqa(pdf: Pdf, tmp_path: Path) -> None:
    for number in range(4):
        words = [
            (60, 200 + 14 * n, f"Part {n} of order {number} is stored on shelf {1000 * number + 37 * n}")
            for n in range(9)
        ]
        pdf(
            tmp_path / "in" / f"{number}.pdf",
            [(60, 60, f"Order number: 2017-{number}"), (60, 90, "Order date: 28 February 2017"), *words],
            [(60, 60, f"Contract number: 99-{number}"), *words],
        )
    build([tmp_path / "in"], tmp_path / "out", SMALL)
    counts = export(tmp_path / "out", "docvqa", tmp_path / "docvqa")
    asked = questions(tmp_path / "out")
    assert sum(counts.values()) == len(asked)
    train = json.loads((tmp_path / "docvqa" / "train_v1.0.json").read_text())
    assert train["dataset_split"] == "train"
    dated = next(entry for entry in train["data"] if "28 February 2017" in entry["answers"])
    assert dated["answers"] == ["28 February 2017", "2017-02-28"]
    assert dated["question_types"] == ["form"]
    assert Image.open(tmp_path / "docvqa" / dated["image"]).size == (417, 556)
    assert len({entry["questionId"] for entry in train["data"]}) == len(train["data"])

    (tmp_path / "mine").mkdir()
    with pytest.raises(OctavoError, match="holds no annotations"):
        export(tmp_path / "out", "docvqa", tmp_path / "mine")
    export(tmp_path / "out", "docvqa", tmp_path / "docvqa")  # again, in the place of the first

    export(tmp_path / "out", "mp-docvqa", tmp_path / "mp")
    train = json.loads((tmp_path / "mp" / "train_v1.0.json").read_text())
    second = next(entry for entry in train["data"] if entry["answers"][0].startswith("99-"))
    assert second["answer_page_idx"] == 1
    assert [page.split("_")[1] for page in second["page_ids"]] == ["1", "2"]
    assert all((tmp_path / "mp" / "images" / f"{page}.jpg").is_file() for page in second["page_ids"])


def test_one_page_that_breaks_the_rules_costs_itself(
    invoices: Fill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from octavo.datasets import write
    from octavo.datasets.tasks import Desk, Report, Task

    class Here:
        """Does the tasks in this process, where the rules can be made to fail."""

        def __enter__(self) -> "Here":
            self.desk = Desk()
            return self

        def __exit__(self, *_: object) -> None:
            self.desk.close()

        def run(self, tasks: list[Task], report: Report) -> None:
            for task in tasks:
                self.desk.do(task, report)

    def fails_once(view: object, *rest: object) -> object:
        if not broken:
            broken.append(view)
            raise ValueError("never thought of")
        return ask(view, *rest)

    broken: list[object] = []
    ask = write.ask
    monkeypatch.setattr(write, "ask", fails_once)
    report = build([invoices(tmp_path / "papers", 3)], tmp_path / "out", SMALL, engine=Here())  # type: ignore[arg-type]
    assert sum(report.rows.values()) == 2
    ((where, reason),) = report.faults
    assert where.endswith(".pdf, page 1")
    assert reason == "a fault of octavo itself (ValueError: never thought of); please report it"


def test_a_plot_is_a_picture_of_its_counts() -> None:
    import xml.etree.ElementTree as ElementTree

    plot = ElementTree.fromstring(bars("A & B", {"<one>": 10, "two": 5}))
    bars_in = plot.findall("{http://www.w3.org/2000/svg}rect")
    assert [int(bar.attrib["width"]) for bar in bars_in] == [380, 190]
    assert "<one>" in "".join(plot.itertext())


def test_the_report_of_a_data_set_is_the_report_of_its_build(invoices: Fill, tmp_path: Path) -> None:
    report = build([invoices(tmp_path / "papers", 3)], tmp_path / "out", SMALL)
    shutil.move(tmp_path / "out", tmp_path / "moved")
    loaded = BuildReport.load(tmp_path / "moved")
    assert (loaded.kinds, loaded.keys, loaded.answer_words) == (report.kinds, report.keys, report.answer_words)
    assert sum(loaded.answer_words.values()) == sum(loaded.questions.values())

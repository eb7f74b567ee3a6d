"""Whole builds over small PDFs: what is in the folder, and that neither kills nor workers change a byte."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from octavo.datasets import BuildReport, DataSet, Settings, build
from octavo.datasets.selection.splits import SPLITS, split_of
from octavo.errors import OctavoError
from octavo.files import sha256_of

Fill = Callable[[Path, int], Path]
Pdf = Callable[..., Path]


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` and its bytes."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_that_load_dataset_opens(invoices_of_all_splits: Path, tmp_path: Path) -> None:
    report = build([invoices_of_all_splits], tmp_path / "out", settings=Settings(dpi=50))
    code = f"""
import json, datasets
found = datasets.load_dataset({str(tmp_path / "out")!r}, cache_dir={str(tmp_path / "cache")!r})
names = ["texts", "evidence", "kind", "pages", "split", "generator", "document_sha256"]
print(json.dumps({{split: [[row["document"], row["images"][0].size, *map(row.get, names)] for row in rows]
                  for split, rows in found.items()}}))
print(json.dumps([found["train"].column_names, type(found["train"][0]["images"][0]).__module__]))
"""
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    splits, (columns, image_type) = map(json.loads, done.stdout.splitlines()[-2:])
    assert set(splits) == set(SPLITS)
    assert columns[:2] == ["images", "texts"]
    assert image_type.startswith("PIL.")
    assert {split: len(rows) for split, rows in splits.items()} == report.rows
    for split, rows in splits.items():
        for name, size, texts, evidence, kinds, pages, own_split, generator, sha256 in rows:
            assert size == [417, 556]  # 600 by 800 points at 50 dpi
            assert len(texts) == len(evidence) == len(kinds) >= 6
            assert all(text["source"] == generator == "rules-2" for text in texts)
            assert all(len(box) == 4 for where in evidence for box in where["boxes"])
            assert pages == [1]
            assert own_split == split == split_of(sha256)
            assert sha256 == sha256_of(invoices_of_all_splits / name)


def test_the_same_bytes_whatever_the_number_of_workers(invoices: Fill, tmp_path: Path) -> None:
    papers = invoices(tmp_path / "papers", 9)
    build([papers], tmp_path / "one", workers=1, settings=Settings(dpi=30))
    build([papers], tmp_path / "three", workers=3, settings=Settings(dpi=30))
    assert tree(tmp_path / "one") == tree(tmp_path / "three")
    assert sum(name.startswith("shards/") for name in tree(tmp_path / "one")) == 3


def test_killed_twice_and_started_again_gives_the_same_bytes(invoices: Fill, tmp_path: Path) -> None:
    papers = invoices(tmp_path / "papers", 16)
    code = f"""
from pathlib import Path
from octavo.datasets import Settings, build
build([Path({str(papers)!r})], Path({str(tmp_path / "killed")!r}), settings=Settings(dpi=30))
"""
    out = tmp_path / "killed"
    for mark in (out / ".aside" / "00001.json", out / "shards" / "00000.json"):
        process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not mark.exists():
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
    first = tmp_path / "killed" / "shards" / "00000.json"
    written_at = first.stat().st_mtime_ns
    assert not (tmp_path / "killed" / "manifest.json").exists()
    with pytest.raises(OctavoError, match="run octavo build again"):
        DataSet(tmp_path / "killed")

    report = build([papers], tmp_path / "killed", settings=Settings(dpi=30))
    assert first.stat().st_mtime_ns == written_at  # a finished shard is kept
    whole = build([papers], tmp_path / "whole", settings=Settings(dpi=30))
    assert tree(tmp_path / "killed") == tree(tmp_path / "whole")
    assert report.rows == whole.rows


def test_what_a_kill_leaves_half_written_is_removed(invoices: Fill, tmp_path: Path) -> None:
    papers = invoices(tmp_path / "papers", 2)
    build([papers], tmp_path / "out", settings=Settings(dpi=30))
    whole = tree(tmp_path / "out")
    for name in ("manifest.json", "README.md", "shards/00000.json"):
        (tmp_path / "out" / name).unlink()
    (tmp_path / "out" / "data" / ".train-00000.parquet.4711.part").write_bytes(b"half")
    (tmp_path / "out" / "data" / "test-00000.parquet").write_bytes(b"of a split that was assigned before")
    (tmp_path / "out" / ".aside").mkdir()
    (tmp_path / "out" / ".aside" / "x.arrow").write_bytes(b"half")
    build([papers], tmp_path / "out", settings=Settings(dpi=30))
    assert tree(tmp_path / "out") == whole
    (tmp_path / "early").mkdir()
    (tmp_path / "early" / ".build.json.4711.part").write_bytes(b"{")
    build([papers], tmp_path / "early", settings=Settings(dpi=30))
    assert tree(tmp_path / "early") == whole


def test_train_and_validation_have_rows_whatever_the_hashes(invoices: Fill, tmp_path: Path) -> None:
    papers = invoices(tmp_path / "papers", 30)
    in_train = [path for path in sorted(papers.iterdir()) if split_of(sha256_of(path)) == "train"][:3]
    report = build(in_train, tmp_path / "out", settings=Settings(dpi=30))
    assert report.rows == {"train": 2, "validation": 1}
    rows = DataSet(tmp_path / "out").rows("validation")
    assert rows.row(0).split == "validation"
    moved = max(map(sha256_of, in_train))  # nearest below validation's range
    assert rows.row(0).document_sha256 == moved
    assert not list((tmp_path / "out" / "data").glob("test-*"))
    before = tree(tmp_path / "out")
    build(in_train, tmp_path / "out", settings=Settings(dpi=30))
    assert tree(tmp_path / "out") == before


def test_every_document_is_listed(invoices: Fill, pdf: Pdf, tmp_path: Path) -> None:
    papers = invoices(tmp_path / "papers", 3)
    shutil.copy(papers / "invoice-001.pdf", papers / "sub-copy.pdf")
    (papers / "broken.pdf").write_bytes(b"%PDF-1.7 and then nothing of the kind")
    (papers / "empty.pdf").write_bytes(b"")
    pdf(papers / "blank.pdf", [], [(50, 100, "no question here at all")])
    pdf(papers / "locked.pdf", [(50, 100, "Order no: 77-1")], password="secret")
    pdf(papers / "open.pdf", [(50, 100, "Order no: 77-2")], password="known")
    report = build([papers], tmp_path / "out", passwords=["other", "known"], settings=Settings(dpi=30))
    assert (report.documents_read, report.documents_failed, report.documents_duplicate) == (5, 3, 1)
    assert (report.pages, report.pages_without_words, sum(report.rows.values())) == (6, 1, 4)
    assert {name for name, _ in report.failures} == {"broken.pdf", "empty.pdf", "locked.pdf"}
    assert all(reason for _, reason in report.failures)
    listed = {
        entry["name"]: entry for entry in json.loads((tmp_path / "out" / "manifest.json").read_text())["documents"]
    }
    assert list(listed) == sorted(path.name for path in papers.iterdir())
    assert listed["sub-copy.pdf"]["outcome"] == "duplicate"
    assert listed["sub-copy.pdf"]["reason"] == "same bytes as invoice-001.pdf"
    assert listed["blank.pdf"]["outcome"] == "read"
    assert (listed["blank.pdf"]["rows"], listed["broken.pdf"]["split"]) == (0, "")
    assert listed["open.pdf"]["questions"] == {"key_value": 1}
    assert (
        sum(report.kinds.values())
        == sum(report.questions.values())
        == sum(sum(entry["questions"].values()) for entry in listed.values())
    )
    assert BuildReport.load(tmp_path / "out") == report
    card = (tmp_path / "out" / "README.md").read_text()
    assert "3 documents\ncould not be read, 1 were copies" in card
    from huggingface_hub import DatasetCard

    configurations = {entry["config_name"]: entry for entry in DatasetCard(card).data.to_dict()["configs"]}
    assert set(configurations) == {"images", "pages"}
    assert configurations["images"]["default"] is True
    assert (tmp_path / "out" / "plots" / "kinds.svg").read_text().startswith("<svg")
    assert b"known" not in (tmp_path / "out" / "build.json").read_bytes()


def test_hidden_text_is_not_asked_for(tmp_path: Path) -> None:
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(tmp_path / "hidden.pdf"), pagesize=(600, 800), invariant=1)
    canvas.drawString(50, 700, "Order no: 77-1")
    text = canvas.beginText(50, 600)
    text.setTextRenderMode(3)
    text.textLine("Invoice no: 99-9")
    canvas.drawText(text)
    canvas.save()
    report = build([tmp_path / "hidden.pdf"], tmp_path / "out", settings=Settings(dpi=72))
    assert sum(report.kinds.values()) == 1
    assert report.dropped == {"nothing is to be seen in its boxes": 1}


def test_images_are_stored_as_they_are_and_in_bounded_groups(pdf: Pdf, tmp_path: Path) -> None:
    path = pdf(tmp_path / "ledger.pdf", *[[(60, 60, f"Order number: 2017-{page}")] for page in range(20)])
    build([path], tmp_path / "out", settings=Settings(dpi=30))
    (file,) = (tmp_path / "out" / "data").iterdir()
    metadata = pq.read_metadata(file)
    assert max(metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)) == 16
    columns = {
        metadata.row_group(0).column(n).path_in_schema: metadata.row_group(0).column(n)
        for n in range(metadata.num_columns)
    }
    assert columns["images.list.element.bytes"].compression == "UNCOMPRESSED"
    assert columns["images.list.element.bytes"].statistics is None
    assert columns["texts.list.element.user"].compression == "ZSTD"


def test_an_out_of_another_build_is_refused(invoices: Fill, tmp_path: Path) -> None:
    papers = invoices(tmp_path / "papers", 2)
    build([papers], tmp_path / "out", settings=Settings(dpi=30))
    before = tree(tmp_path / "out")
    with pytest.raises(OctavoError, match="other dpi; give another --out"):
        build([papers], tmp_path / "out", settings=Settings(dpi=40))
    with pytest.raises(OctavoError, match="other documents"):
        build([papers / "invoice-000.pdf"], tmp_path / "out", settings=Settings(dpi=30))
    with pytest.raises(OctavoError, match="other passwords"):
        build([papers], tmp_path / "out", settings=Settings(dpi=30), passwords=["x"])
    assert tree(tmp_path / "out") == before
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine")
    with pytest.raises(OctavoError, match="holds no build"):
        build([papers], tmp_path / "full")
    assert tree(tmp_path / "full") == {"letter.txt": b"mine"}
    with pytest.raises(OctavoError, match="is a file"):
        build([papers], tmp_path / "full" / "letter.txt")


def test_nothing_to_build_leaves_nothing(pdf: Pdf, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(OctavoError):
        build([tmp_path / "none"], tmp_path / "out")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.pdf").write_bytes(b"no")
    with pytest.raises(OctavoError, match=r"none of 1 documents could be read; a\.pdf: ."):
        build([tmp_path / "broken"], tmp_path / "out")
    with pytest.raises(OctavoError, match="1 of 2 pages have no words"):
        build([pdf(tmp_path / "mute.pdf", [], [(50, 50, "nothing to ask")])], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_second_process_is_kept_out(invoices: Fill, tmp_path: Path) -> None:
    import fcntl

    papers = invoices(tmp_path / "papers", 2)
    build([papers], tmp_path / "out", settings=Settings(dpi=30))
    with (tmp_path / "out" / "build.json").open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(OctavoError, match="another process"):
            build([papers], tmp_path / "out", settings=Settings(dpi=30))

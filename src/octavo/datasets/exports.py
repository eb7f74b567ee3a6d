"""A finished data set in the form of DocVQA and MP-DocVQA: annotation JSON and the pages as files.

Keys are those of the published files (Single Page DocVQA v1.0 of the RRC, Task 1; Multi-Page DocVQA, Task 4). What
these have no place for (boxes, kinds) stays in the Parquet files; questions without an answer on the page are not
of their form and are left out.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from octavo.datasets.reading import DataSet, Rows
from octavo.datasets.types import UNANSWERABLE, Question
from octavo.errors import OctavoError
from octavo.files import written_whole
from octavo.progress import Progress

FORMATS = ("docvqa", "mp-docvqa")
SPLITS = {"train": "train", "validation": "val", "test": "test"}  # as the published files are called
MOST_PAGES = 20  # of a question of MP-DocVQA: the window of pages that is shown with it
# Question types of DocVQA (Mathew et al. 2021, 4.1), by our kinds.
TYPES = {
    "key_value": "form",
    "amount": "form",
    "date": "form",
    "form_field": "form",
    "yes_no": "Yes/No",
    "table_cell": "table/list",
    "table_row": "table/list",
    "list_item": "table/list",
    "title": "layout",
    "heading": "layout",
    "position": "layout",
    "page_number": "layout",
    "caption": "layout",
    "sentence": "free_text",
}


def export(folder: Path, form: str, out: Path) -> dict[str, int]:
    """Write the data set in `folder` as `form` ("docvqa" or "mp-docvqa") into the new folder `out`.

    Makes `SPLIT_v1.0.json` for each split, and `documents/` (DocVQA) or `images/` (MP-DocVQA) with the pages as
    `DOCUMENT_PAGE.jpg`. Gives the number of questions by split. An earlier export in `out` is replaced. Raises
    `OctavoError` where `folder` holds no data set, or `out` something else.
    """
    if out.exists() and not any(out.glob("*_v1.0.json")):
        raise OctavoError(f"{out} is there and holds no annotations; move it away, --export writes there")
    data = DataSet(folder)
    counts = {}
    with written_whole(out) as aside:
        (aside / _pictures(form)).mkdir(parents=True)
        number = 0
        for split in data.splits:
            rows = data.rows(split)
            entries = list(_docvqa(rows, split) if form == "docvqa" else _mp_docvqa(rows, split))
            for entry in entries:
                number += 1
                entry["questionId"] = number
            _write_pictures(rows, aside / _pictures(form), split)
            head = {"dataset_name": "SP-DocVQA" if form == "docvqa" else "MP-DocVQA", "dataset_version": "1.0"}
            value = {**head, "dataset_split": SPLITS[split], "data": entries}
            text = json.dumps(value, indent=1, ensure_ascii=False)
            (aside / f"{SPLITS[split]}_v1.0.json").write_text(text + "\n", encoding="utf-8")
            counts[split] = len(entries)
    return counts


def _pictures(form: str) -> str:
    return "documents" if form == "docvqa" else "images"


def _docvqa(rows: Rows, split: str) -> Iterator[dict[str, Any]]:
    for index in range(len(rows)):
        sha256, _ = rows.place(index)
        for question in _answered(rows.questions(index)):
            page = question.page
            yield {
                "questionId": 0,
                "question": question.text,
                "question_types": [TYPES.get(question.kind, "others")],
                "image": f"documents/{_stem(sha256, page)}.jpg",
                "docId": int(sha256[:8], 16),
                "ucsf_document_id": sha256[:16],
                "ucsf_document_page_no": str(page),
                "answers": [question.answer, *question.variants],
                "data_split": SPLITS[split],
            }


def _mp_docvqa(rows: Rows, split: str) -> Iterator[dict[str, Any]]:
    pages: dict[str, list[int]] = defaultdict(list)
    for index in range(len(rows)):
        sha256, numbers = rows.place(index)
        pages[sha256] += numbers
    for index in range(len(rows)):
        sha256, _ = rows.place(index)
        for question in _answered(rows.questions(index)):
            at = pages[sha256].index(question.page)
            start = max(0, min(at - MOST_PAGES // 2, len(pages[sha256]) - MOST_PAGES))
            window = pages[sha256][start : start + MOST_PAGES]
            yield {
                "questionId": 0,
                "question": question.text,
                "doc_id": sha256[:16],
                "page_ids": [_stem(sha256, page) for page in window],
                "answers": [question.answer, *question.variants],
                "answer_page_idx": at - start,
                "data_split": SPLITS[split],
            }


def _answered(questions: tuple[Question, ...]) -> Iterator[Question]:
    return (question for question in questions if question.form != UNANSWERABLE)


def _stem(sha256: str, page: int) -> str:
    return f"{sha256[:16]}_{page}"


def _write_pictures(rows: Rows, folder: Path, split: str) -> None:
    with Progress(f"pages of {split}", len(rows), "pages") as progress:
        for index in range(len(rows)):
            row = rows.row(index)
            for page, image in zip(row.pages, row.images, strict=True):
                (folder / f"{_stem(row.document_sha256, page)}.jpg").write_bytes(image.data)
            progress.advance()

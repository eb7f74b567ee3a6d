"""The field's benchmarks, from the Parquet in which they are published.

Each set is a `Spec`: where it is published, what its columns mean, what it is scored by and at which size its
authors showed its images. Columns are checked when a set is opened, so another project's copy with other names is
refused with a line and not misread.
"""

import ast
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from octavo.documents.types import PageImage, Word
from octavo.errors import OctavoError
from octavo.evaluation.tasks.parquet import Table, split_files
from octavo.evaluation.types import Item

Row = Mapping[str, Any]
MMMU_IMAGES = tuple(f"image_{i}" for i in range(1, 8))
PAGES = tuple(f"image_{i}" for i in range(1, 21))  # of a document of MP-DocVQA


@dataclass(frozen=True, slots=True)
class Spec:
    """A published set.

    `hub` is its name there, `part` the folder of it that holds this set. `edges` says for a tile's side in pixels
    what the authors scaled an image's longest edge to, where that is not what the model's folder says.
    """

    hub: str
    split: str
    columns: tuple[str, ...]
    metrics: tuple[str, ...]
    item: Callable[[int, Row], Item]
    images: tuple[str, ...] = ("image",)
    part: str = ""
    edges: Mapping[int, int] = field(default_factory=dict)


class PublishedTask:
    """One of `SPECS`, opened from a folder. Raises `OctavoError` where the folder holds something else."""

    def __init__(self, name: str, folder: Path, split: str | None = None) -> None:
        self.spec = spec = SPECS[name]
        self.name, self.prompts, self.metrics = name, name, spec.metrics
        part = folder / spec.part
        self.table = Table(split_files(part if part.is_dir() else folder, split or spec.split))
        given = self.table.rows[0].keys() if self.table.rows else set()
        missing = [column for column in spec.columns if not given & set(column.split("|"))]
        if missing:
            raise OctavoError(f"{folder} is not {name} as {spec.hub} publishes it: it has no column {missing[0]}")
        self.items: list[Item] = []
        self.places: dict[str, int] = {}
        for number, row in enumerate(self.table.rows):
            item = spec.item(number, row)
            if not item.group:  # no column says which questions share a picture
                picture = hashlib.sha256(self.table.pictures(number, spec.images[:1])[0].data).hexdigest()[:16]
                item = replace(item, document=item.document or picture, group=picture)
            self.items.append(item)
            self.places[item.id] = number

    def images(self, item: Item) -> tuple[PageImage, ...]:
        """The pictures of the item's row."""
        return self.table.pictures(self.places[item.id], self.spec.images)

    def words(self, item: Item) -> tuple[tuple[Word, ...], ...]:
        """(): the sets hold pictures alone."""
        return ()


def literal(value: Any) -> list[str]:
    """A list of strings, which some sets hold as Python's literal ("['a', 'b']"); never evaluated as code.

    Only what stands in brackets is one: "1,250" is a number with a comma.
    """
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            parsed = ast.literal_eval(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return [value]
        value = parsed if isinstance(parsed, list) else value
    return _texts(value)


def _texts(value: Any) -> list[str]:
    """A column that is a list of strings, or one alone, as a list."""
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _document(number: int, row: Row) -> Item:
    id_ = str(row["questionId"])
    names = ("docId", "ucsf_document_id", "ucsf_document_page_no", "image_url")
    page = " ".join(str(row[name]) for name in names if row.get(name))
    document = str(row.get("ucsf_document_id") or page)
    kinds = literal(row.get("question_types") or row.get("answer_type"))
    return Item(id_, row["question"], tuple(literal(row["answers"])) or ("",), document, page, (kinds or [""])[0])


def _pages(number: int, row: Row) -> Item:
    names = literal(row["page_ids"])
    document = str(row["doc_id"])
    return Item(
        str(row["questionId"]), row["question"], tuple(literal(row["answers"])) or ("",), document,
        " ".join(names), "", tuple(range(1, len(names) + 1)), page=int(row["answer_page_idx"]) + 1,
    )  # fmt: skip


def _scene(number: int, row: Row) -> Item:
    image = str(row.get("image_id") or "")
    return Item(str(row["question_id"]), row["question"], tuple(literal(row["answers"])), image, image, "")


def _chart(number: int, row: Row) -> Item:
    # "[2008, 2010]" is one answer here, a pair of years, which a model is asked to write so.
    question, answers = row.get("question") or row.get("query"), _texts(row.get("answer") or row.get("label"))
    kind = str(row.get("type") or ("human" if row.get("human_or_machine") == 0 else "augmented"))
    return Item(str(number), str(question), tuple(answers), "", "", kind)


def _mmmu(number: int, row: Row) -> Item:
    options = tuple(literal(row["options"])) if row["question_type"] == "multiple-choice" else ()
    golds = tuple(literal(row["answer"]))
    subject = re.sub(r"^\w+?_|_\d+$", "", row["id"])
    count = sum(f"<image {i}>" in row["question"] + str(row["options"]) for i in range(1, 8))
    return Item(
        row["id"], row["question"], golds, row["id"], row["id"], subject, tuple(range(1, max(count, 1) + 1)),
        is_composed=True, options=options,
    )  # fmt: skip


def _mathvista(number: int, row: Row) -> Item:
    rules = {name: row.get(name) for name in ("question_type", "answer_type", "precision")}
    options = tuple(map(str, row["choices"] or ()))
    kind = str((row.get("metadata") or {}).get("task") or row["question_type"])
    return Item(
        str(row["pid"]), row["question"], (str(row["answer"]),), str(row["pid"]), str(row["pid"]), kind,
        options=options, rules=rules,
    )  # fmt: skip


def _mmstar(number: int, row: Row) -> Item:
    index = str(row["index"])
    return Item(index, row["question"], (row["answer"],), index, index, str(row["l2_category"]))


_DOCUMENT = ("questionId", "question", "answers", "image")
_ANLS = ("anls", "anls_idefics", "exact_match", "token_f1")
SPECS: Mapping[str, Spec] = {
    "docvqa": Spec(
        "lmms-lab/DocVQA", "validation", _DOCUMENT[:3], _ANLS, _document, part="DocVQA", edges={364: 5 * 364}
    ),
    "infovqa": Spec("lmms-lab/DocVQA", "validation", _DOCUMENT[:3], _ANLS, _document, part="InfographicVQA"),
    "mp-docvqa": Spec(
        "lmms-lab/MP-DocVQA", "val", ("questionId", "question", "answers", "doc_id", "page_ids", "answer_page_idx"),
        (*_ANLS, "page_accuracy"), _pages, PAGES, edges={364: 5 * 364},
    ),
    "textvqa": Spec(
        "lmms-lab/textvqa", "validation", ("question_id", "question", "answers"),
        ("vqa_accuracy", "vqa_accuracy_idefics", "exact_match"), _scene,
    ),
    "chartqa": Spec(
        "HuggingFaceM4/ChartQA", "test", ("question|query", "answer|label"),
        ("relaxed_accuracy", "relaxed_accuracy_idefics", "exact_match"), _chart,
    ),
    "mmmu": Spec(
        "MMMU/MMMU", "validation", ("id", "question", "options", "question_type", "answer"), ("mmmu",), _mmmu,
        MMMU_IMAGES,
    ),
    "mathvista": Spec(
        "AI4Math/MathVista", "testmini", ("pid", "question", "choices", "answer", "question_type", "answer_type"),
        ("mathvista",), _mathvista, ("decoded_image",),
    ),
    "mmstar": Spec(
        "Lin-Chen/MMStar", "val", ("index", "question", "answer", "category", "l2_category"), ("mmstar",), _mmstar
    ),
}  # fmt: skip

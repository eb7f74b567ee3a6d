"""Fixed random samples of a data set's pairs as sheets of pictures, for a person to judge, and what was judged.

    python -m benchmarks.judging DATASET SHEETS DRAW

writes SHEETS/sheet-NN.png (each pair: question, answer, the page with its evidence marked, the evidence enlarged) and
SHEETS/sample.jsonl. A judgement is a line of `results/judgements.jsonl`: the number of its draw, the pair's id,
document (by its hash), page and kind, `right` (true or false) and, where it is wrong, why. The documents' own words
are not kept there. Once rules are changed for what a draw showed, only a later draw tells how good the pairs are.
"""

import hashlib
import json
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from octavo.datasets import DataSet, Question, Row
from octavo.datasets.review import question_id
from octavo.documents.types import Box

COUNT, PER_SHEET = 200, 6
WIDTH, HEIGHT, TEXT, PAGE = 1800, 500, 560, 380  # pixels of a pair: in all, of its text, of its page
RESULTS = Path(__file__).parent / "results" / "judgements.jsonl"


@dataclass(frozen=True, slots=True)
class Pair:
    """A question with its row; `id` is stable as long as the same is asked of the same page."""

    id: str
    row: Row
    question: Question


def sample(folder: Path, draw: int) -> list[Pair]:
    """`COUNT` pairs that no earlier draw (1, 2, …) judged, drawn by a hash of their ids and the draw.

    They are the same for the same data set, and nearly so for a similar one.
    """
    data, places = DataSet(folder), []
    earlier = {line["id"] for line in _judgements() if line["draw"] < draw}
    for split in data.splits:
        rows = data.rows(split)
        for index in range(len(rows)):
            sha256, _ = rows.place(index)
            for question in rows.questions(index):
                key = question_id(sha256, question)
                order = hashlib.sha256(("sample " * draw + key).encode()).hexdigest()
                if key not in earlier:
                    places.append((order, key, split, index, question))
    return [
        Pair(key, data.rows(split).row(index), question)
        for _, key, split, index, question in sorted(places, key=lambda place: place[0])[:COUNT]
    ]


def sheets(pairs: Sequence[Pair], out: Path) -> None:
    """Write the sheets, and a line of JSON for each pair."""
    out.mkdir(parents=True, exist_ok=True)
    lines = []
    for start in range(0, len(pairs), PER_SHEET):
        sheet = Image.new("RGB", (WIDTH, HEIGHT * PER_SHEET), "white")
        for place, pair in enumerate(pairs[start : start + PER_SHEET]):
            sheet.paste(_drawn(pair, start + place), (0, HEIGHT * place))
        sheet.save(out / f"sheet-{start // PER_SHEET:02d}.png")
    for number, pair in enumerate(pairs):
        question = pair.question
        lines.append(
            {
                "number": number,
                "id": pair.id,
                "document_sha256": pair.row.document_sha256,
                "document": pair.row.document,
                "page": question.page,
                "kind": question.kind,
                "question": question.text,
                "answer": question.answer,
            }
        )
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (out / "sample.jsonl").write_text(text, encoding="utf-8")


def judged() -> dict[int, tuple[int, int]]:
    """By draw, how many pairs were judged, and how many of them right."""
    draws: dict[int, list[bool]] = {}
    for line in _judgements():
        draws.setdefault(line["draw"], []).append(line["right"])
    return {draw: (len(right), sum(right)) for draw, right in sorted(draws.items())}


def _judgements() -> list[dict[str, Any]]:
    return [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]


def _drawn(pair: Pair, number: int) -> Image.Image:
    tile = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(tile)
    draw.line((0, HEIGHT - 1, WIDTH, HEIGHT - 1), fill="black", width=2)
    font = ImageFont.load_default(22)
    question = pair.question
    y = 10
    for text, colour in (
        (f"#{number} {question.kind} ({question.form})", "gray"),
        (question.text, "black"),
        (f"→ {question.answer}", "blue"),
        (" | ".join(question.variants), "green"),
    ):
        for line in textwrap.wrap(text, 46)[:9]:
            draw.text((10, y), line, fill=colour, font=font)
            y += 28
        y += 10
    page = pair.row.images[0].pil()
    boxes = [_pixels(box, page.size) for box in question.boxes]
    marked = page.copy()
    for box in boxes:
        ImageDraw.Draw(marked).rectangle(box, outline="red", width=max(2, page.width // 300))
    small = marked.copy()
    small.thumbnail((PAGE, HEIGHT - 20))
    tile.paste(small, (TEXT + 10, 10))
    tile.paste(_around(marked, boxes), (TEXT + PAGE + 20, 10))
    return tile


def _around(page: Image.Image, boxes: Sequence[tuple[int, int, int, int]]) -> Image.Image:
    """The evidence with what stands around it, as large as there is room; the top of the page where there is none."""
    room = WIDTH - TEXT - PAGE - 30, HEIGHT - 20
    left, top = min((box[0] for box in boxes), default=0), min((box[1] for box in boxes), default=0)
    right, bottom = max((box[2] for box in boxes), default=page.width), max((box[3] for box in boxes), default=0)
    width = max(right - left + page.width // 4, page.width * 2 // 3)
    height = max(bottom - top + page.height // 14, round(width * room[1] / room[0]))
    x, y = (left + right) // 2 - width // 2, (top + bottom) // 2 - height // 2
    x, y = max(0, min(x, page.width - width)), max(0, min(y, page.height - height))
    crop = page.crop((x, y, x + width, y + height))
    scale = min(room[0] / crop.width, room[1] / crop.height)
    return crop.resize((round(crop.width * scale), round(crop.height * scale)))


def _pixels(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    return (
        int(box.x0 * size[0]) - 2,
        int(box.y0 * size[1]) - 2,
        int(box.x1 * size[0]) + 2,
        int(box.y1 * size[1]) + 2,
    )


if __name__ == "__main__":
    sheets(sample(Path(sys.argv[1]), int(sys.argv[3])), Path(sys.argv[2]))

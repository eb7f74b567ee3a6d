"""Damaged PDFs made of whole ones (bytes flipped, pieces cut out, ends cut off, two files merged), and extreme ones."""

import random
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from reportlab.pdfgen.canvas import Canvas


def mutate(sources: Sequence[Path], count: int, out: Path, seed: int = 0) -> list[Path]:
    """Write `count` damaged files into `out`; the same for the same seed."""
    draw = random.Random(seed)
    out.mkdir(parents=True, exist_ok=True)
    made = []
    for number in range(count):
        data = bytearray(draw.choice(sources).read_bytes())
        other = draw.choice(sources).read_bytes()
        way = ("flipped", "cut", "short", "merged")[number % 4]
        made.append(out / f"{number:04d}-{way}.pdf")
        made[-1].write_bytes(_damaged(data, other, way, draw))
    return made


def _damaged(data: bytearray, other: bytes, way: str, draw: random.Random) -> bytes:
    match way:
        case "flipped":
            for _ in range(draw.choice((1, 10, 100, 1000))):
                data[draw.randrange(len(data))] = draw.randrange(256)
            return bytes(data)
        case "cut":
            start = draw.randrange(len(data))
            return bytes(data[:start] + data[start + draw.randrange(1, len(data) // 2 + 2) :])
        case "short":
            return bytes(data[: draw.randrange(1, len(data))])
        case _:
            at, from_ = draw.randrange(len(data)), draw.randrange(len(other))
            return bytes(data[:at]) + other[from_:]


def extremes(out: Path) -> Path:
    """A folder with a page of 200 inches, a file of 10,000 pages and a picture of 900 million pixels."""
    out.mkdir(parents=True, exist_ok=True)
    canvas = Canvas(str(out / "200-inches.pdf"), pagesize=(14_400, 14_400), invariant=1)
    canvas.drawString(500, 7000, "Order number: 2017-1")
    canvas.save()
    canvas = Canvas(str(out / "10000-pages.pdf"), pagesize=(300, 200), invariant=1)
    for number in range(10_000):
        canvas.drawString(20, 100, f"Order number: 2018-{number}")
        canvas.showPage()
    canvas.save()
    Image.new("1", (30_000, 30_000)).save(out / "bomb.png")
    return out

"""Damaged PDFs made of whole ones: bytes flipped, pieces cut out, ends cut off, two files merged."""

import random
from collections.abc import Sequence
from pathlib import Path


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

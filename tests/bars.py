"""Pictures of pages that tell pages apart: rows of bars, of other lengths for every seed."""

import io
import random

from PIL import Image, ImageDraw


def drawn(seed: int, size: tuple[int, int] = (425, 550), encoding: str = "JPEG") -> bytes:
    """The picture of a seed, encoded; pictures of one seed look alike at every size and in every encoding."""
    draws = random.Random(seed)
    picture = Image.new("RGB", (850, 1100), "white")
    pen = ImageDraw.Draw(picture)
    for row in range(30):
        left = draws.choice((80, 140, 400))
        pen.rectangle((left, 60 + 25 * row, left + draws.randint(40, 400), 72 + 25 * row), fill="black")
    buffer = io.BytesIO()
    picture.resize(size, Image.Resampling.LANCZOS).save(buffer, encoding)
    return buffer.getvalue()

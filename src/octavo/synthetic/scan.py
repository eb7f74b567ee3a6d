"""What printing, scanning and saving do to a page: turned, blurred, noisy, shaded, folded, compressed."""

import io
import math
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Scan:
    """How a page was taken. `angle` in degrees, counterclockwise; `shrink` is how much larger it was drawn than it is
    shown; `quality` is JPEG's; 0 is the absence of each but `noise_seed`.
    """

    angle: float = 0.0
    shrink: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    shade: float = 0.0
    folds: int = 0
    quality: int = 0
    noise_seed: int = 0

    def turned(self, xy_N2: Floats, width: int, height: int) -> Floats:
        """Where points of the page lie after it was turned."""
        if not self.angle:
            return xy_N2
        sine, cosine = math.sin(math.radians(self.angle)), math.cos(math.radians(self.angle))
        middle = np.array((width / 2, height / 2), np.float32)
        turn = np.array(((cosine, sine), (-sine, cosine)), np.float32)
        return np.asarray((xy_N2 - middle) @ turn.T + middle, np.float32)


def scan(random: Random, clean: float = 0.45) -> Scan:
    """A way of taking a page; the share `clean` of pages is as it was drawn."""
    if random.random() < clean:
        return Scan()
    some = random.random
    return Scan(
        angle=random.gauss(0, 0.7) if some() < 0.4 else 0.0,
        shrink=random.uniform(1.1, 1.8) if some() < 0.3 else 0.0,
        blur=random.uniform(0.3, 0.8) if some() < 0.4 else 0.0,
        noise=random.uniform(2, 18) if some() < 0.5 else 0.0,
        shade=random.uniform(0.05, 0.35) if some() < 0.35 else 0.0,
        folds=random.randint(1, 2) if some() < 0.1 else 0,
        quality=random.randint(30, 90) if some() < 0.4 else 0,
        noise_seed=random.getrandbits(32),
    )


def scanned(image: Image.Image, how: Scan) -> Image.Image:
    """The page as it was taken, of the same size and mode."""
    if how.angle:
        corner = image.getpixel((0, 0))
        image = image.rotate(how.angle, Image.Resampling.BICUBIC, fillcolor=corner)
    if how.shrink:
        small = (round(image.width / how.shrink), round(image.height / how.shrink))
        small = (max(small[0], round(0.75 * image.width)), max(small[1], round(0.75 * image.height)))
        image = image.resize(small, Image.Resampling.LANCZOS).resize(image.size, Image.Resampling.LANCZOS)
    if how.blur:
        image = image.filter(ImageFilter.GaussianBlur(how.blur))
    if how.noise or how.shade or how.folds:
        image = _worn(image, how)
    if how.quality:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=how.quality)
        image = Image.open(file)
        image.load()
    return image


def _worn(image: Image.Image, how: Scan) -> Image.Image:
    """Noise, a shadow that falls from one side, folds across the page."""
    generator = np.random.default_rng(how.noise_seed)
    page = np.asarray(image, np.float32)
    height, width = page.shape[:2]
    if how.shade:
        slope = generator.uniform(-1, 1, 2).astype(np.float32)
        x, y = np.linspace(0, 1, width, dtype=np.float32), np.linspace(0, 1, height, dtype=np.float32)
        light = 1 - how.shade * np.abs(slope[0] * x[None, :] + slope[1] * y[:, None])
        page = page * (light if page.ndim == 2 else light[..., None])
    for _ in range(how.folds):
        lying = generator.random() < 0.6
        light = _fold(generator, height if lying else width)
        light = light[:, None] if lying else light[None, :]
        page = page * (light if page.ndim == 2 else light[..., None])
    if how.noise:
        noise = generator.standard_normal((height, width), np.float32) * how.noise
        page = page + (noise if page.ndim == 2 else noise[..., None])
    return Image.fromarray(np.clip(page, 0, 255).astype(np.uint8))


def _fold(generator: np.random.Generator, length: int) -> Floats:
    """Light across a fold, a factor a pixel: paper that rises to it is brighter, and falls into shadow behind it.

    The crease itself is a line where the ink has come off or, seen from the back, a dark one.
    """
    crease, reach = generator.uniform(0.15, 0.85) * length, generator.uniform(0.02, 0.08) * length
    away = np.arange(length, dtype=np.float32) - np.float32(crease)
    near = np.exp(-np.abs(away) / reach)
    light: Floats = (1 + np.where(away < 0, 0.06, -generator.uniform(0.1, 0.25)) * near).astype(np.float32)
    light[int(crease)] *= generator.choice((0.75, 1.35))
    return light

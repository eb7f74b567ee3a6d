"""OCR: the words of a page that has none, with boxes and confidences, by the models in rapidocr's wheel.

Text is found on a page scaled down to `DETECTION_SIDE`, cut out line by line at full size and recognised. The
recogniser gives for every eighth pixel of a line (scaled to 48 high) what character stands there; spaces, the
edges of words and their confidence are made of that and of the ink here, since what rapidocr makes of it gives
words the confidence of their neighbours. Needs the extra `octavo[ocr]`; nothing is ever downloaded.
"""

import importlib.util
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from octavo.documents.types import NO_TEXT, OCR, Box, Page, PageImage, Word
from octavo.errors import OctavoError

Floats = npt.NDArray[np.float32]
Picture = npt.NDArray[np.uint8]

REMEDY = "reading pages without text needs OCR: pip install 'octavo[ocr]'"
MODELS = {"Det": "PP-OCRv6_det_small.onnx", "Rec": "PP-OCRv6_rec_small.onnx"}  # in rapidocr's wheel
# Pixels of the longest side, where text is looked for. On receipts 960 finds 1% fewer lines, 1600 no more that count.
DETECTION_SIDE = 1280
LONGEST_SIDE = 4000  # pixels; a larger picture is scaled down before anything else
LINE_HEIGHT = 48  # pixels, what the recogniser was trained on
LONGEST_LINE = 64  # times its height; beyond this a line is squeezed
SHORTEST_LINE = 2  # times its height; narrower ones are padded to it
BATCH_WIDTH = 3000  # pixels of all lines recognised at once: the recogniser holds 10 kB for each
# Of all lines of a page together: half a minute's work. A dense A4 page has 150,000; an attack has more.
MOST_WIDTH = 500_000

LEAST_CONFIDENCE = 0.5  # of a word
LEAST_PAGE_CONFIDENCE = 0.7  # mean over a page's characters; photographs and pages upside down stay below
# Where a word ends: the recogniser is sure of a space, or thinks of one where the ink has a gap of so many type
# sizes, or the gap alone is wide enough. On 8,616 pairs of characters of receipts 0.4% come out wrong.
SURE_CHANCE, SPACE_CHANCE = 0.8, 0.1
SURE_GAP, SPACE_GAP = 0.8, 0.28
# Where words are cut although nothing but a letter's width is between them: a label from its value at a colon, a
# total from its amount, a day from the hour. A box of evidence can hold whole words only.
GLUED = re.compile(
    r"(?<=[^\W\d]:)(?=\w)|(?<=[^\W\d][.)#]:)(?=\w)|(?<=[^\W\d]{4})(?=\d+[.,]\d\d$)|(?<=[./-][12]\d{3})(?=\d?\d:\d\d)"
)
LIGHT_INK = 0.35  # of the contrast of a line; columns with less of it are taken for gaps
HIGH = 0.94  # of the type's size: how high the boxes of a text layer's words are (`words` says why)
DETECTED_MORE = 4.5  # pixels, where text is looked for: the detector's boxes are higher than the type by so much
# Line heights from the left end of a tilted page's text to the right. Up to there words are moved so that a row is
# level, by half of it at most, which leaves the boxes on their words; beyond, labels would meet another row's values.
MOST_TILT = 1.3
LONG_LINE = 6  # line heights; shorter ones do not tell a page's tilt
USUAL = 0.2  # sizes that differ from the page's usual one by less are the usual


def available() -> bool:
    """Whether the extra `octavo[ocr]` is installed."""
    return all(importlib.util.find_spec(name) for name in ("rapidocr", "onnxruntime"))


def with_ocr(page: Page, ocr: "Ocr") -> Page:
    """`page`, whose image must be there, with what OCR reads on it; as it is where it has text or nothing is read."""
    if page.text != NO_TEXT:
        return page
    words = ocr.read(page.image, page.width, page.height)
    return replace(page, words=words, text=OCR) if words else page


@dataclass(frozen=True, slots=True)
class _Read:
    """A line as recognised: its characters and the probability of each.

    `spaces` is the highest probability of a space between each character and the next, `gaps` (start and end
    along the line in 0..1) the widest stretch without ink there; both are one shorter than `text`.
    """

    text: str
    chances: Floats
    spaces: Floats
    gaps: Floats


class Ocr:
    """Reads pictures of pages. The models (31 MB) are loaded at the first one and take `threads` cores.

    Make one in each process. Raises `OctavoError` where the extra is not installed.
    """

    def __init__(self, threads: int = 1) -> None:
        if not available():
            raise OctavoError(REMEDY)
        self.threads = threads
        self._lock = threading.Lock()

    def read(self, image: PageImage, page_width: float, page_height: float) -> tuple[Word, ...]:
        """The words on a picture of a page that is `page_width` by `page_height` points.

        They stand line by line as detected, from top to bottom. Boxes are in page fractions and as high as
        their line's type, sizes estimated in points. What is read with less confidence than
        `LEAST_CONFIDENCE` is left out, and all of a page whose characters stay below `LEAST_PAGE_CONFIDENCE`
        in the mean, which has more text than `MOST_WIDTH` or is tilted by more than `MOST_TILT`.
        """
        picture = _picture(image)
        with self._lock:
            quads = self._detect(picture)
            crops = [_cut_out(picture, quad) for quad in quads]
            if sum(_width(crop) for crop in crops) > MOST_WIDTH:
                return ()
            found = [(quad, read) for quad, read in zip(quads, self._recognise(crops), strict=True) if read.text]
        chances = [chance for _, read in found for chance in read.chances.tolist()]
        if not chances or sum(chances) < LEAST_PAGE_CONFIDENCE * len(chances):
            return ()
        level = _levelled([quad for quad, _ in found])
        if level is None:
            return ()
        sizes = _sizes(level, max(1.0, max(picture.shape) / DETECTION_SIDE))
        scale = page_width / picture.shape[1], page_height / picture.shape[0]
        return tuple(
            word
            for quad, (_, read), size in zip(level, found, sizes, strict=True)
            for word in _words(quad, read, size, scale, (page_width, page_height))
            if word.confidence >= LEAST_CONFIDENCE
        )

    @cached_property
    def _engine(self) -> Any:
        """rapidocr, pointed at the files of its wheel: for models it has to look for it asks the network."""
        import rapidocr

        folder = Path(rapidocr.__file__).parent / "models"
        engine = "EngineConfig.onnxruntime."
        return rapidocr.RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.use_preprocess_img": False,
                "Global.use_vertical_padding": False,
                "Det.limit_type": "max",
                "Det.limit_side_len": DETECTION_SIDE,
                engine + "intra_op_num_threads": self.threads,
                engine + "inter_op_num_threads": 1,
                **{f"{part}.model_path": str(folder / name) for part, name in MODELS.items()},
            }
        )

    def _detect(self, picture: Picture) -> list[Floats]:
        """The corners of lines, each [4, 2] in pixels: top left, top right, bottom right, bottom left."""
        found = self._engine(picture, use_det=True, use_cls=False, use_rec=False).boxes
        return [] if found is None else [np.asarray(quad, np.float32) for quad in found]

    def _recognise(self, crops: Sequence[Picture]) -> list[_Read]:
        """What stands on each cut-out line. Lines alike in length are recognised together."""
        recogniser = self._engine._load_rec_model()
        characters = recogniser.postprocess_op.character
        reads: dict[int, _Read] = {}
        for batch in _batches([_width(crop) for crop in crops]):
            width = max(_width(crops[i]) for i in batch)
            lines = np.stack([recogniser.resize_norm_img(crops[i], width / LINE_HEIGHT) for i in batch])
            for i, line, chances in zip(batch, lines, recogniser.session(lines), strict=True):
                reads[i] = _decoded(chances, characters, line, min(1.0, _width(crops[i], 0) / width))
        return [reads[i] for i in range(len(crops))]


def _picture(image: PageImage) -> Picture:
    """The pixels [height, width, 3] in the order blue, green, red, as the models were trained."""
    picture = image.pil().convert("RGB")
    if max(picture.size) > LONGEST_SIDE:
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])


def _cut_out(picture: Picture, quad: Floats) -> Picture:
    """A line set level; one that runs up or down the page is turned, as rapidocr does."""
    from rapidocr.utils.process_img import get_rotate_crop_image

    cut: Picture = get_rotate_crop_image(picture, quad.copy())
    return cut


def _width(crop: Picture, shortest: int = SHORTEST_LINE) -> int:
    """How wide a line is once it is `LINE_HEIGHT` high."""
    ratio = crop.shape[1] / crop.shape[0]
    return int(np.ceil(LINE_HEIGHT * min(max(ratio, shortest), LONGEST_LINE)))


def _batches(widths: Sequence[int]) -> Iterator[list[int]]:
    """The indices of lines, dealt from narrow to wide so that a batch is at most `BATCH_WIDTH` with its padding."""
    batch: list[int] = []
    for i in sorted(range(len(widths)), key=lambda i: widths[i]):
        if batch and (len(batch) + 1) * widths[i] > BATCH_WIDTH:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _decoded(chances: Floats, characters: Sequence[str], line: Floats, used: float) -> _Read:
    """A line's characters of the probabilities [steps, classes], by the rule of CTC: the best of each step,
    repetitions once, class 0 for nothing. `line` is the picture [3, height, width], of which the first `used`
    part is not padding.
    """
    best = chances.argmax(axis=1)
    space = len(characters) - 1
    starts = (best != 0) & (best != space) & np.concatenate(([True], best[1:] != best[:-1]))
    steps = np.flatnonzero(starts)
    places = (steps + 0.5) / len(best) / used
    ink = _ink(line[:, :, : max(1, round(line.shape[2] * used))])
    between = [(int(a), int(b)) for a, b in pairwise(steps)]
    return _Read(
        "".join(characters[best[step]] for step in steps),
        chances[steps, best[steps]],
        np.array([chances[a + 1 : b, space].max(initial=0.0) for a, b in between], np.float32),
        np.array([_gap(ink, a, b) for a, b in pairwise(places)], np.float32).reshape(-1, 2),
    )


def _ink(line: Floats) -> npt.NDArray[np.bool_]:
    """Whether each column of a line's picture [3, height, width] has ink: it differs from the paper somewhere."""
    grey = line.mean(axis=0)[LINE_HEIGHT // 8 : -LINE_HEIGHT // 8]
    paper = np.median(grey)
    away = np.abs(grey - paper).max(axis=0)
    has_ink: npt.NDArray[np.bool_] = away > LIGHT_INK * np.percentile(away, 95)
    return has_ink


def _gap(ink: npt.NDArray[np.bool_], start: float, end: float) -> tuple[float, float]:
    """The widest stretch without ink between two places along a line, start and end in 0..1; their middle else."""
    first, last = int(start * len(ink)), int(np.ceil(end * len(ink)))
    edges = np.flatnonzero(np.concatenate(([True], ink[first:last], [True])))
    if len(edges) < 2 or (widths := np.diff(edges)).max() < 2:
        middle = (start + end) / 2
        return middle, middle
    widest = int(widths.argmax())
    return (first + int(edges[widest])) / len(ink), (first + int(edges[widest + 1]) - 1) / len(ink)


def _levelled(quads: Sequence[Floats]) -> list[Floats] | None:
    """The lines of a tilted page, each point moved up or down so that rows are level; None beyond `MOST_TILT`."""
    sides = [(quad[[1, 2]].mean(axis=0) - quad[[0, 3]].mean(axis=0), _high(quad)) for quad in quads]
    slopes = [float(side[1] / side[0]) for side, high in sides if side[0] > LONG_LINE * high]
    if not slopes:
        return list(quads)
    slope = float(np.median(slopes))
    left = min(float(quad[:, 0].min()) for quad in quads)
    right = max(float(quad[:, 0].max()) for quad in quads)
    if abs(slope) * (right - left) > MOST_TILT * float(np.median([high for _, high in sides])):
        return None
    middle = (left + right) / 2
    return [np.column_stack((quad[:, 0], quad[:, 1] - slope * (quad[:, 0] - middle))) for quad in quads]


def _sizes(quads: Sequence[Floats], reduced: float) -> Floats:
    """Each line's type size in pixels, or the page's usual one where it differs little from that.

    A detector's boxes are higher or lower with the letters that happen to have stems and tails. `reduced` is how
    many times smaller the picture was that it looked at.
    """
    heights = np.array([max(_high(quad) - DETECTED_MORE * reduced, _high(quad) / 2) for quad in quads], np.float32)
    usual = np.median(heights)
    level: Floats = np.where(np.abs(heights / usual - 1) < USUAL, usual, heights)
    return level


def _high(quad: Floats) -> float:
    """The shorter of a line's sides, its height also where it runs up the page; a pixel at least."""
    across, along = np.linalg.norm(quad[3] - quad[0]), np.linalg.norm(quad[1] - quad[0])
    return max(1.0, float(min(across, along) if across >= 1.5 * along else across))


def _words(
    quad: Floats, read: _Read, size: float, scale: tuple[float, float], page: tuple[float, float]
) -> Iterator[Word]:
    """The words of a line: cut at its spaces, boxes laid along the line's middle. `scale` is points a pixel."""
    upright = np.linalg.norm(quad[3] - quad[0]) >= 1.5 * np.linalg.norm(quad[1] - quad[0])
    # The middle of the line's two ends, in the order of reading; rapidocr turns lines that run up the page.
    ends = (quad[[0, 3]], quad[[1, 2]]) if not upright else (quad[[0, 1]], quad[[3, 2]])
    start, end = ends[0].mean(axis=0), ends[1].mean(axis=0)
    length = float(np.linalg.norm(end - start))
    half = np.array([0.0, HIGH * size / 2] if not upright else [HIGH * size / 2, 0.0])
    points = float(size * scale[0 if upright else 1])
    for first, last, left, right in _cut_at_spaces(read, size / max(length, 1.0)):
        corners = np.stack((start + left * (end - start), start + right * (end - start)))
        low, high = corners.min(axis=0) - half, corners.max(axis=0) + half
        if not upright:  # as high as its type, also where a line alone is not level
            middle = corners[:, 1].mean()
            low[1], high[1] = middle - half[1], middle + half[1]
        box = np.clip(np.concatenate((low * scale, high * scale)) / (*page, *page), 0, 1)
        confidence = float(read.chances[first:last].mean())
        yield Word(read.text[first:last], Box(*box.tolist()), points, confidence=confidence)


def _cut_at_spaces(read: _Read, size: float) -> Iterator[tuple[int, int, float, float]]:
    """Words as first and last character (exclusive), left and right edge along the line in 0..1.

    `size` is the type's, in lengths of the line.
    """
    wide = (read.gaps[:, 1] - read.gaps[:, 0]) / size
    is_space = (read.spaces > SURE_CHANCE) | ((read.spaces > SPACE_CHANCE) & (wide > SPACE_GAP)) | (wide > SURE_GAP)
    for first, last in _runs(is_space, len(read.text)):
        is_space[[first + match.start() - 1 for match in GLUED.finditer(read.text[first:last])]] = True
    cuts = np.flatnonzero(is_space)
    lefts = [0.0, *read.gaps[cuts, 1].tolist()]
    rights = [*read.gaps[cuts, 0].tolist(), 1.0]
    for (first, last), left, right in zip(_runs(is_space, len(read.text)), lefts, rights, strict=True):
        yield first, last, left, right


def _runs(is_cut: npt.NDArray[np.bool_], length: int) -> list[tuple[int, int]]:
    """The stretches, first and last (exclusive), into which cuts between neighbours divide `length` characters."""
    edges = [0, *(np.flatnonzero(is_cut) + 1).tolist(), length]
    return list(pairwise(edges))

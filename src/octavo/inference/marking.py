"""A page with its evidence marked, for a person who would rather look than read."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from octavo.documents import Reader
from octavo.documents.types import Box
from octavo.errors import OctavoError
from octavo.files import written_whole
from octavo.inference.types import Answer

RED = (214, 40, 40)


def marked(image: Image.Image, boxes: Sequence[Box]) -> Image.Image:
    """A copy of the page with a frame around each box, wide enough to see in a thumbnail."""
    picture = image.convert("RGB")  # a gray page gets red frames, too
    draw = ImageDraw.Draw(picture)
    line = max(2, max(picture.size) // 400)
    for box in boxes:
        frame = (
            box.x0 * picture.width - 2 * line,
            box.y0 * picture.height - 2 * line,
            box.x1 * picture.width + 2 * line,
            box.y1 * picture.height + 2 * line,
        )
        draw.rectangle(frame, outline=RED, width=line)
    return picture


def save_marked_page(file: Path, answer: Answer, path: Path, passwords: Sequence[str] = ()) -> None:
    """Write the page that `answer` names as PNG with the answer's boxes, whole or not at all.

    Raises `OctavoError` where it names none.
    """
    if answer.page is None:
        raise OctavoError(f"no page answers {answer.question!r}, so none is written; ask without --save-image")
    with Reader(image_format="RGB") as files:
        page = next(files.pages(files.open(file, passwords), [answer.page]))
    with written_whole(path) as aside:
        marked(page.image.pil(), answer.boxes).save(aside, format="PNG")

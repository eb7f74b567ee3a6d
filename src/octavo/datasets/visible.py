"""Whether there is anything to see where the answer's words are: nobody can answer from hidden text.

On 806 real pages two answers of 519 stood in hidden text; their boxes differed by 0 and 2 grey levels, all
others by more than 80.
"""

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from octavo.datasets.types import Question
from octavo.documents.types import Box, PageImage

CONTRAST = 24  # of 255 grey levels between the darkest and the lightest
HIDDEN = "nothing is to be seen in its boxes"


def visible(questions: Sequence[Question], image: PageImage) -> tuple[Question, ...]:
    """The questions whose every evidence box shows something on the page's JPEG."""
    if not questions:
        return ()
    page = _greys(image)
    return tuple(question for question in questions if all(_contrast(box, page) >= CONTRAST for box in question.boxes))


def _greys(image: PageImage) -> npt.NDArray[np.uint8]:
    """The page in grey at half its size, [height, width]: 4 ms where all of it takes 13."""
    picture = Image.open(io.BytesIO(image.data))
    picture.draft("L", (image.width // 2, image.height // 2))
    return np.asarray(picture.convert("L"))


def _contrast(box: Box, page: npt.NDArray[np.uint8]) -> int:
    height, width = page.shape
    inside = page[int(box.y0 * height) : int(box.y1 * height) + 1, int(box.x0 * width) : int(box.x1 * width) + 1]
    return int(inside.max()) - int(inside.min()) if inside.size else 0

"""Small pictures of pages for a report, as data URLs, within a budget of bytes."""

import base64
import io

from PIL import Image

from octavo.documents.types import PageImage

BUDGET = 15 * 2**20  # bytes of all pictures in a report, as they stand in it
EDGES = (1100, 760)  # pixels of the longest edge: of few pages, of many
MANY = 120  # pages
QUALITY = 45


class Album:
    """Pictures by the name of their page, until the budget is spent. `pages` is how many there may come to be."""

    def __init__(self, pages: int) -> None:
        self.edge = EDGES[pages > MANY]
        self.urls: dict[str, str] = {}
        self.spent = 0

    @property
    def is_full(self) -> bool:
        """Whether the budget is spent."""
        return self.spent >= BUDGET

    def add(self, name: str, image: PageImage) -> None:
        """Keep a page's picture."""
        self.urls[name] = data_url(image, self.edge)
        self.spent += len(self.urls[name])


def data_url(image: PageImage, edge: int) -> str:
    """The image as WebP, at most `edge` pixels long, in a data URL."""
    picture = image.pil().convert("RGB")
    picture.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=QUALITY, method=4)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"

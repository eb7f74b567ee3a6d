"""Pages that the code draws, and questions about them: what an export is checked with."""

from PIL import Image, ImageDraw, ImageFont

from octavo.processing import Processor

LINES = ("Invoice 2024-0042", "Date: 31 December 2024", "Paper, A4, 500 sheets", "Ink, black", "Total: 1,234.50 EUR")
QUESTIONS = (
    "What is the total?",
    "What is the date of the invoice?",
    "Which words are set in the largest type on this page?",
    "How many sheets of paper?",
    "What colour is the ink?",
)


def pages(processor: Processor) -> list[Image.Image]:
    """An upright and a wide page, of sizes that are cut into tiles without being scaled."""
    tile = processor.image_config.tile_size
    long = max(1, processor.image_config.longest_edge // tile)
    short = max(1, round(0.7 * long))
    return [_drawn(cols * tile, rows * tile) for cols, rows in ((short, long), (long, short))]


def upright() -> Image.Image:
    """An upright page for any processor."""
    return _drawn(448, 640)


def _drawn(width: int, height: int) -> Image.Image:
    page = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(page)
    for i, line in enumerate(LINES):
        size = max(8, width // (14 if i == 0 else 20))
        draw.text((width // 12, (i + 1) * height // 7), line, "black", ImageFont.load_default(size))
    draw.rectangle((width // 12, height // 12, width // 4, height // 9), "navy")
    return page

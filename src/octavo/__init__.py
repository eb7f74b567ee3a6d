"""Octavo: a folder of PDFs in, a vision-language model that answers questions about such pages out.

import octavo
model = octavo.load("octavo-nano")
answer = model.ask("invoice.pdf", "What is the total?")
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from octavo.inference import VisionLanguageModel

__version__ = "0.1.0"


def load(name: str | Path) -> "VisionLanguageModel":
    """Open a model: "octavo-nano", a run folder, a Hugging Face folder or a hub name. Raises `OctavoError`."""
    from octavo.inference import VisionLanguageModel  # torch takes 2 s to import; `octavo --help` should not

    return VisionLanguageModel.load(name)

"""Which processor stands for the `model_type` of a config.json."""

from collections.abc import Mapping
from pathlib import Path

from octavo.processing.base import FamilyProcessor
from octavo.processing.folder import optional_json
from octavo.processing.idefics import IdeficsProcessor
from octavo.processing.idefics2 import Idefics2Processor
from octavo.processing.processor import Processor

OTHERS: Mapping[str, type[FamilyProcessor]] = {"idefics": IdeficsProcessor, "idefics2": Idefics2Processor}


def open_processor(folder: Path) -> FamilyProcessor:
    """Open the processor of a model's folder; raises `OctavoError` naming the file at fault."""
    kind = str(optional_json(folder / "config.json").get("model_type"))
    return OTHERS.get(kind, Processor).from_pretrained(folder)

"""Prompts: versioned files of this folder. A prompt is part of a score, so each has a hash that stands beside it."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from octavo.errors import OctavoError
from octavo.evaluation.types import Item

STYLES = ("plain", "generic", "idefics")
_PLACE = re.compile(r"\{question\}|\{choices\}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is written around the questions of one task: `template` for open ones, `choices` for those with options."""

    style: str
    version: int
    template: str
    choices: str

    @property
    def sha256(self) -> str:
        """The hash of both templates, in hexadecimal."""
        return hashlib.sha256(f"{self.template}\0{self.choices}".encode()).hexdigest()

    def text(self, item: Item) -> str:
        """What the model is asked."""
        choices = "\n".join(f"{letter}. {text}" for letter, text in zip(item.letters, item.options, strict=True))
        parts = {"{question}": item.question, "{choices}": choices}
        return _PLACE.sub(lambda match: parts[match[0]], self.choices if item.options else self.template)

    def to_json(self) -> dict[str, str | int]:
        """The prompt as a result names it."""
        return {"style": self.style, "version": self.version, "sha256": self.sha256, "template": self.template}


@cache
def load_prompt(style: str, name: str) -> Prompt:
    """The prompt of a style for the task's `name`, or the style's default. Raises `OctavoError` for another style."""
    if style not in STYLES:
        raise OctavoError(f"--prompt {style}: it can be {', '.join(STYLES)}")
    values = yaml.safe_load((files("octavo.evaluation.prompts") / f"{style}.yaml").read_bytes())
    texts = values["texts"]
    return Prompt(style, values["version"], texts.get(name, texts["default"]), texts["choices"])

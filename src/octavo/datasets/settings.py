"""What a person decides about a build, in one value that goes to every worker and into the fingerprint."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from octavo.datasets.mix import MIX
from octavo.datasets.selection.filters import MASK, Filters
from octavo.errors import OctavoError


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a build that decide its bytes. Raises `OctavoError` for those that contradict each other.

    - `dpi`: dots an inch of the page images.
    - `ocr`: read pages without a text layer with `octavo[ocr]`.
    - `most_pages`: of a document; the pages after them are counted and not read.
    - `mix`: the most questions of each kind on a page; 0.25 is one on every fourth page, 0 leaves a kind out.
    - `most_of_key`: documents of the corpus in which the same key ("invoice number") is asked for, about.
    - `filters`: which questions and documents stay.
    - `pdf`: write Docmatix's `pdf` configuration, too.
    - `written`: what decides the questions that a language model writes (`LlmSettings.fingerprint`); empty
      where none does.
    """

    dpi: int = 150
    ocr: bool = False
    most_pages: int = 2000
    mix: Mapping[str, float] = field(default_factory=lambda: dict(MIX))
    most_of_key: int = 1000
    filters: Filters = field(default_factory=Filters)
    pdf: bool = False
    written: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.pdf and self.filters.personal == MASK:
            raise OctavoError("--pdf would write the files as they are; it cannot go with --personal mask")

    def to_json(self) -> dict[str, Any]:
        """The settings as a task or a fingerprint holds them."""
        value: dict[str, Any] = json.loads(json.dumps(asdict(self)))  # as a reader of the file will find it
        return value

    @classmethod
    def of_json(cls, value: Mapping[str, Any]) -> Self:
        """The settings that `to_json` wrote."""
        return cls(**{**value, "filters": Filters(**value["filters"])})

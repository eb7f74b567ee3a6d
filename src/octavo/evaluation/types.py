"""The nouns of an evaluation: Item, Reply, Prediction, Metric."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, Self

from octavo.documents.types import Box, PageImage, Word
from octavo.evaluation.metrics.choices import letters_of


@dataclass(frozen=True, slots=True)
class Item:
    """One question of a task, with everything that its score needs.

    `references` all count as true, the first is the one that a loss is taken of. `document` is what intervals are
    clustered by, `group` names the images (items of one group have the same). `pages` is how many images there are
    and `numbers` what they are called; they are one document's pages, or, where `is_composed`, all parts of the
    question. `options` are the texts of a choice, whose true answer is the letter in `references`. `page` and
    `boxes` (page fractions) are where the answer stands, 0 and () where nobody knows. `text` is where the pages'
    words come from ("layer", "ocr", ""), `rules` what a set's own metric asks for (MathVista's precision).
    """

    id: str
    question: str
    references: tuple[str, ...]
    document: str
    group: str
    kind: str
    numbers: tuple[int, ...] = (1,)
    is_composed: bool = False
    options: tuple[str, ...] = ()
    page: int = 0
    boxes: tuple[Box, ...] = ()
    text: str = ""
    rules: Mapping[str, Any] = field(default_factory=dict)

    @property
    def letters(self) -> str:
        """The letters of the options, "ABCD" for four."""
        return letters_of(self.options)


class Task(Protocol):
    """Questions with their pages."""

    @property
    def name(self) -> str:
        """What results call the task."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of `scoring.METRICS`, the one that counts first."""

    @property
    def prompts(self) -> str:
        """The name under which prompts have a text for the task."""

    @property
    def items(self) -> Sequence[Item]:
        """All questions, those about the same images in a row or not."""

    def images(self, item: Item) -> tuple[PageImage, ...]:
        """The item's images, encoded or raw, as the set holds them."""

    def words(self, item: Item) -> tuple[tuple[Word, ...], ...]:
        """The words of each of the item's pages; () where the set has none."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model under test said to one question.

    `confidence` (0..1), `page` (the image's place, from 0), `losses` (nats of each token of the true answer) and
    `boxes` (where on the page the answer stands) are None or () where the model does not tell; without boxes the answer
    is looked for among the page's words. A `failure` says why there is no answer; its text is then empty.
    """

    text: str
    confidence: float | None = None
    page: int | None = None
    losses: tuple[float, ...] = ()
    failure: str = ""
    seconds: float = 0.0
    boxes: tuple[Box, ...] | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """One question asked: a line of predictions.jsonl, which can be scored without model and data.

    `loss` is the mean cross-entropy in nats of the true answer's `tokens` tokens, None where it was not taken.
    """

    id: str
    document: str
    kind: str
    question: str
    references: tuple[str, ...]
    prediction: str
    confidence: float | None = None
    loss: float | None = None
    tokens: int = 0
    failure: str = ""
    options: tuple[str, ...] = ()
    pages: int = 1
    text: str = ""
    page: int = 0
    boxes: tuple[Box, ...] = ()
    predicted_page: int = 0
    predicted_boxes: tuple[Box, ...] = ()
    in_boxes: str = ""
    rules: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The prediction as JSON values."""
        return asdict(self)

    @classmethod
    def of_json(cls, value: Mapping[str, Any]) -> Self:
        """The prediction that `to_json` wrote. Raises `TypeError` or `KeyError` for another value."""
        tuples = {name: tuple(value[name]) for name in ("references", "options")}
        boxes = {name: tuple(Box(*box) for box in value[name]) for name in ("boxes", "predicted_boxes")}
        return cls(**{**value, **tuples, **boxes})


@dataclass(frozen=True, slots=True)
class Metric:
    """A mean with its 95% bootstrap interval, clustered by document."""

    value: float
    low: float
    high: float

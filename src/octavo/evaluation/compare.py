"""Two runs over the same questions: whether they differ, and in which questions."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from octavo.errors import OctavoError
from octavo.evaluation import statistics
from octavo.evaluation.score import finite, question_scores
from octavo.evaluation.types import Prediction


@dataclass(frozen=True, slots=True)
class RunComparison:
    """This run minus the run `other` by `metric`, over the questions that both were asked.

    `gained` and `lost` are the ids of the questions that turned right and wrong.
    """

    other: str
    metric: str
    figures: statistics.Comparison
    gained: tuple[str, ...]
    lost: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The comparison as JSON values."""
        values: dict[str, Any] = finite(
            {**asdict(self), **asdict(self.figures), "gained": self.gained, "lost": self.lost}
        )
        del values["figures"]
        return values


def compare(current: Sequence[Prediction], baseline: Sequence[Prediction], metric: str, other: str) -> RunComparison:
    """Compare a run with an earlier one. Raises `OctavoError` where they have no two questions in common."""
    before = {(p.id, p.question): p for p in baseline}
    pairs = [(p, before[p.id, p.question]) for p in current if (p.id, p.question) in before]
    if len(pairs) < 2:
        raise OctavoError(f"the two runs have {len(pairs)} questions in common; compare runs of the same task")
    now = question_scores([p for p, _ in pairs], metric)
    then = question_scores([p for _, p in pairs], metric)
    figures = statistics.compare(now, then, [p.document for p, _ in pairs])
    ids = [p.id for p, _ in pairs]
    return RunComparison(
        other, metric, figures, tuple(ids[i] for i in figures.gained), tuple(ids[i] for i in figures.lost)
    )

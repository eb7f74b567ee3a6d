"""How long a stage is, and its learning rate on the way: warm-up, then cosine, linear or constant."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from octavo.training.recipe import Stage

# What is left of the learning rate when a share of the stage is behind.
DECAYS: Mapping[str, Callable[[float], float]] = {
    "cosine": lambda behind: 0.5 * (1 + math.cos(math.pi * behind)),
    "linear": lambda behind: 1 - behind,
    "constant": lambda behind: 1.0,
}


@dataclass(frozen=True, slots=True)
class Span:
    """A stage's length, in steps or in samples: those of its epochs over `samples`, which end after `most`.

    How many steps an epoch has is known only when its samples are packed, so such a stage is measured in samples.
    """

    stage: Stage
    samples: int
    most: float = math.inf

    @property
    def length(self) -> int:
        """Steps or samples."""
        if self.stage.steps is not None:
            return self.stage.steps
        assert self.stage.epochs is not None, "a stage has either steps or epochs"
        return int(min(math.ceil(self.stage.epochs * self.samples), self.most))

    @property
    def unit(self) -> str:
        """What `length` counts."""
        return "steps" if self.stage.steps is not None else "samples"

    def done(self, step: int, taken: int) -> int:
        """How much of `length` is behind after `step` steps and `taken` samples."""
        return step if self.stage.steps is not None else taken

    def learning_rate(self, step: int, taken: int) -> float:
        """The rate of step `step` (from 0), before which `taken` samples were taken.

        Linear from 0 over `warmup_steps`, then by the schedule: over the steps behind the warm-up or, in a stage
        of epochs, over all its samples.
        """
        stage = self.stage
        warm = min(1.0, (step + 1) / stage.warmup_steps) if stage.warmup_steps else 1.0
        before = stage.warmup_steps if stage.steps is not None else 0
        behind = max(0, self.done(step, taken) - before) / max(self.length - before, 1)
        return stage.learning_rate * warm * DECAYS[stage.schedule](behind)

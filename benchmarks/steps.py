"""An optimiser step as it is measured, and what several of them come to."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from octavo.training.optimizer import make_optimizer
from octavo.training.recipe import Stage

RAMP = 4  # steps in which the learning rate rises; then it stays


@dataclass(frozen=True, slots=True)
class Step:
    """One optimiser step: what it took in, and what it cost.

    `tokens` are those of samples, `positions` with padding. Of the seconds of wall clock, `processing_s` made tiles and
    token ids; `work_s` are those of all threads on their cores. `loss` is the mean over the answer tokens, in nats.
    """

    questions: int
    answer_tokens: int
    tiles: int
    tokens: int
    positions: int
    seconds: float
    processing_s: float
    work_s: float
    loss: float


def rate(steps: Sequence[Step]) -> float:
    """Questions a second."""
    return sum(step.questions for step in steps) / sum(step.seconds for step in steps)


def mean(steps: Sequence[Step], what: str) -> float:
    """A figure of the steps, by the question."""
    total: float = sum(getattr(step, what) for step in steps)
    return total / sum(step.questions for step in steps)


def loss(steps: Sequence[Step]) -> float:
    """The mean over all answer tokens, in nats."""
    return sum(step.loss * step.answer_tokens for step in steps) / sum(step.answer_tokens for step in steps)


def optimiser(model: nn.Module, stage: Stage) -> tuple[Optimizer, LambdaLR]:
    """The stage's optimiser with a short warm-up, the same for a model of ours and of transformers."""
    optimizer = make_optimizer(model, stage)
    return optimizer, LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / RAMP))

"""Held-out rows in the loop: their loss, and the score by which weights are the best."""

from collections.abc import Callable, Mapping

import torch

from octavo.datasets import DataSet
from octavo.errors import OctavoError
from octavo.models import Idefics3
from octavo.processing import Processor
from octavo.training.loss import answer_loss_sum
from octavo.training.mixture import Ingredient, Mixture
from octavo.training.plan import PackPlan, read
from octavo.training.recipe import Metric
from octavo.training.samples import SampleSource

# The ANLS of so many held-out questions, answered greedily: `octavo.evaluation.quick.quick_anls`, which stands above
# this room and is handed down.
QuickAnls = Callable[[Idefics3, Processor, DataSet, int], float]


class HeldOut:
    """Rows whose loss is taken every `every` steps: the same packs each time, in an order set by `seed`.

    As many are planned as hold `questions` questions. Left out, as in training, are those that do not fit a pack or
    cannot be used. Raises `OctavoError` where no row can be.
    """

    def __init__(
        self, source: SampleSource, every: int, questions: int, pack_tokens: int, pack_tiles: int, seed: int
    ) -> None:
        self.every = every
        self.mixture = Mixture([Ingredient(source, repeats=1)], seed)
        plan = PackPlan(self.mixture, pack_tokens, pack_tiles, 1, seed)
        self.packs = []
        found = 0
        while found < questions and (pack := plan.next_pack()) is not None:
            self.packs.append(pack)
            found += sum(len(source.turns(draw.sample, draw.epoch)) for draw in pack.draws)

    @torch.no_grad()
    def figures(self, model: Idefics3, processor: Processor) -> dict[str, float]:
        """Mean loss of an answer token in nats, and over how many questions. `model` is put back into training.

        Raises `OctavoError` where no picture can be decoded.
        """
        total, tokens, questions = 0.0, 0, 0
        model.eval()
        for planned in self.packs:
            _, pack, _ = read(self.mixture, planned)
            if pack is not None:
                total += answer_loss_sum(model, processor, pack).item()
                tokens += pack.answer_tokens
                questions += pack.answers
        model.train()
        if not questions:
            raise OctavoError("no page of the held-out rows can be decoded; build the data set again")
        return {"validation_loss": total / tokens, "validation_questions": questions}


def weighted(figures: Mapping[str, float], weights: Mapping[Metric, float]) -> float:
    """The score of some weights, the higher the better: losses count against it."""
    signed = {"validation_loss": -1.0, "anls": 1.0}
    return sum(weight * signed[name] * figures[name] for name, weight in weights.items())

"""The loss of held-out rows, in the loop."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from octavo.errors import OctavoError
from octavo.models import Idefics3
from octavo.processing import Processor, Sample
from octavo.training.loss import answer_loss_sum
from octavo.training.packing import Pack, epoch_order
from octavo.training.samples import SampleSource


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Rows whose loss is taken every `every` steps: the same ones each time, in an order set by `seed`.

    Samples are taken until they hold `questions` questions. Left out, as in training, are those that are longer than
    `pack_tokens` or cannot be used.
    """

    source: SampleSource
    every: int
    questions: int
    pack_tokens: int
    seed: int

    @torch.no_grad()
    def figures(self, model: Idefics3, processor: Processor) -> dict[str, float]:
        """Mean loss of an answer token in nats, and over how many questions. `model` is put back into training.

        Raises `OctavoError` where no row can be used.
        """
        total, tokens, questions = 0.0, 0, 0
        model.eval()
        for sample in self._samples():
            pack = Pack.of([sample])
            total += answer_loss_sum(model, processor, pack).item()
            tokens += pack.answer_tokens
            questions += answers(sample)
            if questions >= self.questions:
                break
        model.train()
        if not questions:
            raise OctavoError(
                f"none of the {len(self.source)} held-out rows can be used; raise the stage's pack_tokens or set its "
                "evaluate_every to null"
            )
        return {"validation_loss": total / tokens, "validation_questions": questions}

    def _samples(self) -> Iterator[Sample]:
        for index in epoch_order(len(self.source), self.seed, epoch=0):
            try:
                sample = self.source.sample(index, epoch=0)
            except OctavoError:
                continue
            if len(sample.token_ids) <= self.pack_tokens:
                yield sample


def answers(sample: Sample) -> int:
    """How many answers a sample holds: runs of labels."""
    labelled = sample.labels != -100
    return int((labelled[1:] & ~labelled[:-1]).sum())

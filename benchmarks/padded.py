"""The Trainer of transformers with one question a sample, each with its page, padded to a batch's longest."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import Tensor
from torch.utils.data import DataLoader
from transformers import (
    Idefics3ForConditionalGeneration,
    Idefics3Processor,
    PrinterCallback,
    TrainerCallback,
    TrainingArguments,
)
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

from benchmarks.steps import Step, optimiser
from octavo.documents.types import PageImage
from octavo.processing.conversation import conversation
from octavo.processing.prompts import END_OF_UTTERANCE
from octavo.training.recipe import Stage

BATCH = 4  # questions of a batch at most


@dataclass(frozen=True, slots=True)
class Asked:
    """One question about a page, whose image is still encoded."""

    image: PageImage
    question: str
    answer: str


class Collator:
    """Questions become a batch as the processor of transformers gives it, with labels at their answers.

    It counts what went through it since `reset`, and the seconds that took.
    """

    def __init__(self, folder: Path) -> None:
        self.processor = Idefics3Processor.from_pretrained(
            folder, image_processor=Idefics3ImageProcessorPil.from_pretrained(folder)
        )
        self.processor.tokenizer.padding_side = "right"
        self.reset()

    def reset(self) -> None:
        """Count from 0 again."""
        self.tiles = self.tokens = self.positions = self.answer_tokens = 0
        self.seconds = 0.0

    def __call__(self, asked: Sequence[Asked]) -> dict[str, Tensor]:
        started = time.perf_counter()
        messages = [conversation([(one.question, one.answer)], 1) for one in asked]
        batch: dict[str, Tensor] = self.processor(
            text=self.processor.apply_chat_template(messages),
            images=[[one.image.pil()] for one in asked],
            padding=True,
            return_tensors="pt",
        )
        batch["labels"] = torch.full_like(batch["input_ids"], -100)
        lengths = batch["attention_mask"].sum(1).tolist()
        for one, length, ids, labels in zip(asked, lengths, batch["input_ids"], batch["labels"], strict=True):
            answer = self.processor.tokenizer(f" {one.answer}{END_OF_UTTERANCE}", add_special_tokens=False)
            end = length - 1  # a line feed is last
            start = end - len(answer["input_ids"])
            labels[start:end] = ids[start:end]
            self.answer_tokens += end - start
        self.tiles += int((batch["input_ids"] == self.processor.image_token_id).sum()) // self.processor.image_seq_len
        self.tokens += sum(lengths)
        self.positions += batch["input_ids"].numel()
        self.seconds += time.perf_counter() - started
        return batch


class Ledger(TrainerCallback):
    """Steps as they end: a step lasts from the end of the one before it, so that making its batches is part of it."""

    def __init__(self, collator: Collator, asked: Sequence[Sequence[Asked]]) -> None:
        self.collator, self.asked = collator, asked
        self.steps: list[Step] = []

    def on_epoch_begin(self, *_: Any, **__: Any) -> None:
        self.collator.reset()
        self.loss, self.started, self.worked = 0.0, time.perf_counter(), time.process_time()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        asked, taken = self.asked[len(self.steps)], self.collator
        self.steps.append(
            Step(
                questions=len(asked),
                answer_tokens=taken.answer_tokens,
                tiles=taken.tiles,
                tokens=taken.tokens,
                positions=taken.positions,
                seconds=time.perf_counter() - self.started,
                processing_s=taken.seconds,
                work_s=time.process_time() - self.worked,
                loss=self.loss,
            )
        )
        self.on_epoch_begin()


class WatchedTrainer(transformers.Trainer):
    """A Trainer that takes ready batches in their order, and tells its ledger their losses."""

    ledger: Ledger

    def get_train_dataloader(self) -> DataLoader:
        return DataLoader(self.train_dataset, batch_size=None, collate_fn=self.data_collator)

    def training_step(self, *args: Any, **kwargs: Any) -> Tensor:
        loss: Tensor = super().training_step(*args, **kwargs)
        self.ledger.loss += loss.item()  # a batch's part of the mean over the step's answer tokens
        return loss


class Padded:
    """A model in training by transformers, some steps at a time."""

    def __init__(self, base: Path, stage: Stage, out: Path) -> None:
        self.stage, self.out = stage, out
        self.model = Idefics3ForConditionalGeneration.from_pretrained(base, dtype=torch.float32)
        self.collator = Collator(base)
        self.optimizers = optimiser(self.model, stage)

    def take(self, asked: Sequence[Sequence[Asked]]) -> list[Step]:
        """One step over each of these lists of questions."""
        parts = max(math.ceil(len(questions) / BATCH) for questions in asked)
        arguments = TrainingArguments(
            output_dir=str(self.out),
            num_train_epochs=1,
            gradient_accumulation_steps=parts,
            max_grad_norm=self.stage.clip_norm,
            use_cpu=True,
            save_strategy="no",
            logging_strategy="no",
            report_to="none",
            disable_tqdm=True,
            remove_unused_columns=False,
        )
        ledger = Ledger(self.collator, asked)
        trainer = WatchedTrainer(
            model=self.model,
            args=arguments,
            data_collator=self.collator,
            train_dataset=[batch for questions in asked for batch in _split(questions, parts)],
            callbacks=[ledger],
            optimizers=self.optimizers,
        )
        trainer.remove_callback(PrinterCallback)
        trainer.ledger = ledger
        trainer.train()
        return ledger.steps


def _split(questions: Sequence[Asked], parts: int) -> list[Sequence[Asked]]:
    """So many batches, as alike in size as can be."""
    edges = [len(questions) * part // parts for part in range(parts + 1)]
    return [questions[start:end] for start, end in pairwise(edges)]

"""What a stage of a recipe costs: its packs, its operations, and what is in memory while one pack is on the device."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from octavo.datasets import DataSet
from octavo.errors import OctavoError
from octavo.models import Idefics3, Idefics3Config
from octavo.planning import memory
from octavo.planning.page import TEXT_TOKENS, PagePlan, part_flops, plan_page, plan_text
from octavo.planning.trained import Trained, laid_out, trained_of
from octavo.processing import ImageConfig
from octavo.training.recipe import Part, Recipe, Stage
from octavo.training.sources.parts import LONGEST, QUESTIONS

CHARACTERS = 4  # of a token, in English


@dataclass(frozen=True, slots=True)
class StagePlan:
    """A stage: operations in all, and the bytes of its parts while one pack is on the device.

    A pack holds `samples_per_pack` samples of the stage's mixture, on average; memory is that of a pack full of pages,
    `pages_per_pack`. Of `parameters`, which hold the adapters, `trained` train.
    """

    name: str
    parameters: int
    trained: int
    pages_per_pack: int
    samples_per_pack: float
    packs: int
    tokens: int
    flops: int
    bytes: Mapping[str, int]

    def hours(self, flops_per_s: float) -> float:
        """Hours at a sustained rate of operations."""
        return self.flops / flops_per_s / 3600


@dataclass(frozen=True, slots=True)
class _Kind:
    """A sample of a part, and its share of the stage's samples."""

    sample: PagePlan
    share: float


def plan_stages(
    recipe: Recipe, config: Idefics3Config, images: ImageConfig, dtype: torch.dtype, size: tuple[int, int]
) -> tuple[StagePlan, ...]:
    """The stages of a recipe over pages of `size` pixels.

    Raises `OctavoError` for a stage that trains nothing, and for one of epochs over a data set that is not there.
    """
    return tuple(_plan_stage(recipe, stage, config, images, dtype, size) for stage in recipe.stages)


def _plan_stage(
    recipe: Recipe,
    stage: Stage,
    config: Idefics3Config,
    images: ImageConfig,
    dtype: torch.dtype,
    size: tuple[int, int],
) -> StagePlan:
    images = replace(images, longest_edge=stage.longest_edge or images.longest_edge)
    model = laid_out(config, stage, dtype)
    what = trained_of(model, stage)
    kinds = _kinds(stage, config, images, size)
    tokens = sum(kind.share * kind.sample.tokens for kind in kinds)
    tiles = sum(kind.share * kind.sample.tiles for kind in kinds)
    samples = max(1.0, _fitting(stage, tokens, tiles))
    packs = _packs(recipe, stage, samples)
    page = plan_page(config, images, size, TEXT_TOKENS)
    pages = max(1, int(_fitting(stage, page.tokens, page.tiles)))
    cost = sum(kind.share * _training_flops(config, kind.sample, what) for kind in kinds)
    return StagePlan(
        name=stage.name,
        parameters=sum(what.parameters.values()),
        trained=sum(what.trained.values()),
        pages_per_pack=pages,
        samples_per_pack=samples,
        packs=packs,
        tokens=round(packs * samples * tokens),
        flops=round(packs * samples * cost),
        bytes=_bytes(stage, model, what, page, pages, dtype),
    )


def _kinds(stage: Stage, config: Idefics3Config, images: ImageConfig, size: tuple[int, int]) -> list[_Kind]:
    """The samples of a stage's parts, every image a page of `size`; parts without a weight count as equals."""
    parts = stage.data or QUESTIONS
    samples = [_sample(part, config, images, size) for part in parts]
    weights = [part.weight or 1.0 for part in parts]
    if stage.mix_by == "tokens":
        weights = [weight / sample.tokens for weight, sample in zip(weights, samples, strict=True)]
    return [_Kind(sample, weight / sum(weights)) for sample, weight in zip(samples, weights, strict=True)]


def _sample(part: Part, config: Idefics3Config, images: ImageConfig, size: tuple[int, int]) -> PagePlan:
    if part.kind == "text":
        return plan_text(config, TEXT_TOKENS)
    if part.kind == "transcription":
        return plan_page(config, images, size, (part.longest or LONGEST) // CHARACTERS)
    return plan_page(config, images, size, TEXT_TOKENS)


def _fitting(stage: Stage, tokens: float, tiles: float) -> float:
    """How many samples of so many tokens and tiles fit in a pack."""
    by_tokens = stage.pack_tokens / tokens
    return by_tokens if stage.pack_tiles is None or not tiles else min(by_tokens, stage.pack_tiles / tiles)


def _packs(recipe: Recipe, stage: Stage, samples: float) -> int:
    if stage.steps is not None:
        return stage.steps * stage.packs_per_step
    assert stage.epochs is not None, "a stage has either steps or epochs"
    if recipe.data is None or stage.data:
        raise OctavoError(
            f"stage {stage.name} has epochs, and how many steps they are depends on the data; add --set data=FOLDER, "
            "or give it steps and no epochs"
        )
    return math.ceil(stage.epochs * len(DataSet(Path(recipe.data)).rows("train")) / samples)


def _training_flops(config: Idefics3Config, sample: PagePlan, what: Trained) -> float:
    backward = {part: what.backward(part) for part in sample.flops}
    return what.flops(sample.flops, part_flops(config, sample.tiles, sample.tokens, sample.text_tokens, backward))


def _bytes(
    stage: Stage, model: Idefics3, what: Trained, page: PagePlan, pages: int, dtype: torch.dtype
) -> dict[str, int]:
    config = model.config
    moments = memory.MUON if stage.optimizer == "muon" else memory.ADAM
    return {
        **memory.training_bytes(what, dtype, moments),
        **memory.saved_bytes(model, pages, page.tiles, page.tokens),
        # Logits, their softmax and its gradient, in float32.
        "head": 3 * pages * page.text_tokens * config.text.vocab_size * torch.float32.itemsize,
        "working": memory.working_bytes(model, pages * page.tiles, pages * page.tokens),
    }

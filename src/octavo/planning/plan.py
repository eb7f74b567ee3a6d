"""A recipe or a model's folder becomes a plan: what its pages, its training and its answers cost."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch

from octavo.errors import OctavoError
from octavo.hub import model_folder
from octavo.models import Idefics3Config, flops
from octavo.models.checkpoint import read_config
from octavo.planning import memory
from octavo.processing import ImageConfig, Processor
from octavo.processing.prompts import image_text
from octavo.processing.tiles import grid
from octavo.training.recipe import Recipe, Stage
from octavo.training.start import shape_config

PAGE = (1240, 1754)  # pixels of an A4 page at 150 dpi
KNOWN = ("idefics3", "smolvlm")
TEXT_TOKENS = 200  # of a page's questions and answers


@dataclass(frozen=True, slots=True)
class PagePlan:
    """One page and `text_tokens` tokens of questions: tiles, tokens, and operations of a forward pass by part."""

    width: int
    height: int
    tiles: int
    image_tokens: int
    text_tokens: int
    flops: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class StagePlan:
    """A stage: operations in all, and the bytes of its parts while one pack is on the device."""

    name: str
    pages_per_pack: int
    packs: int
    tokens: int
    flops: int
    bytes: Mapping[str, int]

    def hours(self, flops_per_s: float) -> float:
        """Hours at a sustained rate of operations."""
        return self.flops / flops_per_s / 3600


@dataclass(frozen=True, slots=True)
class Plan:
    """What a model costs. `serving` is bytes: the weights, and the keys and values of one page."""

    name: str
    dtype: str
    parameters: Mapping[str, int]
    page: PagePlan
    serving: Mapping[str, int]
    stages: tuple[StagePlan, ...]

    def as_dict(self) -> dict[str, Any]:
        """The plan as JSON values."""
        return asdict(self)


def plan_recipe(recipe: Recipe, dtype: torch.dtype, page: tuple[int, int] = PAGE) -> Plan:
    """What a recipe costs, for pages of `page` pixels. Raises `OctavoError` where its base cannot be read."""
    if recipe.shape is not None:
        shape = recipe.shape
        images = ImageConfig(longest_edge=shape.longest_edge, tile_size=shape.tile_size)
        return _plan(recipe.name, shape_config(shape), images, recipe.stages, dtype, page)
    assert recipe.base is not None, "a recipe has either a shape or a base"
    config, images = _of_folder(recipe.base)
    return _plan(recipe.name, config, images, recipe.stages, dtype, page)


def plan_model(name: str, dtype: torch.dtype, page: tuple[int, int] = PAGE) -> Plan:
    """What a model's folder or hub name costs to serve. Raises `OctavoError` where it cannot be read."""
    config, images = _of_folder(name)
    return _plan(name, config, images, [], dtype, page)


def _of_folder(name: str) -> tuple[Idefics3Config, ImageConfig]:
    folder = model_folder(name)
    config = read_config(folder)
    if config.model_type not in KNOWN:
        raise OctavoError(f"{name} is of type {config.model_type}; octavo plan counts {' and '.join(KNOWN)} models")
    assert isinstance(config, Idefics3Config), "the class of both types"
    return config, Processor.from_pretrained(folder).image_config


def _plan(
    name: str,
    config: Idefics3Config,
    images: ImageConfig,
    stages: list[Stage],
    dtype: torch.dtype,
    page: tuple[int, int],
) -> Plan:
    parameters = memory.parameters_by_part(config)
    rows, cols = grid(*page, images)
    tiles = rows * cols + 1
    image_tokens = tiles * config.tokens_per_tile
    # One token for each marker at least: tokenizers differ, and it is under 2% of the image tokens.
    prompt = image_tokens + image_text(rows, cols, 0).count("<")
    tokens = prompt + TEXT_TOKENS
    costs = {
        "vision": flops.encoder_flops(config.vision, tiles),
        "connector": flops.connector_flops(config, tiles),
        "decoder": flops.decoder_flops(config.text, [tokens]),
        "head": flops.head_flops(config.text, TEXT_TOKENS),
    }
    total = sum(parameters.values())
    return Plan(
        name=name,
        dtype=str(dtype).removeprefix("torch."),
        parameters=parameters,
        page=PagePlan(*page, tiles, image_tokens, TEXT_TOKENS, costs),
        serving={
            "weights": total * dtype.itemsize,
            "a page's keys and values": memory.cache_bytes(config.text, prompt, dtype),
        },
        stages=tuple(_stage(stage, config, total, tiles, tokens, sum(costs.values()), dtype) for stage in stages),
    )


def _stage(
    stage: Stage, config: Idefics3Config, parameters: int, tiles: int, tokens: int, cost: int, dtype: torch.dtype
) -> StagePlan:
    """A stage whose packs are as many such pages as fit, one at least. Raises `OctavoError` for one of epochs."""
    if stage.steps is None:
        raise OctavoError(
            f"stage {stage.name} has epochs, whose number of steps depends on the data; give it steps and no epochs"
        )
    pages = max(1, stage.pack_tokens // tokens)
    packs = stage.steps * stage.packs_per_step
    saved = memory.saved_bytes(config, pages * tiles, pages * tokens, dtype)
    working = memory.working_bytes(config, pages * tiles, pages * tokens, dtype)
    # Logits, their softmax and its gradient, in float32.
    head = 3 * pages * TEXT_TOKENS * config.text.vocab_size * torch.float32.itemsize
    return StagePlan(
        name=stage.name,
        pages_per_pack=pages,
        packs=packs,
        tokens=packs * pages * tokens,
        flops=flops.TRAINING * packs * pages * cost,
        bytes={**memory.training_bytes(parameters, dtype), **saved, "head": head, "working": working},
    )

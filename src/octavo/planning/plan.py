"""A recipe or a model's folder becomes a plan: what its pages, its training and its answers cost."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch

from octavo.errors import OctavoError
from octavo.hub import model_folder
from octavo.models import Idefics3Config
from octavo.models.checkpoint import read_config
from octavo.planning import memory
from octavo.planning.page import PAGE, TEXT_TOKENS, PagePlan, plan_page
from octavo.planning.stage import StagePlan, plan_stages
from octavo.planning.trained import laid_out, trained_of
from octavo.processing import ImageConfig, Processor
from octavo.training.recipe import Recipe
from octavo.training.start import image_config, shape_config

KNOWN = ("idefics3", "smolvlm", "octavo")


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
    """What a recipe costs, for pages of `page` pixels.

    Raises `OctavoError` where its base cannot be read, and for a stage that cannot be trained.
    """
    if recipe.base is not None:
        config, images = _of_folder(recipe.base)
    else:
        assert recipe.shape is not None, "a recipe has either a shape or a base"
        config, images = shape_config(recipe.shape), image_config(recipe.shape)
    return replace(
        _plan(recipe.name, config, images, dtype, page), stages=plan_stages(recipe, config, images, dtype, page)
    )


def plan_model(name: str, dtype: torch.dtype, page: tuple[int, int] = PAGE) -> Plan:
    """What a model's folder or hub name costs to serve. Raises `OctavoError` where it cannot be read."""
    return _plan(name, *_of_folder(name), dtype, page)


def _of_folder(name: str) -> tuple[Idefics3Config, ImageConfig]:
    folder = model_folder(name)
    config = read_config(folder)
    if config.model_type not in KNOWN:
        raise OctavoError(f"{name} is of type {config.model_type}; octavo plan counts {', '.join(KNOWN)} models")
    assert isinstance(config, Idefics3Config), "the class of these types"
    return config, Processor.from_pretrained(folder).image_config


def _plan(name: str, config: Idefics3Config, images: ImageConfig, dtype: torch.dtype, page: tuple[int, int]) -> Plan:
    """The plan without stages."""
    parameters = trained_of(laid_out(config, None, dtype)).parameters
    shown = plan_page(config, images, page, TEXT_TOKENS)
    held = memory.cache_bytes(config.text, shown.prompt_tokens, dtype)
    return Plan(
        name=name,
        dtype=str(dtype).removeprefix("torch."),
        parameters=parameters,
        page=shown,
        serving={
            "weights": sum(parameters.values()) * dtype.itemsize,
            "a page's keys and values": held + memory.cross_cache_bytes(config, shown.tiles, dtype),
        },
        stages=(),
    )

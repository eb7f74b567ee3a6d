"""What a stage trains of a model, by part, and what backward costs for it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from octavo.models import Idefics3, Idefics3Config
from octavo.training.recipe import Stage
from octavo.training.trained import check_stages, open_stage

PARTS = {
    "vision": ("model.vision_model.",),
    "connector": ("model.connector.",),
    "decoder": ("model.text_model.layers.", "model.text_model.norm."),
    "fusion": ("model.fusion.",),
    "embeddings": ("model.text_model.embed_tokens.",),
    "head": ("lm_head.",),
}
# Whose outputs a part reads, directly or not: where one of these trains, gradients pass through the part to it.
BELOW = {
    "vision": (),
    "connector": ("vision",),
    "decoder": ("vision", "connector", "embeddings", "fusion"),
    "fusion": ("vision", "connector", "embeddings", "decoder"),
    "head": ("vision", "connector", "embeddings", "fusion", "decoder"),
}


@dataclass(frozen=True, slots=True)
class Trained:
    """Parameters by part: all, those that train, and those of adapters, which are among both.

    `recomputed` are the parts whose layers run once more in backward.
    """

    parameters: Mapping[str, int]
    trained: Mapping[str, int]
    adapters: Mapping[str, int]
    recomputed: tuple[str, ...] = ()

    def factor(self, part: str) -> float:
        """Operations of forward and backward together, in forward passes of `part`.

        Forward is one. The inputs' gradients are another where anything trains in the part or below it, the
        weights' as much of one as the share of weights that train, and layers that are computed again a third.
        Adapters run beside their layers, forward and backward.
        """
        weights = part if self.parameters.get(part) else "embeddings"  # a tied head
        own = max(1, self.parameters[weights] - self.adapters[weights])
        through = any(self.trained[other] for other in (weights, *BELOW[part]) if other in self.trained)
        share = (self.trained[weights] - self.adapters[weights]) / own
        beside = self.adapters[weights] / own
        again = through and part in self.recomputed
        return (1 + through + again) * (1 + beside) + share + beside


def laid_out(config: Idefics3Config, stage: Stage | None, dtype: torch.dtype) -> Idefics3:
    """A model as `stage` trains it, or as it serves where there is none; on the meta device, without memory.

    Raises `OctavoError` for a stage that trains nothing or names modules that the model has not.
    """
    with torch.device("meta"):
        model = Idefics3(config).to(dtype)
        if stage is not None:
            check_stages(model, [stage])
            open_stage(model, stage, seed=0)
    return model.train(stage is not None)


def trained_of(model: Idefics3, stage: Stage | None = None) -> Trained:
    """What of a model trains, which `stage` has opened."""
    parameters, trained, adapters = (dict[str, int]() for _ in range(3))
    for name, parameter in model.named_parameters():
        part = next(part for part, starts in PARTS.items() if name.startswith(starts))
        counts = (True, parameter.requires_grad, "lora_" in name)
        for count, counted in zip((parameters, trained, adapters), counts, strict=True):
            count[part] = count.get(part, 0) + counted * parameter.numel()
    kept = "none" if stage is None else stage.checkpoint_activations
    recomputed = {"vision": ("vision",), "text": ("decoder",), "all": ("vision", "decoder")}.get(kept, ())
    return Trained(parameters, trained, adapters, recomputed)


@contextmanager
def without_memory(model: nn.Module) -> Iterator[None]:
    """Inside, the model of the meta device has tensors that have shape, dtype and device and no memory, for a forward
    pass with the kernels of the CPU.
    """
    with FakeTensorMode():
        for module in model.modules():
            for name, parameter in module.named_parameters(recurse=False):
                empty = torch.empty(parameter.shape, dtype=parameter.dtype)
                setattr(module, name, nn.Parameter(empty, requires_grad=parameter.requires_grad))
        yield

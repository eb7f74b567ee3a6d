"""What a stage trains of a model, by part, and what backward costs for it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from octavo.models import Idefics3, Idefics3Config
from octavo.models.flops import Backward
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

    def backward(self, part: str) -> Backward:
        """What backward computes of a part's own weights: by the share of them that trains."""
        weights = self._weights(part)
        below = any(self.trained.get(other) for other in (weights, *BELOW[part]))
        own = self.parameters[weights] - self.adapters[weights]
        return Backward(int(below), (self.trained[weights] - self.adapters[weights]) / max(1, own))

    def flops(self, forward: Mapping[str, int], whole: Mapping[str, int]) -> float:
        """Forward and backward of all parts, `forward` by itself and `whole` with what `backward` says.

        Beside that, adapters are passed forward and back, and the layers of `recomputed` parts forward again.
        """
        total = 0.0
        for part, cost in forward.items():
            weights, inputs = self._weights(part), self.backward(part).inputs
            beside = self.adapters[weights] / max(1, self.parameters[weights] - self.adapters[weights])
            again = inputs and part in self.recomputed
            total += whole[part] + again * cost + beside * cost * (2 + inputs + again)
        return total

    def _weights(self, part: str) -> str:
        return part if part in self.parameters else "embeddings"  # a tied head


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

"""The optimisers: AdamW or Muon, with decay on matrices only and rates by module."""

from collections import defaultdict

import torch
from torch import nn

from octavo.models.adapters import modules_matching
from octavo.training.glyphs import HEAD
from octavo.training.muon import Muon
from octavo.training.recipe import Stage

BETAS = (0.9, 0.999)  # of SmolVLM's configurations


def make_optimizer(model: nn.Module, stage: Stage) -> torch.optim.Optimizer:
    """The stage's optimiser over what trains; a group's "factor" is its share of the stage's learning rate.

    Norms, biases and embeddings do not decay: pulling them to 0 takes away scale and rare tokens, not
    complexity. Muon takes the matrices between hidden layers: not embeddings, head, and the patches' convolution.
    """
    embeddings = _inside(model, nn.Embedding)
    head = {id(p) for name, p in model.named_parameters() if name.startswith(("lm_head.", f"{HEAD}."))}
    factors = {
        id(parameter): factor
        for pattern, factor in stage.learning_rates.items()
        for module in modules_matching(model, [pattern]).values()
        for parameter in module.parameters()
    }
    groups: dict[tuple[bool, bool, float], list[nn.Parameter]] = defaultdict(list)
    for parameter in model.parameters():
        if parameter.requires_grad:
            own = id(parameter)
            decays = parameter.dim() >= 2 and own not in embeddings
            hidden = decays and parameter.dim() == 2 and own not in head
            groups[decays, hidden and stage.optimizer == "muon", factors.get(own, 1.0)].append(parameter)
    ordered = [
        {
            "params": groups[key],
            "weight_decay": stage.weight_decay if key[0] else 0.0,
            "orthogonal": key[1],
            "factor": key[2],
        }
        for key in sorted(groups, reverse=True)
    ]
    if stage.optimizer == "muon":
        return Muon(ordered, stage.learning_rate, BETAS)
    return torch.optim.AdamW(ordered, lr=stage.learning_rate, betas=BETAS)


def _inside(model: nn.Module, kind: type[nn.Module]) -> set[int]:
    return {id(p) for module in model.modules() if isinstance(module, kind) for p in module.parameters()}

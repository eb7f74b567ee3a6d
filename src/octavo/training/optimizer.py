"""AdamW with decay on matrices only, and the warm-up and cosine schedule."""

import math

import torch
from torch import nn

from octavo.training.recipe import Stage


def make_optimizer(model: nn.Module, stage: Stage) -> torch.optim.AdamW:
    """AdamW (0.9, 0.999), the betas of SmolVLM's configurations.

    Norms, biases and embeddings do not decay: pulling them to 0 takes away scale and rare tokens, not
    complexity.
    """
    embeddings = {id(p) for module in model.modules() if isinstance(module, nn.Embedding) for p in module.parameters()}
    decays = [p for p in model.parameters() if p.requires_grad and p.dim() >= 2 and id(p) not in embeddings]
    others = [p for p in model.parameters() if p.requires_grad and (p.dim() < 2 or id(p) in embeddings)]
    groups = [{"params": decays, "weight_decay": stage.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=stage.learning_rate, betas=(0.9, 0.999))


def learning_rate_at(stage: Stage, step: int) -> float:
    """The rate of step `step` (from 0): linear from 0 over `warmup_steps`, then a cosine to 0 at the end."""
    if step < stage.warmup_steps:
        return stage.learning_rate * (step + 1) / stage.warmup_steps
    done = (step - stage.warmup_steps) / max(stage.steps - stage.warmup_steps, 1)
    return stage.learning_rate * 0.5 * (1 + math.cos(math.pi * done))

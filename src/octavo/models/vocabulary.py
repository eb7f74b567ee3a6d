"""Embeddings and head of a vocabulary that grew: the new rows train, the base's stay as they are.

The paper's models train the embeddings of the image tokens while the language model is frozen. A mask on the
gradient would still give the base's rows an optimiser state and weight decay; here they are no part of what is
trained. Files have one matrix, as published (`published_tensors`).

Shapes: T tokens, D hidden size, V rows of the base's vocabulary, A rows that were added behind them.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Embedding(nn.Embedding):
    """A vocabulary's vectors, and the logits that a tied head makes of them."""

    def logits(self, x_TD: Tensor) -> Tensor:
        """Hidden states to logits, [T, D] to [T, V]."""
        return F.linear(x_TD, self.weight)


class GrownEmbedding(Embedding):
    """V frozen rows, `weight`, and A trained ones behind them, `added`."""

    def __init__(self, whole_VD: Tensor, new: int) -> None:
        with torch.device("meta"):
            super().__init__(len(whole_VD) - new, whole_VD.shape[1])
        self.weight = nn.Parameter(whole_VD.detach()[:-new], requires_grad=False)
        self.added = nn.Parameter(whole_VD.detach()[-new:].clone())

    def forward(self, token_ids_T: Tensor) -> Tensor:
        behind_T = token_ids_T - self.num_embeddings
        base_TD = F.embedding(token_ids_T.clamp(max=self.num_embeddings - 1), self.weight)
        return torch.where((behind_T >= 0)[:, None], F.embedding(behind_T.clamp(min=0), self.added), base_TD)

    def logits(self, x_TD: Tensor) -> Tensor:
        return torch.cat((F.linear(x_TD, self.weight), F.linear(x_TD, self.added)), dim=-1)


class GrownHead(nn.Linear):
    """The same for a head of its own: logits [T, V + A]."""

    def __init__(self, whole_VD: Tensor, new: int) -> None:
        with torch.device("meta"):
            super().__init__(whole_VD.shape[1], len(whole_VD) - new, bias=False)
        self.weight = nn.Parameter(whole_VD.detach()[:-new], requires_grad=False)
        self.added = nn.Parameter(whole_VD.detach()[-new:].clone())

    def forward(self, x_TD: Tensor) -> Tensor:
        return torch.cat((F.linear(x_TD, self.weight), F.linear(x_TD, self.added)), dim=-1)


def split_vocabulary(model: nn.Module, new: int) -> None:
    """Part the last `new` rows of a model's vocabulary from the others, in its embeddings and its head.

    The base's rows are frozen; the new ones are parameters of their own. Nothing is computed otherwise.
    """
    for name, module in list(model.named_modules()):
        if name.endswith("embed_tokens"):
            model.set_submodule(name, GrownEmbedding(module.weight, new))
        elif name == "lm_head":
            model.set_submodule(name, GrownHead(module.weight, new))


def rejoin_vocabulary(model: nn.Module) -> None:
    """Undo `split_vocabulary`: one matrix again, with the new rows as they are now, and all of it trained."""
    for name, module in list(model.named_modules()):
        if isinstance(module, (GrownEmbedding, GrownHead)):
            whole_VD = torch.cat((module.weight, module.added)).detach()
            rows, size = whole_VD.shape
            with torch.device("meta"):
                one = Embedding(rows, size) if isinstance(module, Embedding) else nn.Linear(size, rows, bias=False)
            one.weight = nn.Parameter(whole_VD)
            model.set_submodule(name, one)


def published_tensors(model: nn.Module) -> dict[str, Tensor]:
    """The parameters by their published names, in the model's order: a vocabulary that was parted is one matrix."""
    tensors = {name: parameter.detach() for name, parameter in model.named_parameters()}
    for name in [name for name in tensors if name.endswith(".added")]:
        base = name.removesuffix("added") + "weight"
        tensors[base] = torch.cat((tensors[base], tensors.pop(name)))
    return tensors

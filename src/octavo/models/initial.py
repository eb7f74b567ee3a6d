"""Fresh weights, and rows for tokens that a vocabulary did not have.

Shapes: V rows of the base's vocabulary, A rows to make, D hidden size.
"""

import torch
from torch import Tensor, nn

from octavo.models.cross_attention import GatedCrossAttentionLayer
from octavo.models.perceiver import Perceiver
from octavo.models.text import RMSNorm


@torch.no_grad()
def init_weights(module: nn.Module, generator: torch.Generator) -> None:
    """Fresh weights: matrices and embeddings from N(0, 0.02²), biases 0, norms 1 (transformers' `_init_weights`
    with the published `initializer_range`), gates as configured. One generator state gives one set of weights.

    A perceiver's latents come from N(0, 1), as IDEFICS1's: `transformers` gives Idefics2's all ones, and equal
    latents stay equal in every step of training.
    """
    for part in module.modules():
        if isinstance(part, (nn.Linear, nn.Conv2d, nn.Embedding)):
            part.weight.normal_(0.0, 0.02, generator=generator)
        elif isinstance(part, (nn.LayerNorm, RMSNorm)):
            part.weight.fill_(1.0)
        elif isinstance(part, Perceiver):
            part.latents.normal_(generator=generator)
        elif isinstance(part, GatedCrossAttentionLayer):
            part.init_gates(generator)
        if isinstance(part, (nn.Linear, nn.Conv2d, nn.LayerNorm)) and part.bias is not None:
            part.bias.zero_()


def new_rows(base_VD: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Rows [A, D] for `count` new tokens: the mean of the base's, and a trace of its covariance.

    At the mean a new token's logit is no larger than that of the likeliest old one, so a model that knows nothing
    of the new tokens goes on to say the old ones (J. Hewitt 2021, "Initializing new word embeddings for pretrained
    language models", whose scale of 1e-5 for the covariance this is).
    """
    rows_VD = base_VD.float()
    mean_D = rows_VD.mean(0)
    # A sum of all centred rows with normal weights has their covariance; no D × D matrix is made or factored.
    weights_AV = torch.randn(count, len(rows_VD), generator=generator) * (1e-5 / len(rows_VD)) ** 0.5
    rows_AD: Tensor = mean_D + weights_AV @ (rows_VD - mean_D)
    return rows_AD.to(base_VD.dtype)

"""The perceiver resampler: any number of patches of an image become a fixed number of image tokens.

From Idefics2 (arXiv 2405.02246), after Flamingo's (arXiv 2204.14198).

Shapes: N images, T patches of all images one behind the other, P patches of one image, L latents, D hidden size,
E hidden size of the encoder, H query heads, G key-value heads, K head size.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from octavo.models.config import PerceiverConfig
from octavo.models.text import RMSNorm


class GatedMlp(nn.Module):
    """down(silu(gate(x)) · up(x)), between any widths."""

    def __init__(self, size: int, intermediate: int, out: int) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(size, intermediate, bias=False)
        self.up_proj = nn.Linear(size, intermediate, bias=False)
        self.down_proj = nn.Linear(intermediate, out, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))
        return out


class LatentAttention(nn.Module):
    """The latents of an image look at its patches and at one another."""

    def __init__(self, config: PerceiverConfig) -> None:
        super().__init__()
        self.head_dim = config.resampler_head_dim
        queries, keys = config.resampler_n_heads * self.head_dim, config.num_key_value_heads * self.head_dim
        self.q_proj = nn.Linear(config.hidden_size, queries, bias=False)
        self.k_proj = nn.Linear(config.hidden_size, keys, bias=False)
        self.v_proj = nn.Linear(config.hidden_size, keys, bias=False)
        self.o_proj = nn.Linear(queries, config.hidden_size, bias=False)

    def forward(self, latents_NLD: Tensor, x_TD: Tensor, lengths: Sequence[int]) -> Tensor:
        q_NHLK = self._heads(self.q_proj(latents_NLD))
        # Projected apart and joined after: the patches are longer than their keys and values.
        keys = zip(torch.split(self.k_proj(x_TD), list(lengths)), self.k_proj(latents_NLD), strict=True)
        values = zip(torch.split(self.v_proj(x_TD), list(lengths)), self.v_proj(latents_NLD), strict=True)
        seen = [
            F.scaled_dot_product_attention(
                q_1HLK, self._heads(torch.cat(key)[None]), self._heads(torch.cat(value)[None]), enable_gqa=True
            )
            for q_1HLK, key, value in zip(torch.split(q_NHLK, 1), keys, values, strict=True)
        ]
        out_NLD: Tensor = self.o_proj(torch.cat(seen).transpose(1, 2).flatten(2))
        return out_NLD

    def _heads(self, x_NPD: Tensor) -> Tensor:
        """[N, P, H · K] to [N, H, P, K]."""
        return x_NPD.reshape(*x_NPD.shape[:2], -1, self.head_dim).transpose(1, 2)


class PerceiverLayer(nn.Module):
    """Attention of the latents and an MLP, each behind an RMSNorm and added to its input."""

    def __init__(self, config: PerceiverConfig) -> None:
        super().__init__()
        size, eps = config.hidden_size, config.rms_norm_eps
        self.input_latents_norm = RMSNorm(size, eps)
        self.input_context_norm = RMSNorm(size, eps)
        self.self_attn = LatentAttention(config)
        self.post_attention_layernorm = RMSNorm(size, eps)
        self.mlp = GatedMlp(size, 4 * size, size)

    def forward(self, latents_NLD: Tensor, x_TD: Tensor, lengths: Sequence[int]) -> Tensor:
        normed_NLD, normed_TD = self.input_latents_norm(latents_NLD), self.input_context_norm(x_TD)
        latents_NLD = latents_NLD + self.self_attn(normed_NLD, normed_TD, lengths)
        out_NLD: Tensor = latents_NLD + self.mlp(self.post_attention_layernorm(latents_NLD))
        return out_NLD


class Perceiver(nn.Module):
    """Learned latents [L, D] read images of any number of patches: [N, L, D], whatever the encoder was."""

    def __init__(self, config: PerceiverConfig) -> None:
        super().__init__()
        self.latents = nn.Parameter(torch.randn(config.resampler_n_latents, config.hidden_size))
        self.layers = nn.ModuleList(PerceiverLayer(config) for _ in range(config.resampler_depth))
        self.norm = RMSNorm(config.hidden_size, config.rms_norm_eps)

    def forward(self, x_TD: Tensor, lengths: Sequence[int]) -> Tensor:
        """`x_TD` holds N images of `lengths` patches, one behind the other; no image sees another."""
        latents_NLD = self.latents.expand(len(lengths), -1, -1)
        for layer in self.layers:
            latents_NLD = layer(latents_NLD, x_TD, lengths)
        out_NLD: Tensor = self.norm(latents_NLD)
        return out_NLD


class PerceiverConnector(nn.Module):
    """Idefics2's connector: an MLP from the encoder's width to the decoder's, then the resampler."""

    def __init__(self, encoder_size: int, intermediate: int, config: PerceiverConfig) -> None:
        super().__init__()
        self.modality_projection = GatedMlp(encoder_size, intermediate, config.hidden_size)
        self.perceiver_resampler = Perceiver(config)

    def forward(self, x_TE: Tensor, lengths: Sequence[int]) -> Tensor:
        """Patches of N images [T, E] to their image tokens [N, L, D]."""
        out_NLD: Tensor = self.perceiver_resampler(self.modality_projection(x_TE), lengths)
        return out_NLD

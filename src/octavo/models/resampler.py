"""IDEFICS1's perceiver resampler: any number of vectors an image become a fixed number of latents.

After Flamingo (arXiv 2204.14198, section 3.1.1).

Shapes: N images, S vectors of an image, L latents, D their size, H heads, K head size.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from octavo.models.config import ResamplerConfig


class ResamplerAttention(nn.Module):
    """Latents look at the image's vectors and at themselves: [N, L, D]."""

    def __init__(self, config: ResamplerConfig, size: int) -> None:
        super().__init__()
        self.heads, head = config.resampler_n_heads, config.resampler_head_dim
        self.context_layer_norm = nn.LayerNorm(size)
        self.latents_layer_norm = nn.LayerNorm(size)
        self.q_layer_norm: nn.Module = nn.Identity()
        self.k_layer_norm: nn.Module = nn.Identity()
        if config.qk_layer_norms_perceiver:
            self.q_layer_norm, self.k_layer_norm = nn.LayerNorm(head), nn.LayerNorm(head)
        self.q_proj = nn.Linear(size, self.heads * head, bias=False)
        self.k_proj = nn.Linear(size, self.heads * head, bias=False)
        self.v_proj = nn.Linear(size, self.heads * head, bias=False)
        self.output_proj = nn.Linear(self.heads * head, size, bias=False)

    def forward(self, context_NSD: Tensor, latents_NLD: Tensor) -> Tensor:
        latents_NLD = self.latents_layer_norm(latents_NLD)
        all_NSD = torch.cat([self.context_layer_norm(context_NSD), latents_NLD], dim=1)
        q_NHLK, k_NHSK, v_NHSK = (
            x.unflatten(2, (self.heads, -1)).transpose(1, 2)
            for x in (self.q_proj(latents_NLD), self.k_proj(all_NSD), self.v_proj(all_NSD))
        )
        o_NHLK = F.scaled_dot_product_attention(self.q_layer_norm(q_NHLK), self.k_layer_norm(k_NHSK), v_NHSK)
        out_NLD: Tensor = self.output_proj(o_NHLK.transpose(1, 2).flatten(2))
        return out_NLD


class ResamplerMlp(nn.Module):
    """Layer norm, then two linear layers with ReLU between them; four times as wide inside."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.ln = nn.LayerNorm(size)
        self.fc = nn.Linear(size, 4 * size, bias=False)
        self.c_proj = nn.Linear(4 * size, size, bias=False)

    def forward(self, x_NLD: Tensor) -> Tensor:
        out_NLD: Tensor = self.c_proj(F.relu(self.fc(self.ln(x_NLD))))
        return out_NLD


class Resampler(nn.Module):
    """Vectors of images [N, S, D] to latents [N, L, D]."""

    def __init__(self, config: ResamplerConfig, size: int) -> None:
        super().__init__()
        self.latents = nn.Parameter(torch.zeros(config.resampler_n_latents, size))
        self.blocks = nn.ModuleList(
            nn.ModuleList([ResamplerAttention(config, size), ResamplerMlp(size)]) for _ in range(config.resampler_depth)
        )
        self.layer_norm = nn.LayerNorm(size)

    def forward(self, context_NSD: Tensor) -> Tensor:
        x_NLD = self.latents.expand(len(context_NSD), -1, -1)
        for block in self.blocks:
            attention, mlp = block.children()
            x_NLD = x_NLD + attention(context_NSD, x_NLD)
            x_NLD = x_NLD + mlp(x_NLD)
        out_NLD: Tensor = self.layer_norm(x_NLD)
        return out_NLD

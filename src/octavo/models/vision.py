"""The SigLIP encoder: pixels in, one vector a patch out.

Shapes: N tiles, C channels, H and W pixels, P pixels on a patch's side, E = C·P² numbers of a patch, R and Q
rows and columns of patches, S patches of a tile, D hidden size, A heads, K head size.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from octavo.models.checkpointing import through
from octavo.models.config import VisionConfig


def position_ids(patches: int, patches_trained: int, device: torch.device | None = None) -> Tensor:
    """Where the patches of a square tile stand in the grid of learned positions: int64 [patches²], row-major.

    A patch's coordinate, as a fraction of its tile, is looked up in the training grid of
    `patches_trained`². Each operation is the published one (Idefics3VisionEmbeddings of transformers), in
    float32, for rounding decides at the buckets' edges: grids of 26, 27 and 32 (the published ones) map onto
    themselves, while in grids such as 19, 25, 29 or 31 some neighbours share a position.
    """
    edges = torch.arange(1 / patches_trained, 1.0, 1 / patches_trained, device=device)
    step = 1.0 / torch.tensor(patches, device=device)
    fractions = torch.arange(patches, dtype=torch.float32, device=device) * step
    buckets = torch.bucketize(fractions, edges, right=True)
    return (buckets[:, None] * patches_trained + buckets[None, :]).flatten()


class Embeddings(nn.Module):
    """Patches to vectors, each with the embedding of its position."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.config = config
        size = config.patch_size
        self.patch_embedding = nn.Conv2d(3, config.hidden_size, kernel_size=size, stride=size)
        self.position_embedding = nn.Embedding(config.patches_per_side**2, config.hidden_size)

    def forward(self, pixels_NCHW: Tensor) -> Tensor:
        size, weight = self.config.patch_size, self.patch_embedding.weight
        side = pixels_NCHW.shape[-1] // size
        # The convolution's windows do not overlap, so it is one matrix product. It leaves [N, S, D] in
        # order; nn.Conv2d leaves [N, D, S], and every layer above would read across its rows.
        whole_NCHW = pixels_NCHW[..., : side * size, : side * size]
        x_NCRPQP = whole_NCHW.reshape(len(pixels_NCHW), 3, side, size, side, size)
        x_NSE = x_NCRPQP.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)
        x_NSD = F.linear(x_NSE.to(weight.dtype), weight.flatten(1), self.patch_embedding.bias)
        positions_SD: Tensor = self.position_embedding(
            position_ids(side, self.config.patches_per_side, pixels_NCHW.device)
        )
        return x_NSD + positions_SD


class SelfAttention(nn.Module):
    """Every patch of a tile looks at every patch of that tile."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.heads = config.num_attention_heads
        self.k_proj = nn.Linear(config.hidden_size, config.hidden_size)
        self.v_proj = nn.Linear(config.hidden_size, config.hidden_size)
        self.q_proj = nn.Linear(config.hidden_size, config.hidden_size)
        self.out_proj = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(self, x_NSD: Tensor) -> Tensor:
        q_NASK, k_NASK, v_NASK = (
            project(x_NSD).unflatten(2, (self.heads, -1)).transpose(1, 2)
            for project in (self.q_proj, self.k_proj, self.v_proj)
        )
        o_NASK = F.scaled_dot_product_attention(q_NASK, k_NASK, v_NASK)
        out_NSD: Tensor = self.out_proj(o_NASK.transpose(1, 2).flatten(2))
        return out_NSD


class Mlp(nn.Module):
    """Two linear layers with GELU (tanh form) between them."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.fc1 = nn.Linear(config.hidden_size, config.intermediate_size)
        self.fc2 = nn.Linear(config.intermediate_size, config.hidden_size)

    def forward(self, x_NSD: Tensor) -> Tensor:
        out_NSD: Tensor = self.fc2(F.gelu(self.fc1(x_NSD), approximate="tanh"))
        return out_NSD


class EncoderLayer(nn.Module):
    """Attention and MLP, each behind a layer norm and added to its input."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.self_attn = SelfAttention(config)
        self.layer_norm1 = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.mlp = Mlp(config)
        self.layer_norm2 = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)

    def forward(self, x_NSD: Tensor) -> Tensor:
        x_NSD = x_NSD + self.self_attn(self.layer_norm1(x_NSD))
        out_NSD: Tensor = x_NSD + self.mlp(self.layer_norm2(x_NSD))
        return out_NSD


class Encoder(nn.Module):
    """The layers, under the name that the published weights give them."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(EncoderLayer(config) for _ in range(config.num_hidden_layers))
        self.checkpointing = False

    def forward(self, x_NSD: Tensor) -> Tensor:
        for layer in self.layers:
            x_NSD = through(layer, x_NSD, checkpointing=self.checkpointing)
        return x_NSD


class VisionModel(nn.Module):
    """Pixels [N, 3, H, H] to one vector a patch [N, S, D]. SigLIP's pooling head is not part of it."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.embeddings = Embeddings(config)
        self.encoder = Encoder(config)
        self.post_layernorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)

    def forward(self, pixels_NCHW: Tensor) -> Tensor:
        out_NSD: Tensor = self.post_layernorm(self.encoder(self.embeddings(pixels_NCHW)))
        return out_NSD

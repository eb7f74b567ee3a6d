"""The SigLIP encoder: pixels in, one vector a patch out.

Shapes: N tiles, C channels, H and W pixels, P pixels on a patch's side, E = C·P² numbers of a patch, R and Q
rows and columns of patches, S patches of a tile, T patches of all images, D hidden size, A heads, K head size.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from octavo.models.checkpointing import through
from octavo.models.config import VisionConfig

# The widest activation of tiles that go through a CPU together. glibc takes memory above 32 MiB from the system anew
# each time, and the caches of two cores hold no more.
CPU_BYTES = 32 * 2**20


def position_ids(rows: int, columns: int, patches_trained: int, device: torch.device | None = None) -> Tensor:
    """Where an image's patches stand in the square grid of learned positions: int64 [rows · columns], row-major.

    A patch's coordinate, as a fraction of its image, is looked up in the training grid of
    `patches_trained`². Each operation is the published one (Idefics3VisionEmbeddings of transformers), in
    float32, for rounding decides at the buckets' edges: grids of 26, 27 and 32 (the published ones) map onto
    themselves, while in grids such as 19, 25, 29 or 31 some neighbours share a position.
    """
    edges = torch.arange(1 / patches_trained, 1.0, 1 / patches_trained, device=device)

    def buckets(patches: int) -> Tensor:
        step = 1.0 / torch.tensor(patches, device=device)
        fractions = torch.arange(patches, dtype=torch.float32, device=device) * step
        return torch.bucketize(fractions, edges, right=True)

    return (buckets(rows)[:, None] * patches_trained + buckets(columns)[None, :]).flatten()


class Embeddings(nn.Module):
    """Patches to vectors, each with the embedding of its position."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.config = config
        size = config.patch_size
        self.patch_embedding = nn.Conv2d(3, config.hidden_size, kernel_size=size, stride=size)
        self.position_embedding = nn.Embedding(config.patches_per_side**2, config.hidden_size)

    def forward(self, pixels_NCHW: Tensor, top: int | None = None) -> Tensor:
        size, weight = self.config.patch_size, self.patch_embedding.weight
        rows, columns = pixels_NCHW.shape[2] // size, pixels_NCHW.shape[3] // size
        # The convolution's windows do not overlap, so it is one matrix product. It leaves [N, S, D] in
        # order; nn.Conv2d leaves [N, D, S], and every layer above would read across its rows.
        whole_NCHW = pixels_NCHW[..., : rows * size, : columns * size]
        x_NCRPQP = whole_NCHW.reshape(len(pixels_NCHW), 3, rows, size, columns, size)
        x_NSE = x_NCRPQP.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)
        x_NSD = F.linear(x_NSE.to(weight.dtype), weight.flatten(1), self.patch_embedding.bias)
        side, device = self.config.patches_per_side, pixels_NCHW.device
        if top is None:
            places_S = position_ids(rows, columns, side, device)
        else:
            places_S = torch.arange(top * side, (top + rows) * side, device=device)
        positions_SD: Tensor = self.position_embedding(places_S)
        return x_NSD + positions_SD


class SelfAttention(nn.Module):
    """Every patch of a tile looks at every patch of that tile.

    With `lengths`, the S patches are those of images one behind the other, and none looks beyond its own.
    """

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.heads = config.num_attention_heads
        self.k_proj = nn.Linear(config.hidden_size, config.hidden_size)
        self.v_proj = nn.Linear(config.hidden_size, config.hidden_size)
        self.q_proj = nn.Linear(config.hidden_size, config.hidden_size)
        self.out_proj = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(self, x_NSD: Tensor, lengths: Sequence[int] | None = None) -> Tensor:
        q_NASK, k_NASK, v_NASK = (
            project(x_NSD).unflatten(2, (self.heads, -1)).transpose(1, 2)
            for project in (self.q_proj, self.k_proj, self.v_proj)
        )
        if lengths is None:
            o_NASK = F.scaled_dot_product_attention(q_NASK, k_NASK, v_NASK)
        else:
            images = zip(*(x.split(list(lengths), dim=2) for x in (q_NASK, k_NASK, v_NASK)), strict=True)
            o_NASK = torch.cat([F.scaled_dot_product_attention(*qkv) for qkv in images], dim=2)
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

    def forward(self, x_NSD: Tensor, lengths: Sequence[int] | None = None) -> Tensor:
        x_NSD = x_NSD + self.self_attn(self.layer_norm1(x_NSD), lengths)
        out_NSD: Tensor = x_NSD + self.mlp(self.layer_norm2(x_NSD))
        return out_NSD


class Encoder(nn.Module):
    """The layers, under the name that the published weights give them."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(EncoderLayer(config) for _ in range(config.num_hidden_layers))
        self.checkpointing = False

    def forward(self, x_NSD: Tensor, lengths: Sequence[int] | None = None) -> Tensor:
        for layer in self.layers:
            x_NSD = through(layer, x_NSD, lengths, checkpointing=self.checkpointing)
        return x_NSD


class VisionModel(nn.Module):
    """Pixels [N, 3, H, H] to one vector a patch [N, S, D]. SigLIP's pooling head is not part of it.

    With a `top`, the pixels [N, 3, H, W] are a strip of a tile W wide, whose first row of patches is that row of the
    tile's. Without one they are a tile of any side, whose positions are spread over the whole grid (`position_ids`).
    """

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.config = config
        self.embeddings = Embeddings(config)
        self.encoder = Encoder(config)
        self.post_layernorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)

    def forward(self, pixels_NCHW: Tensor, top: int | None = None) -> Tensor:
        parts = [self._encode(part_NCHW, top) for part_NCHW in torch.split(pixels_NCHW, self._at_once(pixels_NCHW))]
        return torch.cat(parts) if len(parts) > 1 else parts[0]

    def _encode(self, pixels_NCHW: Tensor, top: int | None) -> Tensor:
        out_NSD: Tensor = self.post_layernorm(self.encoder(self.embeddings(pixels_NCHW, top)))
        return out_NSD

    def _at_once(self, pixels_NCHW: Tensor) -> int:
        """How many tiles go through the layers together: on a CPU as many as its cache and allocator take well."""
        tiles, _, height, width = pixels_NCHW.shape
        if pixels_NCHW.device.type != "cpu":
            return max(1, tiles)
        patches = (height // self.config.patch_size) * (width // self.config.patch_size)
        widest = patches * self.config.intermediate_size * self.embeddings.patch_embedding.weight.element_size()
        return max(1, CPU_BYTES // widest)

    def native(self, images_CHW: Sequence[Tensor]) -> tuple[Tensor, list[int]]:
        """Images [3, H, W] of any sizes, each at its own aspect ratio: patches of all [T, D], and how many each has.

        They stand one behind the other in one sequence (NaViT, arXiv 2307.06304), so nothing is padded.
        """
        embedded = [self.embeddings(image_CHW[None]) for image_CHW in images_CHW]
        lengths = [x_1SD.shape[1] for x_1SD in embedded]
        x_1TD = self.post_layernorm(self.encoder(torch.cat(embedded, dim=1), lengths))
        return x_1TD[0], lengths

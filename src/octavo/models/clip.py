"""The CLIP encoder as IDEFICS1 has it: one vector for the image, then one a patch.

Shapes: N images, C channels, H and W pixels, P pixels on a patch's side, E = C·P² numbers of a patch, R and Q
rows and columns of patches, S one more than the patches of an image, D hidden size.
"""

from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from octavo.models.config import ClipVisionConfig
from octavo.models.vision import EncoderLayer, Mlp


def quick_gelu(x: Tensor) -> Tensor:
    """x · sigmoid(1.702 x): the approximation of GELU that OpenAI's CLIP was trained with."""
    return x * torch.sigmoid(1.702 * x)


ACTIVATIONS: Mapping[str, Callable[[Tensor], Tensor]] = {"gelu": F.gelu, "quick_gelu": quick_gelu}


class ClipEmbeddings(nn.Module):
    """The class token and the patches as vectors, each with the embedding of its position."""

    def __init__(self, config: ClipVisionConfig) -> None:
        super().__init__()
        self.config = config
        size = config.patch_size
        self.class_embedding = nn.Parameter(torch.zeros(config.hidden_size))
        self.patch_embedding = nn.Conv2d(3, config.hidden_size, kernel_size=size, stride=size, bias=False)
        self.position_embedding = nn.Embedding(config.patches_per_side**2 + 1, config.hidden_size)

    def forward(self, pixels_NCHW: Tensor) -> Tensor:
        size, side, weight = self.config.patch_size, self.config.patches_per_side, self.patch_embedding.weight
        # One matrix product instead of a convolution: see `octavo.models.vision.Embeddings`.
        whole_NCHW = pixels_NCHW[..., : side * size, : side * size]
        x_NCRPQP = whole_NCHW.reshape(len(pixels_NCHW), 3, side, size, side, size)
        x_NSE = x_NCRPQP.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)
        x_NSD = F.linear(x_NSE.to(weight.dtype), weight.flatten(1))
        x_NSD = torch.cat([self.class_embedding.expand(len(x_NSD), 1, -1), x_NSD], dim=1)
        return x_NSD + self.position_embedding.weight


class ClipMlp(Mlp):
    """The two linear layers of SigLIP's encoder, with the activation that the configuration names."""

    def __init__(self, config: ClipVisionConfig) -> None:
        super().__init__(config)
        self.activation = ACTIVATIONS[config.hidden_act]

    def forward(self, x_NSD: Tensor) -> Tensor:
        out_NSD: Tensor = self.fc2(self.activation(self.fc1(x_NSD)))
        return out_NSD


class ClipEncoderLayer(EncoderLayer):
    """The layer of SigLIP's encoder, but for the activation."""

    def __init__(self, config: ClipVisionConfig) -> None:
        super().__init__(config)
        self.mlp = ClipMlp(config)


class ClipEncoder(nn.Module):
    """The layers, under the name that the published weights give them."""

    def __init__(self, config: ClipVisionConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(ClipEncoderLayer(config) for _ in range(config.num_hidden_layers))

    def forward(self, x_NSD: Tensor) -> Tensor:
        for layer in self.layers:
            x_NSD = layer(x_NSD)
        return x_NSD


class ClipVisionModel(nn.Module):
    """Pixels [N, 3, H, H] of `config.image_size` to one vector for the image and one a patch: [N, S, D].

    `post_layernorm` is CLIP's for the class token alone. Published files have it; nothing of IDEFICS1 reads it.
    """

    def __init__(self, config: ClipVisionConfig) -> None:
        super().__init__()
        self.embeddings = ClipEmbeddings(config)
        self.pre_layrnorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)  # published with this typo
        self.encoder = ClipEncoder(config)
        self.post_layernorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)

    def forward(self, pixels_NCHW: Tensor) -> Tensor:
        out_NSD: Tensor = self.encoder(self.pre_layrnorm(self.embeddings(pixels_NCHW)))
        return out_NSD

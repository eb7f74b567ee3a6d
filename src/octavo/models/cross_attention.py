"""Gated cross-attention: text looks at image features that do not stand among its tokens.

After Flamingo (arXiv 2204.14198, section 3.1.2), with the names that IDEFICS1 published. Which image a token sees
is said for every token, so segments in one pack stay apart by seeing images of their own.

Shapes: T tokens of all segments, R tokens that see an image, N images of all segments, S feature vectors of an
image, F their size, P features of the images that a token sees, D hidden size, H query heads, G key-value heads,
K head size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from octavo.models.attention import KVCache
from octavo.models.config import CrossAttentionConfig, TextConfig
from octavo.models.text import RMSNorm, SwiGLU

KeysValues = tuple[Tensor, Tensor]  # of all images, [N, S, G, K] each


@dataclass(frozen=True, slots=True)
class Look:
    """The tokens `start` to `end` (exclusive) all see `images`, by number and at least one."""

    start: int
    end: int
    images: tuple[int, ...]


def looks(visible_TN: Tensor) -> list[Look]:
    """Runs of neighbouring tokens that see the same images, from bool [T, N]; tokens that see none are in no run.

    What a token sees changes only where an image begins or a text ends, so the runs are few, and attention needs
    no mask: each run is one kernel call over the features that it sees, all of them.
    """
    changes = (visible_TN[1:] != visible_TN[:-1]).any(1).nonzero().squeeze(1) + 1
    starts = [0, *changes.tolist()]
    seen = [tuple(row.nonzero().squeeze(1).tolist()) for row in visible_TN[starts]]
    ends = [*starts[1:], len(visible_TN)]
    return [Look(*run) for run in zip(starts, ends, seen, strict=True) if run[2]]


class CrossAttention(nn.Module):
    """Multi-head attention from tokens to image features, without positions."""

    def __init__(self, text: TextConfig, config: CrossAttentionConfig) -> None:
        super().__init__()
        self.head_dim = config.head_dim
        queries, keys = config.num_attention_heads * config.head_dim, config.num_key_value_heads * config.head_dim
        self.q_proj = nn.Linear(text.hidden_size, queries, bias=False)
        self.k_proj = nn.Linear(config.feature_size, keys, bias=False)
        self.v_proj = nn.Linear(config.feature_size, keys, bias=False)
        self.o_proj = nn.Linear(queries, text.hidden_size, bias=False)
        self.q_layer_norm: nn.Module = nn.Identity()
        self.k_layer_norm: nn.Module = nn.Identity()
        if config.qk_layer_norms:
            self.q_layer_norm = RMSNorm(config.head_dim, text.rms_norm_eps)
            self.k_layer_norm = RMSNorm(config.head_dim, text.rms_norm_eps)

    def keys_values(self, features_NSF: Tensor) -> KeysValues:
        """Keys and values [N, S, G, K] of images: once for all tokens that look at them."""
        k_NSGK = self.k_proj(features_NSF).unflatten(2, (-1, self.head_dim))
        return self.k_layer_norm(k_NSGK), self.v_proj(features_NSF).unflatten(2, (-1, self.head_dim))

    def forward(self, x_RD: Tensor, images: KeysValues, seen: Sequence[Look]) -> Tensor:
        """What the tokens of the runs `seen`, which are `x_RD`, find in the images: [R, D]."""
        q_RHK = self.q_layer_norm(self.q_proj(x_RD).unflatten(1, (-1, self.head_dim)))
        runs = q_RHK.split([look.end - look.start for look in seen])
        found = [_attend(run, images, look.images) for run, look in zip(runs, seen, strict=True)]
        out_RD: Tensor = self.o_proj(torch.cat(found).flatten(1))
        return out_RD


def _attend(q_RHK: Tensor, images: KeysValues, numbers: Sequence[int]) -> Tensor:
    k_PGK, v_PGK = (x_NSGK[list(numbers)].flatten(0, 1) for x_NSGK in images)
    o_1HRK = F.scaled_dot_product_attention(
        q_RHK.transpose(0, 1)[None], k_PGK.transpose(0, 1)[None], v_PGK.transpose(0, 1)[None], enable_gqa=True
    )
    return o_1HRK[0].transpose(0, 1)


class GatedCrossAttentionLayer(nn.Module):
    """Cross-attention and SwiGLU, each behind an RMSNorm, through a gate, and added to its input.

    A gate is tanh of a learned number, or of one for each hidden dimension; at 0 the layer is not there. The widths
    of the hidden states and of SwiGLU are those of the decoder, `text`.
    """

    def __init__(self, text: TextConfig, config: CrossAttentionConfig) -> None:
        super().__init__()
        self.config = config
        self.cross_attn = CrossAttention(text, config)
        self.mlp = SwiGLU(text)
        self.input_layernorm = RMSNorm(text.hidden_size, text.rms_norm_eps)
        self.post_attention_layernorm = RMSNorm(text.hidden_size, text.rms_norm_eps)
        shape = (1, 1, text.hidden_size) if config.alpha_type == "vector" else (1,)
        self.alpha_cross_attn = nn.Parameter(torch.zeros(shape))
        self.alpha_dense = nn.Parameter(torch.zeros(shape))

    def forward(self, x_TD: Tensor, images: KeysValues | None, seen: Sequence[Look]) -> Tensor:
        """Hidden states [T, D] after a look at the images, whose `keys_values` are this layer's own.

        A token in no run of `seen` gets nothing from attention and still passes through SwiGLU, as published.
        """
        if images is not None and seen:
            rows_R = torch.cat([torch.arange(look.start, look.end, device=x_TD.device) for look in seen])
            found_RD = self.cross_attn(self.input_layernorm(x_TD[rows_R]), images, seen)
            x_TD = x_TD.index_add(0, rows_R, self.alpha_cross_attn.flatten().tanh() * found_RD)
        out_TD: Tensor = x_TD + self.alpha_dense.flatten().tanh() * self.mlp(self.post_attention_layernorm(x_TD))
        return out_TD

    @torch.no_grad()
    def init_gates(self, generator: torch.Generator) -> None:
        """Fresh gates, as the configuration's `alpha_initializer` says."""
        for alpha in (self.alpha_cross_attn, self.alpha_dense):
            if self.config.alpha_initializer in ("zeros", "ones"):
                alpha.fill_(float(self.config.alpha_initializer == "ones"))
            else:
                alpha.normal_(0.0, self.config.alphas_initializer_range, generator=generator)


class CrossCache(KVCache):
    """A `KVCache` that also holds the keys and values of one sequence's images, in every gated layer.

    They are computed when an image arrives, and stay: cutting the cache back forgets tokens, not images.
    """

    images: Sequence[KeysValues] = ()

    @property
    def image_count(self) -> int:
        """Images held."""
        return len(self.images[0][0]) if self.images else 0

    def add_images(self, new: Sequence[KeysValues]) -> None:
        """Put further images behind those held; `new` has keys and values for every gated layer."""
        if self.images:
            new = [(torch.cat([k, a]), torch.cat([v, b])) for (k, v), (a, b) in zip(self.images, new, strict=True)]
        self.images = new

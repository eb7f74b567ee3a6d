"""The Llama-family decoder: RMSNorm, rotary positions, grouped-query attention, SwiGLU.

Llama, Mistral (sliding window), Qwen2 (biases on queries, keys and values), Qwen3 (normed heads) and SmolLM3 (layers
without rotary positions) are one code, set by `TextConfig`. Names of parameters are those that all of them have in
`transformers`.

Shapes: T tokens of all segments, D hidden size, H query heads, G key-value heads,
K head size, V vocabulary.
"""

import math
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from octavo.models.attention import KVCache, Layout, packed_attention
from octavo.models.checkpointing import through
from octavo.models.config import TextConfig
from octavo.models.segments import Segment, positions
from octavo.models.vocabulary import Embedding


def rotary_frequencies(config: TextConfig, device: torch.device) -> Tensor:
    """Radians that each pair of dimensions turns by from token to token: float32 [K / 2].

    With Llama 3.1's scaling, pairs that turn slower than `low_freq_factor` times in the original context are
    slowed `factor` times, those faster than `high_freq_factor` times are kept, and between them the two are
    mixed linearly (transformers, `_compute_llama3_parameters`).
    """
    exponents = torch.arange(0, config.head_dim, 2, dtype=torch.float32, device=device) / config.head_dim
    frequencies = 1.0 / config.rope_theta**exponents
    scaling = config.rope_scaling
    if scaling is None:
        return frequencies
    turns = scaling.original_max_position_embeddings * frequencies / (2 * math.pi)
    low, high = scaling.low_freq_factor, scaling.high_freq_factor
    kept = ((turns - low) / (high - low)).clamp(0, 1)
    return (1 - kept) * frequencies / scaling.factor + kept * frequencies


def rotary(positions_T: Tensor, config: TextConfig, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Cosine and sine of every token's turns, each [T, 1, K / 2]: computed in float32, given in `dtype`."""
    turns_T1K = (positions_T.float()[:, None] * rotary_frequencies(config, positions_T.device))[:, None]
    return turns_T1K.cos().to(dtype), turns_T1K.sin().to(dtype)


def rotate(x_THK: Tensor, cos_T1K: Tensor, sin_T1K: Tensor) -> Tensor:
    """Turn the pairs (k, k + K / 2) of every head by the token's angles."""
    a, b = x_THK.chunk(2, dim=-1)
    return torch.cat((a * cos_T1K - b * sin_T1K, b * cos_T1K + a * sin_T1K), dim=-1)


class RMSNorm(nn.Module):
    """Division by the root mean square in float32, whatever the dtype, then the weight in that dtype."""

    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x_TD: Tensor) -> Tensor:
        x32_TD = x_TD.float()
        x32_TD = x32_TD * torch.rsqrt(x32_TD.pow(2).mean(-1, keepdim=True) + self.eps)
        return self.weight * x32_TD.to(x_TD.dtype)


class Attention(nn.Module):
    """Grouped-query attention with rotary positions, within segments or behind a cache."""

    def __init__(self, config: TextConfig, layer: int) -> None:
        super().__init__()
        self.layer, self.head_dim, self.window = layer, config.head_dim, config.window(layer)
        self.turned = layer not in config.unturned_layers
        self.packed_attention = packed_attention
        queries = config.num_attention_heads * config.head_dim
        keys = config.num_key_value_heads * config.head_dim
        self.q_proj = nn.Linear(config.hidden_size, queries, bias=config.kind.qkv_bias)
        self.k_proj = nn.Linear(config.hidden_size, keys, bias=config.kind.qkv_bias)
        self.v_proj = nn.Linear(config.hidden_size, keys, bias=config.kind.qkv_bias)
        self.o_proj = nn.Linear(queries, config.hidden_size, bias=False)
        self.q_norm = self.k_norm = None
        if config.kind.head_norms:
            self.q_norm = RMSNorm(config.head_dim, config.rms_norm_eps)
            self.k_norm = RMSNorm(config.head_dim, config.rms_norm_eps)

    def forward(self, x_TD: Tensor, turns: tuple[Tensor, Tensor], layout: Layout, cache: KVCache | None) -> Tensor:
        q_THK, k_TGK, v_TGK = (
            project(x_TD).unflatten(1, (-1, self.head_dim)) for project in (self.q_proj, self.k_proj, self.v_proj)
        )
        if self.q_norm is not None and self.k_norm is not None:
            q_THK, k_TGK = self.q_norm(q_THK), self.k_norm(k_TGK)
        if self.turned:
            q_THK, k_TGK = rotate(q_THK, *turns), rotate(k_TGK, *turns)
        if cache is None:
            o_THK = self.packed_attention(q_THK, k_TGK, v_TGK, layout, self.window)
        else:
            o_THK = cache.attend(self.layer, q_THK, k_TGK, v_TGK, self.window)
        out_TD: Tensor = self.o_proj(o_THK.flatten(1))
        return out_TD


class SwiGLU(nn.Module):
    """down(silu(gate(x)) · up(x))."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.up_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.down_proj = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)

    def forward(self, x_TD: Tensor) -> Tensor:
        out_TD: Tensor = self.down_proj(F.silu(self.gate_proj(x_TD)) * self.up_proj(x_TD))
        return out_TD


class DecoderLayer(nn.Module):
    """Attention and SwiGLU, each behind an RMSNorm and added to its input."""

    def __init__(self, config: TextConfig, layer: int) -> None:
        super().__init__()
        self.self_attn = Attention(config, layer)
        self.mlp = SwiGLU(config)
        self.input_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.post_attention_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)

    def forward(self, x_TD: Tensor, turns: tuple[Tensor, Tensor], layout: Layout, cache: KVCache | None) -> Tensor:
        x_TD = x_TD + self.self_attn(self.input_layernorm(x_TD), turns, layout, cache)
        out_TD: Tensor = x_TD + self.mlp(self.post_attention_layernorm(x_TD))
        return out_TD


class TextModel(nn.Module):
    """Embeddings [T, D] to the hidden states [T, D] that the head reads; `embed_tokens` embeds text."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.config = config
        self.embed_tokens = Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(DecoderLayer(config, layer) for layer in range(config.num_hidden_layers))
        self.norm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.checkpointing = False

    def forward(
        self,
        x_TD: Tensor,
        segments: Sequence[Segment],
        cache: KVCache | None = None,
        before: Callable[[int, Tensor], Tensor] | None = None,
    ) -> Tensor:
        """`before` makes of a layer's number and its input the input that the layer gets."""
        start = cache.length if cache is not None else 0
        turns = rotary(positions(segments, start, x_TD.device), self.config, x_TD.dtype)
        layout = Layout(segments)
        for number, layer in enumerate(self.layers):
            x_TD = x_TD if before is None else before(number, x_TD)
            # Behind a cache a layer runs as it is written, compiled or not: the cache is longer with each token.
            run = layer if cache is None else layer.forward
            x_TD = through(run, x_TD, turns, layout, cache, checkpointing=self.checkpointing)
        if cache is not None:
            cache.advance(len(x_TD))
        out_TD: Tensor = self.norm(x_TD)
        return out_TD


class CausalLM(nn.Module):
    """A decoder by itself, with its head: token ids [T] to logits. Names are those of `transformers`' `…ForCausalLM`.

    With a tied head there is no `lm_head`: the embeddings are the head's weight.
    """

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.config = config
        self.model = TextModel(config)
        self.lm_head = None
        if not config.tie_word_embeddings:
            self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)

    @property
    def tied(self) -> dict[str, str]:
        """Names that a file may hold beside the parameters' own, each with the parameter that it must equal."""
        return {} if self.lm_head is not None else {"lm_head.weight": "model.embed_tokens.weight"}

    def forward(self, token_ids_T: Tensor, segments: Sequence[Segment], *, cache: KVCache | None = None) -> Tensor:
        """Logits [T, V] of the tokens that follow; see `Idefics3.forward`."""
        x_TD = self.model(self.model.embed_tokens(token_ids_T), segments, cache)
        head = self.model.embed_tokens.logits if self.lm_head is None else self.lm_head
        logits_TV: Tensor = head(x_TD)
        return logits_TV

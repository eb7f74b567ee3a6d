"""The decoder laid out for generation: tokens of several sequences in one pass, each behind a cache of its own.

The mathematics is `octavo.models.text`'s. Queries, keys and values are one product, gate and up are another; turns
are looked up in a table. A decoding step then takes 11 small operations a layer where the modules take some 40.

Shapes: T tokens of all sequences, D hidden size, H query heads, G key-value heads, K head size, C capacity, F width of
the feed-forward layer, V vocabulary, M positions that get logits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from octavo.inference.engine.int8 import Int8Rows
from octavo.models.attention import KVCache
from octavo.models.autoregressive import Autoregressive
from octavo.models.text import Attention, DecoderLayer, SwiGLU, rotary

Product = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Run:
    """`new` tokens that continue what `cache` holds."""

    cache: KVCache
    new: int


class Decoder:
    """A model's decoder and head for at most `context` tokens a sequence.

    With `int8`, all products are in 8 bits. Otherwise the model's parameters become views of the joined ones: nothing
    stands in memory twice.
    """

    def __init__(self, model: Autoregressive, context: int, int8: bool) -> None:
        text = model.model.text_model
        self.config, self.embed = text.config, text.embed_tokens
        self.norm = text.norm.weight
        self.layers = [_Layer(layer, int8) for layer in text.layers if isinstance(layer, DecoderLayer)]
        head = text.embed_tokens if model.lm_head is None else model.lm_head
        self.head = Int8Rows(head.weight, None) if int8 else model.head
        cos_C1K, sin_C1K = rotary(torch.arange(context), self.config, torch.float32)
        self.cos_C1K = torch.cat((cos_C1K, cos_C1K), dim=-1)
        self.sin_C1K = torch.cat((-sin_C1K, sin_C1K), dim=-1)

    def new_cache(self, capacity: int) -> KVCache:
        """An empty cache of the parameters' dtype."""
        return KVCache(self.config, capacity, self.norm.dtype)

    def __call__(self, x_TD: Tensor, runs: Sequence[Run], logits_at: Tensor | None) -> Tensor:
        """Run embedded tokens and keep their keys and values: logits [M, V] at `logits_at`, [0, V] for None.

        `x_TD` holds the runs' tokens one behind the other.
        """
        places = [torch.arange(run.cache.length, run.cache.length + run.new) for run in runs]
        places_T = torch.cat(places)
        turns = self.cos_C1K[places_T].to(x_TD.dtype), self.sin_C1K[places_T].to(x_TD.dtype)
        for number, layer in enumerate(self.layers):
            x_TD = layer(number, x_TD, turns, runs)
        for run in runs:
            run.cache.advance(run.new)
        if logits_at is None:
            return x_TD[:0]
        logits_MV: Tensor = self.head(self._normed(x_TD[logits_at]))
        return logits_MV

    def _normed(self, x_TD: Tensor) -> Tensor:
        return F.rms_norm(x_TD, x_TD.shape[1:], self.norm, self.config.rms_norm_eps)


class _Layer:
    """One layer of it."""

    def __init__(self, layer: DecoderLayer, int8: bool) -> None:
        attention, mlp = layer.self_attn, layer.mlp
        assert isinstance(attention, Attention)
        assert isinstance(mlp, SwiGLU)
        self.head_dim, self.window, self.turned = attention.head_dim, attention.window, attention.turned
        self.norms = layer.input_layernorm, layer.post_attention_layernorm
        self.head_norms = attention.q_norm, attention.k_norm
        self.qkv = _joined([attention.q_proj, attention.k_proj, attention.v_proj], int8)
        self.out = _joined([attention.o_proj], int8)
        self.gate_up = _joined([mlp.gate_proj, mlp.up_proj], int8)
        self.down = _joined([mlp.down_proj], int8)
        keys = attention.k_proj.out_features // self.head_dim
        self.heads = attention.q_proj.out_features // self.head_dim, keys, keys

    def __call__(self, number: int, x_TD: Tensor, turns: tuple[Tensor, Tensor], runs: Sequence[Run]) -> Tensor:
        queries, keys, _ = self.heads
        qkv_TNK = self.qkv(_normed(x_TD, self.norms[0])).view(len(x_TD), -1, self.head_dim)
        turned_TNK, v_TGK = torch.split(qkv_TNK, [queries + keys, keys], dim=1)
        if self.head_norms[0] is not None:
            turned_TNK = self._normed_heads(turned_TNK)
        if self.turned:  # the pairs (k, k + K / 2): with the halves exchanged, all are two products
            turned_TNK = turned_TNK * turns[0] + turned_TNK.roll(self.head_dim // 2, -1) * turns[1]
        q_THK, k_TGK = torch.split(turned_TNK, [queries, keys], dim=1)
        x_TD = x_TD + self.out(self._attend(number, q_THK, k_TGK, v_TGK, runs).flatten(1))
        gate_TF, up_TF = self.gate_up(_normed(x_TD, self.norms[1])).chunk(2, dim=1)
        return x_TD + self.down(F.silu(gate_TF) * up_TF)

    def _attend(self, number: int, q_THK: Tensor, k_TGK: Tensor, v_TGK: Tensor, runs: Sequence[Run]) -> Tensor:
        if len(runs) == 1:
            return runs[0].cache.attend(number, q_THK, k_TGK, v_TGK, self.window)
        news = [run.new for run in runs]
        parts = zip(runs, *(torch.split(x, news) for x in (q_THK, k_TGK, v_TGK)), strict=True)
        return torch.cat([run.cache.attend(number, q, k, v, self.window) for run, q, k, v in parts])

    def _normed_heads(self, turned_TNK: Tensor) -> Tensor:
        parts = torch.split(turned_TNK, list(self.heads[:2]), dim=1)
        normed = [norm(part) for norm, part in zip(self.head_norms, parts, strict=True) if norm is not None]
        return torch.cat(normed, dim=1)


def _normed(x_TD: Tensor, norm: nn.Module) -> Tensor:
    return F.rms_norm(x_TD, x_TD.shape[1:], norm.weight, norm.eps)  # type: ignore[arg-type]


def _joined(linears: Sequence[nn.Module], int8: bool) -> Product:
    """One product whose outputs are those of several linear layers, one behind the other."""
    parts = [linear for linear in linears if isinstance(linear, nn.Linear)]
    weight = torch.cat([linear.weight.detach() for linear in parts])
    biases = [linear.bias.detach() for linear in parts if linear.bias is not None]
    bias = torch.cat(biases) if biases else None
    if int8:
        return Int8Rows(weight, bias)
    for linear, rows in zip(parts, torch.split(weight, [linear.out_features for linear in parts]), strict=True):
        linear.weight.data = rows
    return lambda x_TD: F.linear(x_TD, weight, bias)

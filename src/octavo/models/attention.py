"""Causal attention over segments that stand in one sequence, and over a cache.

Shapes: T tokens of all segments, S new tokens, P tokens in the cache, H query heads, G key-value heads (query
head h reads key-value head h // (H / G)), R = H / G, K head size, L layers, C capacity.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from octavo.models.config import TextConfig
from octavo.models.segments import Places, Segment, branch_mask, size, total


class Layout:
    """The segments of a pack, as one thing for layers to hand on: a compiled one would be bound to a tuple's length."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self.segments = tuple(segments)


def packed_attention(q_THK: Tensor, k_TGK: Tensor, v_TGK: Tensor, layout: Layout, window: int | None = None) -> Tensor:
    """Attention in which a token sees itself and the tokens before it in its own segment: [T, H, K].

    With a `window`, the farthest it sees is the token `window - 1` before it.

    With segments (2, 3), where rows look at columns:

        1 . . . .
        1 1 . . .
        . . 1 . .
        . . 1 1 .
        . . 1 1 1

    On a CPU one kernel call a segment: the cost is the sum of their squares and not the square of the sum, no mask
    exists, and nothing that stands in one segment can reach another. The branches of a segment (`Branched`) are one
    call more, with a mask (`branch_mask`). On a GPU it is one call for all (`flex_packed`).
    """
    if q_THK.device.type == "cuda":
        return flex_packed(q_THK, k_TGK, v_TGK, layout, window)
    sizes = [size(segment) for segment in layout.segments]
    queries, keys, values = (torch.split(x, sizes) for x in (q_THK, k_TGK, v_TGK))
    alone = zip(layout.segments, queries, keys, values, strict=True)
    return torch.cat([_attend_segment(segment, q, k, v, window) for segment, q, k, v in alone])


def flex_packed(q_THK: Tensor, k_TGK: Tensor, v_TGK: Tensor, layout: Layout, window: int | None) -> Tensor:
    """What `packed_attention` gives, by FlexAttention: one kernel, which leaves out the blocks that nobody sees."""
    # Rotary turns leave float32 under autocast, which casts SDPA's inputs by itself and not FlexAttention's.
    o_1HTK = _flex()(
        q_THK.transpose(0, 1)[None].to(v_TGK.dtype),
        k_TGK.transpose(0, 1)[None].to(v_TGK.dtype),
        v_TGK.transpose(0, 1)[None],
        block_mask=_block_mask(layout.segments, window, q_THK.device),
        enable_gqa=True,
    )
    out_THK: Tensor = o_1HTK[0].transpose(0, 1)
    return out_THK


@lru_cache(maxsize=1)
def _flex() -> Callable[..., Any]:
    """FlexAttention compiled, without which it would hold all scores."""
    from torch.nn.attention.flex_attention import flex_attention  # a second to import, for GPUs alone

    compiled: Callable[..., Any] = torch.compile(flex_attention, dynamic=True)
    return compiled


@lru_cache(maxsize=4)  # made once for all layers of a pack, forward and backward
def _block_mask(segments: tuple[Segment, ...], window: int | None, device: torch.device) -> Any:
    from torch.nn.attention.flex_attention import create_block_mask

    places, tokens = Places.of(segments, device), total(segments)

    def sees(batch: Tensor, head: Tensor, query: Tensor, key: Tensor) -> Tensor:
        return places.sees(query, key, window)

    return create_block_mask(sees, None, None, tokens, tokens, device=device)


def _attend_segment(segment: Segment, q_PHK: Tensor, k_PGK: Tensor, v_PGK: Tensor, window: int | None) -> Tensor:
    if isinstance(segment, int):
        return _attend_causal(q_PHK, k_PGK, v_PGK, window)
    prefix = segment.prefix
    mask_SP = branch_mask(segment, window, q_PHK.device)
    page_THK = _attend_causal(q_PHK[:prefix], k_PGK[:prefix], v_PGK[:prefix], window)
    return torch.cat([page_THK, _attend(q_PHK[prefix:], k_PGK, v_PGK, mask_SP)])


def _attend_causal(q_SHK: Tensor, k_PGK: Tensor, v_PGK: Tensor, window: int | None) -> Tensor:
    """The last S of P tokens attend to all P up to themselves, or to those that `window` lets them see."""
    new, end = len(q_SHK), len(k_PGK)
    if window is not None and end > window:
        return _attend_window(q_SHK, k_PGK, v_PGK, window)
    if new == 1:
        # The query heads of a key-value head as if they were its tokens: each key is read once, and not H / G times.
        o_RGK = _attend(q_SHK[0].view(k_PGK.shape[1], -1, q_SHK.shape[2]).transpose(0, 1), k_PGK, v_PGK)
        return o_RGK.transpose(0, 1).flatten(0, 1)[None]
    if new == end:
        return _attend(q_SHK, k_PGK, v_PGK, is_causal=True)
    # is_causal aligns the triangle with the first key; new tokens need it aligned with the last one.
    mask_SP = torch.ones(new, end, dtype=torch.bool, device=q_SHK.device).tril(end - new)
    return _attend(q_SHK, k_PGK, v_PGK, mask_SP)


def _attend_window(q_SHK: Tensor, k_PGK: Tensor, v_PGK: Tensor, window: int) -> Tensor:
    """`window` queries at a time, with the keys that any of them sees: at most 2 · window - 1, however long P is."""
    before, out = len(k_PGK) - len(q_SHK), []
    for start in range(0, len(q_SHK), window):
        queries = q_SHK[start : start + window]
        first, end = max(before + start - window + 1, 0), before + start + len(queries)
        place_S1 = torch.arange(before + start, end, device=q_SHK.device)[:, None]
        place_P = torch.arange(first, end, device=q_SHK.device)
        mask_SP = (place_P <= place_S1) & (place_P > place_S1 - window)
        out.append(_attend(queries, k_PGK[first:end], v_PGK[first:end], mask_SP))
    return torch.cat(out)


def _attend(
    q_SHK: Tensor, k_PGK: Tensor, v_PGK: Tensor, mask_SP: Tensor | None = None, is_causal: bool = False
) -> Tensor:
    # enable_gqa reads the G heads in place. Repeating them first took 1.0-1.3 times as long (CPU, H/G = 3).
    o_1HSK = F.scaled_dot_product_attention(
        q_SHK.transpose(0, 1)[None],
        k_PGK.transpose(0, 1)[None],
        v_PGK.transpose(0, 1)[None],
        attn_mask=mask_SP,
        is_causal=is_causal,
        enable_gqa=True,
    )
    return o_1HSK[0].transpose(0, 1)


class KVCache:
    """Keys and values of one sequence in all layers, in memory taken once.

    `length` tokens are held and `capacity` fit. A model's forward with the cache appends to it, under
    `torch.no_grad` or `torch.inference_mode`. `dtype` is the model's.
    """

    def __init__(
        self, config: TextConfig, capacity: int, dtype: torch.dtype = torch.float32, device: torch.device | str = "cpu"
    ) -> None:
        # Tokens inside heads: a decoding step over [C, G, K] took 1.3 times as long (CPU).
        shape_LGCK = (config.num_hidden_layers, config.num_key_value_heads, capacity, config.head_dim)
        self.keys_LGCK = torch.empty(shape_LGCK, dtype=dtype, device=device)
        self.values_LGCK = torch.empty_like(self.keys_LGCK)
        self.capacity = capacity
        self.length = 0

    def attend(self, layer: int, q_SHK: Tensor, k_SGK: Tensor, v_SGK: Tensor, window: int | None = None) -> Tensor:
        """Put the keys and values of S new tokens behind those held, and attend to all of them: [S, H, K].

        With a `window`, each sees itself and at most the `window - 1` tokens before it.

        `length` stays: it counts tokens that every layer has seen, so `advance` follows the last layer.
        """
        end = self.length + len(k_SGK)
        keys_PGK = self.keys_LGCK[layer, :, :end].transpose(0, 1)
        values_PGK = self.values_LGCK[layer, :, :end].transpose(0, 1)
        keys_PGK[self.length :], values_PGK[self.length :] = k_SGK, v_SGK
        return _attend_causal(q_SHK, keys_PGK, values_PGK, window)

    def require_room(self, new: int) -> None:
        """Raise `ValueError` where `new` tokens do not fit any more."""
        if self.length + new > self.capacity:
            raise ValueError(f"{new} tokens do not fit behind {self.length} into a cache of {self.capacity}")

    def advance(self, new: int) -> None:
        """Count `new` tokens as held."""
        self.length += new

    def truncate(self, length: int) -> None:
        """Forget all but the first `length` tokens. Raises `ValueError` where fewer are held."""
        if not 0 <= length <= self.length:
            raise ValueError(f"cannot cut a cache of {self.length} tokens to {length}")
        self.length = length

"""Floating-point operations of the parts of a pass: a multiplication and an addition count as two.

Only matrix products are counted (patches, projections, attention, head); norms, activations and softmax are some
percent of them. Attention is counted where it is looked at: half of the square that causality leaves, and of branches
what each sees; a kernel that computes masked blocks does more, and so does what is computed again in backward
(activation checkpointing, attention's scores): neither is counted. `torch.utils.flop_counter` counts the same
(tests/models).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from octavo.models.config import CrossAttentionConfig, Idefics3Config, PerceiverConfig, TextConfig, VisionConfig
from octavo.models.segments import Segment, total

TRAINING = 3  # forward, and backward for inputs and for weights


class Backward(NamedTuple):
    """What backward computes of a part, in passes of its products: gradients of their inputs, of their weights.

    `inputs` is 1 where something trains in the part or below it, else 0; `weights` is the share that trains.
    Attention has no weights but two inputs. A part's first layer counts as its others do.
    """

    inputs: int = 0
    weights: float = 0.0

    def total(self, linear: int, attention: int) -> int:
        """Forward and backward of so many operations forward."""
        return round(linear * (1 + self.inputs + self.weights)) + attention * (1 + 2 * self.inputs)


NONE = Backward()


def encoder_flops(config: VisionConfig, tiles: int, backward: Backward = NONE, rows: int | None = None) -> int:
    """The vision encoder over `tiles` tiles of `config.image_size`, of which `rows` of patches are seen, or all."""
    side, width = config.patches_per_side, config.hidden_size
    patches = side * (side if rows is None else rows)
    embedding = 2 * patches * width * 3 * config.patch_size**2
    linear = 2 * patches * (4 * width**2 + 2 * width * config.intermediate_size)
    attention = 2 * 2 * patches**2 * width  # scores, and values by scores
    layers = config.num_hidden_layers
    return backward.total(tiles * (embedding + layers * linear), tiles * layers * attention)


def connector_flops(config: Idefics3Config, tiles: int, backward: Backward = NONE) -> int:
    """From the encoder's patches to the decoder's width: one linear layer, two, or a perceiver."""
    if config.perceiver is not None:
        return _perceiver_flops(config, config.perceiver, tiles, backward)
    width = config.text.hidden_size
    products = config.vision.hidden_size * config.scale_factor**2 * width
    if config.connector == "mlp":
        products += width**2
    return backward.total(2 * tiles * config.tokens_per_tile * products, 0)


def _perceiver_flops(config: Idefics3Config, perceiver: PerceiverConfig, tiles: int, backward: Backward) -> int:
    patches, latents = config.vision.patches_per_side**2, perceiver.resampler_n_latents
    width, inner = perceiver.hidden_size, config.text.intermediate_size
    queries = perceiver.resampler_n_heads * perceiver.resampler_head_dim
    keys = perceiver.num_key_value_heads * perceiver.resampler_head_dim
    projection = patches * (2 * config.vision.hidden_size * inner + inner * width)
    layer = (patches + latents) * 2 * width * keys + latents * (2 * width * queries + 3 * 4 * width**2)
    attention = 2 * 2 * latents * (patches + latents) * queries
    depth = perceiver.resampler_depth
    return backward.total(tiles * 2 * (projection + depth * layer), tiles * depth * attention)


def decoder_flops(config: TextConfig, segments: Sequence[Segment], backward: Backward = NONE) -> int:
    """The decoder over segments, without the head and without gated layers."""
    queries, keys = config.num_attention_heads * config.head_dim, config.num_key_value_heads * config.head_dim
    products = config.hidden_size * (2 * queries + 2 * keys + 3 * config.intermediate_size)
    windows = [config.window(layer) for layer in range(config.num_hidden_layers)]
    seen = {window: sum(_seen_twice(segment, window) for segment in segments) for window in set(windows)}
    attention = sum(2 * seen[window] * queries for window in windows)
    return backward.total(config.num_hidden_layers * 2 * total(segments) * products, attention)


def _seen_twice(segment: Segment, window: int | None) -> int:
    """Twice the pairs of a token and one that it sees; a branch goes on behind the prefix."""

    def first(length: int) -> int:
        return length**2 if window is None or length <= window else 2 * length * window - window**2

    if isinstance(segment, int):
        return first(segment)
    before = first(segment.prefix)
    return before + sum(first(segment.prefix + branch) - before for branch in segment.branches)


class Looking(NamedTuple):
    """What gated layers do for some tokens: how many look at tiles, and the pairs of a token and a tile it sees."""

    tokens: int
    pairs: int


def gated_flops(
    config: Idefics3Config,
    cross: CrossAttentionConfig,
    tokens: int,
    tiles: int,
    looking: Looking,
    backward: Backward = NONE,
) -> int:
    """The gated cross-attention layers beside the decoder's own, over `tokens` tokens."""
    queries, keys = cross.num_attention_heads * cross.head_dim, cross.num_key_value_heads * cross.head_dim
    width, vectors = config.text.hidden_size, config.tokens_per_tile
    products = looking.tokens * 2 * width * queries + tiles * vectors * 2 * cross.feature_size * keys
    products += tokens * 3 * width * config.text.intermediate_size
    layers = math.ceil(config.text.num_hidden_layers / config.cross_layer_interval)
    return backward.total(layers * 2 * products, layers * 2 * 2 * looking.pairs * vectors * queries)


def head_flops(config: TextConfig, positions: int, backward: Backward = NONE) -> int:
    """Logits over the whole vocabulary at `positions` places."""
    return backward.total(2 * positions * config.hidden_size * config.vocab_size, 0)

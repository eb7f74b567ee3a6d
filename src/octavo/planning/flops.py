"""Floating-point operations of the parts of a forward pass: a multiplication and an addition count as two.

Only matrix products are counted (patches, projections, attention, head); norms, activations and softmax are some
percent of them. `torch.utils.flop_counter` counts the same (tests/planning). What backward adds depends on what
trains; see `octavo.planning.trained`.
"""

from collections.abc import Sequence

from octavo.models import Idefics3Config, TextConfig, VisionConfig


def part_flops(config: Idefics3Config, tiles: int, tokens: int, texts: int) -> dict[str, int]:
    """A forward pass by part: one segment of `tokens` tokens with `tiles` tiles, logits at `texts` of them."""
    costs = {
        "vision": encoder_flops(config.vision, tiles),
        "connector": connector_flops(config, tiles),
        "decoder": decoder_flops(config.text, [tokens]),
    }
    if config.cross is not None:
        costs["fusion"] = fusion_flops(config, tiles, tokens)
    return costs | {"head": head_flops(config.text, texts)}


def encoder_flops(config: VisionConfig, tiles: int) -> int:
    """The vision encoder over `tiles` square tiles of `config.image_size`."""
    patches, width = config.patches_per_side**2, config.hidden_size
    embedding = 2 * patches * width * 3 * config.patch_size**2
    linear = 2 * patches * (4 * width**2 + 2 * width * config.intermediate_size)
    attention = 2 * 2 * patches**2 * width  # scores, and values by scores
    return tiles * (embedding + config.num_hidden_layers * (linear + attention))


def connector_flops(config: Idefics3Config, tiles: int) -> int:
    """From the encoder's patches to vectors of the decoder's width."""
    width = config.text.hidden_size
    if config.perceiver is not None:
        return tiles * _perceiver_flops(config)
    square = config.vision.hidden_size * config.scale_factor**2
    second = width**2 if config.connector == "mlp" else 0
    return 2 * tiles * config.tokens_per_tile * (square * width + second)


def _perceiver_flops(config: Idefics3Config) -> int:
    """One tile: a gated MLP on its patches, then the resampler, whose latents look at patches and latents."""
    assert config.perceiver is not None, "the configuration has a perceiver"
    shape, patches, width = config.perceiver, config.vision.patches_per_side**2, config.text.hidden_size
    inner = config.text.intermediate_size
    latents, queries = shape.resampler_n_latents, shape.resampler_n_heads * shape.resampler_head_dim
    keys = shape.num_key_value_heads * shape.resampler_head_dim
    projection = 2 * patches * (2 * config.vision.hidden_size * inner + inner * width)
    linear = 2 * latents * (2 * width * queries + 12 * width**2) + 2 * (patches + latents) * 2 * width * keys
    attention = 2 * 2 * latents * (patches + latents) * queries
    return projection + shape.resampler_depth * (linear + attention)


def fusion_flops(config: Idefics3Config, tiles: int, tokens: int) -> int:
    """The gated layers, where `tokens` tokens all look at `tiles` tiles."""
    assert config.cross is not None, "the configuration has cross-attention"
    cross, width, vectors = config.cross, config.text.hidden_size, tiles * config.tokens_per_tile
    queries, keys = cross.num_attention_heads * cross.head_dim, cross.num_key_value_heads * cross.head_dim
    linear = 2 * tokens * (2 * width * queries + 3 * width * config.text.intermediate_size)
    seen = 2 * vectors * 2 * cross.feature_size * keys
    attention = 2 * 2 * tokens * vectors * queries
    return -(-config.text.num_hidden_layers // config.cross_layer_interval) * (linear + seen + attention)


def decoder_flops(config: TextConfig, lengths: Sequence[int]) -> int:
    """The decoder over segments of `lengths` tokens, without the head.

    Attention is counted as half of the square, the part that causality leaves; a kernel that computes masked blocks
    does more.
    """
    queries, keys = config.num_attention_heads * config.head_dim, config.num_key_value_heads * config.head_dim
    projections = config.hidden_size * (2 * queries + 2 * keys)
    mlp = 3 * config.hidden_size * config.intermediate_size
    linear = sum(2 * length * (projections + mlp) for length in lengths)
    attention = sum(2 * length**2 * queries for length in lengths)
    return config.num_hidden_layers * (linear + attention)


def head_flops(config: TextConfig, positions: int) -> int:
    """Logits over the whole vocabulary at `positions` places."""
    return 2 * positions * config.hidden_size * config.vocab_size

"""Floating-point operations of the parts of a forward pass: a multiplication and an addition count as two.

Only matrix products are counted (patches, projections, attention, head); norms, activations and softmax are some
percent of them. Backward takes twice as many where everything is trained: once for the inputs' gradients and once for
the weights'. `torch.utils.flop_counter` counts the same (tests/planning).
"""

from collections.abc import Sequence

from octavo.models import Idefics3Config, TextConfig, VisionConfig

TRAINING = 3  # forward, and backward for inputs and for weights


def encoder_flops(config: VisionConfig, tiles: int) -> int:
    """The vision encoder over `tiles` square tiles of `config.image_size`."""
    patches, width = config.patches_per_side**2, config.hidden_size
    embedding = 2 * patches * width * 3 * config.patch_size**2
    linear = 2 * patches * (4 * width**2 + 2 * width * config.intermediate_size)
    attention = 2 * 2 * patches**2 * width  # scores, and values by scores
    return tiles * (embedding + config.num_hidden_layers * (linear + attention))


def connector_flops(config: Idefics3Config, tiles: int) -> int:
    """The projection from pixel-shuffled patches to the decoder's width."""
    square = config.vision.hidden_size * config.scale_factor**2
    return 2 * tiles * config.tokens_per_tile * square * config.text.hidden_size


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

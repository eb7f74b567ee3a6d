"""The model's tensors by the names and in the layouts of GGUF.

Shapes: K head size, D hidden size, S patches of a tile.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from octavo.models import Idefics3, TextConfig
from octavo.models.text import rotary_frequencies
from octavo.models.vision import position_ids

# GGUF's name of a layer's part, and the published one.
_TEXT_LAYER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_VISION_LAYER = {
    "ln1": "layer_norm1",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_out": "self_attn.out_proj",
    "ln2": "layer_norm2",
    "ffn_up": "mlp.fc1",
    "ffn_down": "mlp.fc2",
}


def _as_it_is(tensor: Tensor) -> Tensor:
    return tensor


@dataclass(frozen=True, slots=True)
class Entry:
    """One tensor of a file: `arranged(tensor)`, of the same shape, is computed when it is written.

    `exact` tensors stay float32 in a file of any type.
    """

    name: str
    tensor: Tensor
    arranged: Callable[[Tensor], Tensor] = _as_it_is
    exact: bool = False


def text_entries(model: Idefics3) -> Iterator[Entry]:
    """The decoder, llama.cpp's architecture `llama`."""
    config, weight = model.config.text, model.get_parameter
    yield Entry("token_embd.weight", weight("model.text_model.embed_tokens.weight"))
    yield Entry("output_norm.weight", weight("model.text_model.norm.weight"))
    if not config.tie_word_embeddings:
        yield Entry("output.weight", weight("lm_head.weight"))
    if config.rope_scaling is not None:
        yield Entry("rope_freqs.weight", _rope_factors(config))
    rotary = {"attn_q": _interleaved(config.head_dim), "attn_k": _interleaved(config.head_dim)}
    for i in range(config.num_hidden_layers):
        for name, published in _TEXT_LAYER.items():
            tensor = weight(f"model.text_model.layers.{i}.{published}.weight")
            yield Entry(f"blk.{i}.{name}.weight", tensor, rotary.get(name, _as_it_is))


def vision_entries(model: Idefics3) -> Iterator[Entry]:
    """The encoder and the projection, llama.cpp's `clip` with the projector `idefics3`."""
    weight, side = model.get_parameter, model.config.vision.patches_per_side
    vision = "model.vision_model"
    # llama.cpp aborts at the first image where patches or positions are not float32.
    yield Entry("v.patch_embd.weight", weight(f"{vision}.embeddings.patch_embedding.weight"), exact=True)
    yield Entry("v.patch_embd.bias", weight(f"{vision}.embeddings.patch_embedding.bias"))
    yield Entry(
        "v.position_embd.weight",
        weight(f"{vision}.embeddings.position_embedding.weight"),
        # llama.cpp takes the positions in order; the published model takes them by `position_ids`.
        lambda weight_SD: weight_SD[position_ids(side, side, side)],
        exact=True,
    )
    for i in range(model.config.vision.num_hidden_layers):
        for name, published in _VISION_LAYER.items():
            for part in ("weight", "bias"):
                yield Entry(f"v.blk.{i}.{name}.{part}", weight(f"{vision}.encoder.layers.{i}.{published}.{part}"))
    yield Entry("v.post_ln.weight", weight(f"{vision}.post_layernorm.weight"))
    yield Entry("v.post_ln.bias", weight(f"{vision}.post_layernorm.bias"))
    yield Entry("mm.model.fc.weight", weight("model.connector.modality_projection.proj.weight"))


def _interleaved(head_dim: int) -> Callable[[Tensor], Tensor]:
    """Rows of every head from (k, k + K / 2) being a rotary pair to (2k, 2k + 1) being one."""

    def arranged(weight: Tensor) -> Tensor:
        halves = weight.reshape(-1, 2, head_dim // 2, weight.shape[1])
        return halves.transpose(1, 2).reshape(weight.shape)

    return arranged


def _rope_factors(config: TextConfig) -> Tensor:
    """What llama.cpp divides each rotary frequency by: float32 [K / 2]."""
    plain = replace(config, rope_scaling=None)
    cpu = torch.device("cpu")
    return rotary_frequencies(plain, cpu) / rotary_frequencies(config, cpu)

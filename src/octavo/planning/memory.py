"""Bytes of the parts: what training and serving hold, found without computing anything.

What backward needs is not estimated: the forward pass runs over tensors without memory (`without_memory`, which gives
shapes, dtypes and the kernels of a device), and every tensor that autograd puts aside is counted once.
"""

from collections.abc import Callable, Sequence
from weakref import WeakSet

import torch
from torch import Tensor

from octavo.models import Idefics3, Idefics3Config, TextConfig
from octavo.models.attention import Layout
from octavo.models.cross_attention import GatedCrossAttentionLayer, Look
from octavo.models.text import rotary
from octavo.planning.trained import Trained, without_memory

ADAM, MUON = 2, 1  # moments of an optimiser, in float32 whatever the weights are


def saved_bytes(model: Idefics3, pages: int, tiles: int, tokens: int) -> dict[str, int]:
    """What a pack's forward pass puts aside for backward: of the encoder with its connector, and of the decoder.

    Also the inside of a layer that backward computes again, where the stage has such. The pack has `pages` pages, of
    `tiles` tiles and `tokens` tokens each; `model` is on the meta device, opened for its stage. The head is left out:
    its logits exist only where an answer token is predicted.
    """
    side, trunk = model.config.vision.image_size, model.model
    dtype = trunk.text_model.norm.weight.dtype
    with without_memory(model):
        weights = {parameter.untyped_storage()._cdata for parameter in model.parameters()}
        pixels_NCHW = torch.empty(pages * tiles, 3, side, side, dtype=dtype)
        seen, features = _saved(lambda: model.encode_tiles(pixels_NCHW), weights)
        embedded = trunk.text_model.embed_tokens(torch.empty(pages * tokens, dtype=torch.int64))
        leads_down = embedded.requires_grad or (trunk.fusion is None and features.requires_grad)
        embedded_TD = torch.empty_like(embedded, requires_grad=leads_down)
        features_NSD = torch.empty_like(features, requires_grad=features.requires_grad)
        looks = [Look(n * tokens, (n + 1) * tokens, tuple(range(n * tiles, (n + 1) * tiles))) for n in range(pages)]
        read, _ = _saved(lambda: _decode(model, embedded_TD, features_NSD, looks), weights)
        patches = model.config.vision.patches_per_side**2
        trains = any(parameter.requires_grad for parameter in trunk.vision_model.parameters())
        patches_NSD = torch.empty(pages * tiles, patches, model.config.vision.hidden_size, dtype=dtype)
        again = _recomputed(model, patches_NSD.requires_grad_(trains), embedded_TD, weights)
    return {"vision and connector": seen, "decoder": read, "a layer again": again}


def _decode(model: Idefics3, embedded_TD: Tensor, features_NSD: Tensor, looks: Sequence[Look]) -> Tensor:
    """The decoder over one segment, with the gated layers where the model has some."""
    gated = [] if model.model.fusion is None else list(model.model.fusion.layers)

    def before(number: int, x_TD: Tensor) -> Tensor:
        index, other = divmod(number, model.config.cross_layer_interval)
        if other:
            return x_TD
        layer = gated[index]
        assert isinstance(layer, GatedCrossAttentionLayer), "what the fusion is made of"
        looked_TD: Tensor = layer(x_TD, layer.cross_attn.keys_values(features_NSD), looks)
        return looked_TD

    out_TD: Tensor = model.model.text_model(embedded_TD, (len(embedded_TD),), None, before if gated else None)
    return out_TD


def _recomputed(model: Idefics3, patches_NSD: Tensor, x_TD: Tensor, weights: set[int]) -> int:
    """The inside of the larger of the layers that are computed again in backward."""
    text, encoder = model.model.text_model, model.model.vision_model.encoder
    turns = rotary(torch.arange(len(x_TD)), text.config, x_TD.dtype)
    seen = read = 0
    if encoder.checkpointing:
        seen, _ = _saved(lambda: encoder.layers[0](patches_NSD), weights)
    if text.checkpointing:
        read, _ = _saved(lambda: text.layers[0](x_TD, turns, Layout((len(x_TD),)), None), weights)
    return max(seen, read)


def working_bytes(model: Idefics3, tiles: int, tokens: int) -> int:
    """What the backward pass of the widest layer holds at once beside all that: three times its inner activations.

    Two are gradients of an MLP's inner layer, the third what the activation's own backward makes (measured on two
    cores; with it a plan is 3% under the peak, and without 13%). A frozen encoder has no backward.
    """
    config = model.config
    trains = any(parameter.requires_grad for parameter in model.model.vision_model.parameters())
    vision = trains * tiles * config.vision.patches_per_side**2 * config.vision.intermediate_size
    dtype = model.model.text_model.norm.weight.dtype
    return 3 * max(vision, tokens * config.text.intermediate_size) * dtype.itemsize


def training_bytes(what: Trained, dtype: torch.dtype, moments: int = ADAM) -> dict[str, int]:
    """What training holds from step to step: all weights; gradients and the optimiser's state of what trains."""
    trained = sum(what.trained.values())
    return {
        "weights": sum(what.parameters.values()) * dtype.itemsize,
        "gradients": trained * dtype.itemsize,
        "optimizer": moments * trained * torch.float32.itemsize,
    }


def cache_bytes(config: TextConfig, tokens: int, dtype: torch.dtype) -> int:
    """Keys and values of `tokens` tokens in all layers."""
    return 2 * config.num_hidden_layers * tokens * config.num_key_value_heads * config.head_dim * dtype.itemsize


def cross_cache_bytes(config: Idefics3Config, tiles: int, dtype: torch.dtype) -> int:
    """Keys and values of `tiles` tiles in all gated layers; 0 where there are none."""
    if config.cross is None:
        return 0
    layers = -(-config.text.num_hidden_layers // config.cross_layer_interval)
    sizes = config.cross.num_key_value_heads * config.cross.head_dim
    return 2 * layers * tiles * config.tokens_per_tile * sizes * dtype.itemsize


class _Kept:
    """A tensor that autograd put aside; gone when its graph is."""

    __slots__ = ("__weakref__", "tensor")

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor.detach()


def _saved(forward: Callable[[], Tensor], weights: set[int]) -> tuple[int, Tensor]:
    """Bytes of the storages that autograd keeps of a forward pass, those of the weights left out; and its result."""
    kept = WeakSet[_Kept]()

    def keep(tensor: Tensor) -> _Kept:
        one = _Kept(tensor)
        kept.add(one)
        return one

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda one: one.tensor):
        result = forward()
    storages = {one.tensor.untyped_storage()._cdata: one.tensor.untyped_storage().nbytes() for one in kept}
    return sum(size for identity, size in storages.items() if identity not in weights), result

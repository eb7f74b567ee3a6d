"""Bytes of the parts: what training and serving hold, found without computing anything.

What backward needs is not estimated: the forward pass runs over tensors without memory (`FakeTensorMode`, which gives
shapes, dtypes and the kernels of a device), and every tensor that autograd puts aside is counted once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from octavo.models import Idefics3, Idefics3Config, TextConfig

ADAM = 2  # moments of AdamW, in float32 whatever the weights are


def parameters_by_part(config: Idefics3Config) -> dict[str, int]:
    """Parameters of the vision encoder, the connector, the decoder, its embeddings and its head."""
    with torch.device("meta"):
        model = Idefics3(config)
    trunk = model.model
    count = {
        "vision": _parameters(trunk.vision_model),
        "connector": _parameters(trunk.connector),
        "decoder": _parameters(trunk.text_model.layers) + _parameters(trunk.text_model.norm),
        "embeddings": _parameters(trunk.text_model.embed_tokens),
    }
    if model.lm_head is not None:
        count["head"] = _parameters(model.lm_head)
    return count


def saved_bytes(config: Idefics3Config, tiles: int, tokens: int, dtype: torch.dtype) -> dict[str, int]:
    """What the encoder with its connector and the decoder put aside for backward.

    One pack of `tiles` tiles and of one segment of `tokens` tokens, everything trained. The head is left out: its
    logits exist only where an answer token is predicted.
    """
    side = config.vision.image_size
    with FakeTensorMode(), _default(dtype):
        model = Idefics3(config)
        pixels_NCHW = torch.empty(tiles, 3, side, side)
        embedded_TD = torch.empty(tokens, config.text.hidden_size, requires_grad=True)
        weights = {parameter.untyped_storage()._cdata for parameter in model.parameters()}
        return {
            "vision and connector": _saved(lambda: model.encode_tiles(pixels_NCHW), weights) if tiles else 0,
            "decoder": _saved(lambda: model.model.text_model(embedded_TD, (tokens,)), weights),
        }


def working_bytes(config: Idefics3Config, tiles: int, tokens: int, dtype: torch.dtype) -> int:
    """What the backward pass of the widest layer holds at once beside all that: three times its inner activations.

    Two are gradients of an MLP's inner layer, the third what the activation's own backward makes (measured on two
    cores; with it a plan is 3% under the peak, and without 13%).
    """
    vision = tiles * config.vision.patches_per_side**2 * config.vision.intermediate_size
    return 3 * max(vision, tokens * config.text.intermediate_size) * dtype.itemsize


def training_bytes(parameters: int, dtype: torch.dtype) -> dict[str, int]:
    """What training holds from step to step, every parameter trained by AdamW."""
    return {
        "weights": parameters * dtype.itemsize,
        "gradients": parameters * dtype.itemsize,
        "optimizer": ADAM * parameters * torch.float32.itemsize,
    }


def cache_bytes(config: TextConfig, tokens: int, dtype: torch.dtype) -> int:
    """Keys and values of `tokens` tokens in all layers."""
    return 2 * config.num_hidden_layers * tokens * config.num_key_value_heads * config.head_dim * dtype.itemsize


def _parameters(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _saved(forward: Callable[[], Tensor], weights: set[int]) -> int:
    """Bytes of the storages that autograd keeps of a forward pass, those of the weights left out."""
    storages: dict[int, torch.UntypedStorage] = {}  # held, so that no identity is given out twice

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        storages.setdefault(storage._cdata, storage)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        result = forward()
    del result
    return sum(storage.nbytes() for identity, storage in storages.items() if identity not in weights)


@contextmanager
def _default(dtype: torch.dtype) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)

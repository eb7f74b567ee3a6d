"""Sliding windows as config.json gives them: Mistral's in every layer, Qwen's in the layers that it names.

Llama has none.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from octavo.models.config.values import boolean, number, require

FULL, SLIDING = "full_attention", "sliding_attention"


def read_window(text: Mapping[str, Any], model_type: str, layers: int, where: str) -> dict[str, Any]:
    """`sliding_window` and `sliding_layers` of a decoder of `layers` layers; nothing where no layer has one."""
    if model_type == "llama" or text.get("sliding_window") is None:
        return {}
    window = number(int, text["sliding_window"], f"{where}sliding_window")
    if model_type == "mistral":
        return {"sliding_window": window, "sliding_layers": tuple(range(layers))}
    if not boolean(text, "use_sliding_window"):
        return {}
    first = text["max_window_layers"]
    require(isinstance(first, int), f"{where}max_window_layers is {first!r}; it must be a number of layers")
    kinds = text.get("layer_types") or [SLIDING if layer >= first else FULL for layer in range(layers)]
    right = isinstance(kinds, list) and len(kinds) == layers and all(kind in (FULL, SLIDING) for kind in kinds)
    require(right, f"{where}layer_types must be {layers} times {FULL} or {SLIDING}")
    sliding = tuple(layer for layer, kind in enumerate(kinds) if kind == SLIDING)
    return {"sliding_window": window, "sliding_layers": sliding} if sliding else {}


def write_window(model_type: str, window: int | None, sliding: Sequence[int], layers: int) -> dict[str, Any]:
    """The keys of config.json that say the same."""
    if model_type == "llama":
        return {}
    if model_type == "mistral":
        return {"sliding_window": window}
    kinds = [SLIDING if layer in sliding else FULL for layer in range(layers)]
    return {"use_sliding_window": window is not None, "sliding_window": window, "layer_types": kinds}

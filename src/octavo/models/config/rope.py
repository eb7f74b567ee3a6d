"""Rotary positions as config.json gives them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from octavo.models.config.values import check_fixed, number, numbers, require, section

ROPE_FIXED = {"partial_rotary_factor": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Llama3Scaling:
    """Llama 3.1's stretch of the slow rotary frequencies; `original_max_position_embeddings` is in tokens."""

    factor: float
    low_freq_factor: float
    high_freq_factor: float
    original_max_position_embeddings: int

    def __post_init__(self) -> None:
        require(
            self.low_freq_factor < self.high_freq_factor,
            "rope_scaling's low_freq_factor is not below its high_freq_factor",
        )


def read_rope(text: Mapping[str, Any]) -> dict[str, Any]:
    """`rope_theta` and `rope_scaling` of a decoder, from `rope_parameters` (transformers 5) or those keys."""
    rope = section(text, "rope_scaling") or section(text, "rope_parameters")
    check_fixed({**text, **rope}, ROPE_FIXED, "text_config.")
    theta = rope.get("rope_theta", text.get("rope_theta", 10000.0))
    kind = rope.get("rope_type", rope.get("type", "default"))
    require(kind in ("default", "llama3"), f"rope_type {kind!r}; only default and llama3 are supported")
    found: dict[str, Any] = {"rope_theta": number(float, theta, "rope_theta")}
    if kind == "llama3":
        values = {"original_max_position_embeddings": text.get("max_position_embeddings", 2048), **rope}
        given = numbers(Llama3Scaling, values, "rope_parameters.")
        missing = [one.name for one in fields(Llama3Scaling) if one.name not in given]
        require(not missing, f"rope_parameters of type llama3 lack {', '.join(missing)}")
        found["rope_scaling"] = Llama3Scaling(**given)
    return found


def read_unturned(text: Mapping[str, Any], layers: int, where: str) -> tuple[int, ...]:
    """The layers without rotary positions: SmolLM3's `no_rope_layers` has a 0 for each, else every fourth is one."""
    turned = text.get("no_rope_layers")
    if turned is None:
        interval = number(int, text.get("no_rope_layer_interval", 4), f"{where}no_rope_layer_interval")
        turned = [int((layer + 1) % interval != 0) for layer in range(layers)]
    right = isinstance(turned, list) and len(turned) == layers and all(flag in (0, 1) for flag in turned)
    require(right, f"{where}no_rope_layers must be {layers} times 0 or 1")
    return tuple(layer for layer, flag in enumerate(turned) if not flag)


def write_unturned(unturned: Sequence[int], layers: int) -> dict[str, Any]:
    """The key of config.json that says the same."""
    return {"no_rope_layers": [int(layer not in unturned) for layer in range(layers)]}

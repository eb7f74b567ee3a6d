"""Connector and fusion of a model that is no published architecture: two sections of its config.json."""

from collections.abc import Mapping
from typing import Any

from octavo.models.config.cross_attention import CrossAttentionConfig
from octavo.models.config.perceiver import PerceiverConfig
from octavo.models.config.text import TextConfig
from octavo.models.config.values import MOST_LAYERS, boolean, number, require, section

COMPOSED = "octavo"  # the model_type
CONNECTORS = ("linear", "mlp", "perceiver")
FUSIONS = ("self_attention", "cross_attention")
CROSS_SIZES = ("num_attention_heads", "num_key_value_heads", "head_dim")


def cross_for(text: TextConfig) -> CrossAttentionConfig:
    """Gated cross-attention with the decoder's own heads; its gates are closed at first."""
    return CrossAttentionConfig(feature_size=text.hidden_size, **{size: getattr(text, size) for size in CROSS_SIZES})


def read_composition(values: Mapping[str, Any], text: TextConfig) -> dict[str, Any]:
    """`connector`, `perceiver`, `cross` and `cross_layer_interval` of a model around the decoder `text`."""
    connector, fusion = section(values, "connector"), section(values, "fusion")
    kind = connector.get("type", "linear")
    require(kind in CONNECTORS, f"connector.type is {kind!r}; only {', '.join(CONNECTORS)} are known")
    found: dict[str, Any] = {"connector": kind}
    if kind == "perceiver":
        found["perceiver"] = PerceiverConfig.from_dict({"hidden_size": text.hidden_size, **connector}, "connector.")
    way = fusion.get("type", "self_attention")
    require(way in FUSIONS, f"fusion.type is {way!r}; only {', '.join(FUSIONS)} are known")
    if way == "cross_attention":
        sizes = {size: number(int, fusion.get(size, getattr(text, size)), f"fusion.{size}") for size in CROSS_SIZES}
        found["cross"] = CrossAttentionConfig(
            feature_size=text.hidden_size,
            **sizes,
            qk_layer_norms=boolean(fusion, "qk_layer_norms"),
            alpha_type=str(fusion.get("alpha_type", "float")),
        )
        interval = number(int, fusion.get("interval", 4), "fusion.interval")
        require(interval <= MOST_LAYERS, f"fusion.interval is above {MOST_LAYERS}")
        found["cross_layer_interval"] = interval
    return found


def write_composition(
    connector: str, perceiver: PerceiverConfig | None, cross: CrossAttentionConfig | None, interval: int
) -> dict[str, Any]:
    """The sections that say the same; none for a published architecture."""
    if connector == "linear" and cross is None:
        return {}
    kept = ("qk_layer_norms", "alpha_type", *CROSS_SIZES)
    fusion: dict[str, Any] = {"type": "self_attention"}
    if cross is not None:
        fusion = {"type": "cross_attention", "interval": interval, **{key: getattr(cross, key) for key in kept}}
    return {"connector": {"type": connector, **(perceiver.to_dict() if perceiver else {})}, "fusion": fusion}

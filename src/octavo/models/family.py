"""Which classes stand for the `model_type` of a config.json."""

from collections.abc import Callable, Mapping
from typing import Any

from octavo.errors import OctavoError
from octavo.models.config import Idefics2Config, Idefics3Config, IdeficsConfig
from octavo.models.config.values import require
from octavo.models.idefics import Idefics
from octavo.models.idefics2 import Idefics2
from octavo.models.idefics3 import Idefics3

Config = Idefics2Config | Idefics3Config | IdeficsConfig
Model = Idefics | Idefics2 | Idefics3

FAMILY: Mapping[str, tuple[type[Config], Callable[[Any], Model]]] = {
    "idefics": (IdeficsConfig, Idefics),
    "idefics2": (Idefics2Config, Idefics2),
    "idefics3": (Idefics3Config, Idefics3),
    "smolvlm": (Idefics3Config, Idefics3),
    "octavo": (Idefics3Config, Idefics3),
}


def config_of(values: Mapping[str, Any]) -> Config:
    """The configuration in what config.json holds. Raises `OctavoError` for a `model_type` that is not known."""
    kind = str(values.get("model_type"))
    require(kind in FAMILY, f"model_type is {kind}; only {', '.join(FAMILY)} are known")
    return FAMILY[kind][0].from_dict(values)


def empty_model(config: Config) -> Model:
    """The model of a configuration, its parameters not yet filled."""
    return FAMILY[config.model_type][1](config)


def tiled(model: Model) -> Idefics3:
    """The model as one that reads tiles. Raises `OctavoError` for one that takes images in another way."""
    if not isinstance(model, Idefics3):
        raise OctavoError(
            f"{model.config.model_type} models do not read tiles: they answer, but are not trained and have no GGUF; "
            "take an idefics3 or a smolvlm one"
        )
    return model

"""The single models that a vision-language model is joined of: a decoder and a SigLIP encoder, as published.

A decoder is a folder of a `…ForCausalLM` of the Llama family. An encoder is a folder of a `SiglipModel` (image and
text) or a `SiglipVisionModel`; SigLIP 2 of fixed resolution has the same `model_type` and the same names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch

from octavo.errors import OctavoError
from octavo.hub import model_folder
from octavo.models.checkpoint import fill, read_config_as
from octavo.models.config import TextConfig, VisionConfig
from octavo.models.config.values import boolean, check_fixed, require, section
from octavo.models.text import CausalLM
from octavo.models.vision import VisionModel

M = TypeVar("M")
SIGLIP, SIGLIP_VISION = "siglip", "siglip_vision_model"
# What SiglipVisionConfig of `transformers` fills in; Idefics3's own defaults are others.
SIGLIP_DEFAULTS = {"hidden_size": 768, "num_attention_heads": 12, "image_size": 224, "patch_size": 16}
QUANTIZED = {"quantization_config": None}


@dataclass(frozen=True, slots=True)
class Backbone(Generic[M]):
    """A model read from a folder of its own, and the tensors there that are no part of it."""

    model: M
    left_out: tuple[str, ...]


def load_decoder(folder: str | Path, dtype: torch.dtype = torch.float32) -> Backbone[CausalLM]:
    """Open a run folder, a Hugging Face folder or a hub name as a decoder with its head, in eval mode.

    Left out are rotary frequencies, which older files hold and which follow from the configuration. Raises
    `OctavoError` as `load_model` does.
    """
    folder = model_folder(folder)
    config = read_config_as(folder, _text_config)
    with torch.device("meta"):
        model = CausalLM(config)
    left_out = fill(model, model.tied, folder, dtype, _decoder_name)
    return Backbone(model.eval(), left_out)


def load_encoder(folder: str | Path, dtype: torch.dtype = torch.float32) -> Backbone[VisionModel]:
    """Open the image side of a SigLIP folder or hub name, in eval mode.

    Left out are the pooling head and the text side, which no vision-language model reads. Raises `OctavoError`
    as `load_model` does, and for SigLIP 2's NaFlex, whose patches are linear and whose grids are not fixed.
    """
    folder = model_folder(folder)
    config = read_config_as(folder, _vision_config)
    with torch.device("meta"):
        model = VisionModel(config)
    left_out = fill(model, {}, folder, dtype, _encoder_name)
    return Backbone(model.eval(), left_out)


def _text_config(values: Mapping[str, Any]) -> TextConfig:
    require(isinstance(values.get("model_type"), str), "it has no model_type; give the folder of a language model")
    check_fixed(values, QUANTIZED, "")
    return TextConfig.from_dict(values, tied=boolean(values, "tie_word_embeddings"), where="")


def _vision_config(values: Mapping[str, Any]) -> VisionConfig:
    kind = values.get("model_type")
    if str(kind).startswith("siglip2"):
        raise OctavoError(
            f"model_type {kind} is SigLIP 2 of flexible resolution (NaFlex), which is not supported; take one of "
            "fixed resolution, such as google/siglip2-so400m-patch14-384"
        )
    require(kind in (SIGLIP, SIGLIP_VISION), f"model_type is {kind!r}; an encoder is {SIGLIP} or {SIGLIP_VISION}")
    check_fixed(values, QUANTIZED, "")
    where = "vision_config." if kind == SIGLIP else ""
    return VisionConfig.from_dict({**SIGLIP_DEFAULTS, **(section(values, "vision_config") if where else values)}, where)


def _decoder_name(name: str) -> str | None:
    """Our name of a decoder's tensor, which is its own; None for rotary frequencies."""
    return None if name.endswith("rotary_emb.inv_freq") else name


def _encoder_name(name: str) -> str | None:
    """Our name of a SigLIP tensor; None for the pooling head, the text side, scale and bias of the two."""
    own = name.removeprefix("vision_model.")
    other = name.startswith(("text_model.", "logit_")) or own.startswith("head.")
    return None if other or own == "embeddings.position_ids" else own

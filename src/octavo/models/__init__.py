"""Models: tiles and token ids in, logits out.

`config` is config.json as typed values; `vision` (SigLIP), `connectors`, `text` (the Llama-family decoder),
`attention` (packed and cached), `checkpointing` (less memory) and `idefics3` (the whole) are the mathematics; `family`
knows which class stands for which `model_type`, and `checkpoint` reads and writes folders in Hugging Face's layout.
Parameter names are the published ones, so no weight is ever renamed. No other room is imported.
"""

from octavo.models.attention import KVCache
from octavo.models.checkpoint import load_model, save_model
from octavo.models.config import Idefics3Config, Llama3Scaling, TextConfig, VisionConfig
from octavo.models.idefics3 import Idefics3

__all__ = [
    "Idefics3",
    "Idefics3Config",
    "KVCache",
    "Llama3Scaling",
    "TextConfig",
    "VisionConfig",
    "load_model",
    "save_model",
]

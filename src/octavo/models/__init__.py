"""Models: tiles and token ids in, logits out.

`config` is config.json as typed values; `vision` (SigLIP), `connectors`, `text` (the Llama-family decoder),
`attention` (packed and cached), `checkpointing` (less memory) and `idefics3` (the whole) are the mathematics, `clip`,
`resampler`, `cross_attention` and `idefics` that of IDEFICS1; `fusion` brings cross-attention to tiles. `backbones`
opens single models, `join` makes one of two, `vocabulary` and `adapters` train a part of one. `family` knows which
class stands for which `model_type`, and `checkpoint` reads and writes folders in Hugging Face's layout. Parameter
names are the published ones, so no weight is ever renamed. `flops` counts the operations of all that, and `rate` says
how many a device does. No other room is imported.
"""

from octavo.models.attention import KVCache
from octavo.models.checkpoint import load_model, save_model, stored_dtype
from octavo.models.config import Idefics2Config, Idefics3Config, IdeficsConfig, Llama3Scaling, TextConfig, VisionConfig
from octavo.models.cross_attention import CrossCache
from octavo.models.family import Model, tiled
from octavo.models.idefics import Idefics
from octavo.models.idefics2 import Idefics2
from octavo.models.idefics3 import Idefics3
from octavo.models.segments import Branched, Segment

__all__ = [
    "Branched",
    "CrossCache",
    "Idefics",
    "Idefics2",
    "Idefics2Config",
    "Idefics3",
    "Idefics3Config",
    "IdeficsConfig",
    "KVCache",
    "Llama3Scaling",
    "Model",
    "Segment",
    "TextConfig",
    "VisionConfig",
    "load_model",
    "save_model",
    "stored_dtype",
    "tiled",
]

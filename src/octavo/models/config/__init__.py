"""config.json as typed values: what is read is checked, and a value that asks for other mathematics is refused.

Field names are the published ones, and the defaults are those of the configuration classes of `transformers`
5.23: published files leave out what equals them.
"""

from octavo.models.config.clip import ClipVisionConfig
from octavo.models.config.cross_attention import CrossAttentionConfig
from octavo.models.config.idefics import IdeficsConfig, ResamplerConfig
from octavo.models.config.idefics2 import Idefics2Config
from octavo.models.config.idefics3 import Idefics3Config
from octavo.models.config.perceiver import PerceiverConfig
from octavo.models.config.rope import Llama3Scaling
from octavo.models.config.text import TextConfig
from octavo.models.config.vision import VisionConfig

__all__ = [
    "ClipVisionConfig",
    "CrossAttentionConfig",
    "Idefics2Config",
    "Idefics3Config",
    "IdeficsConfig",
    "Llama3Scaling",
    "PerceiverConfig",
    "ResamplerConfig",
    "TextConfig",
    "VisionConfig",
]

"""Inference: a model and a page in, an answer with its evidence out.

`reader` holds a page's keys and values and decodes behind them, `locate` finds an answer among the page's
words, `vlm` opens models and files.
"""

from octavo.inference.locate import locate
from octavo.inference.reader import PageReader
from octavo.inference.types import Answer, Generated
from octavo.inference.vlm import VisionLanguageModel

__all__ = ["Answer", "Generated", "PageReader", "VisionLanguageModel", "locate"]

"""Inference: a model and a page in, an answer with its evidence out.

`engine` answers many requests at a time and reads a page once, `asking` asks it, `reader` does the same by itself for
models with cross-attention. `grounding` holds an answer to the page's words, `locate` finds it among them, `ranking`
says which pages to ask, `vlm` opens models and files.
"""

from octavo.inference.asking import PageAsker
from octavo.inference.locate import locate
from octavo.inference.reader import PageReader
from octavo.inference.types import MODES, Answer, Generated
from octavo.inference.vlm import VisionLanguageModel

__all__ = ["MODES", "Answer", "Generated", "PageAsker", "PageReader", "VisionLanguageModel", "locate"]

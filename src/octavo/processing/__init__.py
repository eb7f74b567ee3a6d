"""Page + conversation → tiles and token ids, exactly as the published processors of the family give them.

config.py        settings of the image processor (`preprocessor_config.json`)
tiles.py         an image → uint8 tiles; tiles → float32 pixels
resize.py        Pillow's resize, to the bit, of pages that repeat themselves
native.py        an image → uint8 images at its own aspect ratio (Idefics2)
interleaved.py   an image → a uint8 square; which token sees which image (IDEFICS1)
conversation.py  questions and answers → messages
prompts.py       messages → text: chat template in a sandbox, expansion of images
tokenizer.py     special tokens, loading with checks, training a small one
folder.py        the files of a Hugging Face folder
texts.py         messages → token ids and labels, whatever the images
base.py          what the processors of all architectures have: `FamilyProcessor`
processor.py     all of it together: `Processor`, `Sample`
idefics2.py      and for Idefics2: `Idefics2Processor`, `NativeSample`
idefics.py       and for IDEFICS1: `IdeficsProcessor`, `InterleavedSample`
family.py        a model's folder → its processor: `open_processor`
"""

from octavo.processing.base import FamilyProcessor, Pixels
from octavo.processing.config import ImageConfig
from octavo.processing.family import open_processor
from octavo.processing.idefics import IdeficsProcessor, InterleavedSample
from octavo.processing.idefics2 import Idefics2Processor, NativeSample
from octavo.processing.interleaved import SquareConfig
from octavo.processing.native import NativeConfig
from octavo.processing.processor import Processor, Sample
from octavo.processing.tokenizer import train_tokenizer

__all__ = [
    "FamilyProcessor",
    "Idefics2Processor",
    "IdeficsProcessor",
    "ImageConfig",
    "InterleavedSample",
    "NativeConfig",
    "NativeSample",
    "Pixels",
    "Processor",
    "Sample",
    "SquareConfig",
    "open_processor",
    "train_tokenizer",
]

"""Page + conversation → tiles and token ids, exactly as the published processors of Idefics3 and SmolVLM.

config.py        settings of the image processor (`preprocessor_config.json`)
tiles.py         an image → uint8 tiles; tiles → float32 pixels
resize.py        Pillow's resize, to the bit, of pages that repeat themselves
conversation.py  questions and answers → messages
prompts.py       messages → text: chat template in a sandbox, expansion of images
tokenizer.py     special tokens, loading with checks, training a small one
folder.py        the files of a Hugging Face folder
processor.py     all of it together: `Processor`, `Sample`
"""

from octavo.processing.config import ImageConfig
from octavo.processing.processor import Processor, Sample
from octavo.processing.tokenizer import train_tokenizer

__all__ = ["ImageConfig", "Processor", "Sample", "train_tokenizer"]

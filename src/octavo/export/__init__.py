"""Models taken elsewhere, and checked there: Hugging Face's layout, and GGUF for llama.cpp.

huggingface.py   weights, processor, tokenizer, card; opened again and compared
gguf.py          the two files of llama.cpp: `refusals` says what they cannot carry, `vocabulary` and `tensors`
                 what stands in them, `writer` writes them
parity.py        the same questions asked here and in llama.cpp (`llama`, `llama_child`), about drawn `pages`
"""

from octavo.export.gguf import export_gguf
from octavo.export.huggingface import export_hf
from octavo.export.parity import Parity

__all__ = ["Parity", "export_gguf", "export_hf"]

"""The harnesses whose scores a metric reproduces, and how a variant is looked up."""

from collections.abc import Mapping
from typing import TypeVar

LMMS_EVAL = "lmms_eval"  # EvolvingLMMs-Lab/lmms-eval at 75571cf, the default everywhere
VLMEVALKIT = "vlmevalkit"  # open-compass/VLMEvalKit at e8e78f0
IDEFICS = "idefics"  # the Idefics authors' own: huggingface/smollm at a041759, vision/m4
IDEFICS_OWN = "idefics_own"  # their second normaliser of VQA answers
IDEFICS_FIRST_WORD = "idefics_first_word"  # the first word of the answer alone, as they report it beside the whole
LM_EVAL = "lm_eval"  # EleutherAI/lm-evaluation-harness at 4e7e0d4, whose ChartQA is Mistral's

T = TypeVar("T")


def variant_of(table: Mapping[str, T], variant: str) -> T:
    """The entry of `table` for a variant; `ValueError` that names the known ones where there is none."""
    if variant not in table:
        raise ValueError(f"unknown variant {variant!r}; there are {', '.join(table)}")
    return table[variant]

"""A language model's tokenizer becomes one of the family: its special tokens, its chat template."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tokenizers import AddedToken, Tokenizer

from octavo.errors import OctavoError
from octavo.processing.folder import named_tokens, optional_json
from octavo.processing.prompts import CHAT_TEMPLATE, END_OF_UTTERANCE, GLOBAL
from octavo.processing.tokenizer import REQUIRED_TOKENS, ROW_COL_TOKENS, open_tokenizer

# As in SmolVLM's 256M and 500M: places in the page are single tokens.
FAMILY_TOKENS = (GLOBAL, *ROW_COL_TOKENS, *REQUIRED_TOKENS)
# The family's template begins with SmolVLM's BOS token; a model without one begins with nothing.
TEMPLATE = CHAT_TEMPLATE.replace("<|im_start|>", "{{ bos_token }}", 1)


@dataclass(frozen=True, slots=True)
class Extended:
    """A tokenizer with the family's tokens; ids from `first_new` on were not there before."""

    tokenizer: Tokenizer
    named_tokens: Mapping[str, str]
    first_new: int


def extend_tokenizer(folder: Path) -> Extended:
    """Read a language model's tokenizer and add what the family has and it lacks, behind its own tokens.

    Raises `OctavoError` where `folder` has no tokenizer.json that can be read.
    """
    if not (folder / "tokenizer.json").is_file():
        raise OctavoError(f"{folder} has no tokenizer.json; save it with transformers' fast tokenizer")
    tokenizer = open_tokenizer(folder / "tokenizer.json")
    first_new = max(tokenizer.get_vocab().values()) + 1
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in FAMILY_TOKENS])
    given = {
        name: token
        for name, token in named_tokens(optional_json(folder / "tokenizer_config.json")).items()
        if tokenizer.token_to_id(token) is not None
    }
    named = {"pad_token": END_OF_UTTERANCE} | given | {"eos_token": END_OF_UTTERANCE}
    return Extended(tokenizer, named, first_new)

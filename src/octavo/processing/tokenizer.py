"""The tokenizer: the family's special tokens, loading with checks, and training a small one."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from octavo.errors import OctavoError
from octavo.processing.prompts import END_OF_UTTERANCE, FAKE, GLOBAL, IMAGE

REQUIRED_TOKENS = (FAKE, IMAGE, END_OF_UTTERANCE)
# Single tokens of the 256M and 500M models of SmolVLM, for pages of up to 6x6 tiles.
ROW_COL_TOKENS = tuple(f"<row_{r}_col_{c}>" for r in range(1, 7) for c in range(1, 7))
# They come first, so that their ids stay the same whatever the vocabulary's size.
SPECIAL_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", GLOBAL, *ROW_COL_TOKENS, *REQUIRED_TOKENS)
# The part each plays, as SmolVLM's tokenizer_config.json gives it.
NAMED_TOKENS: Mapping[str, str] = {
    "bos_token": "<|im_start|>",
    "eos_token": END_OF_UTTERANCE,
    "unk_token": "<|endoftext|>",
    "pad_token": "<|im_end|>",
}
NEWLINES = "ĊĊ"  # "\n\n" in the byte-level alphabet
SMALLEST_VOCABULARY = len(SPECIAL_TOKENS) + 256 + 1  # and every byte, and "\n\n"


def train_tokenizer(texts: Iterable[str], vocab_size: int) -> Tokenizer:
    """Train a byte-level BPE tokenizer on `texts`; the same texts give the same tokenizer.

    Its pre-tokenizer is SmolLM's (digits one by one, then GPT-2's expression), which llama.cpp knows by name.
    "\\n" and "\\n\\n" are single tokens, since the prompt has both around tiles and llama.cpp fails without.
    It adds no token by itself: the chat template writes the BOS token. The vocabulary is smaller than
    `vocab_size` where the texts have no more pairs to merge. Raises `OctavoError` where it could not hold the
    special tokens and all bytes.
    """
    if vocab_size < SMALLEST_VOCABULARY:
        raise OctavoError(f"a vocabulary of {vocab_size} is too small; give at least {SMALLEST_VOCABULARY}")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=2,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return _with_newlines(tokenizer, vocab_size)


def _with_newlines(tokenizer: Tokenizer, vocab_size: int) -> Tokenizer:
    """The tokenizer with "\\n\\n" as one token; in a full vocabulary the rarest pair gives up its place."""
    if tokenizer.token_to_id(NEWLINES) is not None:
        return tokenizer
    content = json.loads(tokenizer.to_str())
    vocabulary, merges = content["model"]["vocab"], content["model"]["merges"]
    if len(vocabulary) == vocab_size:
        del vocabulary["".join(merges.pop())]  # the last merge: nothing is built on it
    vocabulary[NEWLINES] = len(vocabulary)
    merges.append(["Ċ", "Ċ"])
    return Tokenizer.from_str(json.dumps(content))


def load_tokenizer(path: Path, required: Sequence[str] = REQUIRED_TOKENS) -> Tokenizer:
    """Open a `tokenizer.json`; raises `OctavoError` where it is none or lacks a token that images need."""
    tokenizer = open_tokenizer(path)
    check_tokens(tokenizer, required)
    return tokenizer


def open_tokenizer(path: Path) -> Tokenizer:
    """Open any `tokenizer.json`; raises `OctavoError` where it is none."""
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises bare `Exception`s, whatever is wrong with a file
        raise OctavoError(f"{path}: not a tokenizer that can be read ({error})") from error
    # Files of published models may carry a maximal length, which would cut images without a word.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def check_tokens(tokenizer: Tokenizer, required: Sequence[str]) -> None:
    """Raises `OctavoError` naming the required special tokens that the tokenizer lacks."""
    added = {token.content for token in tokenizer.get_added_tokens_decoder().values()}
    missing = [name for name in required if name not in added]
    if missing:
        raise OctavoError(f"the tokenizer lacks {', '.join(missing)}; take one of the Idefics family")


def special_pattern(tokenizer: Tokenizer) -> re.Pattern[str]:
    """What must not stand in a text: read as a special token it could forge an image or a turn."""
    names = {token.content for token in tokenizer.get_added_tokens_decoder().values() if token.special}
    return re.compile("|".join(re.escape(name) for name in sorted(names | set(REQUIRED_TOKENS)) if name))

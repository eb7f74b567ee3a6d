"""The tokenizer and the chat template as GGUF names them."""

import json
from dataclasses import dataclass
from typing import Any

from tokenizers import Tokenizer

from octavo.export.refusals import refuse
from octavo.processing import Processor
from octavo.processing.conversation import conversation, question_message
from octavo.processing.prompts import CHAT_TEMPLATE, ChatTemplate, Message

# ggml's token types.
NORMAL, CONTROL, USER_DEFINED, UNUSED = 1, 3, 4, 5

# Llama 3's expression, by which a tokenizer of that family is recognised.
_LLAMA_BPE = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)

# llama.cpp gives a template strings, in which a marker that begins with "<__media" stands for an image. The
# family writes no space between the role and an image.
_STRING_TURNS = (
    "{% for message in messages %}"
    "{{ message['role'] | capitalize }}"
    "{{ ':' if message['content'].startswith('<__media') else ': ' }}{{ message['content'] }}"
    "{{ '<end_of_utterance>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`tokens` and their `types` by id, as many as the embedding has rows; `merges` as "left right"."""

    tokens: list[str]
    types: list[int]
    merges: list[str]


def vocabulary(tokenizer: Tokenizer, size: int) -> Vocabulary:
    """The tokens of a byte-level BPE, filled up to the `size` rows of the embedding with unused ones."""
    tokens = [f"[PAD{i}]" for i in range(size)]
    types = [UNUSED] * size
    for token, i in tokenizer.get_vocab().items():
        tokens[i], types[i] = token, NORMAL
    for i, added in tokenizer.get_added_tokens_decoder().items():
        types[i] = CONTROL if added.special else USER_DEFINED
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    return Vocabulary(tokens, types, [pair if isinstance(pair, str) else " ".join(pair) for pair in merges])


def pre_tokenizer_name(tokenizer: Tokenizer) -> str:
    """llama.cpp's name for how the tokenizer cuts text: smollm, gpt-2 or llama-bpe.

    Raises `OctavoError` for any other tokenizer: llama.cpp knows these by name alone, and would cut text
    differently.
    """
    content = json.loads(tokenizer.to_str())
    steps = content["pre_tokenizer"] or {}
    shape = [_step(step) for step in steps.get("pretokenizers", [steps])]
    known = {
        "smollm": ([("Digits", True), ("ByteLevel", True)], False),
        "gpt-2": ([("ByteLevel", True)], False),
        "llama-bpe": ([("Split", _LLAMA_BPE), ("ByteLevel", False)], True),
    }
    model = content["model"]
    found = (shape, bool(model.get("ignore_merges")))
    plain = content["normalizer"] is None and model["type"] == "BPE" and not model.get("byte_fallback")
    names = [name for name, form in known.items() if plain and form == found]
    if not names:
        refuse(
            f"llama.cpp knows no name for how its tokenizer cuts text (only {', '.join(known)})",
            "train with a tokenizer of octavo.processing.train_tokenizer, or use --to hf",
        )
    return names[0]


def _step(step: dict[str, Any]) -> tuple[str, Any]:
    """A pre-tokenizer by its kind and the one setting that tells the known ones apart."""
    if step.get("add_prefix_space"):
        return ("with a space before the text", None)
    settings = {
        "Digits": step.get("individual_digits"),
        "ByteLevel": step.get("use_regex", True),
        "Split": step.get("pattern", {}).get("Regex") if step.get("behavior") == "Isolated" else None,
    }
    kind = str(step.get("type"))
    return kind, settings.get(kind)


def string_template(processor: Processor) -> str:
    """The family's chat template for contents that are strings.

    Raises `OctavoError` where the processor's template is not the family's, but for what stands before the
    first turn: another one cannot be rewritten for strings.
    """
    turns = conversation([("Why?", "So."), ("When?", "Now.")], 1)
    probes: list[list[Message]] = [
        [question_message("Why?", 0)],
        turns,
        [{"role": "system", "content": [{"type": "text", "text": "Be."}]}],
    ]
    ours, theirs = ChatTemplate(CHAT_TEMPLATE, {}), processor.template
    before = theirs.render(probes[0]).partition("User:")[0]
    start = ours.render([]).partition("User:")[0]
    for probe in probes:
        for prompt in (False, True):
            if theirs.render(probe, prompt) != before + ours.render(probe, prompt).removeprefix(start):
                refuse(
                    "its chat template is not that of Idefics3 and SmolVLM",
                    "train with the template of octavo.processing, or use --to hf",
                )
    return before + _STRING_TURNS

"""A processor as files in Hugging Face's layout, read from published models and written for transformers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from octavo.errors import OctavoError
from octavo.files import write_json, written_whole
from octavo.processing.tokenizer import REQUIRED_TOKENS, load_tokenizer

MAX_IMAGE_SEQ_LEN = 4096  # of one tile or image; above, a prompt could not fit any context of the family
NAMED = ("bos_token", "eos_token", "unk_token", "pad_token")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a folder says of a processor.

    `processor_class` is its class in `transformers`, `image_settings` the content of `preprocessor_config.json`;
    `named_tokens` are `bos_token` and its like.
    """

    processor_class: str
    tokenizer: Tokenizer
    image_settings: Mapping[str, Any]
    image_seq_len: int
    chat_template: str
    named_tokens: Mapping[str, str]


def read_parts(
    folder: Path,
    processor_class: str,
    image_seq_len: int,
    chat_template: str | None = None,
    required: Sequence[str] = REQUIRED_TOKENS,
) -> Parts:
    """Read a processor's files; raises `OctavoError` naming the file that is missing or wrong.

    `image_seq_len` and `chat_template` count where the files say nothing; `required` are the
    special tokens that the tokenizer must have.
    """
    processor = optional_json(folder / "processor_config.json")
    tokenizer_config = optional_json(folder / "tokenizer_config.json")
    # transformers 5 nests the image settings in processor_config.json; older files have their own.
    image_settings = processor.get("image_processor") or optional_json(folder / "preprocessor_config.json")
    if not isinstance(image_settings, dict) or not image_settings:
        raise OctavoError(f"{folder} has no image settings: preprocessor_config.json is missing")
    image_seq_len = processor.get("image_seq_len", image_seq_len)
    if type(image_seq_len) is not int or not 0 < image_seq_len <= MAX_IMAGE_SEQ_LEN:
        raise OctavoError(f"{folder / 'processor_config.json'}: image_seq_len is {image_seq_len!r}")
    if not (folder / "tokenizer.json").is_file():
        raise OctavoError(f"{folder} has no tokenizer.json")
    return Parts(
        processor_class=processor_class,
        tokenizer=load_tokenizer(folder / "tokenizer.json", required),
        image_settings=image_settings,
        image_seq_len=image_seq_len,
        chat_template=_chat_template(folder, processor, tokenizer_config, chat_template),
        named_tokens=named_tokens(tokenizer_config),
    )


def write_parts(folder: Path, parts: Parts) -> None:
    """Write the files that transformers' AutoProcessor, AutoTokenizer and image processors open again."""
    write_json(folder / "preprocessor_config.json", parts.image_settings)
    processor = {"image_seq_len": parts.image_seq_len, "processor_class": parts.processor_class}
    write_json(folder / "processor_config.json", processor)
    special = [token for token in REQUIRED_TOKENS if parts.tokenizer.token_to_id(token) is not None]
    write_json(
        folder / "tokenizer_config.json",
        {
            **parts.named_tokens,
            "additional_special_tokens": special,
            "clean_up_tokenization_spaces": False,
            "processor_class": parts.processor_class,
            "tokenizer_class": "PreTrainedTokenizerFast",  # reads tokenizer.json as it is
        },
    )
    _write_text(folder / "tokenizer.json", parts.tokenizer.to_str(pretty=True))
    _write_text(folder / "chat_template.jinja", parts.chat_template)


def _chat_template(
    folder: Path, processor: Mapping[str, Any], tokenizer_config: Mapping[str, Any], default: str | None
) -> str:
    """The template, looked for where transformers looks, in its order."""
    path = folder / "chat_template.jinja"
    found = (
        processor.get("chat_template")
        or optional_json(folder / "chat_template.json").get("chat_template")
        or (_text(path) if path.is_file() else None)
        or tokenizer_config.get("chat_template")
        or default
    )
    if isinstance(found, list):  # several templates by name
        found = next((one["template"] for one in found if one.get("name") == "default"), None)
    if not isinstance(found, str):
        raise OctavoError(f"{folder} has no chat template; put the model's chat_template.jinja there")
    return found


def named_tokens(tokenizer_config: Mapping[str, Any]) -> dict[str, str]:
    """The tokens by the part they play; files give each as a string or as {"content": string, …}."""
    tokens = {}
    for name in NAMED:
        token = tokenizer_config.get(name)
        content = token.get("content") if isinstance(token, dict) else token
        if isinstance(content, str):
            tokens[name] = content
    return tokens


def optional_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file, empty where there is no file; raises `OctavoError` where it holds no object."""
    if not path.is_file():
        return {}
    try:
        content = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise OctavoError(f"{path}: not JSON ({error})") from error
    if not isinstance(content, dict):
        raise OctavoError(f"{path}: not a JSON object")
    return content


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OctavoError(f"{path}: cannot be read as UTF-8 text ({error})") from error


def _write_text(path: Path, text: str) -> None:
    with written_whole(path) as aside:
        aside.write_text(text, encoding="utf-8")

"""The identity of a model in a folder: of its bytes, not of its name."""

import hashlib
from pathlib import Path

from octavo.files import sha256_of

WEIGHTS = ("*.safetensors", "config.json", "adapter_config.json")
PROCESSOR = ("*processor_config.json", "tokenizer*", "special_tokens_map.json", "chat_template*", "vocab.json")


def identity_of(folder: Path) -> dict[str, str]:
    """SHA-256 of what a model's folder holds: {"weights": …, "processor": …}."""
    return {"weights": _hash(folder, WEIGHTS), "processor": _hash(folder, PROCESSOR)}


def _hash(folder: Path, patterns: tuple[str, ...]) -> str:
    paths = sorted({path for pattern in patterns for path in folder.glob(pattern)})
    lines = "".join(f"{path.name} {sha256_of(path)}\n" for path in paths)
    return hashlib.sha256(lines.encode()).hexdigest()

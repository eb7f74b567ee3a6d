"""How questions are worded: several phrasings for each kind, drawn by a hash so that a page asks the same."""

import hashlib
from collections.abc import Sequence


def phrase(choices: Sequence[str], draw: str, **blanks: str) -> str:
    """One of `choices`, drawn by the hash of `draw`, with its blanks filled."""
    number = int.from_bytes(hashlib.sha256("\n".join((choices[0], draw)).encode()).digest()[:8])
    return choices[number % len(choices)].format(**blanks)

"""The bytes that tokens spell."""

import re
from collections.abc import Collection, Iterator

from tokenizers import Tokenizer

SPACE = "▁"  # of SentencePiece's vocabularies
BYTE = re.compile(r"<0x([0-9A-F]{2})>")


class Vocabulary:
    """A tokenizer's tokens by their bytes; `ends` are the ids that end an answer.

    Byte-level vocabularies (GPT-2's alphabet) and SentencePiece's with bytes to fall back on. Special tokens spell
    nothing.
    """

    def __init__(self, tokenizer: Tokenizer, ends: Collection[int]) -> None:
        self.ends = sorted(ends)
        self.spelled: dict[int, bytes] = {}
        self.ids: dict[bytes, list[int]] = {}
        added = tokenizer.get_added_tokens_decoder()
        tokens = tokenizer.get_vocab(with_added_tokens=False)
        alphabet = None if SPACE in tokens else _alphabet()
        for token, id_ in tokens.items():
            spelling = _pieces(token) if alphabet is None else _bytes(token, alphabet)
            if spelling and id_ not in added:
                self.spelled[id_] = spelling
                self.ids.setdefault(spelling, []).append(id_)
        self.longest = max(map(len, self.ids), default=0)
        sizes: dict[bytes, set[int]] = {}
        for spelling in self.ids:
            sizes.setdefault(spelling[:2], set()).add(len(spelling))
        self._sizes = {head: sorted(found) for head, found in sizes.items()}

    def matches(self, data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
        """(id, number of bytes) of every token that stands in `data` at `start` and does not reach beyond `end`."""
        head = data[start : min(start + 2, end)]
        for key in dict.fromkeys((head[:1], head)):
            for size in self._sizes.get(key, ()):
                if start + size > end:
                    break
                for id_ in self.ids.get(data[start : start + size], ()):
                    yield id_, size


def _bytes(token: str, alphabet: dict[str, int]) -> bytes:
    """What a token of a byte-level vocabulary spells; nothing where it is none."""
    values = [alphabet.get(character, -1) for character in token]
    return b"" if -1 in values else bytes(values)


def _pieces(token: str) -> bytes:
    """What a token of SentencePiece's spells."""
    byte = BYTE.fullmatch(token)
    return bytes([int(byte[1], 16)]) if byte else token.replace(SPACE, " ").encode()


def _alphabet() -> dict[str, int]:
    """GPT-2's characters for bytes: printable ones for themselves, the others from U+0100 on in order."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = sorted(set(range(256)) - set(printable))
    return {chr(byte): byte for byte in printable} | {chr(256 + i): byte for i, byte in enumerate(others)}

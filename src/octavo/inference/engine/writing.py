"""Tokens become text while they come."""

from collections.abc import Sequence

from tokenizers import Tokenizer
from tokenizers.decoders import DecodeStream


class Writer:
    """The text of one answer, without special tokens and without white space at its ends.

    What may still become a stop text, a character or the white space at the end is held back until it is decided.
    """

    def __init__(self, tokenizer: Tokenizer, stop: Sequence[str]) -> None:
        self.tokenizer, self.stop = tokenizer, stop
        self.stream = DecodeStream(skip_special_tokens=True)
        self.text, self.told, self.stopped = "", 0, False

    def write(self, token_id: int) -> str:
        """The text that is certain now and was not before. Sets `stopped` where a stop text is complete."""
        self.text += self.stream.step(self.tokenizer, token_id) or ""
        if not self.told:
            self.text = self.text.lstrip()
        ends = [place for place in map(self.text.find, self.stop) if place >= 0]
        if ends:
            self.stopped, self.text = True, self.text[: min(ends)]
            return self.finish()
        return self._tell(self._decided())

    def finish(self) -> str:
        """The rest of the text, at the answer's end."""
        self.text = self.text.rstrip()
        return self._tell(len(self.text))

    def _tell(self, end: int) -> str:
        piece = self.text[self.told : end]
        self.told = max(self.told, end)
        return piece

    def _decided(self) -> int:
        """How many characters come before white space at the end and what a stop text may begin with."""
        held = 0
        for stop in self.stop:
            begins = (size for size in range(len(stop) - 1, 0, -1) if self.text.endswith(stop[:size]))
            held = max(held, next(begins, 0))
        return len(self.text[: len(self.text) - held].rstrip())

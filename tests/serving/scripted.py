"""An engine that says what a test tells it to, word by word, so that the page can be tested without a model."""

import re
import threading
import time
from types import SimpleNamespace

from tokenizers import Tokenizer, models, pre_tokenizers

from octavo.inference.engine import Completion, Piece, Token

SURE = -0.1  # log-probability of each of its words
GRID = (3, 2)  # tiles of every page
BYTES = {character: i for i, character in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}


class Scripted:
    """Answers each question with what `answers` has for it, at once or after `waits` seconds a word."""

    def __init__(self, answers=()):
        self.processor = SimpleNamespace(tokenizer=Tokenizer(models.BPE(BYTES, [])), grid=lambda width, height: GRID)
        self.answers = dict(answers)
        self.waits = 0.0
        self.load = (0, 0)
        self.ends = set()
        self.cancelled = []

    def prepare(self, messages, images):
        """The question stands for the prompt; a page is behind it."""
        assert images
        return messages[-1]["content"][-1]["text"]

    def submit(self, request):
        threading.Thread(target=self._write, args=(request,)).start()

    def close(self):
        pass

    def _write(self, request):
        words = re.findall(r"\S+\s*", self.answers[request.prompt])
        for word in words:
            time.sleep(self.waits)
            if request.cancelled:
                self.cancelled.append(request.prompt)
                return
            request.tell(Piece(word, Token(1, SURE)))
        if request.guide is not None:
            spelled = request.guide.automaton.vocabulary.ids
            for byte in "".join(words).encode():
                request.guide.take(spelled[bytes([byte])][0])
        tokens = tuple(Token(1, SURE) for _ in words)
        request.tell(Completion("".join(words), tokens, "stop", 10, 0, 0.0, 0.1, 0.2))

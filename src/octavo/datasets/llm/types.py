"""What passes between this room and an endpoint: Request and Reply."""

import hashlib
import json
from dataclasses import dataclass

from octavo.datasets.llm.tokens import count_tokens


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a language model: two messages and what goes with them.

    `prompt` names the prompt's file, version and hash. Two requests are the same where all of this is; which
    server answers them is not part of it.
    """

    model: str
    system: str
    user: str
    prompt: str
    temperature: float
    max_tokens: int

    def body(self) -> dict[str, object]:
        """The JSON of OpenAI's chat completions."""
        return {
            "model": self.model,
            "messages": [{"role": "system", "content": self.system}, {"role": "user", "content": self.user}],
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
        }

    @property
    def key(self) -> str:
        """The SHA-256 of the whole request, in hexadecimal."""
        whole = json.dumps({**self.body(), "prompt": self.prompt}, sort_keys=True)  # ASCII, also for lone surrogates
        return hashlib.sha256(whole.encode()).hexdigest()

    @property
    def tokens(self) -> int:
        """An estimate of the tokens that the messages take."""
        return count_tokens(self.system) + count_tokens(self.user) + MESSAGE_TOKENS


MESSAGE_TOKENS = 16  # what chat templates put around two messages


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the text, whether it ends where the model wanted, and what it cost in tokens.

    `fault` says why there is no text that could be used, "" where there is one. A fault was paid for like a
    text, so the cache keeps both.
    """

    text: str
    is_cut: bool
    tokens_in: int
    tokens_out: int
    fault: str = ""


class RefusedError(Exception):
    """The endpoint does not answer this one request, for the reason given; it answers others."""

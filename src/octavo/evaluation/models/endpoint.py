"""A model behind any OpenAI-compatible endpoint under test.

What goes wrong is counted, never scored as right: after `ATTEMPTS` a question's reply is a failure with its reason.
A wrong key or address, which fails every question alike, ends the run with a line instead.
"""

import base64
import io
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import httpx

from octavo.datasets.llm.client import back_off, retry_after
from octavo.datasets.llm.settings import KEY_VARIABLES
from octavo.documents.types import PageImage
from octavo.errors import OctavoError
from octavo.evaluation.models.base import MOST_TOKENS
from octavo.evaluation.types import Item, Reply

ATTEMPTS = 4
TIMEOUT_S = 120.0  # of one attempt, from the request to the last byte
LONGEST_PAUSE_S = 60.0
MOST_BYTES = 1 << 20  # of a reply
AT_ONCE = 8  # groups of questions in flight
_PASSES = (408, 409, 425, 429)
_FATAL = {
    401: f"does not accept the key; set {KEY_VARIABLES[0]}",
    403: f"does not let this key in; set another {KEY_VARIABLES[0]}",
    404: "knows no such address or model; give an address that ends in /v1, and --endpoint-model",
}


class _AttemptError(Exception):
    """An attempt failed; another may do better where it `passes`, after `pause` seconds if the endpoint asked."""

    def __init__(self, reason: str, passes: bool = True, pause: float | None = None) -> None:
        super().__init__(reason)
        self.passes, self.pause = passes, pause


class EndpointModel:
    """The model `model` at `url` ("http://localhost:8000/v1"), temperature 0. A key is taken from the environment.

    Raises `OctavoError` for an address that is none.
    """

    at_once = AT_ONCE

    def __init__(
        self,
        url: str,
        model: str,
        timeout_s: float = TIMEOUT_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if httpx.URL(url).userinfo:
            raise OctavoError(f"the address holds a password; leave it out and put the key into {KEY_VARIABLES[0]}")
        self.url = url.rstrip("/").removesuffix("/chat/completions") + "/chat/completions"
        self.model, self.sleep, self.timeout_s = model, sleep, timeout_s
        self.name = f"{model} at {httpx.URL(url).netloc.decode()}"
        # What weights an endpoint has, nobody can see: its address and its model's name stand for them.
        self.identity = {"weights": f"{self.url} {model}", "generation": f"temperature 0, {MOST_TOKENS} tokens"}
        key = next((os.environ[name] for name in KEY_VARIABLES if os.environ.get(name)), "")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self.http = httpx.Client(headers=headers, timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, 10.0)))

    def answer(self, images: Sequence[PageImage], asked: Sequence[tuple[Item, str]]) -> Iterator[Reply]:
        """Replies of text alone; all images go with each question."""
        parts = [{"type": "image_url", "image_url": {"url": data_url(image)}} for image in images]
        for _, prompt in asked:
            yield self._ask(parts, prompt)

    def _ask(self, parts: list[dict[str, Any]], prompt: str) -> Reply:
        content = [*parts, {"type": "text", "text": prompt}]
        body = {
            "model": self.model,
            "messages": [{"role": "user", "content": content}],
            "temperature": 0,
            "max_tokens": MOST_TOKENS,
        }
        started = time.perf_counter()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return Reply(self._attempt(body), seconds=time.perf_counter() - started)
            except _AttemptError as trouble:
                if not trouble.passes or attempt == ATTEMPTS:
                    return Reply("", failure=str(trouble), seconds=time.perf_counter() - started)
                pause = back_off(attempt, prompt) if trouble.pause is None else trouble.pause
                self.sleep(min(pause, LONGEST_PAUSE_S))
        raise AssertionError("the last attempt returns")

    def _attempt(self, body: dict[str, Any]) -> str:
        """The text of one reply. Raises `_AttemptError`, and `OctavoError` for what every question would meet."""
        deadline = time.monotonic() + self.timeout_s
        try:
            with self.http.stream("POST", self.url, json=body) as response:
                data = bytearray()
                for part in response.iter_bytes():
                    data += part
                    if len(data) > MOST_BYTES:
                        raise _AttemptError("the reply was too long")
                    if time.monotonic() > deadline:  # httpx's timeout is for each piece of a reply alone
                        raise _AttemptError("no answer in time")
        except httpx.TimeoutException as error:
            raise _AttemptError("no answer in time") from error
        except httpx.HTTPError as error:
            raise _AttemptError(f"no connection ({type(error).__name__})") from error
        if response.status_code in _FATAL:
            raise OctavoError(f"{httpx.URL(self.url).netloc.decode()} {_FATAL[response.status_code]}")
        if response.status_code != 200:
            passes = response.status_code in _PASSES or response.status_code >= 500
            pause = retry_after(response.headers, time.time())
            raise _AttemptError(f"status {response.status_code}", passes, pause)
        return _text(bytes(data))


def data_url(image: PageImage) -> str:
    """The image as a data URL: as it is where it is JPEG or PNG, as PNG else."""
    data, kind = image.data, image.format
    if kind not in ("JPEG", "PNG"):
        buffer = io.BytesIO()
        image.pil().save(buffer, "PNG")
        data, kind = buffer.getvalue(), "PNG"
    return f"data:image/{kind.lower()};base64,{base64.b64encode(data).decode()}"


def _text(data: bytes) -> str:
    """The text of a chat completion. Raises `_AttemptError` for a body that is none."""
    try:
        text = json.loads(data)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise _AttemptError("the reply was no chat completion") from error
    if not isinstance(text, str) or not text.strip():
        raise _AttemptError("the reply was empty")
    return text.strip().encode("utf-8", "replace").decode()  # JSON can hold halves of surrogate pairs

"""Answers in OpenAI's shapes: one object, or a stream of them."""

import json
import secrets
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from tokenizers import Tokenizer

from octavo.inference.engine import Piece, Token
from octavo.serving.answering import Outcome
from octavo.serving.errors import api_error
from octavo.serving.structured import Form


@dataclass(frozen=True, slots=True)
class Reply:
    """What all objects of one answer have in common."""

    model: str
    form: Form
    tokenizer: Tokenizer | None  # for log-probabilities where they are asked for
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, outcome: Outcome) -> dict[str, Any]:
        """The answer as one object."""
        completion = outcome.completion
        message = {"role": "assistant", "content": self.form.whole(completion.text)}
        choice = {"index": 0, "message": message, "finish_reason": completion.reason}
        choice["logprobs"] = self._logprobs(completion.tokens)
        extension = {"usage": usage(outcome), "octavo": outcome.extension()}
        return self._object("chat.completion", [choice]) | extension

    async def events(
        self, first: Piece | Outcome, rest: AsyncGenerator[Piece | Outcome], with_usage: bool
    ) -> AsyncGenerator[dict[str, Any]]:
        """The answer as chunks; the last but the usage has reason and evidence."""
        yield self._chunk({"role": "assistant", "content": self.form.opening})
        event = first
        async with aclosing(rest):
            while isinstance(event, Piece):
                if event.text or self.tokenizer is not None:
                    yield self._chunk({"content": self.form.piece(event.text)}, self._logprobs([event.token]))
                event = await anext(rest)
        delta = {"content": self.form.closing} if self.form.closing else {}
        yield self._chunk(delta, reason=event.completion.reason) | {"octavo": event.extension()}
        if with_usage:
            yield self._object("chat.completion.chunk", []) | {"usage": usage(event)}

    def _chunk(self, delta: dict[str, Any], logprobs: Any = None, reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": logprobs}
        return self._object("chat.completion.chunk", [choice])

    def _object(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model, "choices": choices}

    def _logprobs(self, tokens: Iterable[Token]) -> dict[str, Any] | None:
        if self.tokenizer is None:
            return None
        return {"content": [self._token(token) for token in tokens], "refusal": None}

    def _token(self, token: Token) -> dict[str, Any]:
        top = [self._text(id_) | {"logprob": logprob} for id_, logprob in token.top]
        return self._text(token.id) | {"logprob": token.logprob, "top_logprobs": top}

    def _text(self, token_id: int) -> dict[str, Any]:
        assert self.tokenizer is not None
        text = self.tokenizer.decode([token_id], skip_special_tokens=False)
        # A token that is part of a character has no text of its own.
        return {"token": text, "bytes": None if "\N{REPLACEMENT CHARACTER}" in text else list(text.encode())}


def usage(outcome: Outcome) -> dict[str, Any]:
    """What the answer took; `cached_tokens` are those of pages that had been read before."""
    prompt, generated = outcome.tokens["prompt"], outcome.tokens["generated"]
    return {
        "prompt_tokens": prompt,
        "completion_tokens": generated,
        "total_tokens": prompt + generated,
        "prompt_tokens_details": {"cached_tokens": outcome.tokens["cached"]},
    }


class EventStream(Response):
    """Server-sent events of JSON objects, ended by [DONE], or by an error object where one comes up on the way."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[dict[str, Any]]) -> None:
        self.events = events
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them one by one as they come."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        end = b"data: [DONE]\n\n"
        try:
            async with aclosing(self.events) as events:
                async for event in events:
                    await send({"type": "http.response.body", "body": _event(event), "more_body": True})
        except Exception as error:  # the status is sent: an error can only be told in the stream
            fault = api_error(error)
            end = _event(fault.body())
            if fault.status == 500:
                await send({"type": "http.response.body", "body": end, "more_body": False})
                raise
        await send({"type": "http.response.body", "body": end, "more_body": False})


def _event(value: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False, allow_nan=False).encode() + b"\n\n"

"""One model, one thread, many requests."""

import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import torch
from PIL import Image

from octavo.errors import OctavoError
from octavo.inference.engine.decoder import Decoder
from octavo.inference.engine.disk import PageFolder
from octavo.inference.engine.pages import PageCache, page_key, settings_digest
from octavo.inference.engine.running import Request, Slot
from octavo.inference.engine.scheduler import Scheduler
from octavo.inference.engine.ticket import Ticket
from octavo.inference.engine.tiles import TileEncoder
from octavo.inference.engine.types import Busy, Completion, Prompt, Sampling
from octavo.models import Idefics2, Idefics3
from octavo.processing import FamilyProcessor
from octavo.processing.prompts import Message

GIB = 2**30


class Engine:
    """Answers many requests at a time; methods may be called from any thread.

    `slots` requests of at most `context` tokens run at a time and `waiting` more may wait. Pages that were read stay in
    `page_bytes` of memory and, with a `folder`, in as many bytes of files. With `int8`, products of encoder and decoder
    are in 8 bits; otherwise everything is in the model's dtype. It takes models whose images stand among the tokens:
    Idefics3, SmolVLM and Idefics2.
    """

    def __init__(
        self,
        model: Idefics2 | Idefics3,
        processor: FamilyProcessor,
        *,
        int8: bool = False,
        slots: int = 8,
        context: int = 4096,
        waiting: int = 64,
        page_bytes: int = GIB,
        folder: Path | None = None,
    ) -> None:
        self.processor, self.waiting = processor, waiting
        self.context = min(context, model.config.text.max_position_embeddings)
        self.settings = settings_digest(model, processor, int8, weights=folder is not None)
        decoder = Decoder(model, self.context, int8)
        pages = PageCache(page_bytes, None if folder is None else PageFolder(folder, page_bytes))
        room = [Slot(decoder.new_cache(self.context)) for _ in range(slots)]
        self.scheduler = Scheduler(processor, decoder, TileEncoder(model, int8), pages, room)
        self._queue: deque[Request] = deque()
        self._changed = threading.Condition()
        self._closing = self._cut = False
        self._thread = threading.Thread(target=self._serve, name="octavo-engine", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def prepare(self, messages: Sequence[Message], images: Sequence[Image.Image]) -> Prompt:
        """A conversation, whose image parts are `images` in order, as a prompt. May take milliseconds a page.

        Raises `OctavoError` for a conversation that the processor refuses and for one that is too long.
        """
        grids = [self.processor.grid(*image.size) for image in images]
        ids_T = self.processor.encode_text(messages, grids, add_generation_prompt=True)[0]
        if len(ids_T) >= self.context:
            raise OctavoError(
                f"the prompt has {len(ids_T)} tokens, and {self.context} are the most with its answer; "
                "send fewer pages or less text"
            )
        prefix = 0
        if images:
            prefix = int((ids_T == self.processor.image_token_id).nonzero()[-1]) + 1
        key = page_key(self.settings, ids_T[:prefix], images) if images else b""
        return Prompt(ids_T, prefix, tuple(images), key)

    def submit(self, request: Request) -> None:
        """Take in a request, of which its `tell` will hear.

        Raises `Busy` where the queue is full or the engine closes, and `OctavoError` where prompt and answer are longer
        than `context`.
        """
        tokens, most = len(request.prompt.token_ids), request.sampling.max_tokens
        if tokens + most > self.context:
            raise OctavoError(
                f"{tokens} tokens of the prompt and {most} of the answer are more than {self.context}; "
                f"ask for at most {self.context - tokens}"
            )
        with self._changed:
            if self._closing:
                raise Busy("the engine is closing; ask another one")
            if len(self._queue) >= self.waiting:
                raise Busy(f"{len(self._queue)} requests wait already; ask again in some seconds")
            self._queue.append(request)
            self._changed.notify_all()

    def stream(self, prompt: Prompt, sampling: Sampling) -> Ticket:
        """Ask, and get the pieces of the answer as they come; raises what `submit` raises."""
        ticket = Ticket(prompt, sampling)
        self.submit(ticket.request)
        return ticket

    def answer(self, prompt: Prompt, sampling: Sampling) -> Completion:
        """Ask, and wait for the whole answer; raises what `submit` raises."""
        return self.stream(prompt, sampling).result()

    @property
    def load(self) -> tuple[int, int]:
        """How many requests run, and how many wait."""
        return len(self.scheduler.running), len(self._queue)

    def close(self, grace_s: float = 0.0) -> None:
        """Take nothing in any more, let what is there run on for `grace_s` seconds, and cancel the rest."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(grace_s)
        self._cut = True
        self._thread.join()

    @torch.inference_mode()
    def _serve(self) -> None:
        while self._wait():
            try:
                self._admit()
                self.scheduler.turn()
            except Exception as error:  # whatever it was, the next request deserves a try
                self.scheduler.fail(list(self.scheduler.running), error)

    def _wait(self) -> bool:
        """Wait for work; False where there is none and none will come."""
        with self._changed:
            self._changed.wait_for(lambda: self._closing or self._queue or self.scheduler.running)
            return bool(self._queue or self.scheduler.running)

    def _admit(self) -> None:
        """Requests go into free slots, and those that were cancelled out of the queue."""
        if self._cut:
            for request in (*self._queue, *(sequence.request for sequence in self.scheduler.running)):
                request.cancelled = True
        for request in [request for request in list(self._queue) if request.cancelled]:
            self._queue.remove(request)
            seconds = time.perf_counter() - request.submitted
            request.tell(Completion("", (), "cancelled", len(request.prompt.token_ids), 0, 0.0, seconds))
        while self._queue and self.scheduler.free:
            self.scheduler.admit(self._queue.popleft())

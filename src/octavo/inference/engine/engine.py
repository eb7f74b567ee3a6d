"""One model, one thread, many requests."""

import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Self, TypeGuard

from PIL import Image
from torch import Tensor

from octavo.errors import OctavoError
from octavo.inference.engine.decoder import Decoder
from octavo.inference.engine.disk import PageFolder
from octavo.inference.engine.pages import PageCache, page_key, settings_digest
from octavo.inference.engine.running import Request, Slot
from octavo.inference.engine.scheduler import Scheduler
from octavo.inference.engine.ticket import Ticket
from octavo.inference.engine.tiles import TileEncoder
from octavo.inference.engine.types import Completion, Guide, Prompt, Sampling
from octavo.inference.engine.worker import Worker
from octavo.models import Idefics2, Idefics3, Model
from octavo.processing import FamilyProcessor
from octavo.processing.prompts import Message

GIB = 2**30


def runs(model: Model) -> TypeGuard[Idefics2 | Idefics3]:
    """Whether the engine takes a model: its images stand among the tokens, and no layer looks at them beside."""
    return isinstance(model, Idefics2 | Idefics3) and model.model.fusion is None


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
        context: int = 8192,
        waiting: int = 64,
        page_bytes: int = GIB // 2,
        folder: Path | None = None,
    ) -> None:
        self.processor = processor
        self.context = min(context, model.config.text.max_position_embeddings)
        self.settings = settings_digest(model, processor, int8, weights=folder is not None)
        decoder = Decoder(model, self.context, int8)
        pages = PageCache(page_bytes, None if folder is None else PageFolder(folder, page_bytes))
        room = [Slot(decoder.new_cache(self.context)) for _ in range(slots)]
        self.scheduler = Scheduler(processor, decoder, TileEncoder(model, int8), pages, room)
        self.worker = Worker(self.scheduler, waiting)
        weakref.finalize(self, self.worker.stop)  # an engine that nobody holds any more frees its model

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def prepare(self, messages: Sequence[Message], images: Sequence[Image.Image]) -> Prompt:
        """A conversation, whose image parts are `images` in order, as a prompt. May take milliseconds a page.

        Raises `OctavoError` for a conversation that the processor refuses or that is too long, and for an image that
        cannot be decoded.
        """
        grids = [self.processor.grid(*image.size) for image in images]
        return self.prompt(self.processor.encode_text(messages, grids, add_generation_prompt=True)[0], images)

    def prompt(self, ids_T: Tensor, images: Sequence[Image.Image]) -> Prompt:
        """The same of token ids int64 [T]."""
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
        than `context`, or no answer that the guide allows is as short as it must be.
        """
        if request.guide is not None:
            request.guide.require(request.sampling.max_tokens)
        tokens, most = len(request.prompt.token_ids), request.sampling.max_tokens
        if tokens + most > self.context:
            raise OctavoError(
                f"{tokens} tokens of the prompt and {most} of the answer are more than {self.context}; "
                f"ask for at most {self.context - tokens}"
            )
        self.worker.submit(request)

    def stream(self, prompt: Prompt, sampling: Sampling, guide: Guide | None = None) -> Ticket:
        """Ask, and get the pieces of the answer as they come; raises what `submit` raises."""
        ticket = Ticket(prompt, sampling, guide=guide)
        self.submit(ticket.request)
        return ticket

    def answer(self, prompt: Prompt, sampling: Sampling, guide: Guide | None = None) -> Completion:
        """Ask, and wait for the whole answer; raises what `submit` raises."""
        return self.stream(prompt, sampling, guide).result()

    def score(self, prompt: Prompt, tokens: int) -> Completion:
        """Log-probabilities of the prompt's last `tokens` tokens, which stand behind its images; see `submit`."""
        ticket = Ticket(prompt, Sampling(max_tokens=1), tokens)
        self.submit(ticket.request)
        return ticket.result()

    @property
    def ends(self) -> set[int]:
        """The ids that end an answer."""
        return self.scheduler.ends

    @property
    def load(self) -> tuple[int, int]:
        """How many requests run, and how many wait."""
        return len(self.scheduler.running), len(self.worker.queue)

    def close(self, grace_s: float = 0.0) -> None:
        """Take nothing in any more, let what is there run on for `grace_s` seconds, and cancel the rest."""
        self.worker.close(grace_s)

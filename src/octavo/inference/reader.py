"""Pages encoded once and asked many times, by any model: greedy decoding behind one cached prefix.

For models that the engine does not take (cross-attention), and for export, which compares single logits.

Shapes: T tokens, V vocabulary, A ids that are allowed.
"""

import math
import time
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from octavo.inference.engine import Guide
from octavo.inference.types import Generated
from octavo.models import Model
from octavo.processing import FamilyProcessor, Pixels
from octavo.processing.conversation import conversation, question_message

QUESTION_TOKENS = 512  # room in the cache for a question, beside its page and its answer


class PageReader:
    """Keys and values of some pages' prefix, and the questions asked behind it.

    The prompt up to the last image token is the same for every question, so it is computed when the reader
    is made; a question costs its own tokens and its answer's. The cache is cut back to the prefix before
    each question, so the order of questions does not matter.
    """

    def __init__(
        self, model: Model, processor: FamilyProcessor, images: Sequence[Image.Image], max_new_tokens: int = 64
    ) -> None:
        started = time.perf_counter()
        self.model, self.processor, self.max_new_tokens = model, processor, max_new_tokens
        self.grids = [processor.grid(*image.size) for image in images]
        self.ends = {processor.end_token_id, *model.config.text.eos_token_ids}
        prompt_T = processor.encode_text([question_message("", len(images))], self.grids)[0]
        self.prefix = int((prompt_T == processor.image_token_id).nonzero()[-1]) + 1
        with torch.inference_mode():
            self.cache = model.new_cache(self.prefix + QUESTION_TOKENS + max_new_tokens)
            self.device = self.cache.keys_LGCK.device  # the model's
            features = model.features_of(_on(processor.pixels(images), self.device))
            self.read_T = prompt_T[:0]  # the ids that the cache holds
            self._forward(prompt_T[: self.prefix], torch.tensor([self.prefix - 1]), features)
        self.seconds = time.perf_counter() - started

    @torch.inference_mode()
    def ask(self, question: str, guide: Guide | None = None) -> Generated:
        """The greedy answer, held to `guide`.

        Raises `ValueError` for a question of more than 512 tokens, and `OctavoError` where the guide allows no answer
        of `max_new_tokens`.
        """
        started = time.perf_counter()
        if guide is not None:
            guide.require(self.max_new_tokens)
        prompt_T = self._question(question)
        logits_V = self._forward(prompt_T, torch.tensor([len(prompt_T) - 1]))[0]
        chosen: list[int] = []
        log_probability, stopped = 0.0, False
        for _ in range(self.max_new_tokens):
            token = _likeliest(logits_V, guide, self.max_new_tokens - len(chosen))
            log_probability += float(F.log_softmax(logits_V.float(), dim=-1)[token])
            chosen.append(token)
            if token in self.ends:
                stopped = True
                break
            logits_V = self._forward(torch.tensor([token]), torch.tensor([0]))[0]
        confidence = math.exp(log_probability / len(chosen))
        return Generated(self.processor.decode(chosen), confidence, stopped, time.perf_counter() - started)

    @torch.inference_mode()
    def answer_losses(self, question: str, answer: str) -> list[float]:
        """Cross-entropy in nats of each token of `answer` and of its end token."""
        token_ids_T, labels_T = self.processor.encode_text(
            conversation([(question, answer)], len(self.grids)), self.grids
        )
        self.cache.truncate(self.prefix)
        before_M = (labels_T[1:] != -100).nonzero().squeeze(1)
        # Ids from the prefix to the last token that predicts something; the rest predicts nothing.
        ids_T = token_ids_T[self.prefix : int(before_M[-1]) + 1]
        logits_MV = self._forward(ids_T, before_M - self.prefix)
        losses: list[float] = F.cross_entropy(logits_MV.float(), labels_T[before_M + 1], reduction="none").tolist()
        return losses

    def _question(self, question: str) -> Tensor:
        """The prompt's token ids behind the prefix, with the cache cut back to it."""
        messages = [question_message(question, len(self.grids))]
        prompt_T = self.processor.encode_text(messages, self.grids, add_generation_prompt=True)[0][self.prefix :]
        if len(prompt_T) > QUESTION_TOKENS:
            raise ValueError(f"the question has {len(prompt_T)} tokens; at most {QUESTION_TOKENS} are read")
        self.cache.truncate(self.prefix)
        return prompt_T

    def _forward(self, token_ids_T: Tensor, logits_at: Tensor, features: Tensor | None = None) -> Tensor:
        new = len(token_ids_T)
        self.read_T = torch.cat([self.read_T[: self.cache.length], token_ids_T])
        sight = {name: rows[-new:].to(self.device) for name, rows in self.processor.sight(self.read_T).items()}
        token_ids_T, logits_at = token_ids_T.to(self.device), logits_at.to(self.device)
        logits: Tensor = self.model(token_ids_T, (new,), features, cache=self.cache, logits_at=logits_at, **sight)
        return logits.cpu()


def _likeliest(logits_V: Tensor, guide: Guide | None, room: int) -> int:
    if guide is None:
        return int(logits_V.argmax())
    allowed_A = guide.allowed(room)
    token = int(allowed_A[logits_V[allowed_A].argmax()])
    guide.take(token)
    return token


def _on(pixels: Pixels, device: torch.device) -> Pixels:
    """Pixels of images of one size, or of each its own, on a device."""
    return pixels.to(device) if isinstance(pixels, Tensor) else [image.to(device) for image in pixels]

"""Does an exported model answer as it does here? Both are asked about pages that the code draws.

Shapes: T tokens, V vocabulary.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from octavo.errors import OctavoError
from octavo.export.llama import Completion, Llama
from octavo.export.pages import QUESTIONS, pages
from octavo.inference import PageReader
from octavo.models import Idefics3
from octavo.processing import Processor
from octavo.processing.conversation import question_message

MOST_TOKENS, TOP = 32, 40
TOLERANCE = 0.005  # of a log-probability; 0.001 was measured between llama.cpp and transformers, both in float32


@dataclass(frozen=True, slots=True)
class Parity:
    """How two engines agree on `questions`, up to the first token in which an answer differs.

    `prompts` and `answers` are the numbers of prompts and of greedy answers that are equal id by id, `tokens`
    the steps compared, `worst` and `mean` the differences of their 40 largest log-probabilities. Where these are
    as small as float32 allows and an answer differs all the same, two tokens were equally probable.
    """

    questions: int
    prompts: int
    answers: int
    tokens: int
    worst: float
    mean: float

    @property
    def exact(self) -> bool:
        """Whether the engines agree as far as float32 arithmetic lets them."""
        return self.prompts == self.questions and self.worst <= TOLERANCE


def check_parity(model: Idefics3, processor: Processor, files: tuple[Path, Path], exact: bool) -> Parity:
    """Ask the exported `files` in llama.cpp and the model here the same ten questions.

    Raises `OctavoError` where the prompts differ, or, for files that should be `exact`, the probabilities.
    """
    forbidden = _unprintable(processor, model.config.text.vocab_size)
    prompts, answers, differences = 0, 0, []
    drawn = pages(processor)
    longest = max(len(_prompt(processor, image, question)) for image in drawn for question in QUESTIONS)
    with Llama(*files, context=longest + MOST_TOKENS) as llama:
        for image in drawn:
            reader = PageReader(model, processor, [image])
            for question in QUESTIONS:
                prompt_T = _prompt(processor, image, question)
                theirs = llama.complete(image, question, MOST_TOKENS, TOP, forbidden)
                prompts += _same_prompt(theirs, prompt_T, processor.image_token_id)
                equal, found = _compared(theirs, reader, prompt_T, forbidden)
                answers += equal
                differences += found
    total = len(QUESTIONS) * len(drawn)
    steps = torch.cat(differences)
    parity = Parity(total, prompts, answers, len(differences), float(steps.max()), float(steps.mean()))
    if prompts < total or (exact and not parity.exact):
        raise OctavoError(
            f"llama.cpp does not answer as the model does here: {prompts} of {total} prompts and {answers} answers are "
            f"equal, log-probabilities differ by up to {parity.worst:.4f}; use --to hf, and report this"
        )
    return parity


def _unprintable(processor: Processor, vocab_size: int) -> list[int]:
    """Ids that no answer may hold in a comparison, the end token aside.

    llama.cpp ends at other special tokens, too, and tells no log-probabilities of a token that stops inside a
    character.
    """
    tokenizer = processor.tokenizer
    texts = tokenizer.decode_batch([[i] for i in range(vocab_size)], skip_special_tokens=True)
    return [i for i, text in enumerate(texts) if i != processor.end_token_id and (not text or "\ufffd" in text)]


def _prompt(processor: Processor, image: Image.Image, question: str) -> Tensor:
    """The ids that ask a question about an image: int64 [T]."""
    grids = [processor.grid(*image.size)]
    return processor.encode_text([question_message(question, 1)], grids, add_generation_prompt=True)[0]


def _same_prompt(theirs: Completion, ids_T: Tensor, image_token_id: int) -> bool:
    """Whether llama.cpp laid out the prompt as the processor does, id by id."""
    return theirs.prompt_length == len(ids_T) and theirs.prompt_ids == ids_T[ids_T != image_token_id].tolist()


def _compared(
    theirs: Completion, reader: PageReader, prompt_T: Tensor, forbidden: list[int]
) -> tuple[bool, list[Tensor]]:
    """Whether the greedy answers are equal, and each common step's differences of log-probabilities [40]."""
    end, differences = reader.processor.end_token_id, []
    for i, log_p_V in enumerate(_steps(reader, prompt_T, theirs.token_ids)):
        if i < len(theirs.log_probabilities):
            top = theirs.log_probabilities[i]
            differences.append((log_p_V[list(top)] - torch.tensor(list(top.values()))).abs())
        ours = int(log_p_V.index_fill(0, torch.tensor(forbidden), -torch.inf).argmax())
        wanted = theirs.token_ids[i] if i < len(theirs.token_ids) else end
        if ours != wanted:
            return False, differences
    return True, differences


@torch.inference_mode()
def _steps(reader: PageReader, prompt_T: Tensor, token_ids: list[int]) -> Iterator[Tensor]:
    """Log-probabilities [V] of the token after the prompt, and after each of `token_ids` but the last."""
    cache, end = reader.cache, reader.processor.end_token_id
    cache.truncate(reader.prefix)
    ids_T = prompt_T[reader.prefix :]
    for i in range(MOST_TOKENS):
        logits_1V = reader.model(ids_T, (len(ids_T),), cache=cache, logits_at=torch.tensor([len(ids_T) - 1]))
        yield torch.log_softmax(logits_1V[0].float(), dim=-1)
        if i >= len(token_ids) or token_ids[i] == end:
            return
        ids_T = torch.tensor(token_ids[i : i + 1])

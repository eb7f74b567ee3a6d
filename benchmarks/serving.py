"""`octavo bench serving`: questions to a page, beside generate of transformers, SmolVLM-256M's shape.

Random weights and a page of 13 different tiles. Both run in one process and take turns. Counted is work, the seconds of
all threads: neighbours on a shared machine lengthen the wall clock. `OMP_WAIT_POLICY=PASSIVE` keeps waiting threads out
of it.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from statistics import median
from typing import Any

import torch
from PIL import Image

from benchmarks.compute import SHAPE
from benchmarks.figures import Result
from octavo.inference.engine import Engine, Sampling
from octavo.models import Idefics3, Idefics3Config
from octavo.processing import ImageConfig, Processor, train_tokenizer
from octavo.processing.conversation import question_message

SMOLVLM = ImageConfig(longest_edge=2048, tile_size=512, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
QUESTIONS = [f"What stands in line {number} of this page?" for number in range(1, 9)]
DECODED, TURNS = 24, 3


def page() -> Image.Image:
    """An A4 page at 150 dpi of which no two tiles are equal."""
    noise = torch.randint(0, 256, (1754, 1240, 3), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    return Image.fromarray(noise.numpy())


def work(job: Callable[[], object]) -> float:
    """Seconds of all threads."""
    started = time.process_time()
    job()
    return time.process_time() - started


class Ours:
    """Our engine in one precision."""

    def __init__(self, processor: Processor, config: Idefics3Config, int8: bool) -> None:
        model = Idefics3(config)
        model.init_weights(torch.Generator().manual_seed(0))
        self.config = config
        self.engine = Engine(model.eval(), processor, int8=int8, slots=len(QUESTIONS), context=2048)
        self.answer(QUESTIONS[:1], Image.new("RGB", (64, 64)), 2)  # warm

    def answer(self, questions: Sequence[str], image: Image.Image, tokens: int) -> None:
        """The first tokens of answers to questions that are asked at once."""
        prompts = [self.engine.prepare([question_message(question, 1)], [image]) for question in questions]
        tickets = [self.engine.stream(prompt, Sampling(max_tokens=tokens)) for prompt in prompts]
        for ticket in tickets:
            ticket.result()


class Theirs:
    """Generate of transformers in float32, its fastest dtype on a CPU without AMX, with its SDPA attention."""

    def __init__(self, processor: Processor, shape: dict[str, Any]) -> None:
        from transformers import Idefics3Config as Config
        from transformers import Idefics3ForConditionalGeneration

        torch.manual_seed(0)
        model = Idefics3ForConditionalGeneration._from_config(Config(**shape), attn_implementation="sdpa")
        self.model: Any = model.eval()
        self.processor = processor

    @torch.inference_mode()
    def answer(self, question: str, image: Image.Image | None, tokens: int) -> None:
        """Exactly `tokens` tokens; ids and pixels are made by our processor, which is faster than its own."""
        images = [] if image is None else [image]
        sample = self.processor.encode([question_message(question, len(images))], images, add_generation_prompt=True)
        pixels = {"pixel_values": self.processor.normalise(sample.tiles)[None]} if images else {}
        ids = sample.token_ids[None]
        limits = {"max_new_tokens": tokens, "min_new_tokens": tokens, "do_sample": False}
        self.model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), **pixels, **limits)


def words() -> Iterator[str]:
    """What the tokenizer learns from."""
    for number in range(200):
        yield from (*QUESTIONS, f"{number} apples and {7 * number} pears on the table")


def bandwidth() -> float:
    """Bytes a second that one pass over 400 MB reads: what decoding cannot beat."""
    data = torch.ones(100_000_000)
    return data.nbytes / min(work(lambda: data.sum()) for _ in range(5))


def run() -> Result:
    """All figures; some 4 minutes on two cores."""
    result = Result("serving")
    tokenizer = train_tokenizer(words(), 512)
    processor = Processor(tokenizer, SMOLVLM, 64)
    shape = SHAPE | {"image_token_id": processor.image_token_id}
    config = Idefics3Config.from_dict(shape)
    theirs = Theirs(processor, shape)
    ours = {"float32": Ours(processor, config, int8=False), "int8": Ours(processor, config, int8=True)}
    image = page()
    first = {"transformers": work(partial(theirs.answer, QUESTIONS[0], image, 1))}
    result.add("transformers: first token on a new page of 13 tiles, work", first["transformers"], "s")
    for name, side in ours.items():
        first[name] = work(partial(side.answer, QUESTIONS[:1], image, 1))
        result.add(f"{name}: first token on a new page of 13 tiles, work", first[name], "s")
    result.add("int8 beside transformers: a new page", first["int8"] / first["transformers"], "times", most=0.5)
    for name, side in ours.items():
        spent = median(work(partial(side.answer, [question], image, 1)) for question in QUESTIONS[1:4])
        result.add(f"{name}: first token of another question, work", spent, "s")
        result.add(f"{name}: another question beside the first", spent / first[name], "times", most=0.02)
    _decoding(result, ours, theirs, image)
    for side in ours.values():
        side.engine.close()
    return result


def _decoding(result: Result, ours: dict[str, Ours], theirs: Theirs, image: Image.Image) -> None:
    """Work a token: ours behind the page, theirs behind a question alone, which flatters it."""
    asked = {name: partial(side.answer, QUESTIONS[:1], image) for name, side in ours.items()}
    asked["int8, 8 at a time"] = partial(ours["int8"].answer, QUESTIONS, image)
    asked["transformers"] = partial(theirs.answer, QUESTIONS[0], None)
    spent: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(TURNS):
        for name, answer in asked.items():
            spent[name].append((work(partial(answer, DECODED + 1)) - work(partial(answer, 1))) / DECODED)
    a_token = {name: median(times) for name, times in spent.items()}
    a_token["int8, 8 at a time"] /= len(QUESTIONS)
    for name, seconds in a_token.items():
        result.add(f"{name}: a token, work", seconds * 1e3, "ms")
    result.add("transformers beside int8: a token", a_token["transformers"] / a_token["int8"], "times", least=2.5)
    together = a_token["transformers"] / a_token["int8, 8 at a time"]
    result.add("transformers beside int8, 8 at a time: a token", together, "times", least=4)
    read = bytes_a_token(ours["int8"].config)
    result.add("int8: weights and a page's keys and values, which a token reads", read / 1e6, "MB")
    result.add("int8: a token beside reading as many bytes", a_token["int8"] * bandwidth() / read, "times")


def bytes_a_token(config: Idefics3Config) -> int:
    """A byte a weight of layers and head, and the keys and values of 13 tiles in float32."""
    text = config.text
    attention = text.hidden_size * text.head_dim * 2 * (text.num_attention_heads + text.num_key_value_heads)
    weights = text.num_hidden_layers * (attention + 3 * text.hidden_size * text.intermediate_size)
    cached = 2 * 4 * text.num_hidden_layers * text.num_key_value_heads * text.head_dim * 13 * config.tokens_per_tile
    return weights + text.hidden_size * text.vocab_size + cached

"""`octavo bench gpu`: steps of published shapes on a GPU in bfloat16: tokens and tiles a second, memory, utilisation.

Recipes smolvlm-256m and smolvlm-2.2b with random weights, in the stage that trains all of the model and with no layer
computed twice; packs as the trainer plans and reads them, of documents that the project typesets. A step is forward,
backward, clipping and AdamW over one pack that has been read already; what reading takes stands beside it. Then
forward and backward of one page. Layers run as they are written, and compiled.

Utilisation (MFU) is the share of the maker's peak, encoder and decoder apart. Without a GPU the same runs at toy size
on the CPU, in float32 and not compiled, and promises nothing.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

import torch

from benchmarks.figures import Result
from octavo.datasets import DataSet, build
from octavo.models import Idefics3
from octavo.models.rate import peak_rate
from octavo.processing import Processor, train_tokenizer
from octavo.synthetic import typeset
from octavo.training import load_recipe
from octavo.training.distributed import Ranks, Shared, Sums, product_type
from octavo.training.optimizer import make_optimizer
from octavo.training.packing import Pack
from octavo.training.plan import PackPlan, read
from octavo.training.recipe import Recipe, Stage
from octavo.training.sources import stage_mixture
from octavo.training.start import image_config, shape_config
from octavo.training.trainer import most_tiles
from octavo.training.work import Flops, rates

RESULTS = Path(__file__).parent / "results" / "gpu.json"
TILES, TEXT = 13, 200  # of one page: an A4 one, whose text is all answers
WARM, STEPS = 3, 10
LEAST = 0.4


@dataclass(frozen=True, slots=True)
class Case:
    """The model of a recipe, its stage, and tokens of a pack: what 80 GB hold."""

    recipe: str
    stage: int
    pack_tokens: int


GPU = (Case("smolvlm-256m", 1, 4096), Case("smolvlm-2.2b", 1, 1600))
TOY = (Case("nano", 0, 2048),)


def run() -> Result:
    """Both models on a GPU, some 5 minutes, kept in `benchmarks/results/gpu.json`; a toy on a CPU."""
    cuda, result = torch.cuda.is_available(), Result("gpu")
    device = torch.device("cuda" if cuda else "cpu")
    if not cuda:
        print("no GPU here: a toy on the CPU, which shows that this runs and nothing else")
    with tempfile.TemporaryDirectory(prefix="octavo-bench-") as scratch:
        typeset("mixed", 96 if cuda else 12, Path(scratch) / "pdfs", seed=0)
        build([Path(scratch) / "pdfs"], Path(scratch) / "built")
        for case in GPU if cuda else TOY:
            measure(result, case, DataSet(Path(scratch) / "built"), device)
    if cuda:
        result.write(RESULTS)
    return result


def measure(result: Result, case: Case, data: DataSet, device: torch.device) -> None:
    """All figures of a model."""
    recipe = load_recipe(case.recipe)
    changes = {"data": (), "pack_tokens": case.pack_tokens, "checkpoint_activations": "none"}
    stage = recipe.stages[case.stage].model_copy(update=changes)
    model, processor = fresh(recipe, data)
    started = time.perf_counter()
    packs = read_packs(stage, data, processor)
    seconds = time.perf_counter() - started
    cuda, dtype = device.type == "cuda", product_type(None, device)
    name = torch.cuda.get_device_name(device) if cuda else "toy on the CPU, float32"
    what = f"{case.recipe} ({name})"
    pages, tiles = sum(len(pack.segments) for pack in packs), sum(len(pack.tiles_NCHW) for pack in packs)
    result.add(f"{what}: tiles that one thread reads", tiles / seconds, "tiles/s")
    page = page_of(model, processor)
    for compiled in (False, True) if cuda else (False,):
        if compiled:
            model.compile_layers()
        shared = Shared(model, processor, Ranks(0, 1, device), stage, dtype=dtype)
        speed = Speed(result, f"{what}, layers {'compiled' if compiled else 'as written'}", device, dtype)
        one = partial(step, shared, make_optimizer(model, stage))
        speed.tell(f"packs of {pages / len(packs):.1f} pages", packs, one, LEAST if compiled else None)
        speed.tell(f"{TILES} tiles and {TEXT} tokens", [page] * len(packs), partial(forward_backward, shared))


def fresh(recipe: Recipe, data: DataSet) -> tuple[Idefics3, Processor]:
    """The recipe's shape with random weights, for all rows of its vocabulary, and a tokenizer of the data's texts."""
    assert recipe.shape is not None, "the recipes measured lay out their models"
    config, rows = shape_config(recipe.shape), data.rows("train")
    texts = [text for row in range(len(rows)) for asked in rows.questions(row) for text in (asked.text, asked.answer)]
    tokenizer = train_tokenizer(texts, recipe.shape.vocab_size)
    processor = Processor(tokenizer, image_config(recipe.shape), config.image_seq_len)
    model = Idefics3(replace(config, image_token_id=processor.image_token_id))
    model.init_weights(torch.Generator().manual_seed(recipe.seed))
    return model.train(), processor


def read_packs(stage: Stage, data: DataSet, processor: Processor) -> list[Pack]:
    """The first packs of a stage, as the trainer plans and reads them."""
    mixture = stage_mixture(stage, data, processor, 0)
    planned = PackPlan(mixture, stage.pack_tokens, most_tiles(stage, processor), 1, 0).steps(1)
    packs = (read(mixture, step.ranks[0][0]).pack for step in islice(planned, WARM + STEPS))
    return [pack for pack in packs if pack is not None]


def page_of(model: Idefics3, processor: Processor) -> Pack:
    """A page's image tokens behind each other and its text, random both."""
    config, generator = model.config, torch.Generator().manual_seed(0)
    images = torch.full((TILES * config.tokens_per_tile,), processor.image_token_id)
    words = torch.randint(0, 256, (TEXT,), generator=generator)
    words[words == processor.image_token_id] = processor.end_token_id
    labels = torch.cat([torch.full_like(images, -100), words])
    shape = (TILES, 3, config.vision.image_size, config.vision.image_size)
    tiles = torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
    return Pack(torch.cat([images, words]), labels, tiles, (len(labels),))


def step(shared: Shared, optimizer: torch.optim.Optimizer, pack: Pack) -> Sums:
    """One step of the optimiser."""
    sums = shared.forward_backward([pack], 1)
    shared.clip(shared.stage.clip_norm)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return sums


def forward_backward(shared: Shared, pack: Pack) -> Sums:
    """What of a step is the model's."""
    sums = shared.forward_backward([pack], 1)
    shared.model.zero_grad(set_to_none=True)
    return sums


@dataclass(frozen=True, slots=True)
class Speed:
    """Takes packs and adds what they came to; `what` begins the figures' names."""

    result: Result
    what: str
    device: torch.device
    dtype: torch.dtype

    def tell(self, which: str, packs: Sequence[Pack], take: Callable[[Pack], Sums], least: float | None = None) -> None:
        """All packs, the first ones to warm up. On a GPU their utilisation must be `least`."""
        cuda = self.device.type == "cuda"
        for pack in packs[:WARM]:
            take(pack)
        if cuda:
            torch.cuda.synchronize(self.device)
            torch.cuda.reset_peak_memory_stats(self.device)
        started = time.perf_counter()
        done = [take(pack) for pack in packs[WARM:]]
        if cuda:
            torch.cuda.synchronize(self.device)
        seconds = time.perf_counter() - started
        cost = Flops(sum(sums.encoder_flops for sums in done), sum(sums.decoder_flops for sums in done))
        tokens, tiles = sum(sums.tokens for sums in done), sum(sums.tiles for sums in done)
        told = rates(tokens, tiles, cost, seconds, peak_rate(self.device, self.dtype))
        name = f"{self.what}, {which}"
        self.result.add(f"{name}: tokens, images' among them", told["tokens_per_s"], "tokens/s")
        self.result.add(f"{name}: tiles", told["tiles_per_s"], "tiles/s")
        self.result.add(f"{name}: speed", sum(cost) / seconds / 1e12, "TFLOP/s")
        self.result.add(f"{name}: MFU", told["mfu"], "share", least if cuda else None)
        self.result.add(f"{name}: MFU, of the encoder", told["mfu_encoder"], "share")
        self.result.add(f"{name}: MFU, of the decoder", told["mfu_decoder"], "share")
        if cuda:
            self.result.add(f"{name}: peak memory", torch.cuda.max_memory_allocated(self.device) / 2**30, "GiB")

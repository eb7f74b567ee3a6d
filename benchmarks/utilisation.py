"""Training steps of published shapes on a GPU, in bfloat16: tokens a second, memory, and the share of the peak.

Random weights, pages and texts; forward, backward and AdamW over one pack, parameters in float32 and products in
bfloat16 (autocast).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from benchmarks.compute import PEAK_FLOPS
from benchmarks.figures import Result
from octavo.models import Idefics3, Idefics3Config, flops
from octavo.processing import ImageConfig, Processor, train_tokenizer
from octavo.training.loss import answer_loss_sum
from octavo.training.optimizer import make_optimizer
from octavo.training.packing import Pack
from octavo.training.recipe import Recipe, load_recipe
from octavo.training.start import shape_config

PAGES = {"smolvlm-256m": 8, "smolvlm-2.2b": 2}  # of a pack, by recipe: what 80 GB hold
TILES, TEXT, ANSWER = 13, 200, 40  # of a page, an A4 one: tiles, tokens of its text, answers' tokens among them
WARM, STEPS = 3, 5


@dataclass(frozen=True, slots=True)
class Speed:
    """What a step did: tokens (images' among them), operations of encoder with connector and of decoder with head."""

    seconds: float
    tokens: int
    encoder_flops: int
    decoder_flops: int


def utilisation(result: Result) -> None:
    """Measure the recipes of `PAGES` on the GPU."""
    name = torch.cuda.get_device_name()
    peak = next((most for kind, most in PEAK_FLOPS.items() if kind in name), None)
    for recipe_name, pages in PAGES.items():
        torch.cuda.reset_peak_memory_stats()
        speed = measure(load_recipe(recipe_name), pages, "cuda", torch.cuda.synchronize)
        work = speed.encoder_flops + speed.decoder_flops
        what = f"{recipe_name} in bfloat16, packs of {pages} pages"
        result.add(f"{what}: tokens, images' among them", speed.tokens / speed.seconds, "tokens/s")
        result.add(f"{what}: peak memory", torch.cuda.max_memory_allocated() / 2**30, "GiB")
        result.add(f"{what}: encoder's and connector's share of the work", speed.encoder_flops / work, "share")
        result.add(f"{what}: speed", work / speed.seconds / 1e12, "TFLOP/s")
        if peak is not None:
            result.add(f"{what}: share of the peak of {name} (MFU)", work / speed.seconds / peak, "share", 0.4)


def measure(recipe: Recipe, pages: int, device: str, wait: Callable[[], None]) -> Speed:
    """The mean step of a recipe's model over a pack of random pages; `wait` returns once the device is done."""
    assert recipe.shape is not None, "the recipes measured lay out their models"
    config = shape_config(recipe.shape)
    images = ImageConfig(longest_edge=recipe.shape.longest_edge, tile_size=recipe.shape.tile_size)
    processor = Processor(train_tokenizer([], 512), images, config.tokens_per_tile)
    config = replace(config, image_token_id=processor.image_token_id)
    model = Idefics3(config)
    model.init_weights(torch.Generator().manual_seed(0))
    model.to(device).train()
    optimizer = make_optimizer(model, recipe.stages[0])
    pack = _pack(config, pages, device)
    for step in range(WARM + STEPS):
        if step == WARM:
            wait()
            started = time.perf_counter()
        with torch.autocast(device, torch.bfloat16):
            loss: Tensor = answer_loss_sum(model, processor, pack) / pack.answer_tokens
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.stages[0].clip_norm)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    wait()
    return Speed((time.perf_counter() - started) / STEPS, len(pack.token_ids_T), *_work(config, pages))


def _pack(config: Idefics3Config, pages: int, device: str) -> Pack:
    """Random tiles and words: a page's image tokens, then its text, whose last tokens are the answers'."""
    generator = torch.Generator().manual_seed(0)
    length = TILES * config.tokens_per_tile + TEXT
    token_ids = torch.full((pages, length), config.image_token_id)
    token_ids[:, -TEXT:] = torch.randint(300, 500, (pages, TEXT), generator=generator)
    labels = torch.full_like(token_ids, -100)
    labels[:, -ANSWER:] = token_ids[:, -ANSWER:]
    side = config.vision.image_size
    tiles = torch.randint(0, 256, (pages * TILES, 3, side, side), generator=generator, dtype=torch.uint8)
    return Pack(token_ids.flatten().to(device), labels.flatten().to(device), tiles.to(device), (length,) * pages)


def _work(config: Idefics3Config, pages: int) -> tuple[int, int]:
    """Operations of a step: encoder and connector, decoder and head."""
    tiles, length = pages * TILES, TILES * config.tokens_per_tile + TEXT
    encoder = flops.encoder_flops(config.vision, tiles) + flops.connector_flops(config, tiles)
    decoder = flops.decoder_flops(config.text, [length] * pages) + flops.head_flops(config.text, pages * ANSWER)
    return flops.TRAINING * encoder, flops.TRAINING * decoder

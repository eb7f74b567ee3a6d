"""`octavo bench compute`: a training step's forward and backward, beside transformers', SmolVLM-256M's shape.

Random weights and random tiles: a page of 13 tiles and 200 tokens of text, every one of them an answer's. Each run is
a process of its own, so that its peak memory is its own, and the two sides take turns. On a GPU in bfloat16, with the
share of the peak that is used (MFU).
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.figures import Result
from benchmarks.processes import peak_bytes
from octavo.models import flops
from octavo.models.config import Idefics3Config
from octavo.models.idefics3 import Idefics3

TILES, TEXT, TURNS = 13, 200, 3
PEAK_FLOPS = {"H200": 989e12, "H100": 989e12, "A100": 312e12}  # dense bfloat16, NVIDIA's data sheets
SHAPE: dict[str, Any] = {
    "model_type": "idefics3",
    "image_token_id": 49190,
    "scale_factor": 4,
    "tie_word_embeddings": False,
    "vision_config": {
        "hidden_size": 768,
        "intermediate_size": 3072,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "image_size": 512,
        "patch_size": 16,
    },
    "text_config": {
        "model_type": "llama",
        "vocab_size": 49280,
        "hidden_size": 576,
        "intermediate_size": 1536,
        "num_hidden_layers": 30,
        "num_attention_heads": 9,
        "num_key_value_heads": 3,
        "rope_theta": 100000.0,
        "max_position_embeddings": 8192,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 2,
    },
}


@dataclass(frozen=True)
class Batch:
    """One sample: pixels [N, 3, H, W], token ids [T] with the images first, labels [T]."""

    pixels: Tensor
    token_ids: Tensor
    labels: Tensor


def batch(tiles: int, device: str, dtype: torch.dtype) -> Batch:
    """Random pixels and words."""
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randn((tiles, 3, 512, 512), generator=generator).to(device, dtype)
    words = torch.randint(100, 49000, (TEXT,), generator=generator)
    images = torch.full((tiles * Idefics3Config.from_dict(SHAPE).tokens_per_tile,), SHAPE["image_token_id"])
    labels = torch.cat([torch.full_like(images, -100), words])
    return Batch(pixels, torch.cat([images, words]).to(device), labels.to(device))


def ours(device: str, dtype: torch.dtype) -> Callable[[Batch], Tensor]:
    """The loss of a batch as the trainer computes it."""
    model = Idefics3(Idefics3Config.from_dict(SHAPE))
    model.init_weights(torch.Generator().manual_seed(0))
    model.to(device, dtype)

    def loss(given: Batch) -> Tensor:
        before = (given.labels[1:] != -100).nonzero().squeeze(1)
        features = model.encode_tiles(given.pixels).flatten(0, 1)
        logits = model(given.token_ids, [len(given.token_ids)], features_ID=features, logits_at=before)
        return F.cross_entropy(logits.float(), given.labels[before + 1])

    return loss


def theirs(device: str, dtype: torch.dtype) -> Callable[[Batch], Tensor]:
    """The same by transformers with its SDPA attention."""
    from transformers import Idefics3Config as Config
    from transformers import Idefics3ForConditionalGeneration

    torch.manual_seed(0)
    model = Idefics3ForConditionalGeneration._from_config(Config(**SHAPE), attn_implementation="sdpa")
    model.to(device, dtype).train()

    def loss(given: Batch) -> Tensor:
        found: Tensor = model(
            input_ids=given.token_ids[None],
            attention_mask=torch.ones_like(given.token_ids[None]),
            pixel_values=given.pixels[None],
            labels=given.labels[None],
            use_cache=False,
        ).loss
        return found

    return loss


def measure(side: str, tiles: int) -> dict[str, float]:
    """One step after one of a single tile: seconds (wall clock, and all threads' work), peak memory in bytes, loss.

    Run in a process of its own.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    step = {"ours": ours, "theirs": theirs}[side](device, dtype)
    warm = [1] if device == "cpu" else [tiles] * 3
    for count in warm:
        step(batch(count, device, dtype)).backward()
    given = batch(tiles, device, dtype)
    if device == "cuda":
        torch.cuda.synchronize()
    started, work = time.perf_counter(), time.process_time()
    loss = step(given)
    loss.backward()
    value = loss.item()
    if device == "cuda":
        torch.cuda.synchronize()
    seconds, work = time.perf_counter() - started, time.process_time() - work
    return {
        "seconds": seconds,
        "cpu_seconds": work,
        "bytes": torch.cuda.max_memory_allocated() if device == "cuda" else peak_bytes(),
        "loss": value,
    }


def run() -> Result:
    """Both sides in turn; on two cores some 10 minutes."""
    result = Result("compute")
    runs: dict[str, list[dict[str, float]]] = {"ours": [], "theirs": []}
    for _ in range(TURNS):
        for side, done in runs.items():
            command = [sys.executable, "-m", "benchmarks.compute", side, str(TILES)]
            root = Path(__file__).resolve().parents[1]
            done.append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=root).stdout))
    seconds = {side: median(one["seconds"] for one in done) for side, done in runs.items()}
    peak = {side: median(one["bytes"] for one in done) for side, done in runs.items()}
    config = Idefics3Config.from_dict(SHAPE)
    tokens = TILES * config.tokens_per_tile + TEXT
    encoder = flops.TRAINING * (flops.encoder_flops(config.vision, TILES) + flops.connector_flops(config, TILES))
    decoder = flops.TRAINING * (flops.decoder_flops(config.text, [tokens]) + flops.head_flops(config.text, TEXT))
    for side in runs:
        result.add(f"{side}: forward and backward, {TILES} tiles and {TEXT} tokens of text", seconds[side], "s")
        result.add(f"{side}: peak memory", peak[side] / 2**30, "GiB")
    result.add("ours beside transformers, time", seconds["ours"] / seconds["theirs"], "times", most=0.9)
    result.add("ours beside transformers, peak memory", peak["ours"] / peak["theirs"], "times", most=1.0)
    result.add("ours: tokens, images' among them", tokens / seconds["ours"], "tokens/s")
    result.add("encoder's and connector's work", encoder / 1e12, "TFLOP")
    result.add("decoder's and head's work", decoder / 1e12, "TFLOP")
    result.add("ours: speed", (encoder + decoder) / seconds["ours"] / 1e12, "TFLOP/s")
    if torch.cuda.is_available():
        name = torch.cuda.get_device_name()
        for kind, most in PEAK_FLOPS.items():
            if kind in name:
                result.add(f"ours: share of the peak of {name}", (encoder + decoder) / seconds["ours"] / most, "share")
    return result


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))

"""What test_distributed.py has the processes of a `torchrun` do: jobs, one after the other, told as JSON."""

import json
import os
import resource
import signal
import sys
from dataclasses import replace
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import save_file

from octavo.datasets import DataSet
from octavo.errors import OctavoError
from octavo.models import Idefics3
from octavo.models.config.composition import cross_for
from octavo.processing import Processor
from octavo.processing.conversation import conversation
from octavo.training import load_recipe, starting_model
from octavo.training.checkpoint import _Writer
from octavo.training.distributed import Ranks, Shared, joined, whole_tensor
from octavo.training.packing import Pack
from octavo.training.run import train_among


def packs(processor: Processor) -> list[Pack]:
    """Two of a page, and one of text alone."""
    pages = [Image.linear_gradient("L").rotate(turn).convert("RGB") for turn in (0, 90)]
    turns = [("What is it?", "a page"), ("How many?", "42")]
    samples = [processor.encode_branches(turns, [page]) for page in pages]
    text = processor.encode(conversation([("What is 2 + 2?", "4, as everywhere")], 0), [])
    return [Pack.of([sample]) for sample in (*samples, text)]


def model_for(recipe: str, fused: bool) -> tuple[Idefics3, Processor]:
    """The recipe's model with weights large enough to tell modules apart; `fused`: with gated cross-attention."""
    settings = load_recipe(recipe)
    model, processor = starting_model(settings, DataSet(Path(settings.data)))
    if fused:
        config = replace(model.config, model_type="octavo", cross=cross_for(model.config.text), cross_layer_interval=2)
        model = Idefics3(config)
        processor = Processor(processor.tokenizer, processor.image_config, config.image_seq_len)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3, generator=generator)
    return model, processor


def gradients(ranks: Ranks, recipe: str, fused: bool, sharding: str) -> tuple[float, dict[str, torch.Tensor]]:
    """The loss of `packs` and its gradients: of two ranks the first has both pages, the second the text and a gap."""
    model, processor = model_for(recipe, fused)
    shared = Shared(model, processor, ranks, load_recipe(recipe).stages[0], sharding)
    pages_and_text = packs(processor)
    own = pages_and_text if ranks.world == 1 else (pages_and_text[:2], pages_and_text[2:])[ranks.rank]
    sums = shared.forward_backward(own, calls=3 if ranks.world == 1 else 2)
    named = {name: whole_tensor(p.grad) for name, p in shared.model.named_parameters()}
    return sums.loss, named | {"norm": torch.tensor(shared.clip(1e9))}


def save_gradients(ranks: Ranks, recipe: str, fused: bool, sharding: str, out: str) -> None:
    loss, named = gradients(ranks, recipe, fused, sharding)
    if ranks.first:
        save_file({"loss": torch.tensor(loss)} | named, out)


def run(ranks: Ranks, recipe: str, out: str, resume: bool = False, changes: tuple[str, ...] = ()) -> None:
    train_among(ranks, load_recipe(recipe, tuple(changes)), Path(out), resume)


def run_on_a_full_disk(ranks: Ranks, recipe: str, out: str) -> None:
    """The second process cannot write; every process leaves what it was told in `out`."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    if not ranks.first:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        run(ranks, recipe, out, resume=True)
    except OctavoError as error:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        Path(f"{out}/told-{ranks.rank}").write_text(str(error))


def run_killed(ranks: Ranks, recipe: str, out: str, within: str) -> None:
    """The second process is killed when it has written its part of checkpoint `within`."""
    write = _Writer.write_data

    def write_data(self: _Writer, *rest: object) -> object:
        written = write(self, *rest)
        if self.whole.name == within and ranks.rank == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return written

    _Writer.write_data = write_data
    run(ranks, recipe, out)


def main() -> None:
    with joined() as ranks:
        for job in json.loads(sys.argv[1]):
            globals()[job.pop("do")](ranks, **job)


if __name__ == "__main__":
    main()

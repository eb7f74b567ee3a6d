"""The processes of a run: what they add up, and one model that all of them train, with DDP or FSDP2."""

import copy
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, islice, repeat
from typing import Literal, NamedTuple

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils import clip_grads_with_norm_, get_total_norm

from octavo.models import Idefics3
from octavo.models.cross_attention import CrossAttention
from octavo.processing import Processor
from octavo.training.glyphs import A_PATCH, UNKNOWN
from octavo.training.guide import UNKNOWN as NOWHERE
from octavo.training.loss import answer_loss_sum, loss_sum, targets
from octavo.training.packing import Pack
from octavo.training.recipe import Stage
from octavo.training.work import Flops, Work

PATIENCE = timedelta(hours=1)  # for a process that waits while the first one asks held-out questions or writes a model


@dataclass(frozen=True, slots=True)
class Ranks:
    """This process, `rank`, among the `world` processes of a run, and the device it computes on."""

    rank: int
    world: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this process writes the log and the model, and tells how far the run is."""
        return self.rank == 0

    def total(self, *values: float) -> tuple[float, ...]:
        """Each value summed over all processes, which must all call this."""
        sums = torch.tensor(values, dtype=torch.float64)
        if self.world > 1:
            dist.all_reduce(sums)
        return tuple(sums.tolist())

    def union(self, counts: Counter[str]) -> Counter[str]:
        """The counts of all processes, summed; all must call this."""
        if self.world == 1:
            return counts
        every: list[Counter[str]] = [Counter()] * self.world
        dist.all_gather_object(every, counts)
        return sum(every, Counter())

    def wait(self) -> None:
        """Until all processes have come here."""
        if self.world > 1:
            dist.barrier()


ALONE = Ranks(0, 1, torch.device("cpu"))


def product_type(precision: Literal["float32", "bfloat16"] | None, device: torch.device) -> torch.dtype:
    """What a device multiplies matrices in: what the recipe says, or bfloat16 on a GPU that has it and else float32."""
    fast = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    default = torch.bfloat16 if fast else torch.float32
    return default if precision is None else {"float32": torch.float32, "bfloat16": torch.bfloat16}[precision]


@contextmanager
def joined() -> Iterator[Ranks]:
    """This process among those that `torchrun` started, which says so in the environment; or alone.

    They speak to each other by NCCL of tensors on GPUs, by gloo of those on CPUs.
    """
    world, cuda = int(os.environ.get("WORLD_SIZE", "1")), torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if cuda else torch.device("cpu")
    if cuda:
        torch.cuda.set_device(device)
    if world == 1:
        yield Ranks(0, 1, device)
        return
    dist.init_process_group("cpu:gloo,cuda:nccl" if cuda else "gloo", timeout=PATIENCE)
    try:
        yield Ranks(dist.get_rank(), world, device)
    finally:
        dist.destroy_process_group()


class Sums(NamedTuple):
    """What packs come to: their loss in nats summed over its targets, what they hold, and what they cost."""

    loss_sum: float = 0.0
    targets: int = 0
    packs: int = 0
    tokens: int = 0
    answer_tokens: int = 0
    answers: int = 0
    tiles: int = 0
    encoder_flops: int = 0
    decoder_flops: int = 0

    @property
    def loss(self) -> float:
        """The mean over targets, in nats."""
        return self.loss_sum / max(1, self.targets)

    def with_pack(self, pack: Pack, loss_sum: float, targets: int, cost: Flops) -> "Sums":
        """These and one more."""
        return Sums(
            self.loss_sum + loss_sum,
            self.targets + targets,
            self.packs + 1,
            self.tokens + len(pack.token_ids_T),
            self.answer_tokens + pack.answer_tokens,
            self.answers + pack.answers,
            self.tiles + len(pack.tiles_NCHW),
            self.encoder_flops + cost.encoder,
            self.decoder_flops + cost.decoder,
        )

    def over(self, ranks: Ranks) -> "Sums":
        """Those of all processes together."""
        loss_sum, *counts = ranks.total(*self)
        return Sums(loss_sum, *map(int, counts))


class Shared:
    """A stage's model as all processes train it.

    Without sharding each holds all of it and gradients are added up during the last pack's backward pass (DDP). With
    "full" each holds its share of every matrix, gradient and moment, and a layer is gathered where it is computed
    (FSDP2). `model` is what the optimiser steps and what checkpoints hold. `whole`, the model that was given, has its
    weights after `gather` only, where `model` is in shares.

    Matrices are multiplied in `dtype`. Weights, gradients, moments and the loss are float32 all the same.
    """

    def __init__(
        self,
        whole: Idefics3,
        processor: Processor,
        ranks: Ranks,
        stage: Stage,
        sharding: Literal["none", "full"] = "none",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.whole, self.ranks, self.stage, self.work = whole, ranks, stage, Work(whole, stage.answers)
        self.sharded = ranks.world > 1 and sharding == "full"
        self.model = with_weights_of(whole) if self.sharded else whole.to(ranks.device)
        self.blank = blank_pack(processor, whole.config.vision.patch_size, stage.strip) if ranks.world > 1 else None
        # Autocast would keep a copy of every layer in `dtype` until backward, where shares are gathered again.
        autocast = torch.float32 if self.sharded else dtype
        self.loss: nn.Module = PackLoss(self.model, processor, stage, self.blank, ranks.device, autocast)
        if self.sharded:
            shard(self.loss, self.model, ranks, dtype)
        elif ranks.world > 1:
            self.loss = DistributedDataParallel(self.loss, gradient_as_bucket_view=True)

    def forward_backward(self, packs: Iterable[Pack], calls: int) -> Sums:
        """Gradients of the stage's mean loss over the targets of all processes' packs, one pack after the other.

        The division is by the whole batch's count, once it is known: so it does not matter how samples fell into packs
        and packs to processes, and one pack is in memory at a time. Every process makes the same number of `calls`,
        with blank packs where its own have run out.
        """
        sums = Sums()
        for call, pack in enumerate(self._filled(packs, calls), start=1):
            with self._accumulation(last=call == calls):
                loss = self.loss(pack)
                if loss.requires_grad:  # text alone does not reach a connector that is all that trains
                    loss.backward()
            if pack is not self.blank:
                sums = sums.with_pack(pack, loss.item(), targets(pack, self.stage), self.work.of(pack))
        sums = sums.over(self.ranks)
        share = max(1, sums.targets) / self.ranks.world  # DDP and FSDP2 give the mean of processes' gradients
        for gradient in self._gradients():
            gradient.div_(share)
        if not sums.tiles:  # blank pages do not move what reads pages, by decay or momentum either
            for reader in readers(self.model):
                reader.zero_grad(set_to_none=True)
        return sums

    @torch.no_grad()
    def forward(self, packs: Iterable[Pack], calls: int) -> Sums:
        """The sums of the answers' loss without gradients; the model is put in evaluation and back into training."""
        sums = Sums()
        self.loss.eval()
        for pack in self._filled(packs, calls):
            loss = self.loss(pack).item()
            sums = sums if pack is self.blank else sums.with_pack(pack, loss, pack.answer_tokens, self.work.of(pack))
        self.loss.train()
        return sums.over(self.ranks)

    def clip(self, largest: float) -> float:
        """Scale the gradient to a norm of `largest` where its norm, over all processes' shares, is above; that norm."""
        norm = whole_tensor(get_total_norm(self._gradients()))
        clip_grads_with_norm_(self.model.parameters(), largest, norm)
        return float(norm)

    @torch.no_grad()
    def gather(self) -> None:
        """Put the weights as they are now into `whole`. All processes must call this."""
        if self.sharded:
            for own, shared in zip(self.whole.parameters(), self.model.parameters(), strict=True):
                own.copy_(whole_tensor(shared))

    def _filled(self, packs: Iterable[Pack], calls: int) -> Iterator[Pack]:
        return iter(packs) if self.blank is None else islice(chain(packs, repeat(self.blank)), calls)

    def _gradients(self) -> list[Tensor]:
        return [parameter.grad for parameter in self.model.parameters() if parameter.grad is not None]

    def _accumulation(self, last: bool) -> AbstractContextManager[None]:
        if isinstance(self.loss, DistributedDataParallel) and not last:
            return self.loss.no_sync()
        return nullcontext()


class PackLoss(nn.Module):
    """A pack's loss, summed: the stage's in training, in evaluation that of answers. What DDP and FSDP2 wrap.

    Processes gather the layers' weights and add up gradients together, so all must run the same modules. A pack of
    text alone gets a `blank` page beside it, in a segment of its own and without loss: it changes no logit. A process
    that is alone needs none.

    Of float32 weights the products are computed in `dtype`, by autocast.
    """

    def __init__(
        self,
        model: Idefics3,
        processor: Processor,
        stage: Stage,
        blank: Pack | None,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.model, self.processor, self.stage, self.blank = model, processor, stage, blank
        self.device, self.dtype = device, dtype

    def forward(self, pack: Pack) -> Tensor:
        paged = pack if self.blank is None or len(pack.tiles_NCHW) else beside(pack, self.blank)
        placed = on(paged, self.device)
        with torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32):
            if self.training:
                return loss_sum(self.model, self.processor, placed, self.stage)
            return answer_loss_sum(self.model, self.processor, placed)


def blank_pack(processor: Processor, patch_size: int, strip: int | None = None) -> Pack:
    """A pack of one black tile, or of a strip of it so many pixels high, that nobody asks about."""
    width = processor.image_config.tile_size
    height = strip or width
    token_ids_T = torch.full((processor.image_seq_len,), processor.image_token_id)
    tiles_NCHW = torch.zeros((1, 3, height, width), dtype=torch.uint8)
    cells_NS2 = torch.full((1, height // patch_size * width // patch_size, A_PATCH), UNKNOWN)
    nothing_T = torch.full_like(token_ids_T, -100)
    looks_T = torch.full_like(token_ids_T, NOWHERE)
    return Pack(token_ids_T, nothing_T, tiles_NCHW, (len(token_ids_T),), cells_NS2, looks_T)


def beside(pack: Pack, other: Pack) -> Pack:
    """One pack with the samples of both, the first without pages."""
    return Pack(
        torch.cat((pack.token_ids_T, other.token_ids_T)),
        torch.cat((pack.labels_T, other.labels_T)),
        torch.cat((pack.tiles_NCHW, other.tiles_NCHW)),
        (*pack.segments, *other.segments),
        other.cells_NS2,  # all that there are: `pack` is of text alone
    )


def on(pack: Pack, device: torch.device) -> Pack:
    """The pack with its tensors on a device; pinned ones are still on their way."""
    return pack.with_tensors(lambda tensor: tensor.to(device, non_blocking=True))


def with_weights_of(model: Idefics3) -> Idefics3:
    """The same modules anew, with parameters that share the memory of `model`'s."""
    memory = {id(own): nn.Parameter(own.detach(), requires_grad=own.requires_grad) for own in model.parameters()}
    return copy.deepcopy(model, memory)


def readers(model: Idefics3) -> list[nn.Module]:
    """The modules that get a gradient from pages alone."""
    looking = [module for module in model.modules() if isinstance(module, CrossAttention)]
    return [model.model.vision_model, model.model.connector, *looking]


def shard(loss: nn.Module, model: Idefics3, ranks: Ranks, dtype: torch.dtype) -> None:
    """Leave each process its share of the parameters, in place. Layers are gathered one at a time, the rest at once.

    They are gathered, and compute, in `dtype`; gradients are added up in float32. Gated cross-attention is of the
    rest: its keys and values are taken before its layers run.
    """
    mesh = init_device_mesh(ranks.device.type, (ranks.world,))
    trunk = model.model
    policy = MixedPrecisionPolicy(param_dtype=dtype, reduce_dtype=torch.float32)
    for layer in (*trunk.vision_model.encoder.layers, *trunk.text_model.layers):
        fully_shard(layer, mesh=mesh, mp_policy=policy)
    fully_shard(loss, mesh=mesh, mp_policy=policy)


def whole_tensor(tensor: Tensor) -> Tensor:
    """A tensor of which each process may hold a share, gathered; all processes must call this."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor

"""What a pack costs, against what torch counts while it trains."""

import copy

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from octavo.models import Branched
from octavo.models.flops import Looking
from octavo.training.loss import answer_loss_sum
from octavo.training.packing import Pack
from octavo.training.samples import SampleSource
from octavo.training.work import Flops, Work, looking_in, rates


@pytest.fixture
def pack(tiny_recipe, tiny_model, data_folder):
    """Three pages, each with a few questions behind it."""
    from octavo.datasets import DataSet

    source = SampleSource(DataSet(data_folder), "train", tiny_model[1], 2, 0)
    return Pack.of([source.sample(index, 0) for index in range(3)])


def unseen(pack):
    """Twice the pairs of tokens that plain products compute and a mask or causality leaves out."""
    segments = [s for s in pack.segments if isinstance(s, Branched)]
    assert len(segments) == len(pack.segments)
    prefixes = sum(s.prefix**2 for s in segments)
    branches = 0
    for s in segments:
        total = sum(s.branches)
        branches += 2 * total * (s.prefix + total) - sum(b * b + 2 * b * s.prefix for b in s.branches)
    return prefixes + branches


@pytest.mark.parametrize("frozen", [(), ("vision_model",), ("vision_model", "text_model")])
def test_a_pack_costs_what_torch_counts(pack, tiny_model, frozen):
    model, processor = copy.deepcopy(tiny_model[0]), tiny_model[1]
    for name in frozen:
        getattr(model.model, name).requires_grad_(False)
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        answer_loss_sum(model, processor, pack).backward()
    text, vision = model.config.text, model.config.vision
    attention = 3 * text.num_hidden_layers * 2 * unseen(pack) * text.num_attention_heads * text.head_dim
    counted = counter.get_total_flops() - attention
    # The formulas count gradients of a part's inputs in its first layer as well: of pixels, of frozen features.
    tiles, patches = len(pack.tiles_NCHW), vision.patches_per_side**2
    pixels = 2 * tiles * patches * vision.hidden_size * 3 * vision.patch_size**2
    features = 2 * tiles * patches * vision.hidden_size * text.hidden_size
    work = Work(model).of(pack)
    assert sum(work) - (features if frozen else pixels) == pytest.approx(counted, rel=1e-3)
    whole = Work(tiny_model[0]).of(pack)
    assert (work.encoder < whole.encoder) == bool(frozen)
    assert (work.decoder < whole.decoder) == ("text_model" in frozen)


def test_gated_layers_look_from_the_first_marker_on():
    ids = torch.tensor([1, 9, 3, 9, 4, 5, 2, 2, 9, 7, 7])
    pack = Pack(ids, ids, torch.empty(3, 3, 8, 8, dtype=torch.uint8), (6, 2, Branched(2, (1,))))
    assert looking_in(pack, 9) == Looking(5 + 3, (5 + 3) + 3)


def test_the_shares_of_the_peak_add_up():
    figures = rates(1000, 20, Flops(encoder=6 * 10**9, decoder=2 * 10**9), seconds=2.0, peak=1e10)
    assert figures["mfu"] == pytest.approx(0.4)
    assert figures["mfu_encoder"] == pytest.approx(0.3)
    assert figures["mfu_decoder"] == pytest.approx(0.1)
    assert (figures["tokens_per_s"], figures["tiles_per_s"]) == (500, 10)

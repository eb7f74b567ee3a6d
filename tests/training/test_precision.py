"""Products of matrices in bfloat16: near float32, which the weights, the gradients and the loss stay."""

import copy
import json

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from octavo.datasets import DataSet
from octavo.models import attention
from octavo.models.attention import Layout, flex_packed
from octavo.training import train
from octavo.training.distributed import ALONE, Shared, product_type
from octavo.training.packing import Pack
from octavo.training.samples import SampleSource

CPU, GPU = torch.device("cpu"), torch.device("cuda")


@pytest.fixture(scope="module")
def pack(tiny_model, data_folder):
    source = SampleSource(DataSet(data_folder), "train", tiny_model[1], questions_per_sample=3, seed=0)
    return Pack.of([source.sample(index, epoch=0) for index in range(4)])


@pytest.fixture(scope="module")
def model(tiny_model):
    """Weights large enough for rounding to show."""
    loud = copy.deepcopy(tiny_model[0])
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in loud.parameters():
            parameter.normal_(std=0.2, generator=generator)
    return loud


def step(model, processor, stage, pack, dtype):
    """The loss and the gradient of a pack."""
    model = copy.deepcopy(model)
    loss = Shared(model, processor, ALONE, stage, dtype=dtype).forward_backward([pack], 1).loss
    assert all(parameter.grad.dtype == parameter.dtype == torch.float32 for parameter in model.parameters())
    return loss, torch.cat([parameter.grad.flatten() for parameter in model.parameters()])


@pytest.mark.parametrize("checkpointing", [False, True])
def test_a_step_is_near_float32s(model, tiny_model, tiny_recipe, pack, checkpointing):
    model.checkpoint_layers(checkpointing, checkpointing)
    stage = tiny_recipe.stages[0]
    exact, rounded = (step(model, tiny_model[1], stage, pack, dtype) for dtype in (torch.float32, torch.bfloat16))
    assert rounded[0] == pytest.approx(exact[0], rel=0.01)
    assert rounded[0] != exact[0]
    assert rounded[1].isfinite().all()
    assert F.cosine_similarity(rounded[1], exact[1], dim=0) > 0.99


def test_the_loss_is_summed_in_float32(model, tiny_model, tiny_recipe, pack, monkeypatch):
    """A sum of some hundred nats would have three digits in bfloat16."""
    real, told = F.cross_entropy, []

    def cross_entropy(logits_MV, labels_M, reduction):
        told.append(logits_MV)
        return real(logits_MV, labels_M, reduction=reduction)

    monkeypatch.setattr("octavo.training.loss.F.cross_entropy", cross_entropy)
    loss = Shared(model, tiny_model[1], ALONE, tiny_recipe.stages[0], dtype=torch.bfloat16).loss(pack)
    assert loss.dtype == told[0].dtype == torch.float32
    assert torch.equal(told[0], told[0].bfloat16().float())  # the head's product was in bfloat16
    labels_M = pack.labels_T[pack.labels_T != -100]
    assert loss.item() == pytest.approx(real(told[0].double(), labels_M, reduction="sum").item(), rel=1e-6)


def test_a_run_in_bfloat16_learns_as_one_in_float32(tiny_recipe, tiny_run, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("octavo.training.trainer.peak_rate", lambda _, dtype: asked.append(dtype) or 1e12)
    model = train(tiny_recipe.model_copy(update={"precision": "bfloat16"}), tmp_path / "run")
    assert asked == [torch.bfloat16]
    losses = [
        [json.loads(line)["loss"] for line in (run / "log.jsonl").read_text().splitlines()]
        for run in (tmp_path / "run", tiny_run)
    ]
    assert losses[0] == pytest.approx(losses[1], rel=0.01)
    assert losses[0] != losses[1]
    assert {tensor.dtype for tensor in load_file(model / "model.safetensors").values()} == {torch.float32}


def test_bfloat16_is_for_gpus_that_have_it(monkeypatch):
    assert product_type(None, CPU) == torch.float32
    assert product_type("bfloat16", CPU) == torch.bfloat16
    for has, dtype in ((True, torch.bfloat16), (False, torch.float32)):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation, has=has: has)
        assert product_type(None, GPU) == dtype
        assert product_type("float32", GPU) == torch.float32


def test_flex_attention_gets_one_dtype(monkeypatch):
    """Under autocast queries and keys come in float32 from their rotary turns, values in bfloat16."""
    told = []

    def flex(q, k, v, **_):
        told.extend((q.dtype, k.dtype, v.dtype))
        return q

    monkeypatch.setattr(attention, "_flex", lambda: flex)
    q, k, v = torch.randn(5, 4, 8), torch.randn(5, 2, 8), torch.randn(5, 2, 8, dtype=torch.bfloat16)
    assert flex_packed(q, k, v, Layout((5,)), None).shape == q.shape
    assert told == [torch.bfloat16] * 3

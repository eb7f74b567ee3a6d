"""The log of whole runs: its fields, every step once, and what is said where memory ends."""

import json
import re

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from octavo.errors import OctavoError
from octavo.training import distributed, prefetch, train

FIELDS = {
    "stage", "stage_index", "step", "loss", "learning_rate", "gradient_norm", "tokens", "answer_tokens", "tiles",
    "tokens_used", "tiles_used", "seconds", "tokens_per_s", "tiles_per_s", "flops_encoder", "flops_decoder", "mfu",
    "mfu_encoder", "mfu_decoder", "resident_bytes", "dropped", "seconds_left",
}  # fmt: skip


def lines(run):
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


def failing(real, call, error, calls):
    """`real`, but for one call of it, which raises; `calls` gets what each was given."""

    def patched(*given):
        calls.append(given)
        if len(calls) == call:
            raise error
        return real(*given)

    return patched


def test_a_run_tells_of_every_step_once_and_ends_with_a_report(tiny_recipe, tmp_path, monkeypatch):
    out = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(distributed, "loss_sum", failing(distributed.loss_sum, 4, KeyboardInterrupt(), []))
        with pytest.raises(KeyboardInterrupt):
            train(tiny_recipe, out)
    assert len(lines(out)) == 3  # a checkpoint stands behind the second step
    assert not (out / "report.html").exists()
    train(tiny_recipe, out, resume=True)
    told = lines(out)
    steps = tiny_recipe.stages[0].steps
    assert [line["step"] for line in told] == list(range(1, steps + 1))
    assert all(set(line) == FIELDS for line in told)
    assert all(0 < line["mfu_encoder"] < line["mfu"] for line in told)
    assert told[-1]["seconds_left"] == 0
    events = EventAccumulator(str(out / "tensorboard")).Reload()
    assert set(events.Tags()["scalars"]) == FIELDS - {"stage", "dropped"}
    drawn = [(event.step, event.value) for event in events.Scalars("loss")]
    assert drawn == [(line["step"], pytest.approx(line["loss"])) for line in told]
    report = (out / "report.html").read_text()
    assert f"<dd>{steps}</dd>" in report


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory: error code 12"),
    ],
)
def test_no_memory_for_a_pack_names_its_samples(tiny_recipe, tmp_path, monkeypatch, error):
    calls = []
    monkeypatch.setattr(distributed, "loss_sum", failing(distributed.loss_sum, 3, error, calls))
    with pytest.raises(OctavoError) as caught:
        train(tiny_recipe, tmp_path / "run")
    text = str(caught.value)
    assert "\n" not in text
    pack = calls[-1][2]
    tokens, tiles = len(pack.token_ids_T), len(pack.tiles_NCHW)
    assert f"the pack has {tokens:,} tokens and {tiles} tiles, of " in text
    named = [tuple(map(int, found)) for found in re.findall(r"\w{12} p\. \d+ \((\d+) tokens, (\d+) tiles\)", text)]
    assert [sum(column) for column in zip(*named, strict=True)] == [tokens, tiles]
    assert re.search(r"lower pack_tokens \(1024\) or pack_tiles .* in stage answers$", text)


def test_no_memory_to_read_a_pack_names_that_pack(tiny_recipe, tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(prefetch, "read", failing(prefetch.read, 3, MemoryError(), calls))
    with pytest.raises(OctavoError, match="out of memory") as caught:
        train(tiny_recipe, tmp_path / "run")
    third = calls[-1][1]
    assert f"the pack has {third.tokens:,} tokens and {third.tiles} tiles" in str(caught.value)

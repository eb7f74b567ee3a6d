"""No memory left: one line that names the pack."""

import re
from pathlib import Path

import pytest
import torch

from octavo.errors import OctavoError
from octavo.training.logs.memory import Taken, memory_named, resident_peak

TAKEN = [Taken(f"{n:012x} p. {n}", 100 * n, n) for n in range(1, 11)]


def real_failure():
    torch.empty(2**58, dtype=torch.uint8)  # more than any machine addresses


def raised(error):
    raise error


@pytest.mark.parametrize(
    "fail",
    [
        real_failure,
        lambda: raised(MemoryError()),
        lambda: raised(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.")),
    ],
)
def test_the_line_names_the_largest_samples_and_the_remedy(tiny_recipe, fail):
    stage = tiny_recipe.stages[0]
    with pytest.raises(OctavoError) as caught, memory_named("at step 3", stage, lambda: TAKEN):
        fail()
    line = str(caught.value)
    assert "\n" not in line
    assert (
        "out of memory at step 3: the pack has 5,500 tokens and 55 tiles, of 00000000000a p. 10 (1,000 tokens" in line
    )
    assert re.findall(r"p\. (\d+)", line) == ["10", "9", "8", "7", "6", "5", "4", "3"]
    assert "and 2 smaller ones" in line
    assert f"lower pack_tokens ({stage.pack_tokens})" in line
    assert "checkpoint_activations (now none) to all" in line
    assert f"in stage {stage.name}" in line


def test_what_is_no_remedy_is_not_named(tiny_recipe):
    stage = tiny_recipe.stages[0].model_copy(update={"checkpoint_activations": "all"})
    with pytest.raises(OctavoError) as caught, memory_named("at step 3", stage, lambda: TAKEN[:1]):
        raised(MemoryError())
    assert "checkpoint_activations" not in str(caught.value)
    assert "smaller" not in str(caught.value)


def test_other_faults_are_left_alone(tiny_recipe):
    with pytest.raises(RuntimeError, match="shapes"), memory_named("", tiny_recipe.stages[0], lambda: TAKEN):
        raise RuntimeError("shapes differ")


def test_the_peak_is_what_this_process_held():
    before = resident_peak()
    block = torch.ones(max(before, 2**26), dtype=torch.uint8)  # more than there was at any time
    assert resident_peak() >= before + len(block) // 2 or not Path("/proc/self/status").exists()

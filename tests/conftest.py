"""What several rooms test with: a small data set of typeset documents and a tiny model for it."""

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # no test may wait for a network
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command line does; before torch is imported
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import pytest
from hypothesis import settings

# A person's run looks for new counterexamples; CI decides about a change, so there the same examples come each time.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

TINY = (
    "shape.vision={hidden_size: 16, intermediate_size: 32, num_hidden_layers: 1, num_attention_heads: 2,"
    " patch_size: 16}",
    "shape.text={hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2,"
    " num_key_value_heads: 1}",
    "shape.tile_size=64",
    "shape.longest_edge=128",
    "shape.vocab_size=512",
    "stages.0.steps=6",
    "stages.0.warmup_steps=2",
    "stages.0.pack_tokens=1024",
    "stages.0.checkpoint_every=2",
)


@pytest.fixture(scope="session")
def documents_folder(tmp_path_factory):
    """24 typeset documents with known answers."""
    from octavo.synthetic import typeset

    folder = tmp_path_factory.mktemp("typeset")
    typeset("mixed", 24, folder, seed=3)
    return folder


@pytest.fixture(scope="session")
def data_folder(documents_folder, tmp_path_factory):
    """A data set built of them, at a low resolution."""
    from octavo.datasets import Settings, build

    out = tmp_path_factory.mktemp("built") / "dataset"
    build([documents_folder], out, settings=Settings(dpi=72))
    return out


@pytest.fixture(scope="session")
def tiny_recipe(data_folder):
    """The nano recipe with a shape that trains in seconds."""
    from octavo.training import load_recipe

    return load_recipe("nano", (*TINY, f"data={data_folder}"))


@pytest.fixture(scope="session")
def tiny_model(tiny_recipe, data_folder):
    """The tiny recipe's starting model and processor."""
    from octavo.datasets import DataSet
    from octavo.training import starting_model

    return starting_model(tiny_recipe, DataSet(data_folder))


@pytest.fixture(scope="session")
def parts(tiny_model):
    """A model whose answers differ from question to question, with its processor."""
    import copy

    import torch

    model, processor = copy.deepcopy(tiny_model[0]).eval(), tiny_model[1]
    generator = torch.Generator().manual_seed(2)
    for parameter in model.parameters():
        if parameter.ndim > 1:
            parameter.data.normal_(0, 0.3, generator=generator)
    return model, processor


@pytest.fixture(scope="session")
def tiny_run(tiny_recipe, tmp_path_factory):
    """A run folder with a model that was trained for six steps."""
    from octavo.training import train

    out = tmp_path_factory.mktemp("run") / "run"
    train(tiny_recipe, out)
    return out


@pytest.fixture(scope="session")
def tiny_overrides(data_folder):
    """The same as --set options of the command line."""
    return [part for override in TINY for part in ("--set", override)]

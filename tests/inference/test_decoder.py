"""The decoder laid out for generation computes what the modules compute, for every kind of decoder."""

import pytest
import torch

from octavo.inference.engine.decoder import Decoder, Run
from octavo.inference.engine.int8 import Int8Linear, Int8Rows, int8_encoder
from octavo.models import Idefics3, Idefics3Config
from tests.conformance.test_decoders import KINDS, TINY, difference, text
from tests.conformance.weights import randomise

CHUNKS = {"a": [11, 1, 5, 1], "b": [3, 9, 1, 1]}  # tokens of two sequences in four passes


def model_of(kind, dtype=torch.float32):
    config = Idefics3Config.from_dict(
        {
            "model_type": "idefics3",
            "image_token_id": 9,
            "tie_word_embeddings": KINDS[kind].get("tie_word_embeddings", False),
            "vision_config": {"hidden_size": 64, "num_attention_heads": 4, "image_size": 32, "patch_size": 8},
            "text_config": TINY | KINDS[kind],
        }
    )
    torch.manual_seed(0)
    return randomise(Idefics3(config), 1.3).to(dtype)


@torch.no_grad()
def ragged(model, int8=False):
    """Logits of two sequences that go through the decoder together, and of each by the model itself."""
    ids = {name: text(sum(sizes) + number)[number:] for number, (name, sizes) in enumerate(CHUNKS.items())}
    expected = [model(ids_T, [len(ids_T)]) for ids_T in ids.values()]
    decoder = Decoder(model, 32, int8)
    caches = {name: decoder.new_cache(32) for name in ids}
    found = {name: [] for name in ids}
    for sizes in zip(*CHUNKS.values(), strict=True):
        runs = [Run(cache, size) for cache, size in zip(caches.values(), sizes, strict=True)]
        new = [ids[name][run.cache.length :][: run.new] for name, run in zip(ids, runs, strict=True)]
        logits = decoder(decoder.embed(torch.cat(new)), runs, torch.arange(sum(sizes)))
        for name, part in zip(ids, torch.split(logits, list(sizes)), strict=True):
            found[name].append(part)
    return [(torch.cat(parts), whole) for parts, whole in zip(found.values(), expected, strict=True)]


@pytest.mark.parametrize("kind", KINDS)
def test_logits_are_the_models(kind):
    for found, expected in ragged(model_of(kind)):
        assert difference(found, expected) < 1e-5


def test_bfloat16_stays_as_near_as_its_rounding():
    for found, expected in ragged(model_of("llama", torch.bfloat16)):
        assert found.dtype == torch.bfloat16
        assert difference(found.float(), expected.float()) < 0.05


def test_int8_is_near_and_says_the_same_in_any_company():
    model = model_of("llama")
    for found, expected in ragged(model, int8=True):
        assert 1e-4 < difference(found, expected) < 0.2
        assert torch.nn.functional.cosine_similarity(found, expected).min() > 0.98
    rows = Int8Rows(torch.randn(40, 64), torch.randn(40))
    x = torch.randn(5, 64) * torch.tensor([[1e-3], [1.0], [0.0], [50.0], [1.0]])
    assert torch.equal(rows(x), torch.cat([rows(row[None]) for row in x]))


@pytest.mark.parametrize("make", [lambda layer: Int8Rows(layer.weight, layer.bias), Int8Linear])
def test_large_products_of_8_bits_do_not_saturate(make):
    layer = torch.nn.Linear(768, 32)
    torch.nn.init.uniform_(layer.weight, 0.8, 1.0)
    x = torch.rand(64, 768) * 0.2 + 0.8
    with torch.no_grad():
        assert difference(make(layer)(x), layer(x)) < 0.01


@torch.no_grad()
def test_an_int8_encoder_shares_all_but_its_products():
    model = model_of("llama")
    encoder = int8_encoder(model)
    pixels = torch.randn(2, 3, 32, 32)
    found, expected = encoder.features_of(pixels), model.features_of(pixels)
    assert 1e-5 < difference(found, expected) < 0.1
    assert encoder.model.vision_model.embeddings.patch_embedding.weight is (
        model.model.vision_model.embeddings.patch_embedding.weight
    )
    assert not [part for part in encoder.model.connector.modules() if isinstance(part, torch.nn.Linear)]

"""Exported files answer in llama.cpp as the model does here."""

import copy

import httpx
import pytest
import torch

from octavo.errors import OctavoError
from octavo.export import export_gguf
from octavo.export.llama import Llama
from octavo.export.pages import QUESTIONS, pages
from octavo.export.parity import MOST_TOKENS, TOLERANCE, check_parity
from octavo.export.writer import write_gguf
from octavo.processing.conversation import question_message


@pytest.mark.parametrize("name", ["folder", "untied_folder"])
def test_float32_files_give_the_same_prompts_tokens_and_probabilities(name, request, tmp_path):
    parity = export_gguf(request.getfixturevalue(name), tmp_path / "out", "f32", check=True)
    assert parity.questions == parity.prompts == parity.answers == 10
    assert parity.tokens == 10 * MOST_TOKENS
    assert parity.worst <= TOLERANCE
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["mmproj-f32.gguf", "model-f32.gguf"]


def test_the_logits_are_far_from_flat(model, processor):
    """Or equal tokens and near probabilities would say little."""
    sample = processor.encode([question_message(QUESTIONS[0], 1)], pages(processor)[:1], add_generation_prompt=True)
    with torch.no_grad():
        features = model.encode_tiles(processor.normalise(sample.tiles)).flatten(0, 1)
        logits = model(sample.token_ids, (len(sample.token_ids),), features_ID=features)
        blind = model(sample.token_ids, (len(sample.token_ids),), features_ID=torch.zeros_like(features))
    assert float(logits[-1].std()) > 1
    assert float((logits[-1] - blind[-1]).abs().max()) > 1  # the page matters


def test_eight_bits_answer_nearly_alike(folder, tmp_path):
    parity = export_gguf(folder, tmp_path / "out", "q8_0", check=True)
    assert parity.prompts == 10
    assert TOLERANCE < parity.mean < 0.2  # worse than float32, so the files are compared and not the model itself


def test_an_answer_that_ends_is_compared_to_its_end(processor, model, tmp_path):
    ends = copy.deepcopy(model)
    with torch.no_grad():  # the end token's logit now leads wherever the next token's sum is positive
        head = ends.model.text_model.embed_tokens.weight
        head[processor.end_token_id] = 2 * head[300]
    files = write_gguf(ends, processor, "ends", "f32", tmp_path)
    parity = check_parity(ends, processor, files, exact=True)
    assert parity.tokens < 10 * MOST_TOKENS


def test_a_difference_is_an_error(processor, model, tmp_path):
    files = write_gguf(model, processor, "small", "f32", tmp_path)
    other = copy.deepcopy(model)
    with torch.no_grad():
        other.model.text_model.norm.weight.mul_(1.05)
    with pytest.raises(OctavoError, match="10 of 10 prompts"):
        check_parity(other, processor, files, exact=True)


@pytest.fixture(scope="module")
def files(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("gguf") / "out"
    assert export_gguf(folder, out, check=False) is None
    return out / "model-f32.gguf", out / "mmproj-f32.gguf"


def test_a_file_that_llama_cpp_does_not_open(files, tmp_path):
    (tmp_path / "cut.gguf").write_bytes(files[0].read_bytes()[:5000])
    with pytest.raises(OctavoError, match="does not open the exported files"):
        Llama(tmp_path / "cut.gguf", files[1], context=256)


def test_the_port_is_local_and_wants_the_key_and_its_death_is_an_error(files, processor):
    with Llama(*files, context=256) as llama:
        url = llama._client.base_url
        assert url.host == "127.0.0.1"
        assert httpx.post(url.join("/completion"), json={"prompt": "a"}, trust_env=False).status_code == 401
        llama._process.kill()
        with pytest.raises(OctavoError, match="ended while it answered"):
            llama.complete(pages(processor)[0], "When?", 4, 5, [])

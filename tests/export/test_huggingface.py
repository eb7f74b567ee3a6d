"""An exported folder is the model: in transformers, in octavo, bit for bit."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from octavo.errors import OctavoError
from octavo.export import export_hf
from octavo.export import huggingface as command
from octavo.export.pages import pages
from octavo.models import load_model, save_model, stored_dtype
from octavo.processing import Processor
from octavo.processing.conversation import question_message
from tests.export.conftest import saved

transformers = pytest.importorskip("transformers", reason="the development extra installs transformers")


def test_the_folder_opens_in_transformers_with_equal_logits(folder, tmp_path):
    tensors = export_hf(folder, tmp_path / "out")
    theirs = transformers.AutoModelForImageTextToText.from_pretrained(tmp_path / "out", dtype=torch.float32)
    model, processor = load_model(folder), Processor.from_pretrained(folder)
    assert tensors == len(list(model.parameters()))
    message = question_message("What is the total?", 1)
    page = pages(processor)[0]
    sample = processor.encode([message], [page], add_generation_prompt=True)
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "out")
    prompt = tokenizer.apply_chat_template([message], add_generation_prompt=True, tokenize=False)
    assert prompt == processor.template.render([message], add_generation_prompt=True)
    text = tokenizer.decode(sample.token_ids)
    assert tokenizer.encode(text, add_special_tokens=False) == sample.token_ids.tolist()
    with torch.no_grad():
        wanted = theirs(
            input_ids=sample.token_ids[None],
            attention_mask=torch.ones_like(sample.token_ids)[None],
            pixel_values=processor.normalise(sample.tiles)[None],
        ).logits[0]
        features = model.encode_tiles(processor.normalise(sample.tiles)).flatten(0, 1)
        found = model(sample.token_ids, (len(sample.token_ids),), features_ID=features)
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-5 * float(wanted.abs().max()))


def test_all_files_are_there(folder, tmp_path):
    export_hf(folder, tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "preprocessor_config.json",
        "processor_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "chat_template.jinja",
        "README.md",
    }
    assert (tmp_path / "out" / "model.safetensors").read_bytes() == (folder / "model.safetensors").read_bytes()
    assert "pipeline_tag: image-text-to-text" in (tmp_path / "out" / "README.md").read_text()


def test_a_card_that_is_there_is_kept(model, processor, tmp_path):
    folder = saved(tmp_path / "small", model, processor)
    (folder / "README.md").write_text("# Ours\n")
    export_hf(folder, tmp_path / "out")
    assert (tmp_path / "out" / "README.md").read_text() == "# Ours\n"


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_weights_keep_the_dtype_they_are_stored_in(folder, dtype, tmp_path):
    halved = load_model(folder).to(dtype)
    Processor.from_pretrained(folder).save_pretrained(tmp_path / "small")
    save_model(halved, tmp_path / "small")
    assert stored_dtype(tmp_path / "small") == dtype
    export_hf(tmp_path / "small", tmp_path / "out")
    weights = load_file(tmp_path / "out" / "model.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {dtype}
    assert json.loads((tmp_path / "out" / "config.json").read_text())["torch_dtype"] == str(dtype)[6:]


def test_mixed_weights_are_stored_in_float32(folder, tmp_path):
    weights = load_file(folder / "model.safetensors")
    name = next(iter(weights))
    save_file(weights | {name: weights[name].half()}, tmp_path / "model.safetensors")
    assert stored_dtype(tmp_path) == torch.float32


@pytest.mark.parametrize(("change", "fault"), [("more", "'extra' is not known"), ("less", "is missing")])
def test_a_tensor_too_many_or_too_few_is_an_error_and_leaves_nothing(model, processor, change, fault, tmp_path):
    folder = saved(tmp_path / "small", model, processor)
    weights = load_file(folder / "model.safetensors")
    if change == "more":
        weights["extra"] = torch.zeros(1)
    else:
        del weights["model.connector.modality_projection.proj.weight"]
    save_file(weights, folder / "model.safetensors")
    with pytest.raises(OctavoError, match=fault):
        export_hf(folder, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["small"]


def test_weights_that_changed_on_the_way_are_an_error_and_leave_nothing(folder, tmp_path, monkeypatch):
    def save_changed(model, aside):
        with torch.no_grad():
            model.model.text_model.norm.weight[0] += 1e-6
        save_model(model, aside)

    monkeypatch.setattr(command, "save_model", save_changed)
    with pytest.raises(OctavoError, match=r"differ from the model's in model\.text_model\.norm\.weight"):
        export_hf(folder, tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_nothing_is_replaced(folder, tmp_path):
    with pytest.raises(OctavoError, match="exists; give another --out"):
        export_hf(folder, tmp_path)

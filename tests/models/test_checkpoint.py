"""Folders of weights: written whole and alike, read strictly, and trusted with nothing."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from octavo.errors import OctavoError
from octavo.models import Idefics3, Idefics3Config, load_model, save_model


@pytest.fixture
def folder(model: Idefics3, tmp_path: Path) -> Path:
    save_model(model, tmp_path / "model")
    return tmp_path / "model"


def edit(folder: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors")


def edit_json(path: Path, **values: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_model_comes_back_to_the_last_bit(model: Idefics3, folder: Path) -> None:
    again = load_model(folder)
    assert again.config == model.config
    assert not again.training
    for (name, ours), (same, theirs) in zip(model.named_parameters(), again.named_parameters(), strict=True):
        assert name == same
        assert torch.equal(ours, theirs)
        assert theirs.requires_grad


def test_a_loaded_model_does_not_feel_its_file_change(model: Idefics3, folder: Path) -> None:
    again = load_model(folder)
    path = folder / "model.safetensors"
    with path.open("r+b") as file:  # in place, as `cp` does: safetensors' own tensors are a mapping of the file
        file.write(b"\0" * path.stat().st_size)
    assert torch.equal(again.lm_head.weight, model.lm_head.weight)


def test_a_run_folder_is_opened_by_its_name(folder: Path) -> None:
    assert load_model(folder.parent).config == load_model(str(folder)).config


def test_dtype_is_what_is_asked_for_and_what_is_written(folder: Path, tmp_path: Path) -> None:
    model = load_model(folder, torch.bfloat16)
    assert {p.dtype for p in model.parameters()} == {torch.bfloat16}
    save_model(model, tmp_path / "half")
    assert {t.dtype for t in load_file(tmp_path / "half" / "model.safetensors").values()} == {torch.bfloat16}
    assert json.loads((tmp_path / "half" / "config.json").read_text())["torch_dtype"] == "bfloat16"


@pytest.mark.parametrize("shard_bytes", [10**9, 20_000])
def test_the_same_weights_make_the_same_bytes(model: Idefics3, tmp_path: Path, shard_bytes: int) -> None:
    for name in ("a", "b"):
        save_model(model, tmp_path / name, shard_bytes=shard_bytes)
    first = {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()}
    largest = max(p.nbytes for p in model.parameters())
    assert all(len(data) < max(shard_bytes, largest) + 10_000 for data in first.values())


@pytest.mark.parametrize("shard_bytes", [[20_000, 10**9], [10**9, 20_000], [20_000, 40_000]])
def test_saving_over_a_model_leaves_nothing_of_it(model: Idefics3, tmp_path: Path, shard_bytes: list[int]) -> None:
    (tmp_path / "tokenizer.json").write_text("kept")
    save_model(model, tmp_path, shard_bytes=shard_bytes[0])
    with torch.no_grad():
        model.model.text_model.norm.weight.mul_(2)
    save_model(model, tmp_path, shard_bytes=shard_bytes[1])
    assert load_model(tmp_path).model.text_model.norm.weight.max() == 2
    save_model(model, tmp_path / "fresh", shard_bytes=shard_bytes[1])
    names = {path.name for path in tmp_path.iterdir()} - {"fresh", "tokenizer.json"}
    assert names == {path.name for path in (tmp_path / "fresh").iterdir()}
    assert (tmp_path / "tokenizer.json").read_text() == "kept"


def test_saving_cut_short_leaves_no_model(model: Idefics3, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("octavo.models.checkpoint.save_file", killed)
    with pytest.raises(KeyboardInterrupt):
        save_model(model, folder)
    with pytest.raises(OctavoError, match=r"no config\.json"):
        load_model(folder)


@pytest.fixture
def tied(config: Idefics3Config, tmp_path: Path) -> Path:
    model = Idefics3(replace(config, text=replace(config.text, tie_word_embeddings=True)))
    save_model(model, tmp_path / "tied")
    return tmp_path / "tied"


def test_a_tied_head_is_not_written_and_may_stand_there_if_equal(tied: Path) -> None:
    embeddings, head = "model.text_model.embed_tokens.weight", "lm_head.weight"
    assert head not in load_file(tied / "model.safetensors")
    edit(tied, lambda tensors: tensors.update({head: tensors[embeddings].clone()}))
    model = load_model(tied)
    assert model.lm_head is None
    assert model.head(torch.eye(48)).equal(model.model.text_model.embed_tokens.weight.T)
    edit(tied, lambda tensors: tensors[head].add_(1))
    with pytest.raises(OctavoError, match="set tie_word_embeddings to false"):
        load_model(tied)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("lm_head.weight"), r"lm_head\.weight is missing"),
        (lambda t: t.update({"model.extra\n": torch.zeros(1)}), r"'model\.extra\\n' is not known"),
        (lambda t: t.update({"lm_head.weight": torch.zeros(64, 47)}), r"has shape \[64, 47\], not \[64, 48\]"),
        (lambda t: t.update({"lm_head.weight": torch.zeros(64, 48, dtype=torch.int8)}), r"weight holds I8"),
        (lambda t: [t.pop(name) for name in list(t)[:10]], r"(.* is missing.*){3} and 7 more"),
    ],
)
def test_weights_that_do_not_fit_are_listed(
    folder: Path, message: str, change: Callable[[dict[str, torch.Tensor]], object]
) -> None:
    edit(folder, change)
    with pytest.raises(OctavoError, match=message):
        load_model(folder)


def test_a_tensor_in_two_shards_is_refused(model: Idefics3, folder: Path) -> None:
    save_model(model, folder, shard_bytes=20_000)
    shards = sorted(folder.glob("model-*.safetensors"))
    name, tensor = next(iter(load_file(shards[0]).items()))
    save_file(load_file(shards[-1]) | {name: tensor}, shards[-1])
    with pytest.raises(OctavoError, match="is there twice"):
        load_model(folder)


@pytest.mark.parametrize(
    "place",
    [
        "../secret.safetensors",
        "/etc/passwd",
        "sub/model.safetensors",
        "..",
        "",
        "model.bin",
        "a\\b.safetensors",
        "model\n.safetensors",
        3,
        None,
    ],
)
def test_an_index_that_leads_elsewhere_is_refused(folder: Path, place: object) -> None:
    (folder / "model.safetensors").rename(folder.parent / "secret.safetensors")
    index = {"weight_map": {"lm_head.weight": place}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(OctavoError, match="do not trust this model"):
        load_model(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", '"x"', "{}", '{"weight_map": []}', "[" * 100_000])
def test_a_damaged_index_is_named(folder: Path, text: str) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text(text)
    with pytest.raises(OctavoError, match=r"model\.safetensors\.index\.json"):
        load_model(folder)


def test_a_shard_that_is_not_there_is_named(model: Idefics3, folder: Path) -> None:
    save_model(model, folder, shard_bytes=20_000)
    gone = min(folder.glob("model-*.safetensors"))
    gone.unlink()
    with pytest.raises(OctavoError, match=gone.name):
        load_model(folder)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data[:100],
        lambda data: b"",
        lambda data: b"\xff" * 64,
        lambda data: data + b"0",
    ],
)
def test_damaged_weights_are_named(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(OctavoError, match="no whole safetensors file"):
        load_model(folder)


@pytest.mark.parametrize("data", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000])
@pytest.mark.parametrize("name", ["config.json", "generation_config.json"])
def test_damaged_json_is_named(folder: Path, name: str, data: bytes) -> None:
    (folder / name).write_bytes(data)
    with pytest.raises(OctavoError, match=name.replace(".", r"\.")) as caught:
        load_model(folder)
    assert "\n" not in str(caught.value)


def test_a_configuration_that_does_not_fit_is_named_with_its_file(folder: Path) -> None:
    edit_json(folder / "config.json", scale_factor=3)
    with pytest.raises(OctavoError, match=r"config\.json.*scale_factor 3"):
        load_model(folder)


def test_pickles_are_never_opened(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(OctavoError, match=r"only pickles \(pytorch_model\.bin\).*save_pretrained"):
        load_model(folder)
    (folder / "pytorch_model.bin").unlink()
    with pytest.raises(OctavoError, match="holds no weights"):
        load_model(folder)


def test_end_tokens_of_generation_config_count(folder: Path, tmp_path: Path) -> None:
    written = json.loads((folder / "generation_config.json").read_text())
    assert written == {"bos_token_id": 1, "eos_token_id": [2, 5]}
    edit_json(folder / "generation_config.json", eos_token_id=7)
    model = load_model(folder)
    assert model.config.text.eos_token_ids == (7,)
    save_model(model, tmp_path / "again")
    assert load_model(tmp_path / "again").config.text.eos_token_ids == (7,)
    (folder / "generation_config.json").unlink()
    assert load_model(folder).config.text.eos_token_ids == (2, 5)

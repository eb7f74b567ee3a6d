"""The files of a processor."""

import json
import re

import pytest
import torch

from octavo.errors import OctavoError
from octavo.processing import ImageConfig, Processor
from octavo.processing.conversation import conversation
from octavo.processing.prompts import CHAT_TEMPLATE


@pytest.fixture
def folder(processor, tmp_path):
    processor.save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def edit(path, change):
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def test_what_was_saved_opens_equal(processor, folder, page):
    opened = Processor.from_pretrained(folder)
    assert opened.image_config == processor.image_config
    assert opened.image_seq_len == processor.image_seq_len
    assert opened.named_tokens == processor.named_tokens
    messages = conversation([("What is it?", "A page."), ("Sure?", "Yes.")], 1)
    ours, theirs = processor.encode(messages, [page]), opened.encode(messages, [page])
    assert torch.equal(ours.token_ids, theirs.token_ids)
    assert torch.equal(ours.labels, theirs.labels)
    assert torch.equal(ours.tiles, theirs.tiles)


def test_saving_twice_writes_the_same_bytes(processor, folder, tmp_path):
    Processor.from_pretrained(folder).save_pretrained(tmp_path / "again")
    names = sorted(path.name for path in folder.iterdir())
    assert names == [
        "chat_template.jinja",
        "preprocessor_config.json",
        "processor_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    for name in names:
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_image_settings_nested_in_the_processors_file_are_read(folder):
    """As transformers 5 writes them."""
    settings = ImageConfig(longest_edge=96, tile_size=32).to_dict()
    edit(folder / "processor_config.json", lambda content: content.update(image_processor=settings))
    (folder / "preprocessor_config.json").unlink()
    assert Processor.from_pretrained(folder).image_config == ImageConfig(longest_edge=96, tile_size=32)


def test_a_folder_without_processor_config_has_idefics3s_sequence_length(folder):
    (folder / "processor_config.json").unlink()
    assert Processor.from_pretrained(folder).image_seq_len == 169


MARKED = CHAT_TEMPLATE.replace("Assistant:", "Assistant :")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("chat_template.jinja", MARKED),
        ("chat_template.json", {"chat_template": MARKED}),
        ("tokenizer_config.json", {"chat_template": MARKED}),
        (
            "tokenizer_config.json",
            {"chat_template": [{"name": "x", "template": ""}, {"name": "default", "template": MARKED}]},
        ),
        ("processor_config.json", {"chat_template": MARKED}),
    ],
    ids=["jinja", "json", "tokenizer", "tokenizer by name", "processor"],
)
def test_the_template_is_found_in_any_of_its_files(folder, name, content):
    (folder / "chat_template.jinja").unlink()
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / name).write_text(text, encoding="utf-8")
    assert Processor.from_pretrained(folder).template.source == MARKED


def test_named_tokens_may_be_objects(folder):
    edit(
        folder / "tokenizer_config.json",
        lambda content: content.update(pad_token={"content": "<|endoftext|>", "special": True}),
    )
    assert Processor.from_pretrained(folder).pad_token_id == 0


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("preprocessor_config.json", None, "preprocessor_config.json is missing"),
        ("tokenizer.json", None, "has no tokenizer.json"),
        ("chat_template.jinja", None, "has no chat template"),
        ("preprocessor_config.json", "{", "preprocessor_config.json: not JSON"),
        ("preprocessor_config.json", "[1]", "preprocessor_config.json: not a JSON object"),
        ("preprocessor_config.json", "[" * 100_000, "preprocessor_config.json: not JSON"),
        ("processor_config.json", '{"image_seq_len": 0}', "image_seq_len is 0"),
        ("processor_config.json", '{"image_seq_len": 1e9}', "image_seq_len is"),
        ("processor_config.json", '{"image_processor": [1]}', "image settings"),
        ("processor_config.json", b"\xff\xfe", "cannot be read as UTF-8"),
        ("chat_template.jinja", "{% if %}", "the chat template fails"),
        ("tokenizer_config.json", "null", "not a JSON object"),
    ],
)
def test_a_file_at_fault_is_named(folder, name, content, fault):
    if content is None:
        (folder / name).unlink()
    elif isinstance(content, bytes):
        (folder / name).write_bytes(content)
    else:
        (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(OctavoError, match=re.escape(fault)) as error:
        Processor.from_pretrained(folder)
    assert "\n" not in str(error.value)


def test_a_pad_token_that_is_no_token_is_named(folder):
    edit(folder / "tokenizer_config.json", lambda content: content.update(pad_token="<none>"))
    with pytest.raises(OctavoError, match="no token <none>"):
        _ = Processor.from_pretrained(folder).pad_token_id


def test_code_that_a_folder_points_to_is_not_passed_on(folder, tmp_path):
    edit(
        folder / "tokenizer_config.json",
        lambda content: content.update(auto_map={"AutoTokenizer": ["evil.Tokenizer", None]}),
    )
    Processor.from_pretrained(folder).save_pretrained(tmp_path / "copy")
    assert "auto_map" not in (tmp_path / "copy" / "tokenizer_config.json").read_text(encoding="utf-8")

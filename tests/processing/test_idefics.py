"""IDEFICS1's processor where the published one says nothing: what it refuses, and models without conversations."""

import json
from pathlib import Path

import pytest
import torch
from PIL import Image
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from octavo.errors import OctavoError
from octavo.processing import IdeficsProcessor, SquareConfig
from octavo.processing.idefics import TEMPLATE

NAMES = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<unk>"}
SPECIAL = ["<unk>", "<s>", "</s>", "<fake_token_around_image>", "<image>", "<end_of_utterance>"]
PICTURE = Image.new("RGB", (3, 4), (255, 0, 0))


def tokenizer(*special: str) -> Tokenizer:
    """Every byte is a token."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE({letter: i for i, letter in enumerate(alphabet)}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(list(special))
    return made


@pytest.fixture
def processor() -> IdeficsProcessor:
    return IdeficsProcessor(tokenizer(*SPECIAL), SquareConfig(image_size=16), TEMPLATE, NAMES)


def test_a_prompt_reads_as_the_cards_write_it(processor: IdeficsProcessor) -> None:
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "Who?"}, {"type": "image"}, {"type": "image"}]},
        {"role": "assistant", "content": "Idefix."},
    ]
    sample = processor.encode(messages, [PICTURE, PICTURE])
    image = "<fake_token_around_image><image><fake_token_around_image><image><fake_token_around_image>"
    assert processor.tokenizer.decode(sample.token_ids.tolist(), skip_special_tokens=False) == (
        f"<s>User: Who?{image}<end_of_utterance>\nAssistant: Idefix.<end_of_utterance>\n"
    )
    assert sample.tiles.shape == (2, 3, 16, 16)
    assert sample.tiles[0, :, 0, 0].tolist() == [255, 0, 0]
    assert sample.visible.sum(0).tolist()[0] == 2  # the first image and the token between it and the second
    assert sample.visible[-1].tolist() == [False, True]


def test_a_base_model_takes_prompts_and_no_conversations(tmp_path: Path) -> None:
    base = IdeficsProcessor(tokenizer(*SPECIAL[:5]), SquareConfig(image_size=16), TEMPLATE, NAMES)
    base.save_pretrained(tmp_path)
    assert "<end_of_utterance>" not in (tmp_path / "tokenizer_config.json").read_text()
    opened = IdeficsProcessor.from_pretrained(tmp_path)
    parts = ["a", PICTURE, "b"]
    assert torch.equal(opened.encode_prompt(parts).token_ids, base.encode_prompt(parts).token_ids)
    with pytest.raises(OctavoError, match="no <end_of_utterance>"):
        opened.encode([{"role": "user", "content": "a"}], [])
    with pytest.raises(OctavoError, match="no <end_of_utterance>"):
        opened.encode_prompt(parts, end_of_utterance=True)


def test_what_cannot_be_encoded_is_named(processor: IdeficsProcessor) -> None:
    with pytest.raises(OctavoError, match="contains <image> or <fake_token_around_image>"):
        processor.encode_prompt(["see <image>"])
    with pytest.raises(OctavoError, match="message 1 contains <image>"):
        processor.encode([{"role": "user", "content": "<image>"}], [])
    with pytest.raises(OctavoError, match="0 image parts and 1 images"):
        processor.encode([{"role": "user", "content": "a"}], [PICTURE])
    with pytest.raises(OctavoError, match="0x4 pixels"):
        processor.encode_prompt([Image.new("RGB", (0, 4))])
    with pytest.raises(OctavoError, match="lacks <image>; take one"):
        IdeficsProcessor(tokenizer(*SPECIAL[:4]), SquareConfig(), TEMPLATE, NAMES)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"image_size": 8}, "image_size is 8"),
        ({"image_size": 10**6}, "image_size is 1000000"),
        ({"image_size": "224"}, "image setting image_size is '224'"),
        ({"size": {"height": 224, "width": 200}}, "image setting size"),
        ({"size": {"longest_edge": 224}}, "image setting size"),
        ({"resample": 1}, "resample is 1; only 3"),
        ({"image_num_channels": 1}, "image_num_channels is 1"),
        ({"image_std": [0, 1, 1]}, "image_std has a zero"),
        ({"image_mean": 0.5}, "image_mean"),
        ({"do_image_splitting": True}, "do_image_splitting"),
        ({"do_center_crop": True}, "do_center_crop"),
    ],
)
def test_settings_that_are_not_supported_are_named(settings: dict[str, object], message: str) -> None:
    with pytest.raises(OctavoError, match=message):
        SquareConfig.from_dict(settings)


def test_settings_are_read_in_both_published_forms() -> None:
    older = {"image_processor_type": "IdeficsImageProcessor", "image_num_channels": 3, "image_size": 32}
    assert SquareConfig.from_dict(older) == SquareConfig(image_size=32)
    assert SquareConfig.from_dict({"size": {"height": 32, "width": 32}, "image_mean": None}) == SquareConfig(
        image_size=32
    )
    assert SquareConfig.from_dict({**older, "size": {"height": 64, "width": 64}}).image_size == 32
    config = SquareConfig(image_size=48)
    assert SquareConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config

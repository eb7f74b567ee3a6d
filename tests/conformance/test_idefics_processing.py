"""Squares, token ids and what each token sees against transformers' Pillow-based processor of IDEFICS1.

Compared: the float32 pixels of `IdeficsImageProcessorPil`, of which the last bit may differ, its uint8 squares, and
`input_ids` and `image_attention_mask` of `IdeficsProcessor`.
"""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoProcessor, IdeficsProcessor, PreTrainedTokenizerFast
from transformers.models.idefics import processing_idefics
from transformers.models.idefics.image_processing_pil_idefics import IdeficsImageProcessorPil

from octavo.processing import IdeficsProcessor as Processor
from octavo.processing import SquareConfig
from octavo.processing.idefics import TEMPLATE
from octavo.processing.interleaved import square, visible

SPECIAL = ["<unk>", "<s>", "</s>", "<fake_token_around_image>", "<image>", "<end_of_utterance>"]
NAMES = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<unk>"}
TEXTS = ["What is  the total?", " 1,234.50 EUR\n", "User: the title\nAssistant:", "Ünïcödé, 漢字 🙂", ""]
SMALL = SquareConfig(image_size=16)


def llama_tokenizer() -> Tokenizer:
    """In the style of Llama's: spaces are marks, unknown characters are bytes, a post-processor adds the BOS token."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokens = [*SPECIAL[:3], *(f"<0x{byte:02X}>" for byte in range(256))]
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=tokens, show_progress=False)
    tokenizer.train_from_iterator([*TEXTS, "User: Assistant:"] * 3, trainer)
    tokenizer.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in SPECIAL])
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return tokenizer


def byte_tokenizer() -> Tokenizer:
    """In the style of GPT-2's."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(TEXTS * 3, trainer)
    return tokenizer


@pytest.fixture(scope="module", params=[llama_tokenizer, byte_tokenizer], ids=["llama", "bytes"])
def pair(request: pytest.FixtureRequest) -> tuple[IdeficsProcessor, Processor]:
    tokenizer = request.param()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **NAMES, extra_special_tokens=SPECIAL[3:])
    theirs = IdeficsProcessor(IdeficsImageProcessorPil(image_size=16), fast)
    return theirs, Processor(tokenizer, SMALL, TEMPLATE, NAMES)


def picture(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Noise: every resampling step shows in it."""
    generator = np.random.default_rng(width * 7919 + height)
    if mode == "I;16":
        return Image.frombytes(mode, (width, height), generator.bytes(2 * width * height))
    channels = {"RGBA": 4, "CMYK": 4, "LA": 2, "L": 1, "P": 3, "1": 1, "F": 1}.get(mode, 3)
    values = generator.integers(0, 256, (height, width, channels), dtype=np.uint8)
    if mode in ("P", "1", "YCbCr", "F"):
        return Image.fromarray(values.squeeze(-1) if channels == 1 else values).convert(mode)
    return Image.frombytes(mode, (width, height), values.tobytes())


def saved_as(kind: str, image: Image.Image, **options: object) -> Image.Image:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return Image.open(io.BytesIO(file.getvalue()))


def turned() -> Image.Image:
    exif = Image.Exif()
    exif[274] = 6  # turn by 90 degrees to see it upright
    return saved_as("JPEG", picture(90, 30), exif=exif)


SIZES = [(1, 1), (1, 10000), (10000, 1), (2, 3), (224, 224), (223, 225), (640, 480), (1240, 1754)]
MODES = ["RGBA", "L", "LA", "P", "CMYK", "1", "I;16", "F", "YCbCr"]
WILD = {
    **{f"{width}x{height}": picture(width, height) for width, height in SIZES},
    **{mode: picture(90, 60, mode) for mode in MODES},
    "palette file": saved_as("PNG", picture(90, 60, "P"), transparency=bytes(range(256))),
    "gif": saved_as("GIF", picture(90, 60, "P"), transparency=3),
    "16-bit file": saved_as("PNG", picture(90, 60, "I;16")),
    "CMYK file": saved_as("JPEG", picture(90, 60, "CMYK")),
    "turned by its tag": turned(),
}


@pytest.mark.parametrize("name", WILD)
def test_squares_are_equal_for_any_image(name: str) -> None:
    image = WILD[name]
    theirs = IdeficsImageProcessorPil()
    ours = square(image, SquareConfig())
    expected = theirs([image], do_rescale=False, do_normalize=False, return_tensors="pt")[0]
    assert torch.equal(ours, expected)
    pixels = theirs([image], return_tensors="pt")[0]
    processor = Processor(byte_tokenizer(), SquareConfig(), TEMPLATE, NAMES)
    torch.testing.assert_close(processor.normalise(ours[None])[0], pixels, rtol=0, atol=1e-6)


def assert_same(pair: tuple[IdeficsProcessor, Processor], parts: list[str | Image.Image], between: bool) -> None:
    theirs, ours = pair
    expected = theirs(text=[parts], add_end_of_utterance_token=between)
    sample = ours.encode_prompt(parts, end_of_utterance=between)
    images = sum(not isinstance(part, str) for part in parts)
    assert sample.token_ids.tolist() == expected["input_ids"][0].tolist()
    mask = expected["image_attention_mask"][0]
    assert sample.visible.shape == (len(sample.token_ids), images)
    assert torch.equal(sample.visible, mask.bool()) or (images == 0 and not mask.any())
    if images:
        pixels = expected["pixel_values"][0]
        torch.testing.assert_close(ours.normalise(sample.tiles), pixels, rtol=0, atol=1e-6)


PROMPTS = {
    "text": ["What is it?"],
    "texts": ["User:", "What is it?", "Assistant:"],
    "image first": [picture(9, 8), " Describe. "],
    "image last": ["  Describe: ", picture(9, 8)],
    "side by side": ["A", picture(9, 8), picture(7, 7), picture(5, 4), "and", picture(1, 1), "B"],
    "conversation": [
        "User: What is in this image?", picture(30, 20), "<end_of_utterance>",
        "\nAssistant: A dog.<end_of_utterance>", "\nUser:", picture(4, 40),
        "And that?<end_of_utterance>", "\nAssistant:",
    ],
    "texts end": ["a", picture(3, 3), "b</s>c", picture(2, 2), "d</s>", "e"],
    "text ends twice": ["a</s>b</s>", picture(3, 3), picture(3, 4), "</s></s>c"],
    "empty texts": ["", picture(3, 3), "", picture(3, 4), " "],
}  # fmt: skip


@pytest.mark.parametrize("between", [False, True])
@pytest.mark.parametrize("name", PROMPTS)
def test_prompts_are_equal(pair: tuple[IdeficsProcessor, Processor], name: str, between: bool) -> None:
    assert_same(pair, PROMPTS[name], between)


part = st.one_of(
    st.text(max_size=12).filter(lambda text: "<" not in text and "://" not in text),
    st.sampled_from(["</s>", "<end_of_utterance>", "a </s> b", " User:"]),
    st.builds(picture, st.integers(1, 20), st.integers(1, 20)),
)


@settings(max_examples=150, deadline=None)
@given(parts=st.lists(part, min_size=1, max_size=8), between=st.booleans())
def test_any_prompt_is_equal(
    pair: tuple[IdeficsProcessor, Processor], parts: list[str | Image.Image], between: bool
) -> None:
    assert_same(pair, parts, between)


def user(*parts: str | None) -> dict[str, object]:
    content = [{"type": "image"} if part is None else {"type": "text", "text": part} for part in parts]
    return {"role": "user", "content": content}


def assistant(text: str) -> dict[str, object]:
    return {"role": "assistant", "content": [{"type": "text", "text": text}]}


CONVERSATIONS = {
    "text": [user("What is it?")],
    "image first": [user(None, " Describe."), assistant("A dog."), user("And ", None, None)],
    "image between": [user("Look: ", None, " What?"), assistant("7"), user("b"), assistant("Ünïcödé ")],
}


@pytest.mark.parametrize("generate", [False, True])
@pytest.mark.parametrize("name", CONVERSATIONS)
def test_conversations_are_the_prompts_that_they_render_to(
    pair: tuple[IdeficsProcessor, Processor], name: str, generate: bool
) -> None:
    theirs, ours = pair
    messages = CONVERSATIONS[name]
    text = ours.template.render(messages, generate)
    assert text.startswith("<s>User:")
    pieces = text.removeprefix("<s>").split("<image>")
    images = [picture(9 + i, 8) for i in range(len(pieces) - 1)]
    parts = [part for pair in zip(pieces, [*images, ""], strict=True) for part in pair]
    # An empty text between two images would part them there.
    parts = [part for part in parts if not isinstance(part, str) or part]
    expected = theirs(text=[parts], add_end_of_utterance_token=False)
    sample = ours.encode(messages, images, generate)
    assert sample.token_ids.tolist() == expected["input_ids"][0].tolist()
    assert torch.equal(sample.visible, expected["image_attention_mask"][0].bool()[:, : len(images)])
    answers = [message["content"][0]["text"] for message in messages if message["role"] == "assistant"]
    trained = ours.tokenizer.decode(sample.labels[sample.labels != -100].tolist(), skip_special_tokens=False)
    assert trained == "".join(f" {answer}<end_of_utterance>" for answer in answers)


@settings(max_examples=200, deadline=None)
@given(ids=st.lists(st.integers(0, 4), min_size=1, max_size=40))
def test_what_is_seen_is_equal_for_any_ids(ids: list[int]) -> None:
    class Ids:
        eos_token_id = 2

        def convert_tokens_to_ids(self, token: str) -> int:
            return 4

    images = ids.count(4)
    incremental, _ = processing_idefics.image_attention_mask_for_packed_input_ids(torch.tensor([ids]), Ids(), "pt")
    expected = processing_idefics.incremental_to_binary_attention_mask(incremental, "pt", num_classes=max(images, 1))[0]
    assert torch.equal(visible(torch.tensor(ids), 4, 2), expected.bool()[:, :images])


def test_what_they_save_opens_here(pair: tuple[IdeficsProcessor, Processor], tmp_path: Path) -> None:
    theirs, ours = pair
    theirs.save_pretrained(tmp_path)
    opened = Processor.from_pretrained(tmp_path)
    assert opened.image_config == ours.image_config
    assert opened.named_tokens == ours.named_tokens
    assert opened.template.source == TEMPLATE
    assert_same((theirs, opened), PROMPTS["conversation"], False)


def test_what_we_save_opens_there(pair: tuple[IdeficsProcessor, Processor], tmp_path: Path) -> None:
    _, ours = pair
    ours.save_pretrained(tmp_path)
    opened = AutoProcessor.from_pretrained(tmp_path)
    assert isinstance(opened, IdeficsProcessor)
    assert_same((opened, ours), PROMPTS["conversation"], False)
    expected = IdeficsImageProcessorPil(image_size=ours.image_config.image_size)
    assert IdeficsImageProcessorPil.from_pretrained(tmp_path).to_dict() == expected.to_dict()

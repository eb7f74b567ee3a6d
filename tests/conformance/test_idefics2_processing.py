"""Images and token ids against transformers' `Idefics2Processor` with its Pillow-based image processor.

Compared: every uint8 value of every image, its place in the padded batch and in `pixel_attention_mask`, the float32
pixels to 1e-6, and the token ids of `apply_chat_template(messages, tokenize=True, return_dict=True)`.
"""

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, processors, trainers
from transformers import AutoProcessor, Idefics2Processor, PreTrainedTokenizerFast
from transformers.image_utils import SizeDict
from transformers.models.idefics2.image_processing_pil_idefics2 import (
    Idefics2ImageProcessorPil,
    get_resize_output_image_size,
)

from octavo.errors import OctavoError
from octavo.processing import Idefics2Processor as Processor
from octavo.processing import NativeConfig
from octavo.processing.native import native_size
from octavo.processing.prompts import CHAT_TEMPLATE
from tests.conformance.test_processing import (
    CONVERSATIONS,
    FAMILY_TOKENS,
    IMAGE,
    MODES,
    TEXTS,
    assistant,
    blank,
    llama3_tokenizer,
    picture,
    saved_as,
    text_part,
    turn,
    user,
)

PUBLISHED, SMALL = NativeConfig(), NativeConfig(longest_edge=70, shortest_edge=32)
SIZES = [
    (1, 1), (1, 2), (2, 1), (3, 500), (500, 3), (1, 10000), (10000, 1), (377, 378), (378, 378), (379, 377), (980, 980),
    (981, 980), (980, 981), (2500, 981), (981, 2500), (640, 480), (1240, 1754), (5000, 70), (70, 5003),
]  # fmt: skip
SPLIT_SIZES = [(1, 2), (1, 10000), (2, 2), (10000, 2), (3, 5), (757, 755), (1961, 700), (700, 1961), (1240, 1754)]
TEMPLATE = CHAT_TEMPLATE.removeprefix("<|im_start|>")  # the published one: the tokenizer adds the BOS token
NAMES = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<unk>"}


def reference(config: NativeConfig) -> Idefics2ImageProcessorPil:
    return Idefics2ImageProcessorPil(
        size={"longest_edge": config.longest_edge, "shortest_edge": config.shortest_edge},
        do_image_splitting=config.splitting,
        image_mean=list(config.mean),
        image_std=list(config.std),
        rescale_factor=config.rescale_factor,
    )


def mistral_tokenizer() -> Tokenizer:
    """In the style of Mistral 7B: SentencePiece's pieces with bytes to fall back on, and `<s>` added in front."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    pieces = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    trainer = trainers.BpeTrainer(vocab_size=700, special_tokens=pieces, show_progress=False)
    words = [word for text in TEXTS for word in re.findall(r" ?\S+", text)]
    tokenizer.train_from_iterator([*words, "User:", "Assistant:", "System:"] * 3, trainer)
    names = ["<unk>", "<s>", "</s>", *FAMILY_TOKENS]
    tokenizer.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in names])
    bos = ("<s>", tokenizer.token_to_id("<s>"))
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[bos])
    return tokenizer


def mistral_pair(config: NativeConfig) -> tuple[Idefics2Processor, Processor]:
    tokenizer = mistral_tokenizer()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **NAMES)
    theirs = Idefics2Processor(reference(config), fast, image_seq_len=3, chat_template=TEMPLATE)
    return theirs, Processor(tokenizer, config, 3, TEMPLATE, NAMES)


def llama3_pair(config: NativeConfig) -> tuple[Idefics2Processor, Processor]:
    """A template that writes the BOS token, which the tokenizer would add, too."""
    tokenizer, template = llama3_tokenizer(), CHAT_TEMPLATE.replace("<|im_start|>", "<|begin_of_text|>")
    names = {"bos_token": "<|begin_of_text|>", "eos_token": "<end_of_utterance>"}
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names)
    theirs = Idefics2Processor(reference(config), fast, image_seq_len=2, chat_template=template)
    return theirs, Processor(tokenizer, config, 2, template, names)


@pytest.fixture(scope="module", params=[mistral_pair, llama3_pair], ids=["mistral", "llama3"])
def pair(request):
    return request.param(SMALL)


@pytest.fixture(scope="module")
def split_pair():
    return mistral_pair(NativeConfig(longest_edge=70, shortest_edge=32, splitting=True))


def assert_same_images(ours, theirs) -> None:
    """Images of one sample [3, H, W] each against one padded sample."""
    pixels, masks = theirs["pixel_values"][0], theirs["pixel_attention_mask"][0]
    assert len(ours) == len(pixels) == len(masks)
    for image, padded, mask in zip(ours, pixels, masks, strict=True):
        _, height, width = image.shape
        assert mask[:height, :width].all()
        assert mask.sum() == height * width
        np.testing.assert_allclose(image.numpy(), padded[:, :height, :width], rtol=0, atol=1e-6)
        assert not padded[:, height:].any()
        assert not padded[:, :, width:].any()


def assert_same_pixels(pair, image: Image.Image, config: NativeConfig) -> None:
    theirs, ours = pair
    theirs.image_processor, ours.image_config = reference(config), config
    raw = theirs(images=[[image]], do_rescale=False, do_normalize=False)
    images = ours.images(image)
    assert all(part.dtype == torch.uint8 for part in images)
    assert [list(part.shape[:0:-1]) for part in images[-1:]] == [list(native_size(*turned(image), config))]
    assert_same_images(images, raw)


def turned(image: Image.Image) -> tuple[int, int]:
    return image.size[::-1] if image.getexif().get(274, 1) > 4 else image.size


@pytest.fixture
def alone():
    """A pair whose settings a test may change."""
    return mistral_pair(SMALL)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_images_are_equal(alone, size):
    assert_same_pixels(alone, picture(*size), PUBLISHED)


@pytest.mark.parametrize("size", SPLIT_SIZES, ids=str)
def test_split_images_are_equal(alone, size):
    assert_same_pixels(alone, picture(*size), NativeConfig(splitting=True))


@pytest.mark.parametrize("splitting", [False, True])
@pytest.mark.parametrize("mode", MODES)
def test_images_are_equal_in_every_mode(alone, mode, splitting):
    assert_same_pixels(alone, picture(60, 90, mode), NativeConfig(70, 32, splitting))


EXIF = Image.Exif()
EXIF[274] = 6  # turn by 90 degrees to see it upright


@pytest.mark.parametrize(
    "image",
    [
        saved_as("PNG", picture(90, 60, "P"), transparency=bytes(range(256))),
        saved_as("GIF", picture(90, 60, "P"), transparency=3),
        saved_as("PNG", Image.new("RGB", (90, 60), (1, 2, 3)), transparency=(1, 2, 3)),
        saved_as("PNG", picture(90, 60, "I;16")),
        saved_as("PNG", picture(90, 60, "RGBA")),
        saved_as("JPEG", picture(90, 60, "CMYK")),
        saved_as("TIFF", picture(90, 60, "F")),
        saved_as("JPEG", picture(90, 30), exif=EXIF),
        saved_as("GIF", picture(90, 60, "P"), save_all=True, append_images=[picture(90, 60, "P")]),
    ],
    ids=["palette", "gif", "rgb", "16-bit", "transparent", "cmyk", "float", "turned", "animated"],
)
def test_images_of_files_are_equal(alone, image):
    assert_same_pixels(alone, image, SMALL)
    assert_same_pixels(alone, image, NativeConfig(70, 32, splitting=True))


@pytest.mark.parametrize("size", [(1, 1), (9, 1), (10000, 1)])
def test_what_cannot_be_split_fails_there_and_is_named_here(alone, size):
    ours, config = alone[1], NativeConfig(splitting=True)
    with pytest.raises(ZeroDivisionError):
        reference(config)([[picture(*size)]])
    ours.image_config = config
    with pytest.raises(OctavoError, match=f"{size[0]}x1 pixels and cannot be split"):
        ours.images(picture(*size))


@settings(max_examples=600, deadline=None)
@given(st.integers(1, 6000), st.integers(1, 6000), st.integers(16, 2000), st.integers(16, 2000))
def test_size_is_equal_for_every_size_and_setting(width, height, longest, shortest):
    size = SizeDict(longest_edge=longest, shortest_edge=shortest)
    expected = get_resize_output_image_size(blank(width, height), size)
    assert native_size(width, height, NativeConfig(longest, shortest)) == expected[::-1]


def assert_same_sample(pair, messages, images, add_generation_prompt=False) -> None:
    theirs, ours = pair
    image = iter(images)
    theirs_messages = [
        {**m, "content": [{**p, "image": next(image)} if p["type"] == "image" else p for p in m["content"]]}
        for m in messages
    ]
    expected = theirs.apply_chat_template(
        theirs_messages, tokenize=True, return_dict=True, add_generation_prompt=add_generation_prompt
    )
    sample = ours.encode(messages, images, add_generation_prompt)
    assert sample.token_ids.tolist() == expected["input_ids"][0]
    if images:
        assert_same_images(ours.normalise(sample.images), expected)
    else:
        assert sample.images == ()


@pytest.mark.parametrize("add_generation_prompt", [False, True])
@pytest.mark.parametrize("name", CONVERSATIONS)
def test_samples_are_equal(pair, name, add_generation_prompt):
    messages, sizes = CONVERSATIONS[name]
    assert_same_sample(pair, messages, [picture(*size) for size in sizes], add_generation_prompt)


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_samples_are_equal_where_images_are_split(split_pair, name):
    messages, sizes = CONVERSATIONS[name]
    assert_same_sample(split_pair, messages, [picture(max(2, w), max(2, h)) for w, h in sizes])


@settings(max_examples=60, deadline=None)
@given(st.lists(turn, min_size=1, max_size=5), st.booleans(), st.randoms(use_true_random=False))
def test_samples_are_equal_for_any_conversation(pair, split_pair, messages, add_generation_prompt, random):
    count = sum(part["type"] == "image" for message in messages for part in message["content"])
    images = [picture(random.randint(2, 90), random.randint(2, 90)) for _ in range(count)]
    assert_same_sample(pair, messages, images, add_generation_prompt)
    assert_same_sample(split_pair, messages, images, add_generation_prompt)


@pytest.mark.parametrize("following", ["word", " word", "\nword", "<b>", "", "é"])
def test_what_follows_an_image_is_set_off_as_theirs(pair, following):
    messages = [{"role": "user", "content": [IMAGE, text_part(following), IMAGE, IMAGE, text_part("end")]}]
    assert_same_sample(pair, messages, [picture(40, 40)] * 3)


def test_labels_are_the_answers_in_either_style(pair):
    _, ours = pair
    messages = [part for text in TEXTS for part in (user(IMAGE, text), assistant(text))]
    sample = ours.encode(messages, [picture(40, 40)] * len(TEXTS))
    trained = sample.labels[sample.labels != -100]
    answers = "".join(f" {text}<end_of_utterance>" for text in TEXTS)
    assert ours.tokenizer.decode(trained.tolist(), skip_special_tokens=False).strip() == answers.strip()
    assert torch.equal(trained, sample.token_ids[sample.labels != -100])


def test_what_they_save_opens_here(tmp_path):
    theirs, ours = mistral_pair(SMALL)
    theirs.save_pretrained(tmp_path)
    opened = Processor.from_pretrained(tmp_path)
    assert (opened.image_config, opened.image_seq_len, opened.named_tokens) == (SMALL, 3, ours.named_tokens)
    messages, sizes = CONVERSATIONS["images in turns"]
    assert_same_sample((theirs, opened), messages, [picture(*size) for size in sizes])


def test_what_we_save_opens_there(tmp_path, split_pair):
    _, ours = split_pair
    ours.save_pretrained(tmp_path)
    opened = AutoProcessor.from_pretrained(tmp_path)
    assert isinstance(opened, Idefics2Processor)
    messages, sizes = CONVERSATIONS["images in turns"]
    assert_same_sample((opened, ours), messages, [picture(*size) for size in sizes], True)
    assert Processor.from_pretrained(tmp_path).image_config == ours.image_config

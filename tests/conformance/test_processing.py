"""Tiles and token ids against transformers' Pillow-based processors of Idefics3 and SmolVLM.

Compared: every uint8 value of the tiles of `Idefics3ImageProcessorPil` and `SmolVLMImageProcessorPil`, their
float32 pixels, rows and columns, and the token ids of `Idefics3Processor` and `SmolVLMProcessor` from
`apply_chat_template(messages, tokenize=True, return_dict=True)`. Of `SmolVLMProcessor` only what images do
not touch is replaced: the video processor (it needs torchvision) by an empty shell, and num2words.
"""

import io
import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    AutoProcessor,
    AutoTokenizer,
    Idefics3Processor,
    PreTrainedTokenizerFast,
    SmolVLMProcessor,
)
from transformers.models.idefics3.image_processing_pil_idefics3 import (
    Idefics3ImageProcessorPil,
    get_resize_output_image_size,
)
from transformers.models.smolvlm import processing_smolvlm
from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil
from transformers.models.smolvlm.video_processing_smolvlm import SmolVLMVideoProcessor

from octavo.processing import ImageConfig, Processor, train_tokenizer
from octavo.processing.tiles import grid, normalise, tiles

IDEFICS3 = ImageConfig(longest_edge=1456, tile_size=364)
IDEFICS3_LARGE = ImageConfig(longest_edge=1820, tile_size=364)
SMOLVLM = ImageConfig(longest_edge=2048, tile_size=512)

SIZES = [
    (1, 1), (1, 2), (2, 1), (1, 7), (9, 1), (1, 500), (500, 1), (3, 500), (500, 3), (2, 3), (17, 17),
    (37, 41), (363, 364), (364, 364), (365, 364), (364, 365), (511, 513), (512, 512), (513, 512), (728, 729),
    (640, 480), (480, 640), (595, 842), (612, 792), (1000, 999), (333, 1000), (1000, 333), (1092, 364),
    (199, 1999), (1999, 199), (100, 1456), (1456, 100), (1820, 455), (2048, 100), (2049, 513), (5000, 70),
    (70, 5003), (1240, 1754),
]  # fmt: skip
SMOLVLM_SIZES = [  # a square page costs four times a strip here, so few are near square
    (1, 1), (1, 2), (2, 1), (1, 7), (9, 1), (1, 500), (500, 1), (3, 500), (500, 3), (511, 513), (512, 512),
    (513, 512), (595, 842), (333, 1000), (1000, 333), (1092, 364), (199, 1999), (1999, 199), (2048, 100),
    (2049, 513), (1536, 512), (5000, 70), (70, 5003), (1240, 1754),
]  # fmt: skip
LARGE_SIZES = [(1, 1), (3, 500), (364, 364), (1820, 1820), (1754, 1240), (1821, 363), (5200, 3700)]
MODES = [
    "RGBA", "L", "LA", "P", "PA", "CMYK", "1", "I;16", "I;16B", "I", "F",
    "YCbCr", "HSV", "LAB", "RGBX", "RGBa",
]  # fmt: skip


def reference(config: ImageConfig, family=Idefics3ImageProcessorPil):
    return family(
        size={"longest_edge": config.longest_edge},
        max_image_size={"longest_edge": config.tile_size},
        do_image_splitting=config.splitting,
        image_mean=list(config.mean),
        image_std=list(config.std),
    )


def picture(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Noise on a slope: every resampling step shows in it."""
    generator = np.random.default_rng(width * 7919 + height)
    slope = np.linspace(0, 128, width, dtype=np.uint8)[None, :, None]
    channels = {"RGBA": 4, "CMYK": 4, "RGBX": 4, "RGBa": 4, "L": 1, "LA": 2, "PA": 2, "1": 1}.get(mode, 3)
    values = generator.integers(0, 128, (height, width, channels), dtype=np.uint8) + slope
    if mode in ("I;16", "I;16B"):
        wide = generator.integers(0, 65536, (height, width), dtype=np.uint16)
        order = ">u2" if mode == "I;16B" else "<u2"
        return Image.frombytes(mode, (width, height), wide.astype(order).tobytes())
    if mode == "I":
        return Image.fromarray(generator.integers(-500, 70000, (height, width), dtype=np.int32))
    if mode == "F":
        return Image.fromarray(generator.uniform(-10, 300, (height, width)).astype(np.float32))
    if mode == "PA":
        return Image.frombytes("LA", (width, height), values.tobytes()).convert("PA")
    if mode in ("P", "1", "YCbCr", "HSV"):
        return Image.fromarray(values.squeeze()).convert(mode)
    return Image.frombytes(mode, (width, height), values.tobytes())


def assert_same_tiles(image: Image.Image, config: ImageConfig, family=Idefics3ImageProcessorPil) -> None:
    theirs = reference(config, family)(
        [[image]], do_rescale=False, do_normalize=False, do_pad=False, return_row_col_info=True
    )
    ours, rows, cols = tiles(image, config)
    assert (rows, cols) == (theirs["rows"][0][0], theirs["cols"][0][0]) == grid(*image.size, config)
    assert ours.dtype == torch.uint8
    assert len(ours) == max(rows * cols + 1, 1)
    np.testing.assert_array_equal(ours.numpy(), np.stack(theirs["pixel_values"][0]))


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_tiles_are_equal(size):
    assert_same_tiles(picture(*size), IDEFICS3)


@pytest.mark.parametrize("size", SMOLVLM_SIZES, ids=str)
def test_tiles_are_equal_as_smolvlm_cuts_them(size):
    assert_same_tiles(picture(*size), SMOLVLM, SmolVLMImageProcessorPil)


@pytest.mark.parametrize("size", LARGE_SIZES, ids=str)
def test_tiles_are_equal_at_the_edge_of_evaluation(size):
    assert_same_tiles(picture(*size), IDEFICS3_LARGE)


@pytest.mark.parametrize("mode", MODES)
def test_tiles_are_equal_in_every_mode(mode):
    assert_same_tiles(picture(150, 200, mode), ImageConfig(longest_edge=256, tile_size=64))


def saved_as(kind: str, image: Image.Image, **options) -> Image.Image:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return Image.open(io.BytesIO(file.getvalue()))


@pytest.mark.parametrize(
    "image",
    [
        saved_as("PNG", picture(90, 60, "P"), transparency=bytes(range(256))),
        saved_as("GIF", picture(90, 60, "P"), transparency=3),
        saved_as("PNG", Image.new("RGB", (90, 60), (1, 2, 3)), transparency=(1, 2, 3)),
        saved_as("PNG", picture(90, 60, "L"), transparency=7),
        saved_as("PNG", picture(90, 60, "I;16")),
        saved_as("JPEG", picture(90, 60, "CMYK")),
        saved_as("TIFF", picture(90, 60, "F")),
        Image.merge("RGB", [picture(1240, 1754, "L")] * 3),
    ],
    ids=["palette", "gif", "rgb", "gray", "16-bit", "cmyk", "float", "gray page in RGB"],
)
def test_tiles_of_files_are_equal(image):
    assert_same_tiles(image, ImageConfig(longest_edge=256, tile_size=64))


def test_orientation_tag_is_not_applied_by_either():
    exif = Image.Exif()
    exif[274] = 6  # turn by 90 degrees to see it upright
    image = saved_as("JPEG", picture(90, 30), exif=exif)
    assert tiles(image, SMOLVLM)[1:] == (2, 4)
    assert_same_tiles(image, ImageConfig(longest_edge=256, tile_size=64))


@pytest.mark.parametrize("longest_edge", [5000, 4096, 100])
@pytest.mark.parametrize("splitting", [True, False])
def test_tiles_are_equal_beyond_the_published_settings(longest_edge, splitting):
    config = ImageConfig(longest_edge=longest_edge, tile_size=512, splitting=splitting)
    assert_same_tiles(picture(1000, 30), config)
    assert_same_tiles(picture(30, 1000), config)


COLOURED = ImageConfig(512, 512, mean=(0.48, 0.45, 0.4), std=(0.2, 0.26, 0.27))


@pytest.mark.parametrize("config", [SMOLVLM, COLOURED], ids=["half", "by channel"])
def test_pixels_are_equal(config):
    image = picture(700, 500)
    theirs = reference(config)([[image]], return_tensors="pt")["pixel_values"][0]
    ours = normalise(tiles(image, config)[0], config)
    assert ours.dtype == torch.float32
    assert torch.equal(ours, theirs)


class ShapeOnly(Idefics3ImageProcessorPil):
    """Their arithmetic alone: a resize makes an array of the size that takes no memory."""

    def resize(self, image, size, **_):
        return blank(size.width, size.height)


def blank(width: int, height: int) -> np.ndarray:
    return np.broadcast_to(np.uint8(0), (3, height, width))


def their_grid(width: int, height: int, config: ImageConfig) -> tuple[int, int]:
    processor = ShapeOnly()
    height, width = get_resize_output_image_size(blank(width, height), config.longest_edge)
    image = processor.resize_for_vision_encoder(blank(width, height), config.tile_size)
    frames, rows, cols = processor.split_images(image, {"longest_edge": config.tile_size})
    assert len(frames) == (rows * cols + 1 if rows else 1)
    return rows, cols


PUBLISHED = [IDEFICS3, IDEFICS3_LARGE, SMOLVLM, ImageConfig(longest_edge=1536, tile_size=384)]


@settings(max_examples=600, deadline=None)
@given(st.integers(1, 6000), st.integers(1, 6000), st.sampled_from(PUBLISHED))
def test_grid_is_equal_for_every_size(width, height, config):
    assert grid(width, height, config) == their_grid(width, height, config)


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 6000), st.integers(1, 6000), st.integers(1, 6000), st.integers(16, 800))
def test_grid_is_equal_for_every_setting(width, height, longest_edge, tile_size):
    config = ImageConfig(longest_edge, tile_size)
    assert grid(width, height, config) == their_grid(width, height, config)


# Token ids

TEXTS = [
    "What is the total of invoice 2024-0173, due 31/12/2024?",
    "Is it €1,234.50 or 99 %? 漢字 and émojis 🙂🙃, tabs\tand  double  spaces.",
    "First line\nsecond line\n\nnew paragraph\n\n\nand   trailing space ",
    "don't, we'll, it's; <b>bold</b> & [brackets] {braces} <row_9> <im age>",
    "",
]
FAMILY_TOKENS = ["<fake_token_around_image>", "<image>", "<end_of_utterance>"]
LLAMA3_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def llama3_tokenizer() -> Tokenizer:
    """In the style of Idefics3-8B-Llama3: a post-processor adds the BOS token; row tags are plain text."""
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    split = pre_tokenizers.Split(Regex(LLAMA3_SPLIT), "isolated")
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level])
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(
        [*TEXTS, "User: Assistant: System: <row_1_col_1><row_2_col_3><global-img>\n\n"] * 3,
        trainers.BpeTrainer(vocab_size=600, initial_alphabet=alphabet, show_progress=False),
    )
    names = ["<|begin_of_text|>", "<|finetune_right_pad_id|>", *FAMILY_TOKENS]
    tokenizer.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in names])
    bos = ("<|begin_of_text|>", tokenizer.token_to_id("<|begin_of_text|>"))
    template = processors.TemplateProcessing(single="<|begin_of_text|> $A", special_tokens=[bos])
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), template])
    return tokenizer


def idefics3_pair() -> tuple[Idefics3Processor, Processor]:
    """Their processor and ours, Idefics3 in style, with small tiles."""
    tokenizer, config = llama3_tokenizer(), ImageConfig(longest_edge=128, tile_size=32)
    names = {
        "bos_token": "<|begin_of_text|>",
        "eos_token": "<end_of_utterance>",
        "pad_token": "<|finetune_right_pad_id|>",
    }
    template = processing_smolvlm.DEFAULT_CHAT_TEMPLATE.replace("<|im_start|>", "<|begin_of_text|>")
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names)
    theirs = Idefics3Processor(reference(config), fast, image_seq_len=7, chat_template=template)
    return theirs, Processor(tokenizer, config, 7, template, names)


def smolvlm_pair() -> tuple[SmolVLMProcessor, Processor]:
    """Their processor with the published template, and ours with our own tokenizer and template."""
    tokenizer = train_tokenizer([*TEXTS, "User: Assistant:"] * 3, 500)
    config = ImageConfig(longest_edge=128, tile_size=32)
    names = {"bos_token": "<|im_start|>", "eos_token": "<end_of_utterance>", "pad_token": "<|im_end|>"}
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names)
    video = object.__new__(SmolVLMVideoProcessor)
    video.num_frames = video.fps = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processing_smolvlm, "num2words", str)
        patch.setattr(SmolVLMProcessor, "check_argument_for_proper_class", lambda *_: None)
        theirs = SmolVLMProcessor(
            reference(config, SmolVLMImageProcessorPil), fast, video, image_seq_len=4,
            chat_template=processing_smolvlm.DEFAULT_CHAT_TEMPLATE,
        )  # fmt: skip
    return theirs, Processor(tokenizer, config, 4)


@pytest.fixture(scope="module", params=[idefics3_pair, smolvlm_pair], ids=["idefics3", "smolvlm"])
def pair(request):
    return request.param()


def assert_same_ids(pair, messages, images, add_generation_prompt) -> None:
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
    assert sample.token_ids.dtype == torch.int64
    if images:
        pixels = torch.as_tensor(np.asarray(expected["pixel_values"]))[0]
        assert torch.equal(ours.normalise(sample.tiles), pixels)
    else:
        assert sample.tiles.shape == (0, 3, 32, 32)


IMAGE = {"type": "image"}


def text_part(text):
    return {"type": "text", "text": text}


def user(*parts):
    return {"role": "user", "content": [part if part is IMAGE else text_part(part) for part in parts]}


def assistant(text):
    return {"role": "assistant", "content": [text_part(text)]}


SYSTEM = {"role": "system", "content": [text_part("Answer from the page.")]}
CONVERSATIONS = {
    "text only": ([user(TEXTS[0])], []),
    "text only, turns": ([SYSTEM, user(TEXTS[1]), assistant(TEXTS[2]), user(TEXTS[3])], []),
    "split": ([user(IMAGE, TEXTS[0]), assistant(TEXTS[1])], [(124, 175)]),
    "un-split": ([user(IMAGE, TEXTS[2])], [(1, 1)]),
    "image after text": ([user("Look: ", IMAGE, TEXTS[3])], [(99, 12)]),
    "images side by side": ([user(IMAGE, IMAGE, TEXTS[0]), assistant("7")], [(50, 50), (30, 99)]),
    "images in turns": (
        [user(IMAGE, TEXTS[0]), assistant("1"), user(IMAGE, "b"), assistant(TEXTS[2])],
        [(9, 70), (70, 9)],
    ),
    "image alone": ([user(IMAGE), assistant("")], [(60, 60)]),
    "image at the end": ([user("What is this?", IMAGE)], [(60, 60)]),
}


@pytest.mark.parametrize("add_generation_prompt", [False, True])
@pytest.mark.parametrize("name", CONVERSATIONS)
def test_token_ids_are_equal(pair, name, add_generation_prompt):
    messages, sizes = CONVERSATIONS[name]
    assert_same_ids(pair, messages, [picture(*size) for size in sizes], add_generation_prompt)


@pytest.mark.parametrize("name", ["split", "un-split", "images in turns"])
def test_token_ids_are_equal_without_splitting(pair, name):
    theirs, ours = pair
    messages, sizes = CONVERSATIONS[name]
    config = ImageConfig(longest_edge=128, tile_size=32, splitting=False)
    unsplit = Processor(ours.tokenizer, config, ours.image_seq_len, ours.template.source, ours.named_tokens)
    theirs.image_processor.do_image_splitting = False
    try:
        assert_same_ids((theirs, unsplit), messages, [picture(*size) for size in sizes], True)
    finally:
        theirs.image_processor.do_image_splitting = True


# Hypothesis draws on the files' own literals too, so special tokens must be kept out.
clean_text = st.text(max_size=30).filter(lambda text: not re.search(r"<[a-z|]", text))
part = st.one_of(st.just(IMAGE), st.builds(text_part, clean_text))
turn = st.one_of(
    st.builds(lambda parts: {"role": "user", "content": parts}, st.lists(part, min_size=1, max_size=4)),
    st.builds(assistant, clean_text),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(turn, min_size=1, max_size=5), st.booleans(), st.randoms(use_true_random=False))
def test_token_ids_are_equal_for_any_conversation(pair, messages, add_generation_prompt, random):
    count = sum(part["type"] == "image" for message in messages for part in message["content"])
    images = [picture(random.randint(1, 90), random.randint(1, 90)) for _ in range(count)]
    assert_same_ids(pair, messages, images, add_generation_prompt)


def test_labels_are_the_answers_in_either_style(pair):
    _, ours = pair
    messages = [part for text in TEXTS for part in (user(IMAGE, text), assistant(text))]
    token_ids, labels = ours.encode_text(messages, [(2, 3)] * len(TEXTS))
    trained = labels[labels != -100]
    expected = "".join(f" {text}<end_of_utterance>" for text in TEXTS)
    assert ours.tokenizer.decode(trained.tolist(), skip_special_tokens=False) == expected
    assert torch.equal(trained, token_ids[labels != -100])


def test_prompts_have_the_tokens_that_the_family_knows():
    _, smolvlm = smolvlm_pair()
    ids, _ = smolvlm.encode_text([user(IMAGE, "x")], [(2, 2)])
    tokens = [smolvlm.tokenizer.id_to_token(int(i)) for i in ids]
    assert tokens.count("<|im_start|>") == 1
    assert tokens.count("<image>") == 5 * 4
    tags = [token for token in tokens if re.fullmatch("<row_.*>", token)]
    assert tags == [f"<row_{row}_col_{col}>" for row in (1, 2) for col in (1, 2)]
    assert tokens.count("<global-img>") == 1
    assert tokens.count("Ċ") == 2  # after the first row and the message; the last row's joins the overview's
    assert tokens.count("ĊĊ") == 1


# Files


def test_what_they_save_opens_here(tmp_path):
    theirs, ours = idefics3_pair()
    theirs.save_pretrained(tmp_path)
    opened = Processor.from_pretrained(tmp_path)
    assert opened.image_config == ours.image_config
    assert opened.named_tokens == ours.named_tokens
    messages, sizes = CONVERSATIONS["images in turns"]
    assert_same_ids((theirs, opened), messages, [picture(*size) for size in sizes], False)


@pytest.mark.parametrize("make", [idefics3_pair, smolvlm_pair])
def test_what_we_save_opens_there(tmp_path, make):
    _, ours = make()
    ours.save_pretrained(tmp_path)
    opened = AutoProcessor.from_pretrained(tmp_path)
    assert isinstance(opened, Idefics3Processor)
    messages, sizes = CONVERSATIONS["images in turns"]
    assert_same_ids((opened, ours), messages, [picture(*size) for size in sizes], True)
    image_processor = Idefics3ImageProcessorPil.from_pretrained(tmp_path)
    assert image_processor.to_dict() == reference(ours.image_config).to_dict()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert len(tokenizer) == ours.vocab_size
    assert (tokenizer.eos_token_id, tokenizer.pad_token_id) == (ours.end_token_id, ours.pad_token_id)
    for text in TEXTS:
        expected = ours.tokenizer.encode(text, add_special_tokens=False).ids
        assert tokenizer(text, add_special_tokens=False)["input_ids"] == expected

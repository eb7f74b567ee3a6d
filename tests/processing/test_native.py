"""Idefics2's image settings and images: the published format in and out, and a name for what does not fit."""

import io
import json

import pytest
import torch
from PIL import Image

from octavo.errors import OctavoError
from octavo.processing import Idefics2Processor, NativeConfig
from octavo.processing.native import native_images
from octavo.processing.prompts import CHAT_TEMPLATE
from octavo.processing.tokenizer import NAMED_TOKENS

PUBLISHED = {  # Idefics2-8B's
    "do_convert_rgb": True,
    "do_image_splitting": True,
    "do_normalize": True,
    "do_pad": True,
    "do_rescale": True,
    "do_resize": True,
    "image_mean": [0.5, 0.5, 0.5],
    "image_processor_type": "Idefics2ImageProcessor",
    "image_std": [0.5, 0.5, 0.5],
    "processor_class": "Idefics2Processor",
    "resample": 2,
    "rescale_factor": 0.00392156862745098,
    "size": {"longest_edge": 980, "shortest_edge": 378},
}


def test_published_settings_are_read_and_written():
    config = NativeConfig.from_dict(PUBLISHED)
    assert config == NativeConfig(980, 378, splitting=True)
    assert config.to_dict() == PUBLISHED


def test_settings_survive_being_written():
    config = NativeConfig(100, 40, mean=(0.1, 0.2, 0.3), std=(1.0, 2.0, 3.0), rescale_factor=0.5)
    assert NativeConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("size", {"longest_edge": 980}),
        ("size", {"height": 980, "width": 980}),
        ("size", {"longest_edge": 980, "shortest_edge": 378.0}),
        ("size", {"longest_edge": 980, "shortest_edge": True}),
        ("size", {"longest_edge": 10**6, "shortest_edge": 378}),
        ("size", {"longest_edge": 980, "shortest_edge": 1}),
        ("size", 980),
        ("resample", 1),
        ("do_resize", False),
        ("do_image_splitting", 1),
        ("image_std", [0.5, 0, 0.5]),
        ("image_mean", [float("nan"), 0, 0]),
        ("max_image_size", {"longest_edge": 364}),
    ],
)
def test_what_is_not_supported_is_named(key, value):
    with pytest.raises(OctavoError, match=key):
        NativeConfig.from_dict(PUBLISHED | {key: value})


def test_damaged_and_empty_images_are_named(page):
    file = io.BytesIO()
    page.save(file, "PNG")
    damaged = Image.open(io.BytesIO(file.getvalue()[:-600]))
    with pytest.raises(OctavoError, match="cannot be decoded"):
        native_images(damaged, NativeConfig())
    with pytest.raises(OctavoError, match="0x7 pixels"):
        native_images(Image.new("RGB", (0, 7)), NativeConfig())


def test_a_sample_has_the_tokens_of_its_images(tokenizer, page):
    for splitting, count in ((False, 1), (True, 5)):
        config = NativeConfig(64, 16, splitting)
        processor = Idefics2Processor(tokenizer, config, 2, CHAT_TEMPLATE, NAMED_TOKENS)
        sample = processor.encode([{"role": "user", "content": [{"type": "image"}]}], [page])
        assert len(sample.images) == count
        assert int((sample.token_ids == processor.image_token_id).sum()) == 2 * count
        pixels = processor.normalise(sample.images)
        assert [image.shape for image in pixels] == [image.shape for image in sample.images]
        assert {image.dtype for image in pixels} == {torch.float32}


def test_images_and_their_places_must_agree(tokenizer, page):
    processor = Idefics2Processor(tokenizer, NativeConfig(), 2, CHAT_TEMPLATE, NAMED_TOKENS)
    with pytest.raises(OctavoError, match="0 image parts and 1 images"):
        processor.encode([{"role": "user", "content": "What is it?"}], [page])
    with pytest.raises(OctavoError, match="special token"):
        processor.encode([{"role": "user", "content": "<image>"}], [])


def test_a_folder_of_the_other_processor_is_refused(tmp_path, processor):
    processor.save_pretrained(tmp_path)
    with pytest.raises(OctavoError, match="image setting"):
        Idefics2Processor.from_pretrained(tmp_path)

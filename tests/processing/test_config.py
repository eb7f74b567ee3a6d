"""Image settings: the published format in and out, and a name for each setting that is not supported."""

import json

import pytest

from octavo.errors import OctavoError
from octavo.processing import ImageConfig

PUBLISHED = {  # what transformers writes for SmolVLM-256M
    "do_convert_rgb": True,
    "do_image_splitting": True,
    "do_normalize": True,
    "do_pad": True,
    "do_rescale": True,
    "do_resize": True,
    "image_mean": [0.5, 0.5, 0.5],
    "image_processor_type": "Idefics3ImageProcessor",
    "image_std": [0.5, 0.5, 0.5],
    "max_image_size": {"longest_edge": 512},
    "processor_class": "Idefics3Processor",
    "resample": 1,
    "rescale_factor": 0.00392156862745098,
    "size": {"longest_edge": 2048},
}


def test_published_settings_are_read():
    assert ImageConfig.from_dict(PUBLISHED) == ImageConfig(longest_edge=2048, tile_size=512)


def test_defaults_are_those_of_idefics3():
    assert ImageConfig.from_dict({}) == ImageConfig(
        1456, 364, True, mean=(0.5,) * 3, std=(0.5,) * 3, rescale_factor=1 / 255
    )


def test_settings_survive_being_written():
    config = ImageConfig(1000, 100, False, mean=(0.1, 0.2, 0.3), std=(1.0, 2.0, 3.0), rescale_factor=0.5)
    assert ImageConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_what_is_written_has_the_published_keys():
    assert ImageConfig(2048, 512).to_dict() == PUBLISHED


def test_null_and_settings_of_batches_and_videos_change_nothing():
    more = {"crop_size": None, "size_divisor": None, "do_pad": False, "video_sampling": {"fps": 1}}
    assert ImageConfig.from_dict(PUBLISHED | more) == ImageConfig.from_dict(PUBLISHED)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("resample", 3),
        ("do_resize", False),
        ("do_rescale", False),
        ("do_normalize", False),
        ("do_convert_rgb", False),
        ("do_center_crop", True),
        ("size", {"height": 364, "width": 364}),
        ("size", {"longest_edge": 364, "shortest_edge": 2}),
        ("size", {"longest_edge": "2048"}),
        ("size", {"longest_edge": 0}),
        ("size", 2048),
        ("max_image_size", {"longest_edge": True}),
        ("max_image_size", {"longest_edge": 1}),
        ("max_image_size", {"longest_edge": 5000}),
        ("do_image_splitting", 1),
        ("image_mean", 0.5),
        ("image_mean", [0.5, 0.5]),
        ("image_mean", [0.5, 0.5, "0.5"]),
        ("image_mean", [0.5, 0.5, float("nan")]),
        ("image_std", [0.5, 0.0, 0.5]),
        ("rescale_factor", "1/255"),
        ("rescale_factor", float("inf")),
    ],
)
def test_a_setting_that_is_not_supported_is_named(setting, value):
    with pytest.raises(OctavoError, match=setting) as error:
        ImageConfig.from_dict(PUBLISHED | {setting: value})
    assert "\n" not in str(error.value)

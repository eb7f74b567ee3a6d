"""Others' Parquet as it is: what is used, what is dropped and why."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from octavo.datasets import reading
from octavo.errors import OctavoError
from octavo.training.mixture import Ingredient, Mixture
from octavo.training.sources import Conversations
from octavo.training.sources.parts import parquet_files
from tests.training.sources.conftest import picture, turn


@pytest.fixture
def source(write, tiny_model):
    def opened(rows, **options):
        return Conversations(parquet_files(write(rows)), tiny_model[1], seed=0, **options)

    return opened


def reason(source, index):
    """Why a sample cannot be used: by its spec, or when its pixels are decoded."""
    with pytest.raises(OctavoError) as caught:
        source.spec(index, 0)
    return str(caught.value)


def test_a_spec_is_what_the_sample_takes(source, tiny_model):
    rows = [
        ([picture(90, 60), picture(20, 30)], [turn("Both?", "Two."), turn("Which?", "Left.")]),
        ([picture(64, 640, encoding="JPEG")], [turn("Long?", "Yes.")]),
    ]
    made = source(rows)
    for index in range(2):
        sample, spec = made.sample(index, 3), made.spec(index, 3)
        assert (len(sample.token_ids), len(sample.tiles), sample.branches) == spec
        images = int((sample.token_ids == tiny_model[1].image_token_id).sum())
        assert images == spec.tiles * tiny_model[1].image_seq_len


def test_turns_are_shuffled_and_at_most_seven(source):
    turns = [turn(f"Question {n}?", f"Answer {n}.") for n in range(10)]
    made = source([([picture(20, 20)], turns)])
    orders = [made.turns(0, epoch) for epoch in range(4)]
    assert all(len(order) == len(set(order)) == 7 for order in orders)
    assert len({tuple(order) for order in orders}) == 4
    assert orders == [made.turns(0, epoch) for epoch in range(4)]
    assert all(answer == question.replace("Question", "Answer").replace("?", ".") for question, answer in orders[0])


def test_what_cannot_be_used_has_its_reason(source):
    good = [turn("a", "b")]
    image = [picture(20, 20)]
    made = source(
        [
            (image, [turn("what is <image>?", "b")]),
            (image, [turn("a", "no<end_of_utterance>\n")]),
            (None, good),
            ([], good),
            ([None], good),
            ([b"no picture"], good),
            (image, [turn("a" * 501, "b")]),
            (image, [turn("a", "b"), turn("c", "d" * 501)]),
            (image, []),
            (image, None),
            (image, [turn("a", None)]),
            (image, [turn("a" * 500, "b" * 500)]),
        ],
        longest=500,
    )
    reasons = [reason(made, index) for index in range(11)]
    assert "<image>, a special token" in reasons[0]
    assert "<end_of_utterance>, a special token" in reasons[1]
    assert reasons[2:6] == ["an image is missing or cannot be opened"] * 4
    assert reasons[6:8] == ["a question or an answer has over 500 characters"] * 2
    assert reasons[8:11] == ["a question or an answer is empty"] * 3
    assert made.spec(11, 0).tiles == 5


def test_an_image_whose_pixels_are_broken_is_refused_when_it_is_decoded(source):
    made = source([([picture(40, 40)[:-900]], [turn("a", "b")])])
    assert made.spec(0, 0).tiles == 5  # the header is whole
    with pytest.raises(OctavoError, match="an image cannot be decoded"):
        made.sample(0, 0)


def test_a_bad_row_does_not_cost_its_group(source):
    good = ([picture(20, 20)], [turn("a", "b")])
    made = source([(None, good[1]), good])
    assert reason(made, 0)
    assert made.spec(1, 0).tiles == 5


def test_rows_of_text_alone_need_no_images(tmp_path, tiny_model):
    pq.write_table(pa.table({"texts": [[{"user": "Why?", "assistant": "So."}]]}), tmp_path / "texts.parquet")
    made = Conversations(parquet_files(tmp_path), tiny_model[1], 0, pictured=False)
    sample = made.sample(0, 0)
    assert (len(sample.token_ids), len(sample.tiles), sample.branches) == made.spec(0, 0)
    assert len(sample.tiles) == 0
    assert (
        reason(Conversations(parquet_files(tmp_path), tiny_model[1], 0), 0) == "an image is missing or cannot be opened"
    )


def test_a_folder_of_something_else_is_refused(tmp_path, tiny_model):
    with pytest.raises(OctavoError, match="no Parquet files"):
        parquet_files(tmp_path)
    pq.write_table(pa.table({"question": ["Why?"]}), tmp_path / "other.parquet")
    with pytest.raises(OctavoError, match="no column 'texts'"):
        Conversations(parquet_files(tmp_path), tiny_model[1], 0)


def test_drawn_resolutions_change_the_tiles_between_epochs(source):
    made = source([([picture(100, 70)], [turn("a", "b")])], resolutions=True)
    tiles = set()
    for epoch in range(12):
        sample, spec = made.sample(0, epoch), made.spec(0, epoch)
        assert (len(sample.token_ids), len(sample.tiles), sample.branches) == spec
        tiles.add(spec.tiles)
    assert tiles == {1, 5, 10}  # 1, 2 and 3 tiles on the longest side; a split image has its overview


def test_an_epoch_reads_each_group_of_images_once_for_sizes_and_once_for_pixels(source, monkeypatch):
    read = []
    real = reading._read_group
    monkeypatch.setattr(reading, "_read_group", lambda *group: read.append(group[0::2]) or real(*group))
    made = source([([picture(20, 20, n)], [turn(f"Question {n}?", "b")]) for n in range(64)])
    mixture = Mixture([Ingredient(made, repeats=1)], 0)
    for take in (mixture.spec, mixture.sample):
        for draw in mixture.draws(0):
            take(draw)
        assert len(read) == len(set(read)) == 32
        read.clear()


def test_files_of_different_columns_are_refused(write, tiny_model):
    folder = write([([picture(20, 20)], [turn("a", "b")])])
    pq.write_table(pa.table({"texts": [[{"user": "Why?", "assistant": "So."}]]}), folder / "other.parquet")
    with pytest.raises(OctavoError, match="files of different columns"):
        Conversations(parquet_files(folder), tiny_model[1], 0)

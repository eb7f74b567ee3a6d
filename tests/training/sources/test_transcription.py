"""Transcription: what stands on the page, in the order it is read, cut at lines."""

import pytest

from octavo.datasets import DataSet
from octavo.documents.types import Box, Word
from octavo.training.sources.transcription import PROMPTS, Transcriptions, cut_at_line, reading_lines


@pytest.fixture(scope="module")
def source(data_folder, tiny_model):
    return Transcriptions(DataSet(data_folder), "train", tiny_model[1], seed=0, longest=400)


def placed(text, x0, y0, character=0.01, height=0.012):
    """Words side by side from a place on."""
    words = []
    for word in text.split():
        words.append(Word(word, Box(x0, y0, x0 + character * len(word), y0 + height), 10.0))
        x0 += character * (len(word) + 0.6)
    return words


def test_columns_are_read_one_after_the_other():
    left = [f"left column line {n} goes on and on here" for n in range(6)]
    right = [f"right column line {n} goes on and on too" for n in range(6)]
    words = []
    for n in range(6):
        words += placed(left[n], 0.05, 0.1 + 0.015 * n) + placed(right[n], 0.55, 0.1 + 0.015 * n)
    assert reading_lines(words) == left + right


def test_cells_side_by_side_are_one_line():
    words = placed("Total", 0.1, 0.1) + placed("12.00", 0.7, 0.1) + placed("Paid", 0.1, 0.13) + placed("yes", 0.7, 0.13)
    assert reading_lines(words) == ["Total 12.00", "Paid yes"]


def test_a_text_is_cut_at_a_line():
    lines = ["one two", "three", "four"]
    assert cut_at_line(lines, 12) == "one two"
    assert cut_at_line(lines, 13) == "one two\nthree"
    assert cut_at_line(lines, 17) == "one two\nthree"
    assert cut_at_line(lines, 18) == "one two\nthree\nfour"
    assert cut_at_line(lines, 6) == ""


def test_every_page_is_asked_for_its_own_words(source, data_folder):
    assert len(source) == len(DataSet(data_folder).rows("train"))
    prompts = set()
    for index in range(len(source)):
        [(prompt, text)] = source.turns(index, 0)
        prompts.add(prompt)
        _, _, number = source.pages[index]
        words = source.words.column("words")[number].as_py()
        assert 0 < len(text) <= 400
        assert set(text.split()) <= {part for word in words for part in word.split()}
    assert prompts <= set(PROMPTS)
    assert len(prompts) > 1


def test_a_spec_is_what_the_sample_takes(source):
    for index in range(3):
        sample, spec = source.sample(index, 1), source.spec(index, 1)
        assert (len(sample.token_ids), len(sample.tiles), sample.branches) == spec
        assert spec.tiles > 1

"""Scraps and papers: full of text, of known characters, the same for the same seed."""

from random import Random

from octavo.documents.types import NOT_HERE
from octavo.synthetic import faces, texts
from octavo.synthetic.marks import Text
from octavo.synthetic.papers import paper
from octavo.synthetic.raster import glyphs
from octavo.synthetic.reading import visible_lines
from octavo.synthetic.scraps import lines, scrap

VERA = faces.FAMILIES[:1]


def test_a_scrap_is_a_function_of_its_seed():
    assert scrap(Random(1), VERA, 256, 256) == scrap(Random(1), VERA, 256, 256)
    assert scrap(Random(1), VERA, 256, 256) != scrap(Random(2), VERA, 256, 256)


def test_scraps_are_dense_and_cut_anywhere():
    characters, begun_outside = 0, 0
    for seed in range(30):
        page = scrap(Random(seed), VERA, 256, 256)
        places = glyphs(page.texts)
        read = visible_lines(page.texts, places, 256, 256)
        characters += sum(map(len, read))
        begun_outside += any(text.x < 0 < text.x + 50 for text in page.texts)
        assert {char for text in page.texts for char in text.text} <= {*texts.ALPHABET, " "}
    assert characters / 30 > 250
    assert begun_outside >= 5


def test_short_lines_are_read_whole():
    for seed in range(30):
        page = lines(Random(seed), VERA, 256, 256, most=3)
        assert visible_lines(page.texts, glyphs(page.texts), 256, 256) == [text.text for text in page.texts]


def test_words_are_of_nine_languages_and_names():
    assert len(set(texts.LANGUAGES)) == 9
    for name in (*texts.LANGUAGES, "names"):
        assert len(texts.listed(name)) > 400, name


def test_a_paper_answers_from_its_page():
    absent = 0
    for seed in range(40):
        page = paper(Random(seed), VERA, (768,), absent=2)
        shown = " ".join(mark.text for mark in page.marks if isinstance(mark, Text))
        assert max(page.width, page.height) == 768
        for _, answer in page.turns:
            absent += answer == NOT_HERE
            assert answer == NOT_HERE or all(word in shown for word in answer.split())
    assert absent == 80

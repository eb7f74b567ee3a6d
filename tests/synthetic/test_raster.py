"""Pixels: where characters are said to stand there is ink; edges cut and do not move; scans move what they say."""

import numpy as np
from PIL import Image

from octavo.synthetic import faces
from octavo.synthetic.marks import BLACK, WHITE, Line, Panel, Shape, Text
from octavo.synthetic.raster import draw, glyphs
from octavo.synthetic.reading import visible_lines
from octavo.synthetic.scan import Scan, scanned

FONT = "Vera"  # comes with reportlab


def ink(image: Image.Image) -> np.ndarray:
    return 255.0 - np.asarray(image.convert("L"), np.float64)


def test_characters_stand_where_they_are_said_to():
    text = Text(10.3, 20.6, "HO IX", FONT, 16)
    places = glyphs([text])
    dark = ink(draw([text], 80, 30))
    assert places.chars == "HOIX"
    edges = [0, *((places.xy_N2[1:, 0] + places.xy_N2[:-1, 0]) / 2).round().astype(int), 80]
    for left, right, (x, _) in zip(edges, edges[1:], places.xy_N2, strict=False):
        columns = dark[:, left:right].sum(axis=0)
        assert abs((columns * np.arange(left, right)).sum() / columns.sum() + 0.5 - x) < 0.5


def test_a_window_shows_what_a_larger_page_shows_there():
    marks = [
        Panel(-5, -5, 30, 12, fill=(0.8, 0.9, 1.0)),
        Text(-7, 9, "Window of text", FONT, 11),
        Panel(20, 5, 90, 40, stroke=1.0),
        Text(25, 42, "beyond the edges", FONT, 14, color=(0.5, 0.0, 0.0)),
        Text(3, 25, "ok", FONT, 12, color=WHITE),
    ]
    moved = [
        Panel(35, 35, 70, 52, fill=(0.8, 0.9, 1.0)),
        Text(33, 49, "Window of text", FONT, 11),
        Panel(60, 45, 130, 80, stroke=1.0),
        Text(65, 82, "beyond the edges", FONT, 14, color=(0.5, 0.0, 0.0)),
        Text(43, 65, "ok", FONT, 12, color=WHITE),
    ]
    window, page = draw(marks, 60, 40), draw(moved, 200, 150)
    assert window.mode == page.mode == "RGB"
    assert np.array_equal(np.asarray(window), np.asarray(page.crop((40, 40, 100, 80))))


def test_gray_pages_have_one_channel():
    assert draw([Line(0, 5, 20, 5, 2.0)], 20, 10, paper=(0.9, 0.9, 0.9)).mode == "L"


def test_what_is_read_is_what_the_window_shows():
    texts = [
        Text(-20, 12, "begun elsewhere", FONT, 10),
        Text(60, 12, "beside", FONT, 10),
        Text(4, 30, "whole line", FONT, 10),
        Text(4, 42.5, "cut below", FONT, 10),
    ]
    lines = visible_lines(texts, glyphs(texts), 90, 40)
    assert lines[1:] == ["whole line"]
    first, last = lines[0].split(" ", 1)
    assert "begun elsewhere".find(first) > 0  # a word begun in the middle
    assert last.endswith(("besid", "beside"))


def test_a_turned_page_is_turned_where_it_says():
    how = Scan(angle=3.0)
    dot = Image.new("L", (200, 160), 255)
    dot.paste(0, (178, 18, 182, 22))
    dark = ink(scanned(dot, how))
    y, x = (float((dark * grid).sum() / dark.sum()) + 0.5 for grid in np.indices(dark.shape))
    assert np.abs(how.turned(np.array([[180, 20]], np.float32), 200, 160) - (x, y)).max() < 0.3


def test_turned_characters_stand_where_they_are_said_to():
    for angle in (90.0, -12.0):
        text = Text(60, 60, "I I", FONT, 16, angle=angle)
        dark = ink(draw([text], 120, 120))
        y, x = (float((dark * grid).sum() / dark.sum()) + 0.5 for grid in np.indices(dark.shape))
        # I is a stroke from the baseline up to 0.73 of the size; characters are placed by their small letters' middle
        up = (0.73 / 2 - 0.32) * 16
        sine, cosine = np.sin(np.radians(angle)), np.cos(np.radians(angle))
        middle = glyphs([text]).xy_N2.mean(axis=0) - up * np.array((sine, cosine))
        assert np.abs(middle - (x, y)).max() < 0.5


def test_shapes_cover_their_area_in_their_color():
    red, corners = (1.0, 0.0, 0.0), ((10.0, 10.0), (40.0, 10.0), (10.0, 40.0))
    filled = np.asarray(draw([Shape(corners, red)], 60, 60))
    covered = (255 - filled[..., 1].astype(float)).sum() / 255
    assert abs(covered - 450) < 20  # PIL draws the edge's own pixels, too
    assert filled[15, 15].tolist() == [255, 0, 0]
    outline = np.asarray(draw([Shape(corners, red, width=2.0)], 60, 60))
    assert outline[15, 15].tolist() == [255, 255, 255]
    assert outline[10, 25].tolist() == [255, 0, 0]


def test_a_page_of_many_inks_is_the_page_of_its_marks():
    """Inks are laid on the rows that they reach alone; what is far below has no part in what is above."""
    above = [Text(5, 20, "one", FONT, 12), Text(40, 20, "two", FONT, 12, color=(0.5, 0.5, 0.5))]
    below = [Text(5, 80, "three", FONT, 12, color=(0.5, 0.5, 0.5)), Panel(2, 60, 70, 90, stroke=1.0)]
    whole = np.asarray(draw([*above, *below], 90, 100))
    assert np.array_equal(whole[:50], np.asarray(draw(above, 90, 50)))


def test_a_scan_keeps_size_and_mode_and_wears_the_page():
    page = draw([Text(5, 30, "Scan", FONT, 24)], 90, 40)
    for how in (
        Scan(blur=0.7),
        Scan(noise=9, noise_seed=1),
        Scan(shade=0.3),
        Scan(folds=2),
        Scan(quality=40),
        Scan(shrink=1.5),
    ):
        taken = scanned(page, how)
        assert (taken.size, taken.mode) == (page.size, page.mode)
        assert np.asarray(taken).tolist() != np.asarray(page).tolist(), how
        assert np.corrcoef(ink(taken).ravel(), ink(page).ravel())[0, 1] > 0.8, how
    assert np.array_equal(np.asarray(scanned(page, Scan())), np.asarray(page))


def test_a_character_without_a_glyph_is_known():
    assert faces.has_glyph(FONT, "é")
    assert not faces.has_glyph(FONT, "ƶ")
    assert faces.width(FONT, "ab", 10) == 10 * (faces.advance(FONT, "a") + faces.advance(FONT, "b"))


def test_held_out_families_are_no_training_families():
    names = {stem for family in faces.FAMILIES for stem in (family.regular, family.bold, family.italic)}
    assert not names & {stem for family in faces.HELD_OUT for stem in (family.regular, family.bold, family.italic)}
    assert all(family.licence and family.package for family in (*faces.FAMILIES, *faces.HELD_OUT))
    assert faces.installed(faces.FAMILIES)[0].name == "Bitstream Vera Sans"
    assert BLACK != WHITE

"""What documents are recognised by: MinHash against the true similarity, pictures against their copies."""

import io
import json
import random
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from octavo.datasets.selection.signatures import Signature, Signer, picture_sketch, signature, sketch, wants_picture
from octavo.documents.types import Box, Page, PageImage, Word

NOTHING = PageImage(b"", "JPEG", 0, 0)


def page(words: list[str], number: int = 1, image: PageImage = NOTHING) -> Page:
    return Page(number, "", 600.0, 800.0, tuple(Word(word, Box(0, 0, 0.1, 0.1), 10.0) for word in words), image)


def drawn(seed: int, size: tuple[int, int] = (850, 1100), quality: int = 90) -> PageImage:
    """A page of bars where the lines of a letter would be, as JPEG."""
    draws = random.Random(seed)
    picture = Image.new("RGB", (850, 1100), "white")
    pen = ImageDraw.Draw(picture)
    for row in range(draws.randint(15, 40)):
        left = draws.choice((80, 80, 140, 400))
        pen.rectangle((left, 60 + 25 * row, left + draws.randint(40, 400), 72 + 25 * row), fill="black")
    buffer = io.BytesIO()
    picture.resize(size, Image.Resampling.LANCZOS).save(buffer, "JPEG", quality=quality)
    return PageImage(buffer.getvalue(), "JPEG", *size)


def cosine(one: bytes, other: bytes) -> float:
    a, b = (np.frombuffer(sketched, np.int8).astype(float) for sketched in (one, other))
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


@pytest.mark.parametrize("common", [200, 400, 600, 800, 1000])
def test_agreement_estimates_the_share_of_common_shingles(common: int) -> None:
    words = [f"w{n}" for n in range(2000)]
    # Two texts of 1000 shingles each that share the first `common`: 1004 words, of which common + 4 agree.
    one, other = words[:1004], words[: common + 4] + words[1004 : 2004 - common]
    true = common / (2000 - common)
    estimate = (sketch(one)[0] == sketch(other)[0]).mean()
    assert abs(estimate - true) < 3.5 * np.sqrt(true * (1 - true) / 128) + 0.005


def test_digits_case_and_punctuation() -> None:
    words = [f"word{n}" for n in range(40)]
    shouted = [f"{word.upper()}," for word in words]
    assert (sketch(words)[0] == sketch(shouted)[0]).all()
    changed = [*words[:20], "total", "12.50", *words[20:]], [*words[:20], "total", "12.60", *words[20:]]
    # Tokens "12", "50": of 39 shingles the 5 that hold "50" differ, so that 34 of 44 are common.
    assert (sketch(changed[0])[0] == sketch(changed[1])[0]).mean() == pytest.approx(34 / 44, abs=0.13)


def test_values_have_four_digits_or_more() -> None:
    words = [f"word{'abcdefghij'[n % 10]}{'abcdefghij'[n // 10]}" for n in range(40)]
    assert sketch([*words, "4.2", "§12", "7%"])[1] is None
    one, same, other = (sketch([*words, value])[1] for value in ("$1,200.50", "1,200.50.", "1,200.60"))
    assert (one == same).all()
    assert (one == other).mean() < 0.1


def test_a_page_of_few_words_has_no_sketch_of_them_and_wants_its_picture() -> None:
    few, many = [f"w{n}" for n in range(23)], [f"w{n}" for n in range(24)]  # 19 and 20 shingles
    assert sketch(few) == (None, None)
    assert sketch(many)[0] is not None
    assert sketch(["the", "same", "words", "again", "and"] * 100)[0] is None  # five different shingles
    assert wants_picture(page(few))
    assert wants_picture(page(["the", "same", "words", "again", "and"] * 100))
    assert not wants_picture(page(many))


def test_scripts_without_spaces_are_cut_into_characters() -> None:
    assert sketch(["発行日は二〇一七年二月二十八日で", "お支払い期限は三月三十一日までです"])[0] is not None


def test_fixed_for_ever() -> None:
    words, values = sketch([*(f"word{n}" for n in range(30)), "2017-02-28"])
    assert words is not None
    assert values is not None
    assert words[:3].tolist() == [146138551, 82552644, 368035145]
    assert values[:3].tolist() == [807353578, 4233065489, 1985821085]


def test_signature_of_pages_one_by_one_equals_that_of_all() -> None:
    pages = [page([f"p{number}w{n}" for n in range(100)], number) for number in range(1, 4)]
    whole = signature(pages)
    signer = Signer()
    for one in reversed(pages):
        signer.add(one)
    assert signer.done().words == whole.words
    assert [part.number for part in whole.pages] == [1, 2, 3]
    assert len(whole.words) == 4 * 128
    assert len(whole.pages[0].words) == 4 * 32


def test_only_a_page_without_words_is_known_by_its_picture() -> None:
    image = drawn(1)
    scan = signature([page([], image=image), page([f"w{n}" for n in range(100)], 2, image), page(["2"], 3)])
    assert [(bool(part.words), bool(part.picture)) for part in scan.pages] == [(False, True), (True, False)]
    assert Signature.of_json(json.loads(json.dumps(scan.to_json()))) == scan


@given(st.lists(st.text(max_size=12), max_size=60))
def test_any_words(words: list[str]) -> None:
    made = signature([page(words)])
    assert made == signature([page(words)])
    assert Signature.of_json(json.loads(json.dumps(made.to_json()))) == made


@pytest.mark.parametrize(("size", "quality"), [((425, 550), 60), ((1275, 1650), 90), ((600, 776), 40)])
def test_pictures_are_known_again_at_other_sizes_and_qualities(size: tuple[int, int], quality: int) -> None:
    for seed in range(5):
        assert cosine(picture_sketch(drawn(seed)), picture_sketch(drawn(seed, size, quality))) > 0.96


def test_different_pictures_are_told_apart() -> None:
    sketches = [picture_sketch(drawn(seed)) for seed in range(20)]
    assert max(cosine(sketches[i], sketches[j]) for i in range(20) for j in range(i)) < 0.8


def test_raw_pixels_give_what_their_jpeg_gives() -> None:
    jpeg = drawn(3)
    raw = PageImage(jpeg.pil().tobytes(), "RGB", jpeg.width, jpeg.height)
    assert cosine(picture_sketch(jpeg), picture_sketch(raw)) > 0.97


def test_an_empty_sheet_has_no_sketch() -> None:
    sheet = Image.new("RGB", (850, 1100), "white")
    ImageDraw.Draw(sheet).text((420, 1050), "17", fill="black")
    assert picture_sketch(PageImage(sheet.tobytes(), "RGB", 850, 1100)) == b""
    assert picture_sketch(PageImage(b"\0\0\0", "RGB", 1, 1)) == b""


def test_a_page_of_200_000_words_takes_bounded_time() -> None:
    words = [f"{n}" for n in range(200_000)]
    start = time.process_time()
    assert sketch(words)[0] is not None
    assert time.process_time() - start < 5


@pytest.mark.parametrize("word", ["a" * 1_000_000, "1" * 1_000_000, "-" * 1_000_000, "漢" * 1_000_000])
def test_a_word_without_end_takes_bounded_time(word: str) -> None:
    start = time.process_time()
    sketch([word])
    assert time.process_time() - start < 3

"""Personal data: found where check digits or labels say so, and nothing else; masked without a trace."""

import io
import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from octavo.datasets.selection.personal import (
    BIRTH,
    CARD,
    EMAIL,
    IBAN,
    MRZ,
    PHONE,
    SSN,
    find_personal,
    is_card,
    is_iban,
    mask,
    mask_words,
    touches,
)
from octavo.documents.types import Box, Page, PageImage, Word

Typed = Callable[..., Page]


def line(text: str, top: float = 0.1) -> tuple[Word, ...]:
    """Words of one line, a word's width between one and the next where there are two spaces."""
    words, at = [], 0.05
    for part in text.split(" "):
        if part:
            words.append(Word(part, Box(at, top, at + 0.008 * len(part), top + 0.012), 10.0))
        at += 0.008 * len(part) + (0.004 if part else 0.1)
    return tuple(words)


def found(*lines: str) -> list[tuple[str, str]]:
    words = tuple(word for n, text in enumerate(lines) for word in line(text, 0.1 + 0.02 * n))
    return [(find.kind, " ".join(words[n].text for n in find.words)) for find in find_personal(words)]


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        ("write to jane.doe+bills@mail.example.org today", EMAIL, "jane.doe+bills@mail.example.org"),
        ("pay to DE89 3704 0044 0532 0130 00 BIC COBADEFF", IBAN, "DE89 3704 0044 0532 0130 00"),
        ("IBAN GB82WEST12345698765432", IBAN, "GB82WEST12345698765432"),
        ("Card 4111 1111 1111 1111 valid", CARD, "4111 1111 1111 1111"),
        ("amex 378282246310005", CARD, "378282246310005"),
        ("SSN 219-09-9999 of", SSN, "219-09-9999"),
        ("Date of birth: 12.03.1980", BIRTH, "12.03.1980"),
        ("DOB  (DD/MM/YYYY)  3 March 1980", BIRTH, "3 March 1980"),
        ("geboren am 12. März 1980 in", BIRTH, "12. März 1980"),
        ("Tel.: 030 123 45 67", PHONE, "030 123 45 67"),
        ("Phone number  215 527 4688", PHONE, "215 527 4688"),
        ("call +49 (30) 1234-567 now", PHONE, "+49 (30) 1234-567"),
        ("ring (212) 555-0123 today", PHONE, "(212) 555-0123"),
    ],
)
def test_found(text: str, kind: str, what: str) -> None:
    assert found(text) == [(kind, what)]


@pytest.mark.parametrize(
    "text",
    [
        "IBAN DE89 3704 0044 0532 0130 01",  # check digits wrong
        "Card 4111 1111 1111 1112",
        "Order 9111 1111 1111 1111",  # of no issuer
        "No 000-12-3456 and 912-34-5678 and 123-45-67890",
        "Invoice date: 12.03.1980",
        "born before January 2, 1946",
        "Invoice 2017-000123 of 28.02.2017, total 1,234,567.89 EUR",
        "Section 3.14159265358979 of 2017 2018 2019 2020",
        "ISBN 978-3-16-148410-0",
        "price@unit and user@host",
        "my mobile banking 123456789 points",
        "Total 4111111111111111.50",
    ],
)
def test_not_found(text: str) -> None:
    assert found(text) == []


def test_values_under_their_labels() -> None:
    assert found("Date of birth  Telephone", "12 March 1980  030 1234567") == [
        (BIRTH, "12 March 1980"),
        (PHONE, "030 1234567"),
    ]
    assert found("Date of birth", "Name", "Place", "12.03.1980") == []  # three lines below is another field


def test_a_number_does_not_run_over_columns_or_lines() -> None:
    assert found("4111 1111  1111 1111") == []
    assert found("4111 1111", "1111 1111") == []


def test_the_lines_of_a_passport() -> None:
    # The specimen of ICAO 9303, part 4.
    name = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
    number = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
    assert found("Specimen", name, number) == [(MRZ, name), (MRZ, number)]
    assert found(name, number.replace("L898902C36", "L898902C37")) == []


def test_check_digits() -> None:
    assert is_iban("FR14 2004 1010 0505 0001 3M02 606")
    assert not is_iban("FR14 2004 1010 0505 0001 3M02 660")
    assert is_card("5555-5555-5555-4444")
    assert not is_card("5555-5555-5555-4445")
    assert not is_card("1234567812345670")  # Luhn holds, no issuer


def test_words_are_masked_letter_for_letter() -> None:
    words = line("mail joe@example.org now")
    assert [word.text for word in mask_words(words, find_personal(words))] == ["mail", "█" * 15, "now"]
    assert [word.box for word in mask_words(words, find_personal(words))] == [word.box for word in words]


def test_the_picture_is_black_there_and_the_same_elsewhere() -> None:
    picture = Image.new("RGB", (400, 200), "white")
    ImageDraw.Draw(picture).text((45, 42), "secret", fill="red")
    image = PageImage(picture.tobytes(), "RGB", 400, 200)
    masked = mask(image, [Box(0.1, 0.2, 0.3, 0.3)])
    assert (masked.format, masked.width, masked.height) == ("JPEG", 400, 200)
    pixels = np.asarray(Image.open(io.BytesIO(masked.data)).convert("RGB")).astype(int)
    assert pixels[40:60, 40:120].max() < 40
    assert pixels[80:, :].min() > 240
    assert mask(image, []) is image
    mask(image, [Box(0.0, 0.0, 1.0, 1.0), Box(0.5, 0.5, 0.5, 0.5)])


def test_what_touches() -> None:
    words = line("Contact joe@example.org, room 12")
    finds = find_personal(words)
    assert touches([words[1].box], "", words, finds)
    assert touches([], "Who is joe@example.org?", words, finds)
    assert not touches([words[3].box], "Which room? 12", words, finds)
    assert not touches([words[1].box], "joe@example.org", words, [])


@given(st.lists(st.text(alphabet="0123456789 +-.@<AZ:/telDOBborn", min_size=1, max_size=20), max_size=30))
def test_any_words(texts: list[str]) -> None:
    words = tuple(word for n, text in enumerate(texts) for word in line(text, n / 40))
    finds = find_personal(words)
    numbers = [n for find in finds for n in find.words]
    assert len(numbers) == len(set(numbers))
    assert all(0 <= n < len(words) for n in numbers)
    assert len(mask_words(words, finds)) == len(words)


@pytest.mark.parametrize("text", ["a", "1", "DE89", "a@a.", "+1", "<", "tel 1234567", "born 1.1.1980", "1 "])
def test_hostile_pages_take_bounded_time(text: str) -> None:
    words = line(text) * (40_000 // len(text))
    start = time.process_time()
    find_personal((*words, Word(text * 10_000, Box(0, 0, 1, 1), 10.0)))
    assert time.process_time() - start < 4

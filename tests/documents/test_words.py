"""From characters to words: what a word's text is and where it ends."""

import pytest

PAGE = b"/MediaBox [0 0 600 800]"


def text_at(x: float, y: float, shown: bytes, size: float = 12) -> bytes:
    return b"BT /F %f Tf 1 0 0 1 %f %f Tm %s ET\n" % (size, x, y, shown)


@pytest.fixture
def mapped_text(pdf_file, text_of):
    """The words of a line whose codes 1, 2, ... a font maps to these characters.

    Each is drawn as a black oblong, unless it is white space or in `blank`.
    """

    def read(*characters: str, blank: str = "") -> list[str]:
        codes = range(1, len(characters) + 1)
        pairs = b"".join(
            b"<%02X> <%s>\n" % (code, character.encode("utf-16-be").hex().encode())
            for code, character in zip(codes, characters, strict=True)
        )
        cmap = (
            b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def "
            b"1 begincodespacerange <00> <FF> endcodespacerange %d beginbfchar\n%sendbfchar endcmap end end"
            % (len(characters), pairs)
        )
        glyphs = b" ".join(
            b"/blank" if (character.isspace() and character != "\r") or character in blank else b"/ink"
            for character in characters
        )
        font = (
            b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 500 700] /FontMatrix [.001 0 0 .001 0 0] "
            b"/CharProcs << /ink 7 0 R /blank 8 0 R >> /Encoding << /Differences [1 %s] >> "
            b"/FirstChar 1 /LastChar %d /Widths [%s] /ToUnicode 6 0 R >>"
            % (glyphs, len(characters), b"500 " * len(characters))
        )
        streams = [
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(data), data)
            for data in (cmap, b"500 0 0 0 450 700 d1 0 0 450 700 re f", b"500 0 0 0 0 0 d1")
        ]
        shown = "".join(f"{code:02X}" for code in codes).encode()
        return text_of(pdf_file(text_at(50, 700, b"<%s> Tj" % shown), font=font, extra=tuple(streams)))

    return read


def test_words_end_at_white_space_of_every_kind(mapped_text):
    assert mapped_text(*"ab c\u00a0d\u2003e\u3000f\u200bg") == ["ab", "c", "d", "e", "f", "g"]


def test_ligatures_become_letters(mapped_text):
    assert mapped_text("o", "\ufb03", "c", "e", " ", "\ufb01", "t") == ["office", "fit"]
    assert mapped_text(*"\ufb00\ufb01\ufb02\ufb03\ufb04\ufb06") == ["fffiflffifflst"]


def test_other_compatibility_characters_stay(mapped_text):
    assert mapped_text(*"m² ½ ① Å") == ["m²", "½", "①", "Å"]


def test_what_cannot_be_seen_is_dropped(mapped_text):
    assert mapped_text(*"a\ufeffb\u200ec\u202ed\u0007e\u2060f", blank="\u0007") == ["abcdef"]
    assert mapped_text(*"a\u200cb\u2019\u2010\u2030") == ["a\u200cb\u2019\u2010\u2030"]  # these belong to a word
    assert mapped_text(*"a\u007fb\u0000c", blank="\u0000") == ["abc"]


def test_a_control_character_that_is_drawn_is_an_unknown_letter(mapped_text):
    assert mapped_text(*"Spee\rh \u0007") == ["Spee\ufffdh", "\ufffd"]


def test_a_soft_hyphen_that_is_drawn_is_a_hyphen(mapped_text):
    assert mapped_text(*"well\u00adknown") == ["well-known"]


def test_windows_quotes_taken_for_latin1_are_quotes(mapped_text):
    assert mapped_text(*"\u0093hi\u0094 a\u0096b x\u0081y so\u0085") == ["“hi”", "a–b", "xy", "so…"]


def test_characters_beyond_the_basic_plane_are_whole(mapped_text):
    assert mapped_text("\U0001d400", "b", " ", "\U0001f600") == ["\U0001d400b", "\U0001f600"]


def test_what_is_no_character_is_marked_unknown(mapped_text):
    assert mapped_text("a", "\uffff", "b") == ["a\ufffdb"]


def test_a_word_broken_at_a_lines_end_stays_two(pdf_file, text_of):
    path = pdf_file(text_at(50, 700, b"(the exam-) Tj") + text_at(50, 685, b"(ple of it) Tj"))
    assert text_of(path) == ["the", "exam-", "ple", "of", "it"]


def test_a_new_line_ends_a_word(pdf_file, text_of):
    path = pdf_file(text_at(50, 700, b"(one) Tj 0 -14 Td (two) Tj 0 -14 Td (3) Tj 0 -14 Td (4) Tj"))
    assert text_of(path) == ["one", "two", "3", "4"]


def test_a_wide_gap_ends_a_word(pdf_file, text_of):
    kerned = text_at(50, 700, b"[(Net) -1400 (12.50)] TJ")
    moved = text_at(50, 600, b"(Tax) Tj 200 0 Td (2.50) Tj")
    assert text_of(pdf_file(kerned + moved)) == ["Net", "12.50", "Tax", "2.50"]


def test_spaced_letters_stay_a_word(pdf_file, text_of):
    path = pdf_file(text_at(50, 700, b"4 Tc (INVOICE) Tj 0 Tc") + text_at(50, 600, b"[(A) 80 (V) 60 (A)] TJ"))
    assert text_of(path) == ["INVOICE", "AVA"]


def test_a_raised_letter_stays_in_its_word(pdf_file, only_page):
    path = pdf_file(text_at(50, 700, b"(E=mc) Tj /F 7 Tf 5 Ts (2) Tj 0 Ts"))
    (word,) = only_page(path).words
    assert (word.text, word.size) == ("E=mc2", 12)


def test_the_words_of_a_line_are_equally_high(pdf_file, only_page):
    words = only_page(pdf_file(text_at(50, 700, b"(axe gypsy Total - 47.) Tj"))).words
    assert len(words) == 5
    assert len({round(word.box.y0, 3) for word in words}) == 1
    assert len({round(word.box.y1, 3) for word in words}) == 1


def test_a_font_that_is_wrong_about_its_size_does_no_harm(pdf_file, only_page):
    # Type 3, as TeX once made them: the font says 2 points, the letters are 14 points high and 12 apart.
    font = (
        b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 50 70] /FontMatrix [.1 0 0 .1 0 0] /FirstChar 97 "
        b"/LastChar 99 /Widths [60 60 60] /CharProcs << /a 6 0 R /b 6 0 R /c 6 0 R >> "
        b"/Encoding << /Differences [97 /a /b /c] >> >>"
    )
    glyph = b"<< /Length 44 >>\nstream\n60 0 0 0 50 70 d1 0 0 50 70 re f              \nendstream"
    words = only_page(pdf_file(text_at(50, 700, b"(abc) Tj", size=2), font=font, extra=(glyph,))).words
    assert [(word.text, word.size) for word in words] == [("abc", pytest.approx(14, rel=0.01))]


def test_lam_alef_is_spelt_in_order(mapped_text):
    # Drawn from left to right, as Arabic is in a PDF: "salam" with lam and alef in one glyph.
    assert mapped_text("\u0645", "\u0644\u0627", "\u0633") == ["\u0633\u0644\u0627\u0645"]
    assert mapped_text("\u0628", "\u0627", "\u0644") == ["\u0644\u0627\u0628"]  # two glyphs: as they stand


def test_a_colon_that_ends_a_key_ends_a_word(mapped_text, pdf_file, text_of):
    path = pdf_file(text_at(50, 700, b"(Date:2024-05-17 Total:EUR Due:+49 Sum:$5) Tj"))
    assert text_of(path) == ["Date:", "2024-05-17", "Total:", "EUR", "Due:", "+49", "Sum:", "$5"]
    path = pdf_file(text_at(50, 700, b"(12:30 http://a.b std::x a:B 1:2 ratio:x end:) Tj"))
    assert text_of(path) == ["12:30", "http://a.b", "std::x", "a:B", "1:2", "ratio:x", "end:"]
    assert mapped_text(*"号：七") == ["号：", "七"]


@pytest.mark.parametrize(
    ("name", "descriptor", "is_bold"),
    [
        (b"Helvetica", b"", False),
        (b"Helvetica-Bold", b"", True),
        (b"ABCDEF+Lato-Black", b"", True),
        (b"CMBX12", b"", True),
        (b"NimbusRomNo9L-Medi", b"", True),
        (b"Roboto-Medium", b"", False),
        (b"Embolden", b"/Flags 262176", True),
        (b"Plain", b"/Flags 32 /StemV 80", False),
        (b"Plain", b"/Flags 32 /StemV 144", True),
    ],
)
def test_bold_is_what_the_font_says_it_is(pdf_file, only_page, name, descriptor, is_bold):
    font = b"<< /Type /Font /Subtype /TrueType /BaseFont /%s /Encoding /WinAnsiEncoding " % name
    if descriptor:
        font += b"/FontDescriptor << /Type /FontDescriptor /FontName /%s %s >> " % (name, descriptor)
    words = only_page(pdf_file(text_at(50, 700, b"(Total amount) Tj"), font=font + b">>")).words
    assert [word.bold for word in words] == [is_bold] * 2


def test_text_order_is_that_of_the_file(pdf_file, text_of):
    path = pdf_file(text_at(50, 100, b"(last line first) Tj") + text_at(50, 700, b"(first line last) Tj"))
    assert text_of(path) == ["last", "line", "first", "first", "line", "last"]

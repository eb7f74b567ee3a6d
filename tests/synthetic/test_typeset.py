"""Typeset documents: their answers stand where they are said to, their sums are right, their pages differ.

Pages are read back with pypdfium2 alone, by a routine that shares nothing with the code that drew them.
"""

import ctypes
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
import pytest

from octavo.datasets.types import Question
from octavo.errors import OctavoError
from octavo.synthetic import KINDS, kinds, typeset
from octavo.synthetic.faces import FAMILIES

COUNT = 120  # documents, 30 of each kind
MODEL_SIDE = 512  # pixels on the longest side of a page as the tiny model sees it
A5_LONGEST = 595.0  # points


@dataclass
class ReadWord:
    """A word, the edges of its ink in points from the top left corner, its font's size, whether it is turned."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    turned: bool = False


@dataclass
class ReadPage:
    width: float
    height: float
    words: list[ReadWord]
    fonts: frozenset[str]
    path_count: int

    def inside(self, box: list[float]) -> list[ReadWord]:
        """The words whose centre lies in `box`, given in page fractions."""
        x0, y0, x1, y1 = box[0] * self.width, box[1] * self.height, box[2] * self.width, box[3] * self.height
        return [w for w in self.words if x0 <= (w.x0 + w.x1) / 2 <= x1 and y0 <= (w.y0 + w.y1) / 2 <= y1]


@dataclass
class Typeset:
    name: str
    pages: list[ReadPage]
    questions: list[dict[str, Any]]

    @property
    def kind(self) -> str:
        return self.name.split("-")[0]

    def evidence(self, question: dict[str, Any]) -> list[ReadWord]:
        page = self.pages[question["page"] - 1]
        return [word for box in question["boxes"] for word in page.inside(box)]


def read_page(page: pdfium.PdfPage) -> ReadPage:
    width, height = page.get_size()
    text = page.get_textpage()
    words: list[ReadWord] = []
    in_word = False
    for i in range(text.count_chars()):
        character = text.get_text_range(i, 1)
        if not character.strip():
            in_word = False
            continue
        left, bottom, right, top = text.get_charbox(i)
        if not in_word:
            size = pdfium_c.FPDFText_GetFontSize(text.raw, i)
            turned = pdfium_c.FPDFText_GetCharAngle(text.raw, i) != 0
            words.append(ReadWord("", left, height - top, right, height - bottom, size, turned))
        word = words[-1]
        word.text += character
        word.x0, word.x1 = min(word.x0, left), max(word.x1, right)
        word.y0, word.y1 = min(word.y0, height - top), max(word.y1, height - bottom)
        in_word = True
    fonts = frozenset(font_name(item) for item in page.get_objects([pdfium_c.FPDF_PAGEOBJ_TEXT]))
    path_count = len(list(page.get_objects([pdfium_c.FPDF_PAGEOBJ_PATH])))
    return ReadPage(width, height, words, fonts, path_count)


def font_name(item: pdfium.PdfObject) -> str:
    name = ctypes.create_string_buffer(64)
    pdfium_c.FPDFFont_GetBaseFontName(pdfium_c.FPDFTextObj_GetFont(item.raw), name, 64)
    return name.value.decode()


def read_all(folder: Path) -> list[Typeset]:
    documents = []
    for name, questions in json.loads((folder / "answers.json").read_text(encoding="utf-8")).items():
        with pdfium.PdfDocument(folder / name) as pdf:
            documents.append(Typeset(name, [read_page(page) for page in pdf], questions))
    return documents


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("typeset") / "mixed"
    typeset("mixed", COUNT, out)
    return out


@pytest.fixture(scope="module")
def documents(folder: Path) -> list[Typeset]:
    return read_all(folder)


def test_paths_come_in_order_and_are_all_there_is(folder: Path) -> None:
    paths = typeset("mixed", COUNT, folder)
    assert [path.name for path in paths[:5]] == [
        "invoice-00000.pdf",
        "receipt-00001.pdf",
        "form-00002.pdf",
        "letter-00003.pdf",
        "invoice-00004.pdf",
    ]
    assert {path.name for path in folder.iterdir()} == {path.name for path in paths} | {"answers.json"}


def test_same_seed_same_bytes(folder: Path, tmp_path: Path) -> None:
    typeset("mixed", COUNT, tmp_path / "again")
    for path in folder.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes(), path.name


def test_fewer_documents_are_the_first_of_more(folder: Path, tmp_path: Path) -> None:
    for path in typeset("mixed", 8, tmp_path / "few"):
        assert path.read_bytes() == (folder / path.name).read_bytes()


def test_other_seeds_give_other_documents(folder: Path, tmp_path: Path) -> None:
    paths = typeset("mixed", 20, tmp_path / "other", seed=1)
    assert all(path.read_bytes() != (folder / path.name).read_bytes() for path in paths)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("mixed", "varied")])
def test_one_kind_alone(kind: str, tmp_path: Path) -> None:
    paths = typeset(kind, 3, tmp_path / "new" / "folder")
    assert [path.name for path in paths] == [f"{kind}-{i:05d}.pdf" for i in range(3)]
    assert len({path.read_bytes() for path in paths}) == 3


def test_questions_are_the_data_sets_noun(documents: list[Typeset]) -> None:
    fields = set(Question.__dataclass_fields__)
    for document in documents:
        assert len(document.questions) >= 5
        assert len({question["text"] for question in document.questions}) == len(document.questions)
        for question in document.questions:
            assert set(question) == fields
            assert question["text"].endswith("?")
            assert question["kind"] in ("key_value", "amount", "date", "choice", "table", "title")
            assert 1 <= question["page"] <= len(document.pages)
            for x0, y0, x1, y1 in question["boxes"]:
                assert 0 <= x0 < x1 <= 1
                assert 0 <= y0 < y1 <= 1


def test_every_answer_stands_in_its_boxes(documents: list[Typeset]) -> None:
    for document in documents:
        for question in document.questions:
            read = " ".join(word.text for word in document.evidence(question))
            assert read == question["answer"], (document.name, question["text"])


def test_boxes_hold_the_ink_of_their_words(documents: list[Typeset]) -> None:
    slack = 1.0  # points: italics of numbers and brackets reach a little over their advance
    for document in documents:
        for question in document.questions:
            page = document.pages[question["page"] - 1]
            for x0, y0, x1, y1 in question["boxes"]:
                for word in page.inside([x0, y0, x1, y1]):
                    assert x0 * page.width - slack <= word.x0 <= word.x1 <= x1 * page.width + slack
                    assert y0 * page.height - slack <= word.y0 <= word.y1 <= y1 * page.height + slack


def test_no_word_leaves_the_page_or_covers_another(documents: list[Typeset]) -> None:
    for document in documents:
        assert 1 <= len(document.pages) <= 2
        for page in document.pages:
            assert page.words
            for word in page.words:
                assert 5 < word.x0 < word.x1 < page.width - 5, (document.name, word)
                assert 5 < word.y0 < word.y1 < page.height - 5, (document.name, word)
            straight = [word for word in page.words if not word.turned]  # the others' edges reach beyond their ink
            for i, one in enumerate(straight):
                for other in straight[i + 1 :]:
                    beside = one.x1 <= other.x0 or other.x1 <= one.x0
                    apart = one.y1 <= other.y0 or other.y1 <= one.y0
                    assert beside or apart, (document.name, one, other)


def test_text_is_large_on_all_but_the_large_invoices(documents: list[Typeset]) -> None:
    small = [d for d in documents if all(max(page.width, page.height) <= A5_LONGEST for page in d.pages)]
    assert len(small) >= 0.8 * len(documents)
    assert {d.kind for d in documents if d not in small} == {"invoice"}
    for document in small:
        for page in document.pages:
            smallest = min(word.size for word in page.words)
            assert smallest * MODEL_SIDE / max(page.width, page.height) >= 9, document.name
    assert all(word.size >= 9 for d in documents for page in d.pages for word in page.words)


def test_some_documents_have_two_pages(documents: list[Typeset]) -> None:
    second = [d for d in documents if len(d.pages) == 2]
    assert 1 <= len(second) <= 0.2 * len(documents)
    assert any(question["page"] == 2 for d in second for question in d.questions)


def test_layouts_differ(documents: list[Typeset]) -> None:
    """A page's look is what it is without its words: format, fonts, sizes, ink, where answers stand."""
    looks = set()
    for document in documents[:50]:
        page = document.pages[0]
        sizes = frozenset(round(word.size, 1) for word in page.words)
        x0, y0, _, _ = document.questions[0]["boxes"][0]
        looks.add((round(page.width), page.fonts, sizes, page.path_count > 12, round(x0, 1), round(y0, 1)))
    assert len(looks) >= 40


def test_labels_stand_left_of_values_and_above_them(documents: list[Typeset]) -> None:
    places = Counter()
    for document in documents:
        for question in document.questions:
            if question["kind"] != "choice" or document.kind == "letter":
                continue
            words = document.pages[question["page"] - 1].words
            word = document.evidence(question)[0]
            middle = (word.y0 + word.y1) / 2
            left = any(other.x1 <= word.x0 and other.y0 < middle < other.y1 for other in words)
            places["left" if left else "above"] += 1
    assert places["left"] > 50
    assert places["above"] >= 5


def test_choices_take_all_their_values(documents: list[Typeset]) -> None:
    answers = Counter(q["answer"].lower() for d in documents for q in d.questions if q["kind"] == "choice")
    for value in ("card", "cash", "transfer", "paid", "unpaid"):
        assert answers[value] >= 10, value


def cents(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def answer(document: Typeset, *texts: str) -> str | None:
    return next((q["answer"] for q in document.questions if q["text"] in texts), None)


def test_sums_are_right(documents: list[Typeset]) -> None:
    checked = 0
    for document in documents:
        subtotal = answer(document, "What is the subtotal?", "What is the amount before tax?")
        if document.kind not in ("invoice", "receipt") or subtotal is None:
            continue
        tax = answer(document, "What is the tax?", "How much is the tax?")
        total = answer(document, "What is the total?", "What is the total amount?")
        assert tax is not None
        assert total is not None
        words = [word.text for page in document.pages for word in page.words]
        rate = next(int(found[1]) for word in words if (found := re.fullmatch(r"(\d+)%:?", word)))
        assert cents(subtotal) + cents(tax) == cents(total), document.name
        assert abs(cents(tax) - cents(subtotal) * rate / 100) <= 0.5, document.name
        checked += 1
    assert checked >= 40


def test_rows_of_goods_are_right(documents: list[Typeset]) -> None:
    """Where quantity, price and amount of one good are asked, quantity times price is the amount."""
    checked = 0
    patterns = {
        "quantity": r"How many of (.+) are listed\?|What is the quantity of (.+)\?",
        "price": r"What is the price of one (.+)\?|What is the unit price of (.+)\?",
        "amount": r"What is the amount for (.+)\?|How much is charged for (.+)\?",
    }
    for document in documents:
        rows: dict[str, dict[str, int]] = {}
        for question in document.questions:
            for column, pattern in patterns.items():
                if found := re.fullmatch(pattern, question["text"]):
                    rows.setdefault(found[1] or found[2], {})[column] = cents(question["answer"])
        for row in rows.values():
            if len(row) == 3:
                assert row["quantity"] * row["price"] == row["amount"], document.name
                checked += 1
    assert checked >= 20


def test_unknown_kind_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(OctavoError, match="did you mean 'invoice'"):
        typeset("invoices", 1, tmp_path)
    with pytest.raises(OctavoError, match="at least 1"):
        typeset("invoice", 0, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    typeset("receipt", 3, tmp_path)
    typeset("receipt", 3, tmp_path, seed=5)  # the same names: replaced
    with pytest.raises(OctavoError, match=r"receipt-00000\.pdf"):
        typeset("form", 3, tmp_path)
    with pytest.raises(OctavoError, match=r"receipt-00002\.pdf"):
        typeset("receipt", 2, tmp_path)
    with pytest.raises(OctavoError, match="is a file"):
        typeset("receipt", 2, tmp_path / "receipt-00000.pdf")


def test_answers_of_all_kinds_stand_in_their_boxes(tmp_path: Path) -> None:
    """In the order of drawing; dashes and signs are words of an answer like others."""
    paths = typeset("varied", 4 * len(kinds.DRAW), tmp_path, seed=9)
    documents = read_all(tmp_path)
    assert {document.kind for document in documents} == set(kinds.DRAW)
    assert len(paths) == len(documents)
    for document in documents:
        assert len(document.questions) >= 2
        for question in document.questions:
            read = " ".join(word.text for word in document.evidence(question))
            assert read == question["answer"], (document.name, question["text"])


@pytest.mark.parametrize("kind", tuple(kinds.DRAW))
def test_other_fonts_are_embedded_and_read_back(kind: str, tmp_path: Path) -> None:
    sheet = kinds.document(kind, Random(kind), FAMILIES[:1])
    sheet.save(tmp_path / "file.pdf")
    with pdfium.PdfDocument(tmp_path / "file.pdf") as pdf:
        pages = [read_page(page) for page in pdf]
    assert all("Vera" in font for page in pages for font in page.fonts)
    for finding in sheet.findings().values():
        words = [w for box in finding.boxes for w in pages[finding.page - 1].inside([box.x0, box.y0, box.x1, box.y1])]
        assert " ".join(word.text for word in words) == finding.text


def test_a_statement_adds_up(tmp_path: Path) -> None:
    typeset("statement", 12, tmp_path, seed=2)
    for statement in read_all(tmp_path):
        opening = signed(answer(statement, "What is the opening balance?"))
        closing = signed(answer(statement, "What is the closing balance?", "What is the balance at the end?"))
        last = statement.pages[-1].words[-1].text  # the balance of the last movement
        assert signed(last) == closing
        assert opening > 0


def signed(text: str | None) -> int:
    assert text is not None
    return cents(text) * (-1 if text.startswith("-") else 1)

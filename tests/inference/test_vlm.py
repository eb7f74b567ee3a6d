"""Files asked: pages, passwords, evidence."""

import json
from dataclasses import replace

import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

import octavo
from octavo.documents.types import NOT_HERE
from octavo.errors import OctavoError
from octavo.inference import Answer, VisionLanguageModel
from octavo.inference.marking import RED, save_marked_page
from octavo.inference.types import best_of


@pytest.fixture(scope="module")
def vlm(tiny_run):
    return octavo.load(tiny_run)


@pytest.fixture
def letter(tmp_path):
    """Three pages; with a password where one is given."""

    def write(password=None):
        path = tmp_path / "letter.pdf"
        encrypt = StandardEncryption(password) if password else None
        canvas = Canvas(str(path), pagesize=(300, 300), encrypt=encrypt)
        for number in range(1, 4):
            canvas.drawString(50, 150, f"Page {number} of three")
            canvas.showPage()
        canvas.save()
        return path

    return write


def test_the_answer_is_the_most_confident_of_all_pages(vlm, letter):
    path = letter()
    each = [vlm.ask(path, "Which page?", pages=[number]) for number in (1, 2, 3)]
    assert [answer.page for answer in each] == [1, 2, 3]
    best = vlm.ask(path, "Which page?")
    assert best.confidence == max(answer.confidence for answer in each)
    assert best.text == each[best.page - 1].text


def test_held_to_the_words_every_answer_stands_on_its_page(vlm, letter):
    path = letter()
    for question in ("Which page?", "What is the third word?"):
        answer = vlm.ask(path, question, mode="grounded")
        assert answer.asked == (1, 2, 3)
        if answer.page is None:
            assert (answer.text, answer.boxes) == (NOT_HERE, ())
            continue
        assert f" {answer.text} " in f" Page {answer.page} of three "
        (box,) = answer.boxes
        assert 50 / 300 - 0.01 <= box.x0 < box.x1
        assert box.y0 < 150 / 300 < box.y1 + 0.02


def test_free_answers_have_no_boxes_and_nothing_else_differs(vlm, letter):
    free, auto = (vlm.ask(letter(), "Which page?", [2], mode=mode) for mode in ("free", "auto"))
    assert free.boxes == ()
    assert (free.text, free.confidence) == (auto.text, auto.confidence)


def test_of_many_pages_those_whose_words_fit_are_asked(vlm, tmp_path):
    canvas = Canvas(str(tmp_path / "long.pdf"), pagesize=(300, 300))
    for name in ("one", "two", "three", "", "the rent", "six"):
        canvas.drawString(50, 150, name)
        canvas.showPage()
    canvas.save()
    asked = vlm.ask_all(tmp_path / "long.pdf", ["What is the rent?", "Six?"], most=2)
    assert [answer.asked for answer in asked] == [(1, 5), (1, 6)]
    assert all(answer.page is None or answer.page in answer.asked for answer in asked)


def test_the_surest_answer_that_says_something_counts():
    def answer(text, page, confidence):
        return Answer("?", text, page, (), confidence, {}, (page,))

    nowhere, sure = answer("Not on this page.", 1, 0.9), answer("48.00", 2, 0.4)
    assert best_of([nowhere, sure, answer("7", 3, 0.3)]) == replace(sure, asked=(1, 2, 3))
    assert best_of([nowhere, answer(NOT_HERE, 2, 0.8)]) == Answer("?", NOT_HERE, None, (), 0.8, {}, (1, 2))


def test_where_nothing_was_found_nothing_is_drawn(letter, tmp_path):
    nowhere = Answer("Who?", NOT_HERE, None, (), 0.9, {}, (1,))
    with pytest.raises(OctavoError, match="no page answers 'Who"):
        save_marked_page(letter(), nowhere, tmp_path / "marked.png")


@pytest.mark.parametrize("dtype", ["bfloat16", "int8"])
def test_losses_in_fewer_bits_are_near(vlm, tiny_run, dtype):
    page = [Image.linear_gradient("L")]
    other = VisionLanguageModel.load(tiny_run, dtype)
    found, expected = (one.read(page).answer_losses("Which page?", "the second") for one in (other, vlm))
    assert found != expected
    assert found == pytest.approx(expected, abs=0.1)


def test_several_questions_share_a_page(vlm, letter):
    answers = vlm.ask_all(letter(), ["Which page?", "Why?"], pages=[2])
    assert [answer.question for answer in answers] == ["Which page?", "Why?"]
    assert answers[0].timings["page"] == answers[1].timings["page"]


def test_an_answer_is_json(vlm, letter):
    answer = vlm.ask(letter(), "Which page?", pages=[1])
    assert json.loads(json.dumps(answer.as_dict()))["page"] == 1


@pytest.mark.parametrize(
    ("question", "pages", "message"),
    [("Which page?", [4], "pages 1 to 3"), ("Which page?", [0], "pages 1 to 3"), ("  ", None, "empty")],
)
def test_what_cannot_be_asked(vlm, letter, question, pages, message):
    with pytest.raises(OctavoError, match=message):
        vlm.ask(letter(), question, pages)


def test_a_mode_that_there_is_not(vlm, letter):
    with pytest.raises(OctavoError, match="free, grounded, auto"):
        vlm.ask(letter(), "Which page?", mode="exact")


def test_passwords(vlm, letter):
    path = letter("sesame")
    with pytest.raises(OctavoError, match="--password"):
        vlm.ask(path, "Which page?")
    assert vlm.ask(path, "Which page?", [1], ["wrong", "sesame"]).page == 1


def test_the_evidence_is_drawn_where_the_words_stand(vlm, letter, tmp_path):
    from octavo.documents import Reader
    from octavo.inference import locate

    path = letter()
    with Reader(image_format="RGB") as files:
        page = next(files.pages(files.open(path), [2]))
    answer = replace(vlm.ask(path, "Which page?", [2]), boxes=locate("Page 2", page.words))
    assert len(answer.boxes) == 1
    save_marked_page(path, answer, tmp_path / "marked.png")
    picture = Image.open(tmp_path / "marked.png")
    red = [(x, y) for x in range(picture.width) for y in range(picture.height) if picture.getpixel((x, y)) == RED]
    assert min(x for x, _ in red) / picture.width == pytest.approx(50 / 300, abs=0.03)
    assert max(y for _, y in red) / picture.height == pytest.approx(150 / 300, abs=0.03)


def test_no_model_there(tmp_path):
    with pytest.raises(OctavoError, match="no such folder"):
        octavo.load(tmp_path / "nothing")
    with pytest.raises(OctavoError, match=r"config\.json"):
        octavo.load(tmp_path)

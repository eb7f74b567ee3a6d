"""The server's page in a real browser: evidence where the words are, keys, texts that stay texts."""

import json
from contextlib import contextmanager

import httpx
import numpy as np
import pytest
from playwright.sync_api import expect

from octavo.documents.types import NOT_HERE
from octavo.serving import Settings, create_app
from octavo.synthetic import typeset
from tests.browsers import EVIL, UNNAMED, chromium, served, watched
from tests.serving.conftest import data_url, letter
from tests.serving.scripted import GRID, Scripted

UNSOUGHT = ["not looked for on the page"]
REFUSED = ("Failed to load resource",)  # what the console says of every answer that is an error


@pytest.fixture(scope="module")
def browser():
    with chromium() as launched:
        yield launched


@pytest.fixture(scope="module")
def invoice(tmp_path_factory):
    """What is asked about the first example, with answers and boxes."""
    folder = tmp_path_factory.mktemp("invoice")
    (path,) = typeset("invoice", 1, folder / "pdf")
    return json.loads((folder / "pdf" / "answers.json").read_text())[path.name]


@pytest.fixture(scope="module")
def engine(invoice):
    return Scripted({question["text"]: question["answer"] for question in invoice})


@pytest.fixture(scope="module")
def address(engine):
    with served(create_app(engine, Settings("tiny", file_bytes=28_000))) as found:
        yield found


@contextmanager
def opened(browser, address, data=None, name="letter.pdf", **context):
    """The page at its start, or with a file opened."""
    with watched(browser, address, **context) as page:
        expect(page.locator(".example")).to_have_count(4)
        if data is not None:
            bring(page, data, name)
        yield page


def bring(page, data, name="letter.pdf"):
    page.locator("#file").set_input_files({"name": name, "mimeType": "application/pdf", "buffer": data})
    expect(page.locator("#document")).to_have_text(name)
    expect(page.locator(".sheet img")).to_have_js_property("complete", True)


def ask(page, question):
    page.locator("#question").fill(question)
    page.locator("#question").press("Enter")


def on_page(page, number):
    expect(page.locator("#number")).to_have_value(str(number))
    expect(page.locator(".sheet img")).to_have_attribute("alt", f"Page {number} of letter.pdf")


def edges(box):
    return np.array([box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]])


def test_an_example_is_asked_and_its_answer_marked(browser, address, invoice):
    with opened(browser, address) as page:
        page.locator(".example").first.click()
        expect(page.locator("#document")).to_have_text("invoice.pdf")
        expect(page.locator("#scopes")).to_be_hidden()
        chip = page.locator(".chip").first
        asked = next(question for question in invoice if question["text"] == chip.text_content())
        chip.click()
        expect(page.locator(".card.chosen .answer")).to_have_text(asked["answer"])
        expect(page.locator(".card .sure")).to_have_text("90% sure")
        expect(page.locator(".card .foot .link")).to_have_text("page 1")
        expect(page.locator("#spoken")).to_contain_text("marked on the page")
        page.locator(".sheet").scroll_into_view_if_needed()
        sheet = edges(page.locator(".sheet").bounding_box())
        (drawn,) = [edges(box.bounding_box()) for box in page.locator(".box").all()]
        size = np.tile(sheet[2:] - sheet[:2], 2)
        middle = ((drawn - np.tile(sheet[:2], 2)) / size).reshape(2, 2).mean(axis=0)
        ((x0, y0, x1, y1),) = asked["boxes"]
        assert x0 < middle[0] < x1
        assert y0 < middle[1] < y1


def test_leafing_and_back_to_the_evidence(browser, address, engine):
    engine.answers |= {"Which page?": "Page 2 of the letter"}
    with opened(browser, address, letter(3)) as page:
        on_page(page, 1)
        page.get_by_label("this page").check()
        page.locator("#desk").focus()
        for key, number in (("ArrowRight", 2), ("ArrowRight", 3), ("ArrowRight", 3), ("ArrowLeft", 2)):
            page.keyboard.press(key)
            on_page(page, number)
        ask(page, "Which page?")
        expect(page.locator(".box")).to_have_count(1)
        page.locator("#previous").click()
        on_page(page, 1)
        expect(page.locator(".box")).to_have_count(0)
        page.get_by_role("button", name="page 2").click()
        on_page(page, 2)
        expect(page.locator(".box")).to_have_count(1)
        page.locator("#number").fill("3")
        page.locator("#number").press("Enter")
        on_page(page, 3)


def test_a_whole_document_is_asked(browser, address, engine):
    engine.answers |= {"Which page?": "Page 3 of the letter", "Which ship?": NOT_HERE}
    with opened(browser, address, letter(3)) as page:
        expect(page.get_by_label("all 3 pages")).to_be_checked()
        ask(page, "Which page?")
        expect(page.locator(".card .foot .link")).to_have_text("page 1")  # all are equally sure; the first is told
        expect(page.locator(".card .foot")).to_contain_text("asked: 1, 2, 3")
        ask(page, "Which ship?")
        expect(page.locator(".card.chosen .answer.none")).to_have_text("Not found on pages 1, 2, 3")
        expect(page.locator(".card.chosen .link")).to_have_count(0)
        page.get_by_label("this page").check()
        page.locator("#next").click()
        on_page(page, 2)
        page.locator("#next").click()
        on_page(page, 3)
        ask(page, "Which page?")
        expect(page.locator(".card").first.locator(".foot .link")).to_have_text("page 3")
        expect(page.locator(".card")).to_have_count(3)
        expect(page.locator(".box")).to_have_count(1)


def test_of_a_long_document_the_pages_whose_words_fit_are_asked(browser, address, engine):
    engine.answers |= {"Where is page 23?": NOT_HERE}
    with opened(browser, address, letter(30)) as page:
        expect(page.get_by_label("those of 30 pages whose words fit best, at most 4")).to_be_checked()
        ask(page, "Where is page 23?")
        expect(page.locator(".answer.none")).to_have_text("Not found on pages 1, 2, 3, 23")


def test_modes(browser, address, engine):
    engine.answers |= {"Whose?": "Page 1 of"}
    with opened(browser, address, letter(1)) as page:
        for mode, boxes, notes in (("grounded", 1, ["grounded"]), ("auto", 1, []), ("free", 0, UNSOUGHT)):
            page.locator("#mode").select_option(mode)
            ask(page, "Whose?")
            expect(page.locator(".card.chosen .note")).to_have_text(notes)
            expect(page.locator(".card.chosen .link")).to_have_text("page 1")
            expect(page.locator(".box")).to_have_count(boxes)


def test_an_answer_that_is_not_there(browser, address, engine):
    engine.answers |= {"Which ship?": NOT_HERE, "Which tone?": "friendly"}
    with opened(browser, address, letter(1)) as page:
        ask(page, "Which ship?")
        expect(page.locator(".answer.none")).to_have_text("Not found on this page")
        expect(page.locator(".note")).to_have_count(0)
        ask(page, "Which tone?")
        expect(page.locator(".card.chosen .note")).to_have_text("not located on the page")
        expect(page.locator(".box")).to_have_count(0)


def test_the_answer_comes_word_by_word_and_can_be_stopped(browser, address, engine):
    engine.answers |= {"How long?": "one " * 200}
    engine.waits = 0.02
    with opened(browser, address, letter(1)) as page:
        ask(page, "How long?")
        expect(page.locator(".card[aria-busy] .answer")).to_contain_text("one one one")
        page.keyboard.press("Escape")
        expect(page.locator(".note.bad")).to_have_text("Stopped.")
        expect(page.locator("#send")).to_be_visible()
        engine.waits, engine.answers["How long?"] = 0.0, "short"
        page.get_by_role("button", name="Ask again").click()
        expect(page.locator(".answer")).to_have_text("short")
    assert engine.cancelled == ["How long?"]


def test_keys(browser, address):
    with opened(browser, address, letter(2)) as page:
        expect(page.locator("#question")).to_be_focused()
        page.keyboard.type("g/?0")
        expect(page.locator("#question")).to_have_value("g/?0")
        page.keyboard.press("Escape")
        expect(page.locator("#question")).not_to_be_focused()
        page.keyboard.press("g")
        expect(page.locator(".grid i")).to_have_count(GRID[0] * GRID[1])
        expect(page.locator("#grid")).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("ArrowRight")
        on_page(page, 2)
        expect(page.locator(".grid i")).to_have_count(GRID[0] * GRID[1])  # it stays while leafing
        page.keyboard.press("g")
        expect(page.locator(".grid")).to_have_count(0)
        page.keyboard.press("+")
        expect(page.locator("#fit")).to_have_text("125%")
        page.keyboard.press("?")
        expect(page.locator("#keys-dialog")).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("/")
        expect(page.locator("#question")).to_be_focused()


def test_a_citation_is_copied(browser, address, engine):
    engine.answers |= {"Which page?": "Page 1"}
    with opened(browser, address, letter(1), permissions=["clipboard-read", "clipboard-write"]) as page:
        ask(page, "Which page?")
        page.get_by_role("button", name="Copy citation").click()
        expect(page.locator("#status")).to_have_text("Copied.")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith("“Page 1” – letter.pdf, page 1 [")
        page.get_by_role("button", name="Copy JSON").click()
        told = json.loads(page.evaluate("navigator.clipboard.readText()"))
        assert list(told) == ["question", "text", "page", "boxes", "confidence", "timings", "asked"]
        assert (told["text"], len(told["boxes"]), told["asked"]) == ("Page 1", 1, [1])


def test_a_file_that_the_server_forgot_is_sent_again(browser, address, engine):
    engine.answers |= {"Which page?": "Page 1"}
    with opened(browser, address, letter(2), expected=REFUSED) as page:
        other = data_url(letter(60), "application/pdf")
        httpx.post(f"{address}v1/documents", json={"file_data": other}).raise_for_status()
        ask(page, "Which page?")
        expect(page.locator(".answer")).to_have_text("Page 1")


def test_a_file_is_dropped(browser, address):
    with opened(browser, address) as page:
        page.evaluate(
            "(url) => { const bytes = Uint8Array.from(atob(url.split(',')[1]), (c) => c.charCodeAt(0));"
            " const dataTransfer = new DataTransfer();"
            " dataTransfer.items.add(new File([bytes], 'dropped.pdf', { type: 'application/pdf' }));"
            " document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true })); }",
            data_url(letter(2), "application/pdf"),
        )
        expect(page.locator("#document")).to_have_text("dropped.pdf")
        expect(page.locator("#count")).to_have_text("2")


def test_what_cannot_be_opened_is_said(browser, address):
    with opened(browser, address, expected=REFUSED) as page:
        file = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"hello"}
        page.locator("#file").set_input_files(file)
        expect(page.locator("#status")).to_contain_text("neither a PDF nor")
        expect(page.locator("#start")).to_be_visible()


def test_hostile_texts_stay_texts(browser, address, engine):
    engine.answers |= {text: text for text in EVIL}
    with opened(browser, address, letter(1), name=EVIL[0]) as page:
        for number, text in enumerate(EVIL, 1):
            ask(page, text)
            expect(page.locator(".card .foot .link")).to_have_count(number)
        expect(page.locator(".card .answer")).to_have_text(list(reversed(EVIL)))
        expect(page.locator(".card .question")).to_have_text(list(reversed(EVIL)))
        assert page.title() == f"{EVIL[0]} – octavo"
        assert page.locator("script").count() == 2
        assert page.locator("#work img").count() == 1


def test_a_key_is_asked_for_once(browser, engine):
    with (
        served(create_app(engine, Settings("tiny", key="sk-page"))) as address,
        watched(browser, address, expected=REFUSED) as page,
    ):
        expect(page.locator("#key-dialog")).to_be_visible()
        expect(page.locator(".example")).to_have_count(0)
        page.get_by_label("API key").fill("sk-page")
        page.get_by_role("button", name="Use this key").click()
        expect(page.locator("#model")).to_have_text("tiny")
        expect(page.locator(".example")).to_have_count(4)
        page.reload()
        expect(page.locator("#model")).to_have_text("tiny")
        bring(page, letter(1))


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light"), (1920, "dark")])
def test_every_width_and_both_themes(browser, address, engine, width, scheme):
    engine.answers |= {"Which page?": "Page 1 of the letter"}
    with opened(browser, address, width=width, color_scheme=scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(UNNAMED) == 0
        bring(page, letter(3))
        ask(page, "Which page?")
        expect(page.locator(".box")).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(UNNAMED) == 0
        for part in ("#desk", "#cards", "#question", "#send", "#next", "#grid", "#larger", "#theme", ".card.chosen"):
            found = page.locator(part).bounding_box()
            assert found["x"] >= 0
            assert found["x"] + found["width"] <= width
        ground = page.evaluate("getComputedStyle(document.querySelector('.panel')).backgroundColor")
        assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
        page.get_by_role("button", name="Switch between light and dark").click()
        changed = page.evaluate("getComputedStyle(document.querySelector('.panel')).backgroundColor")
        assert (changed == "rgb(255, 255, 255)") == (scheme == "dark")


def test_the_focus_goes_from_the_page_to_the_question(browser, address):
    with opened(browser, address, letter(3)) as page:
        page.locator("#previous + #next").focus()
        seen = []
        for _ in range(10):
            page.keyboard.press("Tab")
            seen.append(page.evaluate("document.activeElement.id || document.activeElement.name"))
        assert seen == ["number", "grid", "smaller", "fit", "larger", "desk", "question", "send", "scope", "mode"]

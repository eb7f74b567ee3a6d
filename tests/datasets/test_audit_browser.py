"""The audit page in a real browser: boxes where the words are, keys that judge, texts that stay texts."""

import io
import json
from contextlib import contextmanager

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from playwright.sync_api import expect

from octavo.datasets import DataSet
from octavo.datasets.audit.app import create_app
from octavo.datasets.review import ACCEPT, EDIT, REJECT, Review, question_id
from tests.browsers import EVIL, UNNAMED, chromium, served, watched


@pytest.fixture(scope="module")
def browser():
    with chromium() as launched:
        yield launched


@pytest.fixture
def address(data_folder, tmp_path):
    with served(create_app(data_folder, tmp_path / "review.sqlite")) as found:
        yield found


@contextmanager
def opened(browser, address, **context):
    """The page once it shows its first questions."""
    with watched(browser, address, **context) as page:
        expect(page.locator(".card.chosen")).to_have_count(1)
        yield page


def press(page, key):
    """Press a key as a person does, who sees the question first."""
    expect(page.locator("#cards:not([aria-busy])")).to_have_count(1)
    page.keyboard.press(key)


def first_row(data_folder):
    return DataSet(data_folder).rows("train").row(0)


def edges(box):
    return np.array([box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]])


def test_boxes_lie_where_the_evidence_is(browser, address, data_folder):
    row = first_row(data_folder)
    with opened(browser, address) as page:
        image = row.images[0]
        expect(page.locator(".sheet img")).to_have_js_property("complete", True)
        natural = page.locator(".sheet img").evaluate("image => [image.naturalWidth, image.naturalHeight]")
        assert natural == [image.width, image.height]
        for zoom in ("100%", "150%"):
            expect(page.locator("#fit")).to_have_text(zoom)
            sheet = edges(page.locator(".sheet").bounding_box())
            size = np.tile(sheet[2:] - sheet[:2], 2)
            picture = edges(page.locator(".sheet img").bounding_box())
            assert np.abs(picture - sheet).max() < 1
            drawn = [edges(box.bounding_box()) for box in page.locator(".box").all()]
            expected = [np.array(box) * size + np.tile(sheet[:2], 2) for q in row.questions for box in q.boxes]
            assert len(drawn) == len(expected) > 1
            for one in expected:
                assert min(np.abs(one - other).max() for other in drawn) < 1  # pixels of the window
            page.keyboard.press("+")
            page.keyboard.press("+")
        page.keyboard.press("0")
        expect(page.locator("#fit")).to_have_text("100%")
        for card in page.locator(".card").all():
            card.click()
            for box in page.locator(".box.chosen").all():
                shot = Image.open(io.BytesIO(box.screenshot())).convert("L")
                assert np.asarray(shot).min() < 110  # there is ink in the box


def test_a_question_and_its_box_light_up_together(browser, address):
    with opened(browser, address) as page:
        card, box = page.locator(".card").nth(1), page.locator(".box", has_text="2").first
        card.hover()
        expect(box).to_have_class("box lit")
        page.mouse.move(0, 0)
        expect(box).to_have_class("box")
        box.hover()
        expect(card).to_have_class("card lit")
        box.click()
        expect(card).to_have_class("card lit chosen")
        assert card.get_attribute("aria-current") == "true"


def test_keys_judge_and_a_reload_keeps_it(browser, address, data_folder, tmp_path):
    with opened(browser, address) as page:
        total = DataSet(data_folder)
        questions = sum(len(total.rows(s).questions(i)) for s in total.splits for i in range(len(total.rows(s))))
        texts = page.locator(".card .question").all_text_contents()
        press(page, "a")
        expect(page.locator("#progress-text")).to_have_text(f"1 of {questions} judged")
        expect(page.locator(".card.chosen .question")).to_have_text(texts[1])  # goes on by itself
        press(page, "r")
        expect(page.locator("#progress-text")).to_have_text(f"2 of {questions} judged")
        press(page, "ArrowUp")
        expect(page.locator(".card.chosen .question")).to_have_text(texts[1])
        press(page, "ArrowUp")
        page.keyboard.press("e")
        page.keyboard.type("are no shortcuts here: u / r 0")
        page.keyboard.press("Enter")
        expect(page.locator(".card.chosen .answer")).to_have_text("are no shortcuts here: u / r 0")
        page.reload()
        expect(page.locator(".card .verdict")).to_have_text(["edited", "rejected"])
        expect(page.locator(".card .answer").first).to_have_text("are no shortcuts here: u / r 0")
        expect(page.locator(".box.reject")).to_have_count(1)

        decisions = Review.load(tmp_path / "review.sqlite").decisions
        row = first_row(data_folder)
        by_text = {q.text: decisions.get(question_id(row.document_sha256, q)) for q in row.questions}
        assert (by_text[texts[0]].verdict, by_text[texts[1]].verdict) == (EDIT, REJECT)
        assert by_text[texts[0]].answer == "are no shortcuts here: u / r 0"
        for verdicts in (["accepted", "rejected"], ["accepted"], []):  # also after the reload
            press(page, "u")
            expect(page.locator(".card .verdict")).to_have_text(verdicts)
        page.keyboard.press("e")
        page.keyboard.type("never saved")
        page.keyboard.press("Escape")
        expect(page.locator("textarea")).to_have_count(0)
    assert Review.load(tmp_path / "review.sqlite").decisions == {}


def test_undo_shows_what_it_took_back(browser, address):
    with opened(browser, address) as page:
        press(page, "ArrowDown")
        judged = page.locator(".card.chosen .question").text_content()
        press(page, "r")
        expect(page.locator(".verdict.reject")).to_have_count(1)
        page.get_by_label("Split").select_option("validation")
        expect(page.locator("#about")).to_contain_text("validation")
        press(page, "u")
        expect(page.locator("#about")).to_contain_text("train")
        expect(page.locator(".card.chosen .question")).to_have_text(judged)
        expect(page.locator("#cards:not([aria-busy])")).to_have_count(1)
        expect(page.locator(".card.chosen .question")).to_have_text(judged)
        expect(page.locator(".verdict")).to_have_count(0)


def test_judging_with_tab_and_enter_keeps_the_focus(browser, address):
    with opened(browser, address) as page:
        page.locator(".card.chosen .actions .reject").focus()
        press(page, "Enter")
        expect(page.locator(".verdict.reject")).to_have_count(1)
        expect(page.locator(".card.chosen .actions .reject")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.locator(".card.chosen .actions .edit")).to_be_focused()


def test_filters(browser, address, data_folder):
    data = DataSet(data_folder)
    every = [(s, q) for s in data.splits for i in range(len(data.rows(s))) for q in data.rows(s).questions(i)]
    with opened(browser, address) as page:
        found = page.locator("#found")
        page.get_by_label("Kind").select_option("date")
        dates = sum(q.kind == "date" for _, q in every)
        expect(found).to_contain_text(f"{dates} questions on ")
        assert set(page.locator(".card .head .badge").all_text_contents()) == {"date"}
        page.get_by_label("Split").select_option("validation")
        held_out = sum(q.kind == "date" and split == "validation" for split, q in every)
        expect(found).to_contain_text(f"{held_out} question")
        page.reload()
        expect(found).to_contain_text(f"{held_out} question")  # the address keeps the filter
        page.get_by_role("button", name="Clear filters").click()
        expect(found).to_contain_text(f"{len(every)} questions on ")
        word = every[-1][1].answer
        page.keyboard.press("/")
        page.keyboard.type(word.upper())
        hits = sum(word.casefold() in f"{q.text}\n{q.answer}".casefold() for _, q in every)
        expect(found).to_contain_text(f"{hits} question")
        page.keyboard.type("no page says this")
        expect(page.locator(".empty")).to_be_visible()
        page.keyboard.press("Escape")
        press(page, "a")  # nothing is chosen: nothing happens
        page.get_by_role("button", name="Clear filters").click()
        page.get_by_label("Decision").select_option("none")
        expect(found).to_contain_text(f"{len(every)} questions on ")


def test_leafing(browser, address, data_folder):
    data = DataSet(data_folder)
    names = [data.rows(split).row(i).document for split in data.splits for i in range(len(data.rows(split)))]
    with opened(browser, address) as page:
        for name in names[1:4]:
            press(page, "ArrowRight")
            expect(page.locator("#document")).to_have_text(name)
        press(page, "ArrowLeft")
        expect(page.locator("#document")).to_have_text(names[2])
        expect(page.locator("#about")).to_contain_text(f"3 of {len(names)}")
        page.reload()
        expect(page.locator("#document")).to_have_text(names[2])
        press(page, "ArrowUp")  # from the first question to the last of the page before
        expect(page.locator("#document")).to_have_text(names[1])
        expect(page.locator(".card").last).to_have_class("card chosen")


def test_a_sample_is_judged_pair_by_pair(browser, address, tmp_path):
    with opened(browser, f"{address}?sample=6&seed=7") as page:
        expect(page.locator("#ticks button")).to_have_count(6)
        expect(page.locator(".card")).to_have_count(1)
        for number, key in enumerate("aaraaa", 1):
            press(page, key)
            expect(page.locator("#sample-judged")).to_have_text(f"{number} of 6")
            expect(page.locator("#status")).not_to_have_class("status shown bad")
        expect(page.locator("#sample-share")).to_have_text("83.3%")
        expect(page.locator("#sample-interval")).to_have_text("43.6% – 97.0%")
        with page.expect_download() as download:
            page.get_by_role("link", name="Export").click()
        lines = [json.loads(line) for line in download.value.path().read_text().splitlines()]
        assert [line["decision"] for line in lines] == [ACCEPT, ACCEPT, REJECT, ACCEPT, ACCEPT, ACCEPT]
        page.reload()
        expect(page.locator("#sample-judged")).to_have_text("6 of 6")
        press(page, "u")
        expect(page.locator("#sample-judged")).to_have_text("5 of 6")
        page.get_by_role("button", name="Leave the sample").click()
        expect(page.locator("#found")).to_contain_text("5 judged")
        page.get_by_role("button", name="Sample").click()
        page.get_by_label("Pairs", exact=True).fill("3")
        page.get_by_role("button", name="Start").click()
        expect(page.locator("#sample-name")).to_have_text("Sample of 3, seed 7")
    assert len(Review.load(tmp_path / "review.sqlite").decisions) == 5


def test_hostile_texts_stay_texts(browser, tmp_path):
    picture = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(picture, "PNG")
    count = len(EVIL)
    columns = {
        "images": [[{"bytes": picture.getvalue(), "path": EVIL[0]}]],
        "texts": [[{"user": text, "assistant": text, "source": text} for text in EVIL]],
        "document": [EVIL[0]],
        "pages": [[1]],
        "evidence": [[{"page": 1, "boxes": [[-5.0, 0.2, 7.0, float("nan")]]}] * count],
        "kind": [list(EVIL)],
        "document_sha256": [EVIL[1]],
    }
    (tmp_path / EVIL[1].replace("/", "") / "data").mkdir(parents=True)
    folder = tmp_path / EVIL[1].replace("/", "")
    pq.write_table(pa.table(columns), folder / "data" / "train-00000.parquet")
    with served(create_app(folder, tmp_path / "r.sqlite")) as address, opened(browser, address) as page:
        expect(page.locator(".card .question")).to_have_text(list(EVIL))
        for key in "aer":
            press(page, key)
            page.keyboard.press("Escape") if key == "e" else None
        page.get_by_label("Kind").select_option(EVIL[3])
        expect(page.locator(".card .question")).to_have_text([EVIL[3]])
        page.reload()
        expect(page.locator("#document")).to_have_text(EVIL[0])
        assert "owned" not in page.title().replace(folder.name, "")
        assert page.locator("script").count() == 2
        assert page.locator("main img").count() == page.locator(".sheet img").count() == 1
    with served(create_app(folder, tmp_path / "r.sqlite")) as address:
        page = browser.new_page()
        page.goto(address)
        refused = page.evaluate(
            "() => { const made = document.createElement('script'); made.textContent = 'window.ran = 1';"
            " document.body.append(made); return window.ran === undefined; }"
        )
        page.close()
        assert refused  # the policy, had a text become an element after all


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light"), (1920, "dark")])
def test_every_width_and_both_themes(browser, address, width, scheme):
    with opened(browser, address, width=width, color_scheme=scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for part in ("#desk", "#cards", "#progress-text", ".card.chosen .actions .accept", "#filters", "#undo"):
            found = page.locator(part).bounding_box()
            assert found["x"] >= 0
            assert found["x"] + found["width"] <= width
        assert page.evaluate(UNNAMED) == 0
        ground = page.evaluate("getComputedStyle(document.querySelector('.panel')).backgroundColor")
        assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
        page.get_by_role("button", name="Switch between light and dark").click()
        changed = page.evaluate("getComputedStyle(document.querySelector('.panel')).backgroundColor")
        assert (changed == "rgb(255, 255, 255)") == (scheme == "dark")
        page.reload()
        expect(page.locator(".card.chosen")).to_have_count(1)
        assert page.evaluate("getComputedStyle(document.querySelector('.panel')).backgroundColor") == changed


def test_two_tabs_judge_side_by_side(browser, address):
    with opened(browser, address) as one, opened(browser, address) as two:
        press(one, "a")
        expect(one.locator(".verdict.accept")).to_have_count(1)
        press(two, "ArrowRight")
        expect(two.locator("#about")).to_contain_text("2 of ")
        press(two, "r")
        expect(two.locator("#progress-text")).to_contain_text("2 of ")
        press(one, "u")
        expect(one.locator("#progress-text")).to_contain_text("1 of ")
        two.reload()
        expect(two.locator(".verdict.reject")).to_have_count(1)

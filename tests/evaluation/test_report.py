"""The report in a real browser: it opens from disk, filters, draws boxes, and texts stay texts."""

import json
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import expect

from octavo.datasets import DataSet
from octavo.documents.types import Box
from octavo.evaluation import Prediction, evaluate, score, scored
from octavo.evaluation.compare import compare
from octavo.evaluation.report import Contents, render, write_report
from octavo.evaluation.report.pictures import BUDGET
from octavo.evaluation.tasks import BuiltTask
from tests.browsers import chromium, watched
from tests.evaluation.examinee import Scripted, right_half

EVIL = (
    "<img src=x onerror=\"document.title='owned'\">",
    "<script>document.title='owned'</script>",
    "</script><script>document.title='owned'</script>",
    "</style><svg onload=\"document.title='owned'\">",
    "{{ cycler.__init__.__globals__ }} {% raw %} <!-- \u2028 ",
    "javascript:document.title='owned'",
)


@pytest.fixture(scope="module")
def browser():
    with chromium() as launched:
        yield launched


@pytest.fixture(scope="module")
def task(data_folder):
    return BuiltTask(DataSet(data_folder), "validation")


@pytest.fixture(scope="module")
def made(task, tmp_path_factory):
    return evaluate(Scripted(right_half), task, "plain", None, tmp_path_factory.mktemp("made"))


def contents_of(made, task=None, **more):
    return Contents(made.score, made.header.metrics, made.predictions, made.header.identity, task, **more)


@contextmanager
def opened(browser, path, **options):
    """The page of a file; whatever it asks of a network, and any error in it, fails the test."""
    with watched(browser, f"file://{path}", offline=True, **options) as page:
        expect(page.locator("#found")).to_contain_text(" of ")
        yield page


def test_failures_with_their_page_and_boxes(browser, made, task, tmp_path):
    write_report(contents_of(made, task), tmp_path / "report.html")
    with opened(browser, tmp_path / "report.html") as page:
        wrong = sum(p.prediction != p.references[0] for p in made.predictions)
        expect(page.locator("#found")).to_have_text(f"{wrong} of {len(made.predictions)}")
        expect(page.locator(".q.chosen")).to_have_count(1)
        expect(page.locator(".sheet img")).to_have_js_property("complete", True)
        first = next(p for p in made.predictions if p.prediction != p.references[0] and p.boxes)
        page.locator(".q", has_text=first.question).locator("button").first.click()
        page.wait_for_function(  # what is marked stands inside the page's window, however far down the page
            "() => { const [mark, frame] = ['.box', '#viewer'].map((name) => document.querySelector(name)"
            ".getBoundingClientRect()); return mark.top >= frame.top && mark.bottom <= frame.bottom; }"
        )
        sheet = page.locator(".sheet").bounding_box()
        drawn = page.locator(".box.gold").first.bounding_box()
        assert (drawn["x"] - sheet["x"]) / sheet["width"] == pytest.approx(first.boxes[0].x0, abs=0.01)
        assert (drawn["y"] - sheet["y"]) / sheet["height"] == pytest.approx(first.boxes[0].y0, abs=0.01)
        page.locator("#outcome").select_option("right")
        expect(page.locator("#found")).to_have_text(f"{len(made.predictions) - wrong} of {len(made.predictions)}")
        right = next(p for p in made.predictions if p.prediction == p.references[0] and p.predicted_boxes)
        page.locator(".q", has_text=right.question).locator("button").first.click()
        expect(page.locator(".box.guess").first).to_be_visible()
        page.locator("#search").fill("no page says this")
        expect(page.locator("#list .none")).to_be_visible()


def test_hostile_texts_stay_texts(browser, tmp_path):
    predictions = [
        Prediction(
            id=text, document=text, kind=text, question=text, references=(text, text), prediction=text, failure=text,
            options=(text,), text=text, page=1, boxes=(Box(-5.0, 0.2, 7.0, float("inf")),),
        )
        for text in EVIL
    ]  # fmt: skip
    result = score(predictions, ("anls",), EVIL[1], EVIL[2])
    result = replace(result, prompt={"style": EVIL[0], "version": 1, "sha256": EVIL[1], "template": EVIL[3]})
    comparison = compare(predictions, predictions, "anls", EVIL[2])
    contents = Contents(
        result, ("anls",), predictions, {"weights": EVIL[1]}, None, comparison, predictions, leaks=EVIL[1]
    )
    write_report(contents, tmp_path / "report.html")
    with opened(browser, tmp_path / "report.html") as page:
        expect(page.locator(".q .question")).to_have_text(list(EVIL))
        for card in page.locator(".q > button").all():
            card.click()
        page.locator("#kind").select_option(EVIL[2])
        expect(page.locator(".q .question")).to_have_text([EVIL[2]])
        assert page.title() == f"{EVIL[1]} on {EVIL[2]}"
        assert page.locator("script").count() == 2
        assert page.locator("img").count() == 0
    with opened(browser, tmp_path / "report.html", expected=("Content Security Policy",)) as page:
        refused = page.evaluate(
            "() => { const made = document.createElement('script'); made.textContent = 'window.ran = 1';"
            " document.body.append(made); return window.ran === undefined; }"
        )
        assert refused  # the policy, had a text become an element after all


def test_two_models_side_by_side(browser, made, task, tmp_path):
    better = evaluate(Scripted(lambda item: item.references[0], weights="two"), task, "plain", None, tmp_path)
    comparison = compare(better.predictions, made.predictions, "anls", "the first")
    assert comparison.figures.difference == pytest.approx(
        better.score.metrics["anls"].value - made.score.metrics["anls"].value
    )
    contents = contents_of(better, task, comparison=comparison, other=made.predictions)
    write_report(contents, tmp_path / "report.html")
    with opened(browser, tmp_path / "report.html") as page:
        page.locator("#outcome").select_option("gained")
        expect(page.locator("#found")).to_have_text(f"{len(comparison.gained)} of {len(better.predictions)}")
        expect(page.locator(".q").first).to_contain_text("something else")


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1920, "light")])
def test_every_width_and_both_themes(browser, made, task, tmp_path, width, scheme):
    write_report(contents_of(made, task), tmp_path / "report.html")
    with opened(browser, tmp_path / "report.html", width=width, color_scheme=scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.locator(".q > button").nth(1).click()
        expect(page.locator(".sheet img")).to_be_visible()
        inside = page.locator(".q.chosen #viewer").count()
        assert inside == (width == 390)  # on a phone the page opens below its question


class Noise:
    """A task whose pages compress badly, five questions each."""

    name = "noise"

    def __init__(self, items, image):
        self.items, self.image = items, image

    def images(self, item):
        return (self.image,)


def test_five_thousand_questions_stay_small_and_usable(browser, made, task, tmp_path, monkeypatch):
    predictions = [
        replace(p, id=f"{copy}-{p.id}", question=f"{p.question} ({copy})", confidence=i % 10 / 10)
        for copy in range(5000 // len(made.predictions) + 1)
        for i, p in enumerate(made.predictions)
    ][:5000]
    many = scored(made.header, predictions)
    items = [
        replace(task.items[i % len(task.items)], id=p.id, group=f"page {i // 5}") for i, p in enumerate(predictions)
    ]
    noise = np.random.default_rng(0).bytes(80 * 100 * 3)
    image = type(task.images(task.items[0])[0])(noise, "RGB", 80, 100)
    monkeypatch.setattr("octavo.evaluation.report.pictures.BUDGET", 1 << 20)  # the rest would only take time
    write_report(contents_of(many, Noise(items, image)), tmp_path / "report.html")
    size = (tmp_path / "report.html").stat().st_size
    assert size < (25 << 20) - BUDGET  # what is not pictures leaves room for all of their budget
    with opened(browser, tmp_path / "report.html") as page:
        assert page.locator(".q").count() == 50
        page.locator("#more").click()
        assert page.locator(".q").count() == 100
        taken = page.evaluate(
            "() => { const began = performance.now(); const field = document.getElementById('search');"
            " field.value = '(7)'; field.dispatchEvent(new Event('input')); return performance.now() - began; }"
        )
        assert taken < 2000


def test_a_report_of_predictions_alone(made):
    html = render(contents_of(made))
    assert "no pictures" in html
    data = json.loads(html.split('type="application/json">')[1].split("</script>")[0])
    assert len(data["questions"]) == len(made.predictions)
    assert data["pictures"] == {}

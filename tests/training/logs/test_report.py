"""report.html: one file that holds what the log says, and nothing that a browser would fetch or run."""

import re
from html.parser import HTMLParser

import pytest

from octavo.training.logs import Table
from octavo.training.logs.figures import StageFigures, by_stage
from octavo.training.logs.report import page

VOID = {"meta", "circle", "path"}


class Page(HTMLParser):
    """Notes tags, texts, and that what is opened is closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.texts, self.attributes = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def line(stage, step, **changes):
    figures = {
        "stage": f"stage {stage}", "stage_index": stage, "step": step, "loss": 4.0 / step, "learning_rate": 1e-4,
        "gradient_norm": 0.5, "tokens": 900, "answer_tokens": 90, "tiles": 12, "tokens_used": 0.9, "tiles_used": 0.5,
        "seconds": 2.0, "tokens_per_s": 450.0, "tiles_per_s": 6.0, "flops_encoder": 3e9, "flops_decoder": 1e9,
        "mfu": 0.4, "mfu_encoder": 0.3, "mfu_decoder": 0.1, "resident_bytes": 2**31, "dropped": {},
    }  # fmt: skip
    return figures | changes


@pytest.fixture
def recipe(tiny_recipe):
    return tiny_recipe.model_dump()


def test_it_says_what_the_log_says(recipe):
    lines = [line(0, step, dropped={"<too> long": 1}) for step in range(1, 41)]
    lines += [line(1, step, validation_loss=3.0 / step, anls=step / 40) for step in range(1, 21)]
    score = Table("Score", ("", "after"), [("anls", "0.431")], "of 200 questions")
    text = page(recipe, lines, [score])
    read = Page(text)
    assert read.tags.count("svg") == read.tags.count("figure") == 10
    for said in (
        "60",
        "2m00s",
        "stage 0",
        "stage 1",
        "<too> long",
        "40",
        "0.431",
        "of 200 questions",
        "40%",
        "2.0 GiB",
    ):
        assert said in read.texts, said
    assert any(f"name: {recipe['name']}" in said for said in read.texts)
    assert any(said.startswith("25 of 60 steps") for said in read.texts)


def test_a_browser_fetches_and_runs_nothing(recipe):
    text = page(recipe | {"name": "<script>alert(1)</script>"}, [line(0, 1)])
    read = Page(text)
    assert not {"script", "link", "img", "iframe", "object"} & set(read.tags)
    assert not {"src", "href", "onclick", "onload"} & {name for name, _ in read.attributes}
    assert "url(" not in text
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in read.attributes


def test_drawings_and_tables_have_names(recipe):
    read = Page(page(recipe, [line(0, step) for step in range(1, 4)]))
    names = [value for name, value in read.attributes if name == "aria-label"]
    assert len(names) == 9 + 3
    assert all(names)
    assert "Loss, nats a token by step. training: 4 at first, 1.33 at last" in " ".join(names)


def test_a_stage_s_figures_are_over_its_whole_time():
    lines = [line(0, 1, seconds=1.0, mfu=0.2), line(0, 2, seconds=3.0, mfu=0.6, resident_bytes=2**32), line(1, 1)]
    first, second = by_stage(lines)
    assert isinstance(first, StageFigures)
    assert (first.steps, first.seconds, first.tokens, first.memory_bytes) == (2, 4.0, 1800, 2**32)
    assert first.mfu == pytest.approx(0.5)
    assert first.encoder_share == pytest.approx(0.75)
    assert (first.first_loss, first.last_loss, first.validation_loss) == (4.0, 2.0, None)
    assert second.steps == 1


def test_a_gradient_of_nothing_can_be_drawn(recipe):
    text = page(recipe, [line(0, 1, gradient_norm=0.0), line(0, 2, gradient_norm=0.0)])
    assert not re.search(r"\b(nan|inf)\b", text)

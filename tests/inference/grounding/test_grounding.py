"""A model that knows nothing, held to a page: its answers stand in their boxes all the same."""

import copy
import time

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from octavo.documents.types import NOT_HERE, Box, Page, PageImage, Word
from octavo.errors import OctavoError
from octavo.inference import PageAsker, PageReader
from octavo.inference.engine import Engine, Sampling
from octavo.inference.grounding import Grounding, Span, Vocabulary
from octavo.inference.grounding.evidence import nearest
from octavo.inference.grounding.source import chains
from octavo.processing.conversation import question_message

LINES = ("Invoice INV-2017", "Due date: 3 May", "Net total: €40.00,", "Grand total: €48.00", "Paid (€48.00) by Zoë")


def page_of(*lines, number=1):
    """A page of text, a line below the other."""
    words = tuple(
        Word(text, Box(0.1 + 0.12 * x, 0.1 + 0.05 * y, 0.21 + 0.12 * x, 0.13 + 0.05 * y), 10.0)
        for y, line in enumerate(lines)
        for x, text in enumerate(line.split())
    )
    picture = Image.linear_gradient("L").resize((70, 90)).convert("RGB")
    return Page(number, "", 600.0, 800.0, words, PageImage(picture.tobytes(), "RGB", 70, 90))


def standing_in(boxes, page):
    """The words whose centre is in the boxes."""
    return " ".join(
        word.text
        for box in boxes
        for word in page.words
        if box.x0 <= word.box.center[0] <= box.x1 and box.y0 <= word.box.center[1] <= box.y1
    )


def drawn(model, seed):
    """A model of the same shape with random weights, large enough for answers to differ."""
    model = copy.deepcopy(model).eval()
    generator = torch.Generator().manual_seed(seed)
    for parameter in model.parameters():
        if parameter.ndim > 1:
            parameter.data.normal_(0, 0.3, generator=generator)
    return model


@pytest.fixture(scope="module")
def parts(tiny_model):
    return drawn(tiny_model[0], 2), tiny_model[1]


@pytest.fixture(scope="module")
def vocabulary(parts):
    model, processor = parts
    return Vocabulary(processor.tokenizer, {processor.end_token_id, *model.config.text.eos_token_ids})


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.lists(st.text("aZ7é€.,:-(/", min_size=1, max_size=9), min_size=1, max_size=6), min_size=1, max_size=6),
    st.integers(0, 2**32),
    st.sampled_from([0.0, 1.0, 3.0]),
)
def test_every_answer_of_any_weights_stands_in_its_boxes(parts, vocabulary, lines, seed, temperature):
    page = page_of(*map(" ".join, lines))
    grounding = Grounding(vocabulary, [page])
    guide = grounding.guide()
    guided = Sampling(temperature=temperature, seed=seed, max_tokens=24)
    with Engine(drawn(parts[0], seed), parts[1], slots=1, context=1024) as engine:
        answer = engine.answer(engine.prepare([question_message("What?", 1)], [page.image.pil()]), guided, guide)
    found = grounding.evidence(guide, "What?")
    if answer.text == NOT_HERE:
        assert found is None
        return
    number, boxes = found
    assert number == 0
    read = standing_in(boxes, page)
    assert answer.text in read
    assert len(read.split()) == len(answer.text.split())
    assert any(answer.text in " ".join(word.text for word in chain) for chain in chains(page))


def test_engine_and_reader_hold_alike(parts, vocabulary):
    page = page_of(*LINES)
    grounding = Grounding(vocabulary, [page])
    reader = PageReader(*parts, [page.image.pil()], max_new_tokens=12)
    with Engine(*parts, slots=1, context=1024) as engine:
        for question in ("Which?", "What is the total?", "Who paid?"):
            ours = PageAsker(engine, [page.image.pil()], 12).ask(question, grounding.guide())
            theirs = reader.ask(question, grounding.guide())
            assert ours.text == theirs.text
            assert ours.confidence == pytest.approx(theirs.confidence, rel=1e-3)


def test_several_pages_are_told_apart(vocabulary):
    grounding = Grounding(vocabulary, [page_of("one two"), page_of("three four", number=2)])
    guide = grounding.guide()
    for byte in b"four":
        guide.take(vocabulary.ids[bytes([byte])][0])
    number, boxes = grounding.evidence(guide, "?")
    assert number == 1
    assert standing_in(boxes, page_of("three four")) == "four"


def test_of_equal_words_those_beside_the_questions_are_meant():
    page = page_of("Tax 7.00", "Rent 7.00", "Fee 7.00")
    spans = [Span(0, (word,)) for word in page.words if word.text == "7.00"]
    for row, name in enumerate(("tax", "rents", "Fee")):
        assert nearest(spans, [page.words], f"How high is the {name}?") == spans[row]
    assert nearest(spans, [page.words], "How much?") == spans[0]


def test_a_page_without_words_holds_nothing(vocabulary):
    with pytest.raises(OctavoError, match="no words that an answer could be held to"):
        Grounding(vocabulary, [page_of()])


def test_a_hostile_page_is_held_to_in_time_or_refused(vocabulary):
    started = time.process_time()
    Grounding(vocabulary, [page_of("..a" * 30_000)]).guide().allowed(64)
    with pytest.raises(OctavoError, match="100000 characters at most"):
        Grounding(vocabulary, [page_of("a" * 50_000), page_of("b" * 50_000)])
    assert time.process_time() - started < 10


def test_words_stand_in_the_order_of_the_layer_and_of_the_blocks():
    down = page_of("one two three four five six", "seven eight nine ten eleven twelve")
    assert chains(down)[0] == down.words
    assert chains(page_of()) == []
    mixed = Page(1, "", 600.0, 800.0, down.words[::-1], down.image)
    assert ["one", "two", "three"] in [[word.text for word in chain[:3]] for chain in chains(mixed)]

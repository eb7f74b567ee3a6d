"""Cards: what is asked stands on them, and what is said to be absent does not."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from octavo.documents.types import NOT_HERE
from octavo.synthetic import faces
from octavo.synthetic.cards import LABELS, card

VERA = faces.FAMILIES[:1]


@given(st.integers(0, 2**32), st.sampled_from([(256, 256), (512, 256), (192, 192), (512, 512)]))
def test_answers_stand_whole_on_the_card(seed, size):
    width, height = size
    drawn = card(Random(seed), VERA, width, height)
    texts = drawn.scrap.texts
    assert drawn.queries
    for query in drawn.queries:
        if query.text is None:
            assert query.answer == NOT_HERE
        else:
            text = texts[query.text]
            assert text.text == query.answer
            assert text.x >= 0
            assert text.x + faces.width(text.font, text.text, text.size) <= width
            assert text.y <= height


def test_labels_that_are_absent_are_not_there():
    absent = 0
    for seed in range(120):
        drawn = card(Random(seed), VERA, 256, 256)
        shown = {text.text.rstrip(" :").lower() for text in drawn.scrap.texts}
        for query in drawn.queries:
            if query.answer == NOT_HERE:
                absent += 1
                known = [(form.rstrip(":"), forms) for forms, _ in LABELS for form in forms]
                _, names = max((form for form in known if form[0] in query.question), key=lambda form: len(form[0]))
                assert not shown & {form.rstrip(":").lower() for form in names}, (seed, query, shown)
    assert absent > 25


def test_a_card_is_a_function_of_its_seed():
    assert card(Random(3), VERA, 256, 256) == card(Random(3), VERA, 256, 256)
    assert card(Random(3), VERA, 256, 256) != card(Random(4), VERA, 256, 256)

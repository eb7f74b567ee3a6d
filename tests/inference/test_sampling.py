"""What is drawn, what is told of it, and where a text ends."""

import pytest
import torch
from tokenizers import Tokenizer, decoders, models

from octavo.errors import OctavoError
from octavo.inference.engine import Sampling
from octavo.inference.engine.sampling import Sampler
from octavo.inference.engine.writing import Writer

LOGITS = torch.tensor([0.0, 2.0, 1.0, -3.0])


def draws(count, **settings):
    sampler = Sampler(Sampling(**settings))
    return [sampler.choose(LOGITS).id for _ in range(count)]


def test_greedy_is_the_likeliest():
    assert draws(3) == [1, 1, 1]


def test_draws_follow_the_probabilities_at_the_temperature():
    found = torch.bincount(torch.tensor(draws(4_000, temperature=2.0, seed=1)), minlength=4) / 4_000
    assert found.tolist() == pytest.approx((LOGITS / 2).softmax(0).tolist(), abs=0.03)


def test_top_p_keeps_the_fewest_that_reach_it():
    # 0.70, 0.26, 0.09 and 0.005 by falling probability: 0.5 needs one token, 0.9 two.
    assert set(draws(500, temperature=1.0, top_p=0.5)) == {1}
    assert set(draws(500, temperature=1.0, top_p=0.9)) == {1, 2}


def test_a_seed_gives_the_same_draws():
    assert draws(50, temperature=1.0, seed=7) == draws(50, temperature=1.0, seed=7)
    assert draws(50, temperature=1.0, seed=7) != draws(50, temperature=1.0, seed=8)


def test_log_probabilities_are_the_models_own():
    token = Sampler(Sampling(temperature=5.0, top_logprobs=2)).choose(LOGITS)
    expected = LOGITS.log_softmax(0)
    assert token.logprob == pytest.approx(float(expected[token.id]))
    assert [token_id for token_id, _ in token.top] == [1, 2]
    assert [value for _, value in token.top] == pytest.approx(expected[[1, 2]].tolist())


def test_only_what_is_allowed_is_chosen():
    allowed = torch.tensor([0, 3])
    token = Sampler(Sampling()).choose(LOGITS, allowed)
    assert token.id == 0
    assert token.logprob == pytest.approx(float(LOGITS.log_softmax(0)[0]))  # the model's own, whatever was forbidden
    sampler = Sampler(Sampling(temperature=5.0))
    assert {sampler.choose(LOGITS, allowed).id for _ in range(100)} == {0, 3}


@pytest.mark.parametrize(
    "settings",
    [{"temperature": -1}, {"top_p": 0}, {"top_p": 1.1}, {"max_tokens": 0}, {"stop": ("",)}, {"top_logprobs": 21}],
)
def test_settings_without_sense_are_refused(settings):
    with pytest.raises(OctavoError, match=next(iter(settings))):
        Sampling(**settings)


@pytest.fixture(scope="module")
def letters():
    """A tokenizer whose tokens are bytes: é takes two."""
    from tokenizers.pre_tokenizers import ByteLevel

    vocabulary = {letter: number for number, letter in enumerate(sorted(ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def written(tokenizer, text, stop=()):
    writer, pieces = Writer(tokenizer, stop), []
    for token_id in tokenizer.encode(text).ids:
        pieces.append(writer.write(token_id))
        if writer.stopped:
            break
    return [*pieces, writer.finish()]


def test_pieces_are_whole_characters_and_no_white_space_at_the_ends(letters):
    assert written(letters, " é o ") == ["", "", "é", "", " o", "", ""]


@pytest.mark.parametrize(
    ("text", "stop", "expected"),
    [
        ("one two three", ("two",), "one"),
        ("one two three", ("three", "two"), "one"),
        ("aab", ("ab",), "a"),
        ("one tw", ("two",), "one tw"),
        ("two", ("two",), ""),
    ],
)
def test_a_stop_text_ends_the_answer_before_it(letters, text, stop, expected):
    pieces = written(letters, text, stop)
    assert "".join(pieces) == expected

"""Every answer that is held to a page is a span of it: against all spans in all tokenisations, written out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models

from octavo.documents.types import NOT_HERE, Box, Word
from octavo.errors import OctavoError
from octavo.inference.grounding import Automaton, Source, Span, SpanGuide, Vocabulary
from octavo.inference.grounding.cuts import cuts

END = 0
LETTERS = "ab1€., "


def word(text, place=0):
    return Word(text, Box(0.01 * place, 0.1, 0.01 * place + 0.005, 0.2), 10.0)


def byte_level(tokens):
    """A byte-level tokenizer of these tokens, all bytes and an end."""
    from tokenizers.pre_tokenizers import ByteLevel

    spelled = ["".join(t for t, _ in ByteLevel(add_prefix_space=False).pre_tokenize_str(token)) for token in tokens]
    every = dict.fromkeys(["<end>", *sorted(ByteLevel.alphabet()), *spelled])
    tokenizer = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(every)}, merges=[]))
    tokenizer.add_special_tokens(["<end>"])
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def pieces(tokens):
    """The same in SentencePiece's way; what is not among the tokens falls back on bytes."""
    every = dict.fromkeys(["<end>", "▁", *(f"<0x{byte:02X}>" for byte in range(256)), *tokens])
    spelled = [token if token.startswith("<") else token.replace(" ", "▁") for token in every]
    vocabulary = {token: i for i, token in enumerate(dict.fromkeys(spelled))}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], byte_fallback=True, unk_token="<end>"))
    tokenizer.add_special_tokens(["<end>"])
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    return tokenizer


WORDS = st.lists(st.text("ab1€.,", min_size=1, max_size=4), min_size=1, max_size=4)
TOKENS = st.lists(st.text(LETTERS, min_size=1, max_size=3), max_size=6)
MAKES = st.sampled_from([byte_level, pieces])


def between(texts):
    """What a span may be that begins in the first of some words and ends in the last."""
    if len(texts) == 1:
        (text,) = texts
        return {text[start:end] for start in cuts(text)[0] for end in cuts(text)[1] if start < end}
    starts, ends = cuts(texts[0])[0], cuts(texts[-1])[1]
    return {" ".join([texts[0][start:], *texts[1:-1], texts[-1][:end]]) for start in starts for end in ends}


def spans(texts):
    """All spans of some words, and `NOT_HERE`."""
    places = range(len(texts))
    return {NOT_HERE}.union(*(between(texts[i : j + 1]) for i in places for j in places if i <= j))


def tokenised(text, vocabulary):
    """All ways to write a text in tokens: sequences of ids."""
    ways = {len(text): [()]}
    for at in range(len(text) - 1, -1, -1):
        ways[at] = [
            (i, *rest)
            for spelled, ids in vocabulary.ids.items()
            if text.startswith(spelled, at)
            for i in ids
            for rest in ways[at + len(spelled)]
        ]
    return ways[0]


def automaton(tokenizer, texts):
    vocabulary = Vocabulary(tokenizer, [END])
    return Automaton(vocabulary, Source([Span(0, tuple(word(text, i) for i, text in enumerate(texts)))]))


@settings(deadline=None, max_examples=40)
@given(MAKES, TOKENS, st.lists(st.text("ab€.", min_size=1, max_size=2), min_size=1, max_size=2), st.data())
def test_the_allowed_tokens_are_those_of_all_spans_written_out(make, tokens, texts, data):
    made = automaton(make(tokens), texts)
    every = [
        (*way, END)
        for text in spans(texts)
        for before in (b"", b" ")
        for way in tokenised(before + text.encode(), made.vocabulary)
    ]
    guide, taken = SpanGuide(made), ()
    while not taken or taken[-1] != END:
        every = [way for way in every if way[: len(taken)] == taken]
        expected = {way[len(taken)] for way in every}
        assert set(guide.allowed(1000).tolist()) == expected
        token = data.draw(st.sampled_from(sorted(expected)))
        guide.take(token)
        taken = (*taken, token)


@settings(deadline=None, max_examples=100)
@given(MAKES, TOKENS, WORDS, st.integers(0, 30), st.randoms(use_true_random=False))
def test_any_walk_ends_in_a_span_within_its_room(make, tokens, texts, more, random):
    tokenizer = make(tokens)
    made = automaton(tokenizer, texts)
    guide = SpanGuide(made)
    room = int(made.fewest_P[made.start]) + more
    guide.require(room)
    taken = []
    while room and END not in taken:
        allowed = guide.allowed(room).tolist()
        taken.append(random.choice(allowed))
        guide.take(taken[-1])
        room -= 1
    written = tokenizer.decode(taken, skip_special_tokens=True).strip()
    assert written in spans(texts)
    found = guide.spans()
    assert found
    assert (None in found) == (written == NOT_HERE)
    for span in found:
        if span is not None:
            assert written in between([one.text for one in span.words])


@settings(deadline=None, max_examples=50)
@given(MAKES, TOKENS, WORDS)
def test_all_places_of_an_answer_are_found(make, tokens, texts):
    made = automaton(make(tokens), texts)
    for place, text in enumerate(texts):
        guide = SpanGuide(made)
        for byte in text.encode():
            guide.take(made.vocabulary.ids[bytes([byte])][0])
        standing = [span.words for span in guide.spans()]
        assert (word(text, place),) in standing
        assert len(standing) >= texts.count(text)


def test_room_for_nothing_is_refused():
    made = automaton(byte_level([]), ["abc"])
    with pytest.raises(OctavoError, match="at least 3"):
        SpanGuide(made).require(2)
    SpanGuide(made).require(3)


def test_an_answer_ends_at_its_last_token_where_it_is_cut():
    guide = SpanGuide(automaton(byte_level([]), ["ab", "cd"]))
    for byte in b"ab":
        guide.take(guide.automaton.vocabulary.ids[bytes([byte])][0])
    assert guide.allowed(2).tolist() == [END]  # " c" would not be the end of a word
    assert len(guide.allowed(3)) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Total:€5", {"Total", "Total:€5", "€5", "5"}),
        ("INV-2017/42.", {"INV-2017/42", "INV-2017/42."}),
        ("1,200.50", {"1,200.50"}),
        ("1..1", {"1", "1..1", ".1"}),
        ("(5).", {"(5", "(5)", "(5).", "5", "5)", "5)."}),
        ("No.123", {"No", "No.123", "123"}),
        ("10:30", {"10:30"}),
        ("12%", {"12", "12%"}),
        ("-", {"-"}),
        ("é", {"é"}),
    ],
)
def test_where_words_are_cut(text, expected):
    assert spans([text]) - {NOT_HERE} == expected

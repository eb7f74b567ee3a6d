"""Training and loading of tokenizers."""

import hashlib
import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.errors import OctavoError
from octavo.processing import train_tokenizer
from octavo.processing.tokenizer import SMALLEST_VOCABULARY, SPECIAL_TOKENS, load_tokenizer


def test_special_tokens_keep_their_ids_in_any_vocabulary(texts):
    for size in (SMALLEST_VOCABULARY, 320, 400):
        tokenizer = train_tokenizer(texts, size)
        assert [tokenizer.token_to_id(name) for name in SPECIAL_TOKENS] == list(range(43))
        assert [tokenizer.encode(name).ids for name in SPECIAL_TOKENS] == [[number] for number in range(43)]


def test_the_vocabulary_has_the_size_asked_for_and_dense_ids(texts):
    for size in (SMALLEST_VOCABULARY, 320):
        tokenizer = train_tokenizer(texts * 3, size)
        assert sorted(tokenizer.get_vocab().values()) == list(range(size))


@pytest.mark.parametrize("size", [SMALLEST_VOCABULARY, 320, 400])
@pytest.mark.parametrize("corpus", [[], ["words and words and words"], ["a\n\nb\n\nc\n\n"] * 5])
def test_line_breaks_are_single_tokens_between_special_ones(corpus, size):
    tokenizer = train_tokenizer(corpus, size)
    assert len(tokenizer.encode("\n").ids) == 1
    assert len(tokenizer.encode("\n\n").ids) == 1
    assert len(tokenizer.encode("<image>\n<image>\n\n<image>").ids) == 5
    assert tokenizer.get_vocab_size() <= size


def test_digits_are_split_one_by_one(tokenizer):
    assert [t for t in tokenizer.encode("x 2024,10").tokens if t.isdigit()] == list("202410")


def test_no_token_is_added_by_itself(tokenizer):
    assert tokenizer.encode("").ids == []


def test_training_merges_what_is_frequent():
    tokenizer = train_tokenizer(["invoice total"] * 20, 400)
    assert tokenizer.encode("invoice total").tokens == ["invoice", "Ġtotal"]


def test_the_same_texts_give_the_same_bytes(texts):
    """In another process too: Python's and Rust's hashes are seeded anew there."""
    program = (
        "import sys, hashlib; from octavo.processing import train_tokenizer;"
        "print(hashlib.sha256(train_tokenizer(sys.argv[1:], 360).to_str().encode()).hexdigest())"
    )
    run = subprocess.run([sys.executable, "-c", program, *texts], capture_output=True, text=True, check=True)
    here = train_tokenizer(iter(texts), 360).to_str()
    assert run.stdout.strip() == hashlib.sha256(here.encode()).hexdigest()


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_any_text_survives(tokenizer, text):
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    if not any(name in text for name in SPECIAL_TOKENS):
        assert max(ids, default=43) >= 43
    assert tokenizer.decode(ids, skip_special_tokens=False) == text


def test_a_vocabulary_that_is_too_small_is_refused():
    with pytest.raises(OctavoError, match="give at least 300"):
        train_tokenizer(["a"], 299)


def test_a_saved_tokenizer_loads_without_its_maximal_length(tokenizer, tmp_path):
    content = json.loads(tokenizer.to_str())
    content["truncation"] = {"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0}
    content["padding"] = {
        "strategy": {"Fixed": 9}, "direction": "Right", "pad_to_multiple_of": None,
        "pad_id": 0, "pad_type_id": 0, "pad_token": "<|endoftext|>",
    }  # fmt: skip
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    for text in ("one two three four five", "a"):
        assert load_tokenizer(path).encode(text).ids == tokenizer.encode(text).ids


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"model": {"type": "BPE"}}', "\x00\xff"])
def test_a_file_that_is_no_tokenizer_is_refused(content, tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(OctavoError, match=r"tokenizer\.json"):
        load_tokenizer(path)


def test_missing_special_tokens_are_listed(tokenizer, tmp_path):
    content = json.loads(tokenizer.to_str())
    taken = ("<image>", "<end_of_utterance>")
    content["added_tokens"] = [token for token in content["added_tokens"] if token["content"] not in taken]
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(OctavoError, match="lacks <image>, <end_of_utterance>;"):
        load_tokenizer(path)

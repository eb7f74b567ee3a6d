"""Splits by hash, and what happens where one would be empty."""

import hashlib
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from octavo.datasets.splits import SPLITS, assign, split_of

HASHES = st.binary(max_size=4).map(lambda data: hashlib.sha256(data).hexdigest())


def test_shares() -> None:
    counts = Counter(split_of(hashlib.sha256(str(n).encode()).hexdigest()) for n in range(20_000))
    shares = [counts[split] / 20_000 for split in SPLITS]
    assert all(abs(share - wanted) < 0.01 for share, wanted in zip(shares, (0.8, 0.1, 0.1), strict=True))


def test_borders() -> None:
    assert split_of("0" * 64) == "train"
    assert split_of("f" * 64) == "test"
    assert split_of("cccccccccccd" + "0" * 52) == "validation"  # the first 48-bit fraction above 0.8


@given(st.sets(HASHES, min_size=2, max_size=12))
def test_train_and_validation_are_never_empty(documents: set[str]) -> None:
    splits = assign(documents)
    assert set(splits) == documents
    assert {"train", "validation"} <= set(splits.values())


@given(st.sets(HASHES, max_size=12))
def test_no_more_moves_than_are_needed(documents: set[str]) -> None:
    by_hash = {sha256: split_of(sha256) for sha256 in documents}
    missing = [split for split in ("train", "validation") if split not in by_hash.values()]
    moved = [sha256 for sha256, split in assign(documents).items() if split != by_hash[sha256]]
    assert len(moved) == (len(missing) if len(documents) > 1 else 0)


@given(st.sets(HASHES, min_size=2, max_size=12), HASHES)
def test_documents_added_move_none_where_no_split_had_been_empty(documents: set[str], added: str) -> None:
    before, after = assign(documents), assign(documents | {added})
    if {"train", "validation"} <= set(map(split_of, documents)):
        assert all(before[sha256] == after[sha256] == split_of(sha256) for sha256 in documents)
    # Else one stands in for each empty split, before and after; the rest stay.
    assert sum(before[sha256] != split_of(sha256) for sha256 in documents) <= 2
    assert sum(after[sha256] != split_of(sha256) for sha256 in after) <= 2


def test_one_document_alone_stays_where_its_hash_puts_it() -> None:
    assert assign(["f" * 64]) == {"f" * 64: "test"}
    assert assign([]) == {}


def test_the_nearest_document_moves() -> None:
    near, far, test = "c" * 64, "1" * 64, "f" * 64  # fractions 0.8 - ε, 0.07, 1 - ε
    assert assign([near, far])[near] == "validation"
    assert assign([far, near, test]) == {far: "train", near: "validation", test: "test"}

"""Splits by hash, and what happens where one would be empty."""

import hashlib
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from octavo.datasets.selection.splits import LEFT_OUT, SPLITS, assign, split_of

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


TRAIN, VALIDATION, TEST = "1" * 64, "d" * 64, "f" * 64  # by their own hashes
CLUSTERS = st.dictionaries(HASHES, st.integers(0, 4).map(str), min_size=1, max_size=12)


@given(CLUSTERS)
def test_a_cluster_is_in_one_split(clusters: dict[str, str]) -> None:
    splits = assign(clusters)
    assert set(splits) == set(clusters)
    assert len({(clusters[sha256], split) for sha256, split in splits.items()}) == len(set(clusters.values()))
    if len(set(clusters.values())) > 1:
        assert {"train", "validation"} <= set(splits.values())


@given(CLUSTERS, st.permutations(["0", "1", "2", "3", "4"]))
def test_names_of_clusters_do_not_matter(clusters: dict[str, str], names: list[str]) -> None:
    renamed = {sha256: names[int(cluster)] for sha256, cluster in clusters.items()}
    assert assign(renamed) == assign(clusters)


def test_large_clusters_keep_the_shares() -> None:
    # 2000 clusters of 10. By the smallest hash of ten all but a few would be train: 1 - 0.2^10.
    hashes = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(20_000)]
    counts = Counter(assign({sha256: str(n // 10) for n, sha256 in enumerate(hashes)}).values())
    assert abs(counts["train"] / 20_000 - 0.8) < 0.03
    assert abs(counts["test"] / 20_000 - 0.1) < 0.03


@given(CLUSTERS, HASHES)
def test_unrelated_documents_move_nothing(clusters: dict[str, str], added: str) -> None:
    known = {TRAIN: "t", VALIDATION: "v", **clusters}  # no split that is needed is empty
    before, after = assign(known), assign({**known, added: known.get(added, "new")})
    assert all(after[sha256] == split for sha256, split in before.items())


@given(CLUSTERS, st.dictionaries(HASHES, st.sampled_from(SPLITS), max_size=6))
def test_kept_documents_stay_and_new_ones_never_leak(clusters: dict[str, str], kept: dict[str, str]) -> None:
    splits = assign(clusters, kept)
    assert all(splits[sha256] == kept[sha256] for sha256 in clusters if sha256 in kept)
    for sha256, cluster in clusters.items():
        relatives = {kept[other] for other in clusters if other in kept and clusters[other] == cluster}
        if sha256 not in kept and relatives:
            assert splits[sha256] == (min(relatives) if len(relatives) == 1 else LEFT_OUT)


def test_a_new_document_follows_its_cluster() -> None:
    assert split_of(TRAIN) == "train"
    assert assign({TRAIN: "c", TEST: "c"}, {TEST: "test"}) == {TRAIN: "test", TEST: "test"}


def test_a_document_that_bridges_two_splits_is_left_out() -> None:
    bridged = assign({TRAIN: "c", VALIDATION: "c", TEST: "c"}, {TRAIN: "train", TEST: "test"})
    assert bridged == {TRAIN: "train", VALIDATION: LEFT_OUT, TEST: "test"}


def test_kept_documents_do_not_move_into_empty_splits() -> None:
    new = "2" * 64
    assert assign([TRAIN, new], {TRAIN: "train"}) == {TRAIN: "train", new: "validation"}
    assert assign([TRAIN, new], {TRAIN: "train", new: "train"}) == {TRAIN: "train", new: "train"}


def test_a_document_left_out_once_is_free_again() -> None:
    assert assign([TRAIN, VALIDATION], {VALIDATION: LEFT_OUT}) == assign([TRAIN, VALIDATION])


@given(CLUSTERS, st.sets(HASHES, max_size=8))
def test_only_documents_with_rows_count_and_no_other_moves(clusters: dict[str, str], with_rows: set[str]) -> None:
    with_rows &= set(clusters)
    splits = assign(clusters, with_rows=with_rows)
    rows = {clusters[sha256] for sha256 in with_rows}
    if len(rows) > 1:
        assert {"train", "validation"} <= {splits[sha256] for sha256 in with_rows}
    by_anchor = assign({**clusters, TRAIN: "t", VALIDATION: "v"})  # nothing has to move there
    moved = {clusters[sha256] for sha256 in clusters if splits[sha256] != by_anchor[sha256]}
    assert moved <= rows
    assert len(moved) <= 2

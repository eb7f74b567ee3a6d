"""Which split a document belongs to: a function of its bytes alone, or of its cluster's, as far as that can be."""

import hashlib
from collections.abc import Collection, Mapping
from types import MappingProxyType

SPLITS = ("train", "validation", "test")
NEEDED = ("train", "validation")  # `fit` cannot do without these
LEFT_OUT = "left out"  # of a document that no split can take without a leak
NOTHING_KEPT: Mapping[str, str] = MappingProxyType({})
_STARTS = {"train": (0.0, 0.8), "validation": (0.8, 0.9), "test": (0.9, 1.0)}


def split_of(sha256: str) -> str:
    """The split of a document without a cluster: 80% train, 10% validation, 10% test by the fraction that its hash is.

    Identical bytes always land together, and documents added later move nothing.
    """
    at = _fraction(sha256)
    return next(split for split, (start, end) in _STARTS.items() if start <= at < end)


def assign(
    documents: Mapping[str, str] | Collection[str],
    kept: Mapping[str, str] = NOTHING_KEPT,
    with_rows: Collection[str] | None = None,
) -> Mapping[str, str]:
    """The split of every document, all of a cluster in one.

    `documents` maps hashes to clusters; hashes alone are clusters of one. A cluster goes where `split_of` sends
    its anchor, one of its members chosen by a second hash: the shares stay 80, 10 and 10 whatever the sizes,
    documents without relatives move nothing when added, and one that joins n others moves them with a
    probability below 1/(n+1).

    `kept` are the splits of an earlier data set, by document; none of them ever changes, but one that was left out
    is free again. What is new in a cluster follows the old ones; where old ones are in different splits (a new
    document can bridge two clusters) it is `LEFT_OUT`, since it would leak wherever it went.

    Where train or validation would be empty and there are two clusters or more, the cluster whose fraction is
    nearest to that split moves into it: from test, or from a split that keeps another; never one with a kept
    document. As soon as an added document lands there by itself, the moved one is back where its anchor puts it.
    Where `with_rows` are given, only documents among them count: a split of documents that gave no row is empty.
    """
    members: dict[str, list[str]] = {}
    for sha256 in sorted(documents):
        members.setdefault(documents[sha256] if isinstance(documents, Mapping) else sha256, []).append(sha256)
    anchors = {cluster: min(hashes, key=_second_hash) for cluster, hashes in members.items()}
    kept = {sha256: split for sha256, split in kept.items() if split in SPLITS}
    old = {cluster: {kept[sha256] for sha256 in hashes if sha256 in kept} for cluster, hashes in members.items()}
    free = {cluster: split_of(anchor) for cluster, anchor in anchors.items() if not old[cluster]}
    counting = set(documents if with_rows is None else with_rows)
    filling = {cluster: split for cluster, split in free.items() if not counting.isdisjoint(members[cluster])}
    _fill(filling, [split for sha256, split in kept.items() if sha256 in counting], anchors)
    free.update(filling)

    assigned = {}
    for cluster, hashes in members.items():
        follow = free[cluster] if not old[cluster] else min(old[cluster]) if len(old[cluster]) == 1 else LEFT_OUT
        assigned.update({sha256: kept.get(sha256, follow) for sha256 in hashes})
    return dict(sorted(assigned.items()))


def _fill(free: dict[str, str], taken: Collection[str], anchors: Mapping[str, str]) -> None:
    """Move clusters of `free` into train and validation where these are empty, as far as it can be done."""
    for needed in NEEDED:
        splits = [*free.values(), *taken]
        if needed in splits or len(splits) < 2:
            continue
        movable = [cluster for cluster, split in free.items() if split == "test" or splits.count(split) > 1]
        if movable:
            nearest = min(movable, key=lambda cluster: (_distance(anchors[cluster], needed), anchors[cluster]))
            free[nearest] = needed


def _second_hash(sha256: str) -> str:
    """What chooses the anchor. Were it the hash itself, the smallest of many would nearly always be train."""
    return hashlib.sha256(sha256.encode()).hexdigest()


def _fraction(sha256: str) -> float:
    """The hash as a number in 0 <= x < 1, from its first 48 bits (a float holds 53)."""
    return int(sha256[:12], 16) / 16**12


def _distance(sha256: str, split: str) -> float:
    start, end = _STARTS[split]
    at = _fraction(sha256)
    return max(start - at, at - end, 0.0)

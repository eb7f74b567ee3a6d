"""Which split a document belongs to: a function of its bytes alone, as far as that leaves no split empty."""

from collections.abc import Collection, Mapping

SPLITS = ("train", "validation", "test")
NEEDED = ("train", "validation")  # `fit` cannot do without these
_STARTS = {"train": (0.0, 0.8), "validation": (0.8, 0.9), "test": (0.9, 1.0)}


def split_of(sha256: str) -> str:
    """The split of a document: 80% train, 10% validation, 10% test by the fraction that its hash is.

    Identical bytes always land together, and documents added later move nothing.
    """
    at = _fraction(sha256)
    return next(split for split, (start, end) in _STARTS.items() if start <= at < end)


def assign(documents: Collection[str]) -> Mapping[str, str]:
    """The split of every document, by hash, of those that gave a row.

    Where train or validation would be empty and there are two documents or more, the document whose fraction
    is nearest to that split moves into it: from test, or from a split that keeps another. As soon as an added
    document lands there by its own hash, the moved one is back where `split_of` puts it.
    """
    splits = {sha256: split_of(sha256) for sha256 in sorted(documents)}
    for needed in NEEDED:
        if needed in splits.values() or len(splits) < 2:
            continue
        counts = {split: list(splits.values()).count(split) for split in SPLITS}
        movable = [sha256 for sha256, split in splits.items() if split == "test" or counts[split] > 1]
        splits[min(movable, key=lambda sha256: (_distance(sha256, needed), sha256))] = needed
    return splits


def _fraction(sha256: str) -> float:
    """The hash as a number in 0 <= x < 1, from its first 48 bits (a float holds 53)."""
    return int(sha256[:12], 16) / 16**12


def _distance(sha256: str, split: str) -> float:
    start, end = _STARTS[split]
    at = _fraction(sha256)
    return max(start - at, at - end, 0.0)

"""Documents that are nearly the same, put together, so that no split can learn what another is asked.

Two documents belong together where their words are alike and so are their values, or where more than half of
the pages of the shorter one stand in the other: an excerpt, a merged file, a rescan.

Why values: forms, contracts and invoices of one kind share up to 98% of their shingles and ask for exactly what
differs. Words alone would make one cluster of them all, and a split could then hold none of it. Scans of such
forms that nobody read (no OCR) are one cluster: their pictures do not differ enough.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from octavo.datasets.selection.signatures import PageSketch, Signature, of_bytes, signs

WORDS_ALIKE = 0.7  # of a document's shingles: one word in fifteen misread leaves this much
VALUES_ALIKE = 0.6  # and of its values: one vendor's invoices to one client share 20 to 45%
NO_VALUES_ALIKE = 0.9  # of the shingles, where neither has a value to tell them apart
PAGE_ALIKE = 0.8  # of a page's shingles, by 32 permutations
# Cosine of two pictures. Of 87,153 pairs of different pages, receipts and invoices of one look among them, 2 have
# more; of copies at 0.4 to 1.3 times the size and JPEG quality 40 to 90, 98% do, with 3 pixels cut off 78%.
PICTURE_ALIKE = 0.93
# What two readings of one scan share at least, where the pictures are alike: those of filled forms of one kind are.
READ_WORDS_ALIKE, READ_VALUES_ALIKE = 0.4, 0.28
CLUSTER_DIGITS = 12
_NEAREST = 16  # others of its bucket that a document is compared with: a bucket of 100,000 costs no more
_BAND = 4  # permutations that must agree for a comparison: at 0.7, 1 pair in 6000 is missed
_PLANES, _PICTURE_BANDS = 16, 32  # at a cosine of 0.93, 1 pair in 80 is missed
_CHUNK = 1 << 14  # pairs or pictures at once

Numbers = npt.NDArray[Any]
Alike = Callable[[Numbers, Numbers], npt.NDArray[np.bool_]]


def clusters(signatures: Iterable[tuple[str, Signature]]) -> dict[str, str]:
    """The cluster of every document (by its SHA-256): the first 12 digits of the smallest hash among its members.

    Neither the order of the documents nor their number changes what two of them are to each other, as long as
    fewer than `_NEAREST` others resemble both: an added document can join clusters, never part them.
    Time grows as the documents times 16 times 32 bands at worst.
    """
    documents = sorted(signatures)
    parent = list(range(len(documents)))
    for one, other in _by_words(documents):
        _join(parent, one, other)
    # Of two that are together already no pages need be counted: of copies there would be a count for every pair.
    for one, other in _by_pages(documents, lambda one, other: _root(parent, one) == _root(parent, other)):
        _join(parent, one, other)
    # The root is the smallest index of its cluster, which is the smallest hash.
    return {sha256: documents[_root(parent, i)][0][:CLUSTER_DIGITS] for i, (sha256, _) in enumerate(documents)}


def _by_words(documents: list[tuple[str, Signature]]) -> Iterator[tuple[int, int]]:
    """Pairs of documents whose words and values are alike."""
    index = [i for i, (_, signature) in enumerate(documents) if signature.words]
    if not index:
        return
    words = of_bytes([documents[i][1].words for i in index])
    values = _values([documents[i][1].values for i in index])
    for one, other in _neighbours(_bands(words), values, _alike(words, values, WORDS_ALIKE)):
        yield index[one], index[other]


@dataclass(frozen=True, slots=True)
class _Pages:
    """Pages of all documents that have a sketch of one sort, and the document and place of each."""

    sketches: list[PageSketch]
    documents: list[int]


def _by_pages(
    documents: list[tuple[str, Signature]], together: Callable[[int, int], bool]
) -> Iterator[tuple[int, int]]:
    """Pairs of documents, not `together` yet, of which more than half of the shorter one's pages are in the other."""
    sizes = [len(signature.pages) for _, signature in documents]
    same: dict[tuple[int, int], set[int]] = {}
    for pages, pairs in (_word_pages(documents), _picture_pages(documents)):
        for one, other in pairs:
            first, second = sorted((one, other), key=lambda page: (sizes[pages.documents[page]], pages.documents[page]))
            shorter, longer = pages.documents[first], pages.documents[second]
            if not together(shorter, longer):
                same.setdefault((shorter, longer), set()).add(pages.sketches[first].number)
    for (shorter, longer), numbers in same.items():
        if 2 * len(numbers) > sizes[shorter]:
            yield shorter, longer


def _word_pages(documents: list[tuple[str, Signature]]) -> tuple[_Pages, Iterator[tuple[int, int]]]:
    pages = _pages(documents, lambda page: bool(page.words))
    if not pages.sketches:
        return pages, iter(())
    words = of_bytes([page.words for page in pages.sketches])
    values = _values([page.values for page in pages.sketches])
    return pages, _neighbours(_bands(words), values, _alike(words, values, PAGE_ALIKE))


def _picture_pages(documents: list[tuple[str, Signature]]) -> tuple[_Pages, Iterator[tuple[int, int]]]:
    pages = _pages(documents, lambda page: bool(page.picture))
    near = near_pictures([page.picture for page in pages.sketches])
    return pages, (pair for pair in near if _same_scan(*(pages.sketches[page] for page in pair)))


def _same_scan(one: PageSketch, other: PageSketch) -> bool:
    """Whether what OCR read on two pages that look alike is one text; True where it read nothing on one of them."""
    if not (one.words and other.words):
        return True
    if not (one.values and other.values):
        return bool(_agreement(one.words, other.words) >= WORDS_ALIKE and not one.values and not other.values)
    words, values = _agreement(one.words, other.words), _agreement(one.values, other.values)
    return words >= READ_WORDS_ALIKE and values >= READ_VALUES_ALIKE


def _agreement(one: bytes, other: bytes) -> float:
    return float(np.equal(*of_bytes([one, other])).mean())


def near_pictures(pictures: list[bytes]) -> Iterator[tuple[int, int]]:
    """Pairs (i, j), i < j, of picture sketches whose cosine is `PICTURE_ALIKE` or more."""
    if not pictures:
        return iter(())
    waves = of_bytes(pictures, "i1").astype(np.float32)
    waves /= np.linalg.norm(waves, axis=1, keepdims=True)
    planes, powers = signs(waves.shape[1], _PLANES * _PICTURE_BANDS), 1 << np.arange(_PLANES, dtype=np.uint32)
    # The side of a random plane on which a vector lies: two with an angle of a differ in a/pi of them.
    keys = np.concatenate(
        [
            (waves[start : start + _CHUNK] @ planes > 0).reshape(-1, _PICTURE_BANDS, _PLANES) @ powers
            for start in range(0, len(waves), _CHUNK)
        ]
    )

    def alike(one: Numbers, other: Numbers) -> npt.NDArray[np.bool_]:
        return np.asarray((waves[one] * waves[other]).sum(axis=1) >= PICTURE_ALIKE)

    return _neighbours(keys, waves, alike)


def _pages(documents: list[tuple[str, Signature]], wanted: Callable[[PageSketch], bool]) -> _Pages:
    found = [(i, page) for i, (_, signature) in enumerate(documents) for page in signature.pages if wanted(page)]
    return _Pages([page for _, page in found], [i for i, _ in found])


def _values(blobs: list[bytes]) -> Numbers:
    """Sketches of values, of zeros where a document has none (a hash of zero is one in 2^32)."""
    none = bytes(max(map(len, blobs)) or 4)
    return of_bytes([blob or none for blob in blobs])


def _bands(words: Numbers) -> Numbers:
    """A key for every `_BAND` permutations, [documents, bands]."""
    parts = words.reshape(len(words), -1, _BAND).astype(np.uint64)
    keys = np.zeros(parts.shape[:2], np.uint64)
    for place in range(_BAND):
        keys = (keys ^ parts[:, :, place]) * np.uint64(0x9E3779B97F4A7C15)
    return keys


def _alike(words: Numbers, values: Numbers, least: float) -> Alike:
    has_values = np.asarray(values.any(axis=1))

    def alike(one: Numbers, other: Numbers) -> npt.NDArray[np.bool_]:
        same = (words[one] == words[other]).mean(axis=1)
        same_values = (values[one] == values[other]).mean(axis=1)
        without = (same >= NO_VALUES_ALIKE) & ~has_values[one] & ~has_values[other]
        both: npt.NDArray[np.bool_] = without | (same >= least) & (same_values >= VALUES_ALIKE)
        return both

    return alike


def _neighbours(keys: Numbers, order: Numbers, alike: Alike) -> Iterator[tuple[int, int]]:
    """Pairs of rows that share a key of some band and are alike.

    In a bucket a row is compared with the `_NEAREST` that follow it, sorted by columns of `order`, others for
    each band: near-duplicates are soon side by side however many of a kind there are.
    """
    columns = order.shape[1]
    for band in range(keys.shape[1]):
        key = keys[:, band]
        sorted_by = [order[:, (2 * band + place) % columns] for place in (1, 0)]
        rows = np.lexsort((*sorted_by, key))
        for ahead in range(1, min(_NEAREST, len(rows) - 1) + 1):
            one, other = rows[:-ahead], rows[ahead:]
            together = np.flatnonzero(key[one] == key[other])
            if not len(together):
                break  # nor is anything further apart in one bucket
            for start in range(0, len(together), _CHUNK):
                part = together[start : start + _CHUNK]
                part = part[alike(one[part], other[part])]
                yield from zip(
                    np.minimum(one[part], other[part]).tolist(),
                    np.maximum(one[part], other[part]).tolist(),
                    strict=True,
                )


def _root(parent: list[int], node: int) -> int:
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


def _join(parent: list[int], one: int, other: int) -> None:
    first, second = sorted((_root(parent, one), _root(parent, other)))
    parent[second] = first

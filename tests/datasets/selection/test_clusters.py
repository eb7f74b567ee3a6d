"""Near-duplicates together, papers of one kind apart."""

import hashlib
import random
import time

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.datasets.selection.clusters import clusters
from octavo.datasets.selection.signatures import PageSketch, Signature, signature
from octavo.documents.types import Box, Page, PageImage, Word

NOTHING = PageImage(b"", "JPEG", 0, 0)
CONTRACT = [f"clause{n}" for n in range(900)]


def document(*pages: list[str]) -> Signature:
    boxed = (
        Page(n, "", 600, 800, tuple(Word(word, Box(0, 0, 0.1, 0.1), 10.0) for word in words), NOTHING)
        for n, words in enumerate(pages, start=1)
    )
    return signature(boxed)


def text(seed: int, count: int = 300) -> list[str]:
    draws = random.Random(seed)
    return [f"w{draws.randrange(10**6)}" for _ in range(count)]


def form(number: int, values: int = 12) -> list[str]:
    """A contract of 900 printed words, `values` of them replaced by its own."""
    draws = random.Random(f"form {number}")
    words = list(CONTRACT)
    for place in range(values):
        words[(place + 1) * 60] = f"{draws.randrange(10**6):06d}"
    return words


def sha(name: object) -> str:
    return hashlib.sha256(str(name).encode()).hexdigest()


def together(*documents: Signature) -> list[int]:
    """The sizes of the clusters, the largest first."""
    found = clusters((sha(n), signed) for n, signed in enumerate(documents))
    return sorted((list(found.values()).count(name) for name in set(found.values())), reverse=True)


def test_one_word_in_fifty_misread_is_the_same_document() -> None:
    words = text(1, 800)
    misread = [f"{word}x" if n % 50 == 0 else word for n, word in enumerate(words)]
    # 16 words take 5 shingles each, one of them 1: 720 of 872 are common, 0.83.
    assert together(document(words), document(misread), document(text(2, 800))) == [2, 1]


def test_filled_forms_of_one_kind_are_documents_of_their_own() -> None:
    # Each value takes 5 shingles: two forms share 836 of 956 (0.87), and no value.
    assert together(*(document(form(n)) for n in range(60))) == [1] * 60


def test_a_copy_of_a_form_is_found_among_its_kind() -> None:
    copy = [*form(7)[:-3], "stamped", "as", "received"]
    assert together(*(document(form(n)) for n in range(60)), document(copy)) == [2, *[1] * 59]


def test_letters_without_values_are_one_where_nine_tenths_are() -> None:
    letter = [f"word{'abcdefghij'[n % 10]}{'abcdefghij'[n // 10 % 10]}{'abc'[n // 100]}" for n in range(300)]
    named = [*letter[:20], "dear", "ms", "miller", *letter[20:]]
    half = [*letter[:150], *(f"{word}other" for word in letter[150:])]
    assert together(document(letter), document(named), document(half)) == [2, 1]


def test_an_excerpt_belongs_to_its_document() -> None:
    pages = [text(n) for n in range(8)]
    assert together(document(*pages), document(pages[5]), document(pages[2], pages[6]), document(text(99))) == [3, 1]


def test_terms_on_the_back_glue_no_invoices_together() -> None:
    terms = text(1000, 400)
    assert together(*(document(text(n), terms) for n in range(30))) == [1] * 30


def test_reflowed_pages_are_the_same_document() -> None:
    words = text(5, 900)
    pages = [words[:300], words[300:600], words[600:]], [words[:450], words[450:]]
    assert together(document(*pages[0]), document(*pages[1])) == [2]


def test_blank_pages_and_page_numbers_glue_nothing_together() -> None:
    assert together(*(document([], [f"Page {n}"], ["Copyright", "2017", "Miller"]) for n in range(10))) == [1] * 10
    assert together(document(), document()) == [1, 1]


def test_scans_by_their_pictures() -> None:
    draws = np.random.default_rng(0)
    one, other = draws.integers(-127, 128, (2, 256))
    near = np.clip(one + draws.integers(-20, 21, 256), -127, 127)

    def scan(*pictures: np.ndarray) -> Signature:
        return Signature(
            pages=tuple(PageSketch(n, picture=p.astype(np.int8).tobytes()) for n, p in enumerate(pictures, start=1))
        )

    assert together(scan(one), scan(near), scan(other)) == [2, 1]
    assert together(scan(one, other), scan(near, -other)) == [1, 1]  # one page of two is not more than half


def test_scans_read_twice_are_one_and_forms_of_one_kind_are_not() -> None:
    draws = np.random.default_rng(0)
    picture = draws.integers(-127, 128, 256).astype(np.int8).tobytes()

    def read(share: float, *of: np.ndarray) -> Signature:
        """The sketch of a page that agrees with `of` in this share of permutations, its document unlike any."""
        words, values = (
            np.where(draws.permutation(32) < round(32 * share), part, draws.integers(1, 2**32, 32, dtype=np.uint32))
            for part in of
        )
        page = PageSketch(1, words.astype("<u4").tobytes(), values.astype("<u4").tobytes(), picture)
        return Signature(page.words * 4, page.values * 2, (page,))

    words, values, other = draws.integers(1, 2**32, (3, 32), dtype=np.uint32)
    first = read(1, words, values)
    assert together(first, read(0.55, words, values)) == [2]  # misread at both, below the bars of a text layer
    assert together(first, read(0.55, words, other)) == [1, 1]  # another form: its values are others


def test_the_name_is_the_smallest_hash() -> None:
    found = clusters([("b" * 64, document(text(1))), ("a" * 64, document(text(1))), ("c" * 64, document(text(2)))])
    assert found == {"a" * 64: "a" * 12, "b" * 64: "a" * 12, "c" * 64: "c" * 12}
    assert clusters([]) == {}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 6), max_size=12), st.randoms(use_true_random=False))
def test_neither_order_nor_unrelated_documents_change_anything(kinds: list[int], draws: random.Random) -> None:
    signed = [(sha((n, kind)), document(text(kind, 60))) for n, kind in enumerate(kinds)]
    found = clusters(signed)
    draws.shuffle(signed)
    assert clusters(signed) == found
    more = clusters([*signed, (sha("stranger"), document(text(77)))])
    assert {sha256: more[sha256] for sha256 in found} == found
    assert len(set(found.values())) == len(set(kinds))


def test_thousands_of_one_template_take_seconds() -> None:
    draws = np.random.default_rng(1)
    template = draws.integers(1, 2**32, 128, dtype=np.uint32)
    signed = []
    for n in range(3000):
        own = draws.integers(1, 2**32, (2, 128), dtype=np.uint32)
        words = np.where(draws.random(128) < 0.9, template, own[0])
        signed.append((sha(n), Signature(words.tobytes(), own[1, :64].tobytes())))
    copied = signed[123][1]
    start = time.process_time()
    found = clusters([*signed, (sha("copy"), copied)])
    assert time.process_time() - start < 10
    assert found[sha("copy")] == found[sha(123)]
    assert len(set(found.values())) == 3000

"""Running heads, feet and page numbers over documents made by hand."""

from collections.abc import Iterator

from octavo.documents.structure.furniture import MOST_KEPT, Repeated, repeated, shape
from octavo.documents.structure.layout import layout
from octavo.documents.types import Page
from tests.documents.structure.pages import page_of, text_at, words_at

BODY = ["The quick brown fox jumps over the lazy dog", "and runs away from it as fast as it can", "until it is dark."]


def chapter(number: int, head: str = "Annual report") -> Page:
    return page_of(
        words_at(50, 30, head)
        + text_at(50, 300, [f"Chapter {number} begins", *BODY])
        + words_at(290, 770, f"Page {number}"),
        number=number,
    )


def test_lines_that_recur_at_the_edges_are_found_and_digits_do_not_matter() -> None:
    found = repeated(chapter(n) for n in range(1, 13))
    assert found.texts == {"annual report", "page 0"}


def test_a_line_in_the_middle_or_at_other_heights_is_no_running_head() -> None:
    pages = [page_of(words_at(50, 20 + 15 * n, "Wandering") + words_at(50, 400, "Steady")) for n in range(5)]
    assert repeated(pages).texts == frozenset()


def test_two_pages_are_enough_where_there_are_no_more_than_three() -> None:
    assert "annual report" in repeated([chapter(1), chapter(2)]).texts
    assert "annual report" in repeated([chapter(1), chapter(2, "Other"), chapter(3)]).texts
    heads = ["Annual report", "Annual report", "Other", "Another"]
    assert "annual report" not in repeated(chapter(n, head) for n, head in enumerate(heads)).texts


def test_the_counts_stay_few_over_many_pages() -> None:
    """Every page has heads of its own: nothing is to be kept of them, and the one that recurs is still found."""

    def pages() -> Iterator[Page]:
        for n in range(700):
            own = "".join("abcdefghij"[int(digit)] for digit in f"{n:04}")
            yield page_of(
                [word for k in range(4) for word in words_at(50, 20 + 14 * k, f"{own}{'xyzw'[k]} head")]
                + words_at(50, 780, "Foot")
            )

    assert repeated(pages()).texts == {"foot"}
    assert MOST_KEPT < 700 * 4


def test_heads_and_feet_are_blocks_of_their_own_and_not_of_the_text() -> None:
    made = layout(chapter(3), Repeated(frozenset({"annual report", "page 0"})))
    assert [(block.kind, block.text) for block in made.blocks if block.kind in ("header", "footer")] == [
        ("header", "Annual report"),
        ("footer", "Page 3"),
    ]
    assert made.blocks[0].kind == "header"
    assert made.blocks[-1].kind == "footer"
    assert all("Page 3" not in block.text for block in made.blocks if block.kind == "paragraph")


def test_a_bare_page_number_needs_no_second_page_and_a_number_in_the_text_is_none() -> None:
    made = layout(page_of(text_at(50, 300, BODY) + words_at(295, 770, "- 17 -") + words_at(50, 500, "42")))
    assert [block.text for block in made.blocks if block.kind == "footer"] == ["- 17 -"]


def test_shape_takes_runs_of_digits_for_one() -> None:
    assert shape("Page 9 of 120") == shape("PAGE 10 of 8") == "page 0 of 0"

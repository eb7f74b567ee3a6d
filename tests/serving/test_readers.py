"""Pages of uploads: kept within bounds, and no file stays behind."""

import asyncio
import time
from pathlib import Path

import pytest

from octavo.serving.answering import choices_of
from octavo.serving.errors import ApiError
from octavo.serving.evidence import evidence_of
from octavo.serving.readers import Readers
from octavo.serving.settings import Settings
from octavo.serving.uploads import Upload
from tests.serving.conftest import letter


@pytest.fixture
def readers():
    made = Readers(Settings("tiny", readers=1, page_bytes=2_000_000))
    yield made
    made.close()
    assert not Path(made.folder.name).exists()


def upload(data, name="letter.pdf"):
    return Upload(name, data, "messages.0")


def files(readers):
    return list(Path(readers.folder.name).iterdir())


def test_pages_are_kept_up_to_a_limit_and_read_once(readers):
    async def read():
        given = upload(letter(6))
        async with readers.opened([given]) as (document,):
            assert document.page_count == 6
            assert len(files(readers)) == 1
            texts = []
            for number in (1, 1, 2, 3, 4, 5, 6):
                page = await readers.page(given, document, number)
                texts.append(" ".join(word.text for word in page.words))
                assert readers.kept_bytes <= 2_000_000
            return texts

    texts = asyncio.run(read())
    assert texts == [f"Page {number} of the letter" for number in (1, 1, 2, 3, 4, 5, 6)]
    assert readers.read == 6
    assert 0 < len(readers.kept) < 6
    assert not files(readers)


def test_a_client_that_leaves_leaves_no_file(readers):
    async def leave():
        async def read():
            async with readers.opened([upload(letter(1)), upload(letter(2))]):
                pass

        task = asyncio.create_task(read())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(leave())
    deadline = time.monotonic() + 10
    while files(readers) or readers.idle.empty():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_answer_is_located_on_the_page_that_has_it(readers):
    async def read():
        pages = {}
        for i, text in enumerate(("Total 12.50", "Total 99.00", "Total 99.00")):
            given = upload(letter(1, text))
            async with readers.opened([given]) as (document,):
                pages[i] = await readers.page(given, document, 1)
        return pages

    pages = asyncio.run(read())
    found = evidence_of("12.50", pages)
    assert (found.file, found.page, len(found.boxes)) == (1, 1, 1)
    for text in ("99.00", "nothing"):
        assert evidence_of(text, pages).page is None
    assert evidence_of("nothing", {1: pages[1]}).file == 2
    assert evidence_of("nothing", {}).page is None


def test_which_pages_are_asked(readers):
    async def count():
        async with readers.opened([upload(letter(1)), upload(letter(3)), upload(letter(2))]) as documents:
            return documents

    documents = asyncio.run(count())
    assert choices_of(documents, []) == [{0: 1, 1: 1}, {0: 1, 1: 2}, {0: 1, 1: 3}, {0: 1, 2: 1}, {0: 1, 2: 2}]
    assert choices_of(documents, [3, 2, 3]) == [{0: 1, 1: 2}, {0: 1, 1: 3}, {0: 1, 2: 2}]
    assert choices_of(documents[:1], [1]) == [{0: 1}]
    assert choices_of([], []) == [{}]
    with pytest.raises(ApiError, match="no page 4"):
        choices_of(documents, [4])

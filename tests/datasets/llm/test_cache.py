"""The cache: whole requests as keys, other people's files, two processes."""

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from octavo.datasets.llm.cache import Cache
from octavo.datasets.llm.types import Reply, Request
from octavo.errors import OctavoError

REQUEST = Request("reader", "You ask.", "Page \ud800 text", "fields-1:abc", 0.0, 50)
REPLY = Reply("Q1: Ü\x00?\nA1: x", True, 100, 20)


def test_what_is_put_is_got_also_by_the_next_process(tmp_path: Path) -> None:
    first = Cache(tmp_path / "new" / "cache.sqlite")
    assert first.get(REQUEST) is None
    assert first.put(REQUEST, REPLY) == REPLY
    second = Cache(tmp_path / "new" / "cache.sqlite")
    assert second.get(REQUEST) == REPLY
    # The first reply that was kept counts: a data set may rest on it already.
    assert second.put(REQUEST, replace(REPLY, text="other")) == REPLY
    first.close()
    second.close()


@pytest.mark.parametrize(
    "change",
    [
        {"model": "r2"},
        {"system": "You ask!"},
        {"user": "Page"},
        {"prompt": "fields-1:abd"},
        {"temperature": 0.1},
        {"max_tokens": 51},
    ],
)
def test_every_part_of_a_request_is_in_its_key(change: dict[str, object]) -> None:
    assert replace(REQUEST, **change).key != REQUEST.key  # type: ignore[arg-type]
    assert len(REQUEST.key) == 64


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("These are notes of mine, and no data base at all. " * 40)
    with pytest.raises(OctavoError, match=r"notes\.txt cannot be used"):
        Cache(text)
    assert text.read_text().startswith("These are notes")
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE replies (mine TEXT)")
    database.close()
    with pytest.raises(OctavoError, match="no cache of replies of this version"):
        Cache(other)
    with pytest.raises(OctavoError, match="cannot be used"):
        Cache(tmp_path)


WRITER = """
import sys
from pathlib import Path
from octavo.datasets.llm.cache import Cache
from octavo.datasets.llm.types import Reply, Request
cache = Cache(Path(sys.argv[1]))
for number in range(150):
    request = Request("reader", "", str(number), "p", 0.0, 1)
    kept = cache.put(request, Reply(f"{number} of {sys.argv[2]}", False, 1, 1))
    assert kept == cache.get(request)
"""


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    processes = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), name]) for name in ("a", "b")]
    assert [process.wait(60) for process in processes] == [0, 0]
    cache = Cache(path)
    for number in range(150):
        reply = cache.get(Request("reader", "", str(number), "p", 0.0, 1))
        assert reply is not None
        assert reply.text in (f"{number} of a", f"{number} of b")
    cache.close()

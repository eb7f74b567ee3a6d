"""Which files are documents, and what they are called."""

import os
from pathlib import Path

import pytest

from octavo.documents import find_documents
from octavo.errors import OctavoError


@pytest.fixture
def tree(tmp_path):
    """Makes empty files below the test's folder and returns it."""

    def make(*paths: str) -> Path:
        for path in paths:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).touch()
        return tmp_path

    return make


def names(*inputs: Path) -> list[str]:
    return [source.name for source in find_documents(inputs)]


def test_folders_are_searched_to_the_bottom(tree):
    root = tree(
        "in/b.pdf",
        "in/a/c.PDF",
        "in/a/d/e.Tiff",
        "in/f.jpeg",
        "in/notes.json",
        "in/readme",
        "in/x.gif",
        "in/.hidden.pdf",
        "in/.cache/z.pdf",
        "in/d.pdf/inner.webp",
    )
    assert names(root / "in") == ["a/c.PDF", "a/d/e.Tiff", "b.pdf", "d.pdf/inner.webp", "f.jpeg"]
    assert all(source.path.is_file() for source in find_documents([root / "in"]))


def test_a_file_given_alone_has_its_own_name(tree):
    root = tree("in/deep/b.pdf", "in/.hidden.png")
    assert names(root / "in/deep/b.pdf", root / "in/.hidden.png") == [".hidden.png", "b.pdf"]


def test_a_file_is_found_once(tree):
    root = tree("in/a.pdf", "in/deep/b.pdf")
    assert names(root / "in", root / "in/deep", root / "in/a.pdf", root / "in/../in") == ["a.pdf", "deep/b.pdf"]


def test_names_that_are_alike_get_their_folders(tree):
    root = tree("2023/in/a.pdf", "2024/in/a.pdf", "2024/in/b.pdf", "other/a.pdf")
    one, two, three = root / "2023/in", root / "2024/in", root / "other/a.pdf"
    expected = ["2023/in/a.pdf", "2024/in/a.pdf", "b.pdf", "other/a.pdf"]
    assert names(one, two, three) == expected
    assert names(three, two, one) == expected
    assert [source.path.parent.parent.name for source in find_documents([two, one])] == ["2023", "2024", "2024"]


def test_links_are_followed_only_inside_their_folder(tree):
    root = tree("in/.store/1234.pdf", "outside/secret.pdf")
    folder = root / "in"
    (folder / "good.pdf").symlink_to(".store/1234.pdf")
    (folder / "bad.pdf").symlink_to(root / "outside/secret.pdf")
    (folder / "outside").symlink_to(root / "outside")
    (folder / "loop.pdf").symlink_to("loop.pdf")
    (folder / "self").symlink_to(".")
    assert names(folder) == ["good.pdf"]
    assert names(folder / "bad.pdf") == ["bad.pdf"]  # whoever names it means it


def test_pipes_are_no_documents(tree):
    root = tree("in/a.pdf")
    os.mkfifo(root / "in/pipe.pdf")
    assert names(root / "in") == ["a.pdf"]


def test_names_that_are_no_text_can_be_written(tree):
    root = tree("in/a.pdf")
    Path(os.fsdecode(os.fsencode(root / "in") + b"/b\xff.pdf")).touch()
    assert names(root / "in") == ["a.pdf", "b\\xff.pdf"]


def test_faults_say_what_to_do(tree):
    root = tree("in/readme.txt")
    for given, remedy in [
        (root / "gone.pdf", "No such file or directory; check the path"),
        (root / "in", "give a folder that holds some"),
        (root / "in/readme.txt", "leave it out or give its folder"),
    ]:
        with pytest.raises(OctavoError, match=remedy) as raised:
            find_documents([given])
        assert str(given) in str(raised.value)
        assert "\n" not in str(raised.value)
    with pytest.raises(OctavoError, match="no path at all"):
        find_documents([])

"""Files sent ahead of their questions, their pages as pictures, and the examples."""

import io
import re

import httpx
import pytest
from PIL import Image

from octavo.serving.app import STATIC
from octavo.serving.errors import ApiError
from octavo.serving.examples import KINDS, THUMB
from octavo.serving.files import Files
from octavo.serving.uploads import Upload
from octavo.web import SHARED
from tests.serving.conftest import KEY, data_url, file_part, letter, text_part

HEADERS = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture(scope="module")
def http(server):
    with httpx.Client(base_url=server, headers=HEADERS, timeout=30) as client:
        yield client


def send(http, data, **fields):
    return http.post("/v1/documents", json={"file_data": data_url(data, "application/pdf"), **fields})


def id_part(file_id):
    return {"type": "file", "file": {"file_id": file_id}}


def test_a_file_is_sent_once_and_asked_by_its_id(http, post):
    data = letter(3)
    sent = send(http, data, filename="letter.pdf").json()
    assert sent["filename"] == "letter.pdf"
    assert (sent["pages"], sent["most"]) == (3, 4)
    assert send(http, data).json()["id"] == sent["id"]
    assert send(http, letter(2)).json()["id"] != sent["id"]
    by_id = post([id_part(sent["id"]), text_part("What?")], octavo={"pages": [2]}).json()
    by_data = post([file_part(data), text_part("What?")], octavo={"pages": [2]}).json()
    assert by_id["choices"] == by_data["choices"]
    assert by_id["octavo"]["page"] == by_data["octavo"]["page"] == 2


def test_a_page_is_told_and_drawn(http, parts):
    file_id = send(http, letter(3)).json()["id"]
    address = f"/documents/{file_id}/pages/2"
    told = http.get(address).json()
    assert (told["number"], told["words"]) == (2, 5)
    assert tuple(told["grid"]) == parts[1].grid(told["width"], told["height"])
    answer = http.get(f"{address}/picture")
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["cache-control"].startswith("private")
    picture = Image.open(io.BytesIO(answer.content))
    assert picture.size == (told["width"], told["height"])
    assert picture.convert("L").getextrema()[0] < 60  # the words
    for number, status in ((4, 404), (0, 400), ("x", 400), (2**40, 400)):
        assert http.get(f"/documents/{file_id}/pages/{number}").status_code == status


def test_who_does_not_know_the_id_sees_nothing(http, post):
    file_id = send(http, letter(1)).json()["id"]
    for other in (file_id[:-1] + ("0" if file_id[-1] != "0" else "1"), "file-", "..", "%2e%2e%2fetc"):
        for rest in ("", "/picture"):
            assert http.get(f"/documents/{other}/pages/1{rest}").status_code == 404
    error = post([id_part("file-nobody"), text_part("What?")])
    assert (error.status_code, error.json()["error"]["code"]) == (404, "no_such_file")


def test_nothing_is_shown_without_the_key(http, server):
    page = f"/documents/{send(http, letter(1)).json()['id']}/pages/1"
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        with httpx.Client(base_url=server, headers=headers, timeout=30) as stranger:
            assert send(stranger, letter(1)).status_code == 401
            for path in (page, f"{page}/picture", "/examples", "/examples/invoice", "/examples/invoice/picture"):
                assert stranger.get(path).status_code == 401
            assert stranger.get("/").status_code == 200  # the page, which asks for the key


def test_what_is_no_file_is_refused(http, post):
    assert send(http, b"hello").json()["error"]["code"] == "invalid_file"
    for body in ({}, {"file_data": "file:///etc/passwd"}, {"file_data": "http://127.0.0.1/"}, {"file_data": "!"}):
        assert http.post("/v1/documents", json=body).status_code == 400
    for file in ({}, {"file_data": data_url(letter(1), "application/pdf"), "file_id": "file-"}):
        assert post([{"type": "file", "file": file}, text_part("What?")]).status_code == 400


def test_files_are_kept_within_a_limit_and_the_last_used_stay():
    files = Files(25)
    one, two = (files.keep(Upload(f"{number}.pdf", bytes([number]) * 10, "a")) for number in (1, 2))
    assert files.get(one, "b") == Upload("1.pdf", bytes([1]) * 10, "b")
    three = files.keep(Upload("3.pdf", bytes([3]) * 10, "a"))
    assert files.held == 20
    with pytest.raises(ApiError, match="send it again"):
        files.get(two, "b")
    assert {files.get(kept, "b").name for kept in (one, three)} == {"1.pdf", "3.pdf"}
    assert files.keep(Upload("again.pdf", bytes([1]) * 10, "a")) == one
    assert (files.held, files.get(one, "b").name) == (20, "again.pdf")
    assert Files(25).keep(Upload("1.pdf", bytes([1]) * 10, "a")) != one  # another server's ids


def test_examples_are_documents_with_questions(http):
    listed = http.get("/examples").json()
    assert [example["name"] for example in listed] == list(KINDS)
    assert max(example["pages"] for example in listed) > 1
    for example in listed:
        assert 2 <= len(set(example["questions"])) == len(example["questions"])
        data = http.get(f"/examples/{example['name']}").content
        assert send(http, data).json()["pages"] == example["pages"]
        picture = Image.open(io.BytesIO(http.get(f"/examples/{example['name']}/picture").content))
        assert all(side <= most for side, most in zip(picture.size, THUMB, strict=True))
    assert http.get("/examples/other").status_code == 404


def test_the_pages_files_stand_alone():
    texts = {path.name: path.read_text() for folder in (STATIC, SHARED) for path in folder.iterdir()}
    for name, text in texts.items():
        assert not re.search(r"(src|href|from|import|url\()\s*=?\s*[\"'(]?https?:", text), name  # nobody else's servers
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text), name
        assert name != "index.html" or not re.search(r"<script>|\sstyle=|\son\w+=", text)  # the policy forbids it

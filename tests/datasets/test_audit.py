"""The figures of a data set, and the server of the audit page: what it shows, saves and refuses."""

import io
import json
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from rich.console import Console

from octavo.datasets import DataSet
from octavo.datasets.audit.app import create_app
from octavo.datasets.audit.catalogue import Catalogue, Filter
from octavo.datasets.audit.guard import MOST_BYTES
from octavo.datasets.audit.server import review_of, serve
from octavo.datasets.audit.statistics import statistics, wilson
from octavo.datasets.audit.words import PageWords, checked
from octavo.datasets.review import IN_BOXES, NO_WORDS, NOT_IN_BOXES, Review, question_id
from octavo.datasets.types import EXTRACTIVE, YES_NO, Question
from octavo.documents.types import Box, Word
from octavo.errors import OctavoError

SHA = "ab" * 32
OURS = {"X-Octavo": "1"}
HOSTILE = "<img src=x onerror=alert(1)>' OR 1=1 --"


def png(width: int = 30, height: int = 40) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(out, "PNG")
    return out.getvalue()


def written(folder: Path, columns: dict[str, list], name: str = "data/train-00000.parquet") -> Path:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), folder / name)
    return folder


@pytest.fixture
def docmatix(tmp_path):
    """Two rows as Docmatix has them: pictures and texts, and nothing else."""
    texts = [
        [{"user": "Who signs?", "assistant": "Ada Byron", "source": "PDFA"}],
        [{"user": HOSTILE, "assistant": "<script>alert(2)</script>", "source": "PDFA"}] * 2,
    ]
    images = [[{"bytes": png(), "path": None}] * 2, [{"bytes": png(), "path": None}]]
    return written(tmp_path / "docmatix", {"images": images, "texts": texts})


@pytest.fixture
def worded(tmp_path):
    """One page whose words the data set holds: "Date: 28 February 2017", and a question for the date."""
    words = ["Date:", "28", "February", "2017"]
    boxes = [[0.1 * at, 0.5, 0.1 * at + 0.08, 0.52] for at in range(1, 5)]
    columns = {
        "images": [[{"bytes": png(), "path": None}]],
        "texts": [[{"user": "Which date?", "assistant": "28 February 2017", "source": "rules-2"}]],
        "document": ["letter.pdf"],
        "pages": [[3]],
        "evidence": [[{"page": 3, "boxes": [[0.2, 0.5, 0.48, 0.52]]}]],
        "kind": [["date"]],
        "document_sha256": [SHA],
    }
    folder = written(tmp_path / "worded", columns)
    pages = {"document_sha256": ["00", SHA], "page": [3, 3], "words": [["No"], words], "boxes": [[boxes[0]], boxes]}
    return written(folder, pages, "pages/train-00000.parquet")


@pytest.fixture
def client(data_folder, tmp_path):
    return TestClient(create_app(data_folder, tmp_path / "review.sqlite"), "http://127.0.0.1:8000", headers=OURS)


def judgement(row: dict, position: int = 0, verdict: str = "accept", **more: str) -> dict:
    return {
        "row": row["number"], "position": position, "id": row["listed"][position]["id"], "verdict": verdict, **more
    }  # fmt: skip


# ---- figures


def test_figures_of_a_built_data_set(data_folder):
    figures = statistics(data_folder)
    data = DataSet(data_folder)
    questions = [q for s in data.splits for i in range(len(data.rows(s))) for q in data.rows(s).questions(i)]
    assert figures.documents == 24
    assert figures.pages >= figures.pages_with_questions == sum(len(data.rows(split)) for split in data.splits)
    assert figures.questions == len(questions) == sum(figures.kinds.values()) == sum(figures.splits.values())
    assert figures.kinds["date"] == sum(question.kind == "date" for question in questions)
    assert sum(figures.answer_words.values()) == sum(figures.forms.values()) == len(questions)
    assert figures.answer_characters["max"] == max(len(question.answer) for question in questions)
    plain = json.loads(json.dumps(figures.to_json()))
    assert 0 < plain["share_of_pages_with_questions"] <= 1
    titles = [title for title, _ in figures.tables()]
    assert titles[:3] == ["data set", "questions by split", "questions by kind"]
    assert all(len(row) == 3 for _, rows in figures.tables() for row in rows)


def test_figures_counted_by_hand(tmp_path):
    def row(*pairs: tuple[str, str]) -> list[dict[str, str]]:
        return [{"user": "Q", "assistant": answer, "source": source} for answer, source in pairs]

    texts = [row(("Paid", "a"), ("Paid", "a"), ("two words", "b")), row(("a b c d e f g h i", "b"))]
    images = [[{"bytes": png(), "path": None}] * count for count in (1, 3)]
    figures = statistics(written(tmp_path, {"images": images, "texts": texts, "language": ["en", "de"]}))
    assert (figures.documents, figures.documents_failed, figures.pages) == (2, None, None)
    assert figures.sources == {"a": 2, "b": 2}
    assert figures.languages == {"en": 3, "de": 1}
    assert figures.answer_words == {"1": 2, "2": 1, "9 to 16": 1}
    assert figures.answer_characters == {"min": 4, "median": 4, "p90": 17, "max": 17}
    assert figures.answers == {"Paid": 2, "a b c d e f g h i": 1, "two words": 1}
    assert figures.dominating["answer Paid"] == 0.5
    assert ("Paid", "2", "50.0%") in dict(figures.tables())["most frequent answers"]
    out = io.StringIO()
    replace(figures, answers={"\x1b[2J[red]Paid[/red]": 2}).print(Console(file=out, width=100))
    assert "\N{REPLACEMENT CHARACTER}[2J[red]Paid[/red]" in out.getvalue()  # neither markup nor a command
    assert "\x1b" not in out.getvalue()
    with pytest.raises(OctavoError, match="is no data set"):
        statistics(tmp_path / "data")


def test_the_interval_of_a_share():
    assert wilson(0, 0) == (0.0, 1.0)
    # The example of statistics textbooks, 95 of 100, and the two ends, where it is z²/(n + z²) away from 0 and 1.
    assert wilson(95, 100) == pytest.approx((0.8882, 0.9785), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0, 3.8415 / 13.8415), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((10 / 13.8415, 1), abs=1e-4)


# ---- an edited answer and the words in its boxes


def test_an_edited_answer_is_read_again():
    texts = ["28", "February", "2017,", "(signed)"]
    words = [Word(text, Box(0.2 * at, 0.5, 0.2 * at + 0.1, 0.6), 0.0) for at, text in enumerate(texts)]
    words.append(Word("in", Box(0, 0.7, 0.1, 0.8), 0.0))
    boxes = (Box(0, 0.5, 1, 0.6), Box(0, 0.7, 1, 0.8))
    question = Question("When?", "28 February 2017, (signed) in", 1, boxes, "date", "rules-2")
    assert checked(question, question.answer, words) == (IN_BOXES, boxes)
    assert checked(question, "28 February 2017", words) == (IN_BOXES, (Box(0, 0.5, 0.5, 0.6),))
    assert checked(question, "signed) in", words) == (IN_BOXES, (Box(0.6, 0.5, 0.7, 0.6), Box(0, 0.7, 0.1, 0.8)))
    assert checked(question, "28 February", words) == (IN_BOXES, (Box(0, 0.5, 0.3, 0.6),))
    for answer in (
        "28 2017",
        "February 28",
        "8 February",
        "29 February 2017",
        "...",
        "28 February 2017, (signed) in x",
    ):
        assert checked(question, answer, words) == (NOT_IN_BOXES, boxes)
    assert checked(question, "2017", None) == (NO_WORDS, boxes)
    assert checked(Question("Is it?", "Yes", 1, boxes, "yes_no", "r", YES_NO), "No", words) == ("", boxes)


def test_words_of_pages(worded, docmatix, tmp_path):
    words = PageWords(worded)
    assert [word.text for word in words[SHA, 3] or ()] == ["Date:", "28", "February", "2017"]
    assert [word.text for word in words["00", 3] or ()] == ["No"]
    assert words[SHA, 1] is None
    assert PageWords(docmatix)["", 1] is None
    (worded / "pages" / "train-00001.parquet").write_bytes(b"PAR1 not really PAR1")
    with pytest.raises(OctavoError, match=r"train-00001.parquet is damaged"):
        PageWords(worded)


# ---- the catalogue


def test_leafing_and_filters(data_folder, tmp_path):
    Review(tmp_path / "review.sqlite")
    catalogue = Catalogue(data_folder, tmp_path / "review.sqlite")
    everything = [catalogue.row(number) for number in range(catalogue.count)]
    for wanted in (
        Filter(),
        Filter(kind="date"),
        Filter(split="train", kind="amount"),
        Filter(text="TOTAL"),
        Filter(form=EXTRACTIVE, decision="none"),
    ):
        expected = [
            (number, {at for at, question in enumerate(row.questions) if fits(question, row.split, wanted)})
            for number, row in enumerate(everything)
        ]
        expected = [(number, matching) for number, matching in expected if matching]
        seen, at, step = [], 0, 0
        while (found := catalogue.near(at, step, wanted)).row is not None:
            at, step = found.row, 1
            seen.append((found.row, catalogue.matching(found.row, wanted)))
            assert (found.at, found.rows) == (len(seen), len(expected))
            assert found.questions == sum(len(matching) for _, matching in expected)
        assert seen == expected != []
        back = [expected[-1][0]]
        while (found := catalogue.near(back[-1], -1, wanted)).row is not None:
            back.append(found.row)
        assert back == [number for number, _ in reversed(expected)]
    assert catalogue.near(10**9, 0, Filter()).row == catalogue.count - 1
    assert catalogue.near(0, 0, Filter(text="no page says this")).row is None
    assert catalogue.near(0, 0, Filter(decision="any")).row is None


def fits(question: Question, split: str, wanted: Filter) -> bool:
    return (
        wanted.kind in ("", question.kind)
        and wanted.split in ("", split)
        and wanted.form in ("", question.form)
        and wanted.text.casefold() in f"{question.text}\n{question.answer}".casefold()
    )


def test_a_sample_is_drawn_by_content(data_folder, tmp_path):
    first, second = (
        Catalogue(data_folder, Review(tmp_path / f"{name}.sqlite").path).sample(20, 7, Filter()) for name in "ab"
    )
    assert first == second
    assert len({place.id for place in first}) == 20
    catalogue = Catalogue(data_folder, tmp_path / "a.sqlite")
    assert catalogue.sample(10, 7, Filter()) == first[:10]
    assert catalogue.sample(20, 8, Filter()) != first
    dates = catalogue.sample(5000, 7, Filter(kind="date"))
    assert len(dates) == catalogue.counts("kind")["date"]
    for place in first:
        row = catalogue.row(place.row)
        assert question_id(row.document_sha256, row.questions[place.position]) == place.id


# ---- the server


def test_a_page_with_its_questions(client, data_folder):
    facts = client.get("/api/dataset").json()
    assert facts["name"] == data_folder.name
    assert facts["judged"] == 0
    got = client.get("/api/row").json()
    row = got["row"]
    data = DataSet(data_folder).rows("train").row(0)
    assert (row["number"], row["document"], row["split"]) == (0, data.document, "train")
    assert [(q["text"], q["answer"]) for q in row["listed"]] == [(q.text, q.answer) for q in data.questions]
    assert [[Box(*box) for box in q["boxes"]] for q in row["listed"]] == [list(q.boxes) for q in data.questions]
    image = client.get("/api/image/0/0")
    assert image.headers["content-type"] == "image/jpeg"
    assert image.content == data.images[0].data
    assert (row["images"][0]["width"], row["images"][0]["height"]) == (data.images[0].width, data.images[0].height)
    for missing in ("/api/image/0/1", "/api/image/0/-1", "/api/image/99999/0", "/api/image/-1/0"):
        assert client.get(missing).status_code == 404
    for wrong in ("/api/image/..%2F..%2Fetc/0", "/api/row?near=-1", "/api/row?step=2", f"/api/row?text={'x' * 201}"):
        assert client.get(wrong).status_code in (404, 422)
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd"):
        assert client.get(path).status_code == 404


def test_judging_undoing_exporting(client, tmp_path):
    row = client.get("/api/row").json()["row"]
    answer = client.post("/api/decisions", json=judgement(row, tab="one")).json()
    assert (answer["judged"], answer["question"]["decision"]) == (1, {"verdict": "accept"})
    client.post("/api/decisions", json=judgement(row, 1, "edit", text=" New \n question? ", answer="9", tab="one"))
    shown = client.get("/api/row").json()
    assert shown["judged"] == shown["matching_judged"] == 2
    assert shown["row"]["listed"][1]["decision"] == {
        "verdict": "edit", "text": "New question?", "answer": "9",
        "checked": shown["row"]["listed"][1]["decision"]["checked"],
    }  # fmt: skip
    for decision, matching in (("accept", 1), ("edit", 1), ("reject", 0), ("any", 2)):
        assert client.get(f"/api/row?decision={decision}").json()["matching"] == matching
    lines = [json.loads(line) for line in client.get("/api/export").text.splitlines()]
    assert [(line["id"], line["decision"]) for line in lines] == [
        (row["listed"][0]["id"], "accept"),
        (row["listed"][1]["id"], "edit"),
    ]
    assert len(Review.load(tmp_path / "review.sqlite").decisions) == 2
    undone = client.post("/api/undo", json={"tab": "one"}).json()
    assert (undone["judged"], undone["place"]["id"]) == (1, row["listed"][1]["id"])
    assert client.post("/api/undo", json={"tab": "another"}).json()["place"] is None


def test_the_share_of_a_sample(client):
    query = "/api/sample?sample=10&seed=7"
    pairs = client.get(query).json()["pairs"]
    assert len(pairs) == 10
    assert client.get(query).json()["share"] is None
    for number, pair in enumerate(pairs[:8]):
        row = client.get(f"/api/row?near={pair['row']}").json()["row"]
        verdict = "reject" if number == 3 else "edit" if number == 5 else "accept"
        sent = judgement(row, pair["position"], verdict, text="Q", answer="A")
        assert client.post("/api/decisions", json=sent).status_code == 200
    got = client.get(query + "&decision=none").json()  # what was drawn does not change while it is judged
    assert [pair["id"] for pair in got["pairs"]] == [pair["id"] for pair in pairs]
    assert (got["judged"], got["accept"], got["reject"], got["edit"], got["share"]) == (8, 6, 1, 1, 0.75)
    assert (got["low"], got["high"]) == wilson(6, 8)
    assert len(client.get("/api/export?sample=5&seed=7").text.splitlines()) == 5


def test_an_edit_is_checked_against_the_words(worded, tmp_path):
    client = TestClient(create_app(worded, tmp_path / "r.sqlite"), "http://localhost", headers=OURS)
    row = client.get("/api/row").json()["row"]

    def edited(answer: str) -> dict:
        sent = judgement(row, verdict="edit", text="Which date?", answer=answer)
        return client.post("/api/decisions", json=sent).json()["question"]

    assert edited("February 2017")["decision"]["checked"] == IN_BOXES
    assert edited("February 2017")["boxes"] == [[0.3, 0.5, 0.48, 0.52]]
    assert edited("2017-02-28")["decision"]["checked"] == NOT_IN_BOXES
    assert edited("2017-02-28")["boxes"] == row["listed"][0]["boxes"]
    (worded / "pages" / "train-00000.parquet").unlink()
    client = TestClient(create_app(worded, tmp_path / "r.sqlite"), "http://localhost", headers=OURS)
    assert edited("February 2017")["decision"]["checked"] == NO_WORDS


def test_docmatix_opens_without_boxes(docmatix, tmp_path):
    client = TestClient(create_app(docmatix, tmp_path / "r.sqlite"), "http://localhost", headers=OURS)
    assert client.get("/api/dataset").json()["facets"]["kind"] == {}
    first = client.get("/api/row").json()["row"]
    assert [image["page"] for image in first["images"]] == [1, 2]
    assert first["listed"][0]["boxes"] == []
    found = client.get("/api/row", params={"text": "' or 1=1 --"}).json()
    assert (found["rows"], found["matching"], found["row"]["number"]) == (1, 2, 1)
    assert client.get("/api/row", params={"kind": "x' OR '1'='1"}).json()["row"] is None
    sent = judgement(found["row"], 1, "edit", text="Who?", answer="Ada")
    assert client.post("/api/decisions", json=sent).json()["question"]["decision"]["checked"] == ""
    both = client.get("/api/row?near=1").json()["row"]["listed"]
    assert [question["decision"]["verdict"] for question in both] == ["edit", "edit"]  # the same question twice
    assert client.get("/api/sample?sample=9").json()["pairs"][0].keys() == {"row", "position", "id", "verdict"}
    assert len(client.get("/api/sample?sample=9").json()["pairs"]) == 2


def test_a_picture_that_does_not_open_is_said_to_be_so(tmp_path):
    texts = [[{"user": "Q", "assistant": "A", "source": "s"}]]
    folder = written(
        tmp_path / "bad", {"images": [[{"bytes": b"<svg onload=alert(1)>", "path": None}]], "texts": texts}
    )
    client = TestClient(create_app(folder, tmp_path / "r.sqlite"), "http://localhost")
    for path in ("/api/row", "/api/image/0/0"):
        answer = client.get(path)
        assert answer.status_code == 422
        assert "cannot be opened" in answer.json()["detail"]


# ---- what is refused


def test_foreign_hosts_and_origins_are_refused(client, data_folder, tmp_path):
    sent = judgement(client.get("/api/row").json()["row"])
    for host in ("evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "", "[::1"):
        assert client.get("/api/dataset", headers={"Host": host}).status_code == 421
        assert client.get("/", headers={"Host": host}).status_code == 421
    for host in ("127.0.0.1:8000", "localhost:9", "[::1]:8000", "LOCALHOST"):
        assert client.get("/api/dataset", headers={"Host": host}).status_code == 200
    named = TestClient(create_app(data_folder, tmp_path / "r.sqlite", ["desk.lan"]), "http://desk.lan:8000")
    assert named.get("/api/dataset").status_code == 200

    bare = TestClient(client.app, "http://127.0.0.1:8000")
    assert bare.post("/api/decisions", json=sent).status_code == 403  # what a form of a stranger's page can send
    for origin in ("http://evil.example", "null", "http://127.0.0.1:9000"):
        assert client.post("/api/decisions", json=sent, headers={"Origin": origin}).status_code == 403
    plain = client.post("/api/decisions", content=json.dumps(sent), headers={"Content-Type": "text/plain"})
    assert plain.status_code == 415
    assert client.get("/api/dataset").json()["judged"] == 0
    own = client.post("/api/decisions", json=sent, headers={"Origin": "http://127.0.0.1:8000"})
    assert own.status_code == 200
    assert client.options("/api/decisions", headers={"Origin": "http://evil.example"}).status_code >= 400


def test_wrong_and_large_judgements_are_refused(client):
    row = client.get("/api/row").json()["row"]
    good = judgement(row)
    wrong = [
        {**good, "verdict": "maybe"},
        {**good, "more": 1},
        {**good, "row": -1},
        {**good, "row": 2**63},
        {**good, "verdict": "edit", "text": "", "answer": "x"},
        {**good, "verdict": "edit", "text": "x", "answer": "y" * 4001},
        [],
    ]
    for sent in wrong:
        assert client.post("/api/decisions", json=sent).status_code == 422
    half = '{"row": 0, "position": 0, "id": "x", "verdict": "edit", "text": "\\ud800", "answer": "x"}'
    headers = {"Content-Type": "application/json"}
    assert client.post("/api/decisions", content=half, headers=headers).status_code == 422
    assert client.post("/api/decisions", json={**good, "row": 99999}).status_code == 404
    assert client.post("/api/decisions", json={**good, "position": 99999}).status_code == 404
    assert client.post("/api/decisions", json={**good, "id": "0" * 16}).status_code == 409
    large = client.post("/api/decisions", content=b" " * (MOST_BYTES + 1), headers=headers)
    assert large.status_code == 413
    pieces = client.post("/api/decisions", content=iter([b" " * MOST_BYTES] * 3), headers=headers)
    assert pieces.status_code == 411
    assert client.get("/api/dataset").json()["judged"] == 0


def test_every_answer_carries_the_security_headers(client):
    for path in ("/", "/static/app.js", "/api/row", "/api/image/0/0", "/api/image/9999/0", "/docs", "/openapi.json"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
    assert client.get("/docs").status_code == client.get("/openapi.json").status_code == 404
    page = client.get("/").text
    assert "<style" not in page
    assert "style=" not in page
    assert page.count("<script") == page.count("<script src=") + page.count('<script type="module" src=')


def test_serving_from_start_to_interrupt(docmatix):
    script = "import sys; from pathlib import Path; from octavo.datasets.audit.server import serve;"
    script += "serve(Path(sys.argv[1]), port=int(sys.argv[2]))"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        taken.listen()
        with pytest.raises(OctavoError, match=f"127.0.0.1:{port} cannot be listened on"):
            serve(docmatix, port=port)
    command = [sys.executable, "-c", script, str(docmatix), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        said = process.stdout.readline()
        assert said.startswith(f"http://127.0.0.1:{port} ")
        assert f"{docmatix}.review.sqlite" in said
        for _ in range(100):
            with suppress(httpx.ConnectError):
                assert httpx.get(f"http://127.0.0.1:{port}/api/dataset").json()["rows"] == 2
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, faults = process.communicate(timeout=20)
        assert "Error" not in faults.replace("KeyboardInterrupt", "")
    assert review_of(docmatix).is_file()


def test_what_is_no_data_set_gets_no_review(tmp_path):
    with pytest.raises(OctavoError, match="is no data set"):
        create_app(tmp_path / "none", tmp_path / "none.review.sqlite")
    assert list(tmp_path.iterdir()) == []

"""An endpoint under test that answers late, wrongly, or not at all: bounded, counted, never right."""

import base64
import io
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from PIL import Image

from octavo.datasets import DataSet
from octavo.documents.types import PageImage
from octavo.errors import OctavoError
from octavo.evaluation import evaluate
from octavo.evaluation.models.endpoint import ATTEMPTS, MOST_BYTES, EndpointModel, data_url
from octavo.evaluation.prompts import load_prompt
from octavo.evaluation.tasks import BuiltTask


@contextmanager
def serving(respond):
    """An endpoint whose replies `respond(body, attempt)` gives: (status, bytes), or (status, bytes, headers)."""
    bodies = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            bodies.append(body)
            same = sum(one == body for one in bodies)
            status, data, *headers = respond(body, same)
            try:
                self.send_response(status)
                for name, value in (headers[0] if headers else {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except OSError:
                pass  # the client did not wait

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", bodies
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def said(text):
    return 200, json.dumps({"choices": [{"message": {"content": text}}]}).encode()


@pytest.fixture(scope="module")
def task(data_folder):
    return BuiltTask(DataSet(data_folder), "validation")


def run(url, task, tmp_path, limit=4, timeout_s=5.0):
    pauses = []
    model = EndpointModel(url, "m", timeout_s=timeout_s, sleep=pauses.append)
    return evaluate(model, task, "generic", limit, tmp_path), pauses


def test_answers_come_back_and_the_page_goes_with_each_question(task, tmp_path):
    prompt = load_prompt("generic", "built")
    truth = {(data_url(task.images(item)[0]), prompt.text(item)): item.references[0] for item in task.items}

    def respond(body, attempt):
        image, text = body["messages"][0]["content"]
        return said(truth[image["image_url"]["url"], text["text"]])

    with serving(respond) as (url, bodies):
        made, pauses = run(url, task, tmp_path, limit=10)
    assert made.score.metrics["anls"].value == 1.0
    assert pauses == []
    assert len(bodies) == 10
    assert {body["temperature"] for body in bodies} == {0}
    image = bodies[0]["messages"][0]["content"][0]["image_url"]["url"]
    assert Image.open(io.BytesIO(base64.b64decode(image.split(",")[1]))).width > 100


@pytest.mark.parametrize(
    ("reply", "reason", "attempts"),
    [
        ((500, b"overloaded"), "status 500", ATTEMPTS),
        ((429, b"", {"Retry-After": "3"}), "status 429", ATTEMPTS),
        ((400, b"no images"), "status 400", 1),
        ((200, b"<html>"), "the reply was no chat completion", ATTEMPTS),
        ((200, b'{"choices": []}'), "the reply was no chat completion", ATTEMPTS),
        ((200, b"[" * 5000), "the reply was no chat completion", ATTEMPTS),
        (said("   "), "the reply was empty", ATTEMPTS),
        ((200, b"x" * (MOST_BYTES + 1)), "the reply was too long", ATTEMPTS),
    ],
)
def test_what_goes_wrong_is_counted_and_never_right(task, tmp_path, reply, reason, attempts):
    with serving(lambda body, attempt: reply) as (url, bodies):
        made, pauses = run(url, task, tmp_path, limit=2)
    assert made.score.failures == {reason: 2}
    assert {made.score.metrics[name].value for name in ("anls", "exact_match", "token_f1")} == {0.0}
    assert len(bodies) == 2 * attempts
    assert len(pauses) == 2 * (attempts - 1)
    if "429" in reason:
        assert set(pauses) == {3.0}


def test_what_passes_is_tried_again(task, tmp_path):
    with serving(lambda body, attempt: (503, b"") if attempt < 3 else said("x")) as (url, _):
        made, pauses = run(url, task, tmp_path)
    assert made.score.failures == {}
    assert [p.prediction for p in made.predictions] == ["x"] * 4
    assert all(pause > 0 for pause in pauses)


def test_late_answers_are_not_waited_for(task, tmp_path):
    def respond(body, attempt):
        time.sleep(0.4)
        return said("late")

    with serving(respond) as (url, _):
        made, _ = run(url, task, tmp_path, limit=1, timeout_s=0.1)
    assert made.score.failures == {"no answer in time": 1}


def test_nobody_there(task, tmp_path):
    made, _ = run("http://127.0.0.1:9/v1", task, tmp_path, limit=1)
    assert made.score.failures == {"no connection (ConnectError)": 1}


@pytest.mark.parametrize(("status", "said_"), [(401, "key"), (404, "--endpoint-model")])
def test_what_fails_all_alike_ends_the_run(task, tmp_path, status, said_):
    with serving(lambda body, attempt: (status, b"")) as (url, _), pytest.raises(OctavoError, match=said_):
        run(url, task, tmp_path)


def test_raw_pictures_are_sent_as_png():
    raw = PageImage(bytes(range(12)), "RGB", 2, 2)
    sent = Image.open(io.BytesIO(base64.b64decode(data_url(raw).split(",")[1])))
    assert (sent.format, sent.tobytes()) == ("PNG", raw.data)

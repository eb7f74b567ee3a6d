"""A server as users start it, with a tiny random model; one for all tests of the room."""

import base64
import io
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import httpx
import openai
import pytest
import torch
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from octavo.models import save_model

KEY = "sk-octavo-test"


@contextmanager
def running(model, *options, key=KEY):
    """`octavo serve` on a free port: (base URL, process)."""
    environment = os.environ | {"OCTAVO_API_KEY": key, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "octavo", "serve", str(model), "--port", "0", *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, encoding="utf-8"
    ) as process:
        try:
            line = process.stdout.readline()
            assert line.startswith("http://127.0.0.1:"), process.stderr.read()
            yield line.split("/v1")[0], process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(30)
            process.stdout.close()
            process.stderr.close()


@pytest.fixture(scope="session")
def model_folder(parts, tmp_path_factory):
    """The same as a Hugging Face folder."""
    folder = tmp_path_factory.mktemp("served") / "tiny"
    save_model(parts[0], folder)
    parts[1].save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def server(model_folder):
    """The address of a server."""
    with running(model_folder, "--slots", "4", "--waiting", "8") as (url, _):
        yield url


@pytest.fixture(scope="session")
def client(server):
    """OpenAI's own client of it."""
    with openai.OpenAI(base_url=f"{server}/v1", api_key=KEY, max_retries=0, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def post(server):
    """Send a chat request as it is: its answer."""
    with httpx.Client(base_url=server, headers={"Authorization": f"Bearer {KEY}"}, timeout=30) as client:

        def send(content, **fields):
            body = {"model": "tiny", "messages": [{"role": "user", "content": content}], "max_tokens": 4, **fields}
            return client.post("/v1/chat/completions", json=body)

        yield send


def data_url(data, kind):
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def image_part(url):
    return {"type": "image_url", "image_url": {"url": url}}


def file_part(data, name="letter.pdf"):
    return {"type": "file", "file": {"file_data": data_url(data, "application/pdf"), "filename": name}}


def text_part(text):
    return {"type": "text", "text": text}


def letter(pages, text="Page {} of the letter"):
    """A PDF with a line of text on each page."""
    canvas = Canvas("", pagesize=(300, 300))
    for number in range(1, pages + 1):
        canvas.drawString(50, 150, text.format(number))
        canvas.showPage()
    return canvas.getpdfdata()


@pytest.fixture(scope="session")
def picture():
    """A page of noise."""
    noise = torch.randint(0, 256, (90, 70, 3), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    return Image.fromarray(noise.numpy())


@pytest.fixture(scope="session")
def picture_bytes(picture):
    """The same as PNG."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()

"""What clients that nobody vouches for try, and what they get."""

import io
import socket
import struct
import time
import zlib

import httpx
import pytest
from PIL import Image

from octavo.errors import OctavoError
from octavo.processing.prompts import ChatTemplate
from tests.serving.conftest import KEY, data_url, file_part, image_part, letter, text_part


def fault(response, status=400):
    """The error of an answer, in OpenAI's shape."""
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return error


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "/etc/passwd",
        "../../etc/passwd",
        "\\\\host\\share\\page.png",
        "ftp://example.com/page.png",
        "http://[broken",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost:1/page.png",
        "",
    ],
)
def test_addresses_and_paths_are_refused(post, url):
    part = {"type": "file", "file": {"file_data": url or "data:"}} if not url else image_part(url)
    error = fault(post([part, text_part("What?")]))
    assert error["param"] == "messages.0.content.0"
    assert "root:" not in error["message"]


def test_a_path_as_file_data_is_not_opened(post):
    for data in ("/etc/passwd", "file:///etc/passwd", "http://127.0.0.1/page.pdf"):
        fault(post([{"type": "file", "file": {"file_data": data, "filename": "/etc/passwd"}}, text_part("What?")]))


def png_bomb():
    """60,000 by 60,000 pixels, in a header alone."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def tiff_bomb():
    """Small, but its header says 65,500 by 65,500."""
    buffer = io.BytesIO()
    Image.new("L", (40, 40)).save(buffer, "TIFF")
    data = bytearray(buffer.getvalue())
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    for entry in range(start + 2, start + 2 + 12 * count, 12):
        if struct.unpack_from("<H", data, entry)[0] in (256, 257):
            struct.pack_into("<HIHH", data, entry + 2, 3, 1, 65_500, 0)
    return bytes(data)


def pdf_bomb():
    """A page whose drawing is 256 MB of nothing, compressed twice."""
    squeeze, block = zlib.compressobj(1), bytes(1 << 20)
    once = b"".join([*(squeeze.compress(block) for _ in range(256)), squeeze.flush()])
    stream = zlib.compress(once)
    head = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    page = b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R>>endobj\n"
    body = b"4 0 obj<</Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n" % len(stream)
    return head + page + body + stream + b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n"


@pytest.mark.parametrize("bomb", [png_bomb, tiff_bomb])
def test_pixels_are_counted_before_they_are_decoded(post, bomb):
    error = fault(post([image_part(data_url(bomb(), "image/png")), text_part("What?")]))
    assert "pixels, more than the limit" in error["message"]


def test_a_pdf_bomb_costs_itself(post):
    response = post([file_part(pdf_bomb()), text_part("What?")])
    assert response.status_code in (200, 400)  # pdfium stops inflating at its own limit, or the reader's limits hold
    assert post("What?").status_code == 200


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7 and nothing", b"\x89PNG\r\n\x1a\nbroken", b"RIFFxxxx"])
def test_what_is_no_page_is_refused(post, data):
    error = fault(post([file_part(data, "../../x\x00.pdf"), text_part("What?")]))
    assert error["code"] == "invalid_file"
    assert "/tmp" not in error["message"]


def test_too_many_pages(post):
    error = fault(post([file_part(letter(21)), text_part("What?")], octavo={"most": 21}))
    assert error["code"] == "too_many_pages"
    assert post([file_part(letter(21)), text_part("What?")], octavo={"pages": [21]}).json()["octavo"]["page"] == 21


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"model": NaN}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"9" * 10_000,
        b"{" + b",".join(b'"a%d":1' % number for number in range(100_000)) + b"}",
        b'{"model": "tiny", "messages": [' + b"1," * 100_000 + b"1]}",
        b'{"model": "tiny", "messages": [{"role": "user", "content": "\\ud800"}]}',
        b'{"model": "tiny", "\\ud800": 1, "messages": [{"role": "user", "content": "a"}]}',
        b'{"model": "tiny", "messages": [{"role": "user", "content":'
        b' [{"type": "image_url", "image_url": {"url": "data:,\\ud800"}}]}]}',
        b'{"model": "tiny", "temperature": 1e999, "messages": [{"role": "user", "content": "a"}]}',
    ],
)
def test_malformed_json(server, body):
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    fault(httpx.post(f"{server}/v1/chat/completions", content=body, headers=headers))


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/v1/models", {}, 401),
        ("/v1/models", {"Authorization": "Bearer nearly"}, 401),
        ("/metrics", {}, 401),
        ("/openapi.json", {"Authorization": KEY}, 401),
        ("/v1/nothing", {"Authorization": f"Bearer {KEY}"}, 404),
        ("/../../etc/passwd", {}, 404),
        ("/static/%2e%2e/%2e%2e/errors.py", {}, 404),
        ("/health", {}, 200),
        ("/", {}, 200),
    ],
)
def test_what_is_open_and_what_is_not(server, path, headers, status):
    response = httpx.get(server + path, headers=headers)
    assert response.status_code == status
    assert response.headers["x-content-type-options"] == "nosniff"
    assert status == 200 or set(response.json()) == {"error"}


def raw(server, *pieces):
    """Send bytes as they are: what comes back before the server closes, or goes quiet for two seconds."""
    url = httpx.URL(server)
    with socket.create_connection((url.host, url.port), timeout=2) as connection:
        got = b""
        try:
            for piece in pieces:
                connection.sendall(piece)
            while part := connection.recv(65536):
                got += part
        except (TimeoutError, ConnectionError):
            pass
        return got


HEAD = f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: {{}}\r\nAuthorization: Bearer {KEY}\r\n"
JSON = HEAD.format("application/json").encode()


def test_a_gigabyte_is_refused_at_its_head(server):
    started = time.monotonic()
    assert b" 413 " in raw(server, JSON + b"Content-Length: 1073741824\r\n\r\n{").splitlines()[0]
    assert time.monotonic() - started < 5


def test_a_body_of_no_stated_length_is_counted_as_it_comes(server):
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    answer = raw(server, JSON + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 60)
    assert answer == b"" or b" 413 " in answer.splitlines()[0]  # b"" where the reset came before it was read
    metrics = httpx.get(f"{server}/metrics", headers={"Authorization": f"Bearer {KEY}"}).text
    assert 'octavo_requests_total{endpoint="chat",status="413"}' in metrics
    assert "octavo_request_bytes_held 0\n" in metrics


def test_forms_that_a_browser_sends_across_origins_are_refused(server):
    head = HEAD.format("text/plain").encode()
    assert b" 415 " in raw(server, head + b"Content-Length: 2\r\n\r\n{}").splitlines()[0]


def test_a_chat_template_that_reaches_for_attributes(tiny_model):
    source = "{% for m in messages %}{{ m.__class__.__mro__[1].__subclasses__() }}{% endfor %}"
    template = ChatTemplate(source, tiny_model[1].named_tokens)
    with pytest.raises(OctavoError, match="not allowed"):
        template.render([{"role": "user", "content": [text_part("{{ ''.__class__ }}")]}])


def test_a_template_in_a_text_is_only_text(post):
    assert post("{{ ''.__class__.__mro__ }}").status_code == 200


@pytest.mark.parametrize(("size", "mode"), [((1, 1), "1"), ((6000, 1), "L"), ((1, 6000), "RGBA"), ((3, 3), "P")])
def test_odd_pictures_are_answered_or_refused(post, size, mode):
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, "PNG")
    assert post([image_part(data_url(buffer.getvalue(), "image/png")), text_part("What?")]).status_code in (200, 400)

"""Addresses are checked before a connection is made, and the connection goes to the address that was checked."""

import asyncio
import ipaddress
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from octavo.serving import remote
from octavo.serving.errors import ApiError
from octavo.serving.remote import Fetcher, is_public

LOOPBACK = ipaddress.ip_address("127.0.0.1")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.2.1", "198.18.0.1", "224.0.0.1", "233.252.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1",
        "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "2002:7f00:1::",
        "64:ff9b::7f00:1", "64:ff9b:1::1", "2001:db8::1", "2001:0:7f00:1::",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111"])
def test_addresses_that_are(address):
    assert is_public(ipaddress.ip_address(address))


def got(url, fetcher):
    return asyncio.run(fetcher.get(url, "messages.0"))


def refused(url, fetcher):
    with pytest.raises(ApiError) as error:
        got(url, fetcher)
    assert error.value.status == 400
    return error.value.message


@pytest.fixture
def resolved(monkeypatch):
    """What names are resolved to; whoever connects elsewhere than to loopback fails the test."""
    names = {}

    def resolve(host, port, *args, **kwargs):
        host = host.decode() if isinstance(host, bytes) else host
        addresses = names.get(host, [host])
        if not addresses:
            raise socket.gaierror("no such name")
        kinds = (socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses)
        return [(kind, socket.SOCK_STREAM, 6, "", (a, port)) for kind, a in zip(kinds, addresses, strict=True)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return names


@pytest.fixture
def no_connections(monkeypatch):
    def connect(*args, **kwargs):
        raise AssertionError("a connection was made")

    monkeypatch.setattr(remote.httpx, "AsyncClient", connect)


@pytest.mark.usefixtures("no_connections")
@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:10.0.0.1]",
     "169.254.169.254"],
)  # fmt: skip
def test_internal_addresses_however_they_are_written(host):
    assert "public internet" in refused(f"http://{host}/page.png", Fetcher(1000))


@pytest.mark.usefixtures("no_connections")
def test_a_name_with_one_internal_address_is_refused(resolved):
    resolved["rebinding.example"] = ["8.8.8.8", "10.0.0.1"]
    resolved["gone.example"] = []
    assert "public internet" in refused("https://rebinding.example/page.png", Fetcher(1000))
    assert "cannot be fetched" in refused("https://gone.example/page.png", Fetcher(1000))


@pytest.mark.usefixtures("no_connections")
@pytest.mark.parametrize(
    "url", ["ftp://8.8.8.8/", "http://user:pass@8.8.8.8/", "http:///x", "http://a..b/", "http://0177.0.0.1/"]
)
def test_addresses_that_are_no_plain_ones(url):
    refused(url, Fetcher(1000))


class Site(BaseHTTPRequestHandler):
    """Redirects, and bodies of many sizes; it notes the hosts that it is asked for."""

    hosts: ClassVar[list[str]] = []

    def do_GET(self):
        self.hosts.append(self.headers["Host"])
        kind, _, rest = self.path[1:].partition("/")
        if kind == "to":
            self.send_response(302)
            self.send_header("Location", rest)
            self.end_headers()
            return
        self.send_response(404 if kind == "missing" else 200)
        if kind == "gzip":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(b"x" * int(rest or 0))

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def site():
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"site.example:{server.server_port}"
        server.shutdown()


@pytest.fixture
def fetcher(resolved):
    """One that takes loopback for the public internet."""
    resolved["site.example"] = ["127.0.0.1"]
    return Fetcher(1000, lambda address: address == LOOPBACK)


def test_a_file_is_fetched_from_the_checked_address_by_its_name(site, fetcher):
    assert got(f"http://{site}/file/900", fetcher) == b"x" * 900
    assert got(f"http://{site}/to//to//file/7", fetcher) == b"x" * 7
    assert set(Site.hosts) == {site}


def test_each_redirect_is_checked_again(site, fetcher, resolved):
    resolved["inside.example"] = ["10.0.0.1"]
    for inside in ("http://10.0.0.1/", "http://inside.example/", "http://[::1]/", "https://169.254.169.254/x"):
        assert "public internet" in refused(f"http://{site}/to/{inside}", fetcher)
    assert "only plain" in refused(f"http://{site}/to/file:///etc/passwd", fetcher)
    assert "redirected" in refused(f"http://{site}/to//to//to//to//file/1", fetcher)


def test_size_status_and_time_are_limited(site, fetcher, monkeypatch):
    assert "more than 1000 bytes" in refused(f"http://{site}/file/1001", fetcher)
    assert "status 404" in refused(f"http://{site}/missing/", fetcher)
    assert "compressed" in refused(f"http://{site}/gzip/9", fetcher)
    monkeypatch.setattr(remote, "SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert "within" in refused(f"http://site.example:{silent.getsockname()[1]}/", fetcher)

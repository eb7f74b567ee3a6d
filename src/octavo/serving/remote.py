"""Images from the public internet, and from nowhere else.

A name is resolved once, all its addresses must be global, and the connection goes to the address that was checked, with
the name kept for Host and TLS: a second resolution could give another address (DNS rebinding). Redirects are followed
by hand, each checked as the first address was. Proxies of the environment are passed over: they would resolve again.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from typing import TypeAlias

import httpx

from octavo.serving.errors import ApiError

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
MOST_REDIRECTS = 3
SECONDS = 20.0  # for an image, redirects and all


def is_public(address: Address) -> bool:
    """Whether an address is of the public internet. IPv6 addresses that carry an IPv4 one inside never are."""
    if isinstance(address, ipaddress.IPv6Address) and (address.ipv4_mapped or address.sixtofour or address.teredo):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class Fetcher:
    """Gets files of at most `most_bytes` from addresses that `allowed` lets pass."""

    def __init__(self, most_bytes: int, allowed: Callable[[Address], bool] = is_public) -> None:
        self.most_bytes, self.allowed = most_bytes, allowed

    async def get(self, url: str, param: str) -> bytes:
        """The file at an http or https address. Raises `ApiError` where it may not or cannot be had."""
        try:
            async with asyncio.timeout(SECONDS):
                return await self._follow(url, param)
        except TimeoutError:
            raise _refused(f"it did not arrive within {SECONDS:g} s", param) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            # What is wrong with it inside is not told: that would map the network for whoever asks.
            raise _refused("it cannot be fetched", param) from error

    async def _follow(self, url: str, param: str) -> bytes:
        for _ in range(MOST_REDIRECTS + 1):
            found = await self._step(httpx.URL(url), param)
            if isinstance(found, bytes):
                return found
            url = str(found)
        raise _refused(f"it is redirected more than {MOST_REDIRECTS} times", param)

    async def _step(self, url: httpx.URL, param: str) -> bytes | httpx.URL:
        """The file, or where it is redirected to."""
        if url.scheme not in ("http", "https") or not url.host or url.userinfo:
            raise _refused("only plain http and https addresses are fetched", param)
        address = await self._resolved(url, param)
        request = httpx.Request(
            "GET",
            url.copy_with(host=str(address)),
            headers={"Host": url.netloc.decode(), "Accept-Encoding": "identity"},
            extensions={"sni_hostname": url.raw_host.decode(), "timeout": httpx.Timeout(SECONDS).as_dict()},
        )
        async with httpx.AsyncClient(trust_env=False, follow_redirects=False) as client:
            response = await client.send(request, stream=True)
            try:
                if response.has_redirect_location:
                    return url.join(response.headers["location"])
                return await self._body(response, param)
            finally:
                await response.aclose()

    async def _resolved(self, url: httpx.URL, param: str) -> Address:
        """The address to connect to. One that is not allowed spoils all of a name: it is the mark of an attack."""
        port = url.port or (443 if url.scheme == "https" else 80)
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(url.raw_host.decode(), port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
        if not addresses or not all(map(self.allowed, addresses)):
            raise _refused("its address is not of the public internet", param)
        return addresses[0]

    async def _body(self, response: httpx.Response, param: str) -> bytes:
        if response.status_code != 200 or "content-encoding" in response.headers:
            raise _refused(f"its server answers with status {response.status_code}, or compressed", param)
        data = bytearray()
        async for part in response.aiter_raw():
            data += part
            if len(data) > self.most_bytes:
                raise _refused(f"it has more than {self.most_bytes} bytes", param)
        return bytes(data)


def _refused(reason: str, param: str) -> ApiError:
    return ApiError(400, f"{param}: {reason}", param, "invalid_url")

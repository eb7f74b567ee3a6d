"""What the pages served on this machine have in common: whom they answer, and what they tell browsers to refuse.

A page that listens on this machine alone is still within reach of every browser tab of it: a stranger's page can point
its own host name at 127.0.0.1 and read the answers (DNS rebinding). An IP address in the Host header cannot be
rebound; a name is let in only if it is ours.
"""

import ipaddress
from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit

SHARED = Path(__file__).parent / "static"  # style and scripts that all pages use, served as /shared
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def is_ours(host: str, names: Collection[str]) -> bool:
    """Whether a Host header holds an IP address or one of `names`, with or without a port."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        if name in names:
            return True
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True

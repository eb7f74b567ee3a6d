"""Files that come inside a request, or from an address in it."""

import base64
import binascii
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes, urlsplit

from octavo.serving.errors import ApiError

PDF_HEAD = 1024  # bytes in which a PDF's mark may stand
SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"RIFF")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file's bytes, what to call it in messages, and the parameter it came in."""

    name: str
    data: bytes = field(repr=False)
    param: str

    @property
    def suffix(self) -> str:
        """What the reader goes by, from the bytes: declared types and names are the client's word. "" for neither."""
        if b"%PDF-" in self.data[:PDF_HEAD]:
            return ".pdf"
        return ".png" if self.data.startswith(SIGNATURES) else ""


def scheme_of(url: str, param: str) -> str:
    """ "data", "http" or "https". Raises `ApiError` for everything else: local files are never opened."""
    try:
        scheme = urlsplit(url[:2000]).scheme.lower()
    except ValueError:
        scheme = ""
    if scheme not in ("data", "http", "https"):
        raise ApiError(400, f"{param}: send the file itself, as a data: URL", param, "invalid_url")
    return scheme


def from_data_url(url: str, name: str, param: str) -> Upload:
    """The file in a `data:` URL, base64 or percent-encoded."""
    head, comma, body = url[len("data:") :].partition(",")
    if not comma:
        raise ApiError(400, f"{param}: a data: URL has a comma before its data", param, "invalid_url")
    if head.lower().endswith(";base64"):
        return from_base64(body, name, param)
    try:
        return Upload(name, unquote_to_bytes(body), param)
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can hold
        raise ApiError(400, f"{param}: this is no text", param, "invalid_url") from None


def from_file_data(text: str, name: str, param: str) -> Upload:
    """The file of a field `file_data`: OpenAI's documentation has bare base64, its examples a data: URL."""
    if ":" not in text[:10]:
        return from_base64(text, name, param)
    if scheme_of(text, param) != "data":
        raise ApiError(400, f"{param}: file_data is the file itself, not an address", param, "invalid_url")
    return from_data_url(text, name, param)


def from_base64(text: str, name: str, param: str) -> Upload:
    """The file of a base64 text."""
    try:
        return Upload(name, base64.b64decode(text, validate=True), param)
    except (binascii.Error, ValueError):
        raise ApiError(400, f"{param}: this is not base64", param, "invalid_base64") from None

"""What a server allows one client and all of them together."""

from dataclasses import dataclass, field

from octavo.documents import Limits
from octavo.inference.ranking import MOST_PAGES

MIB = 2**20
DOCUMENT = Limits(seconds=20.0, memory_bytes=2 << 30, pixels=50_000_000)  # an A4 page at 600 dpi has 35 million


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits of the server; a request above one of them is refused with its name.

    Of a request: `body_bytes`, `body_s` seconds to send it, `pages` read for it, `seconds` from its arrival to its last
    token. Of all: `active` requests are read and answered at a time, `waiting` more wait, and their bodies hold
    `held_bytes` together. `readers` processes open documents within `document`; pages they read stay in `page_bytes`,
    and files sent ahead of their questions in `file_bytes`.
    With `remote_images`, images may be given by http and https addresses of the public internet. `names` are host names
    that requests may give where no `key` is asked for.
    """

    model: str
    key: str | None = field(default=None, repr=False)
    names: tuple[str, ...] = ("localhost",)
    body_bytes: int = 40 * MIB
    body_s: float = 60.0
    pages: int = 20
    seconds: float = 300.0
    active: int = 16
    waiting: int = 64
    held_bytes: int = 256 * MIB
    readers: int = 2
    document: Limits = DOCUMENT
    page_bytes: int = 128 * MIB
    file_bytes: int = 128 * MIB
    remote_images: bool = False

    @property
    def most(self) -> int:
        """Of how many pages of a document a question is asked that names none."""
        return min(MOST_PAGES, self.pages)

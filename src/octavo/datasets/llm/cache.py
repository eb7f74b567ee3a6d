"""Replies that were paid for, in SQLite: each is asked for once, whatever is killed when."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from octavo.datasets.llm.types import Reply, Request
from octavo.errors import OctavoError

VERSION = 1
_APPLICATION = 0x6F637461  # "octa" in SQLite's header, so that no other program's file is taken for a cache
_TABLE = """
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY, model TEXT NOT NULL, prompt TEXT NOT NULL, text TEXT NOT NULL, is_cut INTEGER NOT NULL,
    tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL, fault TEXT NOT NULL
) WITHOUT ROWID
"""


class Cache:
    """The replies in file `path`, which is made where it is missing. Any number of processes may use it.

    A reply is committed before `put` returns. The file holds no key and no request, only its hash. To be used
    by one thread. Raises `OctavoError` where the file is something else or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._told():
            path.parent.mkdir(parents=True, exist_ok=True)
            self.database = sqlite3.connect(path, timeout=60, isolation_level=None)
            self.database.execute("PRAGMA journal_mode=WAL")
            self.database.execute("PRAGMA synchronous=NORMAL")  # a killed process loses nothing, a power cut the last
            self.database.execute("BEGIN IMMEDIATE")  # two processes may make the file at once
            [application] = self.database.execute("PRAGMA application_id").fetchone()
            [version] = self.database.execute("PRAGMA user_version").fetchone()
            [tables] = self.database.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if tables and (application, version) != (_APPLICATION, VERSION):
                self.database.close()
                raise OctavoError(f"{path} is no cache of replies of this version; delete it or give another file")
            self.database.execute(f"PRAGMA application_id={_APPLICATION}")
            self.database.execute(f"PRAGMA user_version={VERSION}")
            self.database.execute(_TABLE)
            self.database.execute("COMMIT")

    def get(self, request: Request) -> Reply | None:
        """The reply to a request that was asked before, or None."""
        with self._told():
            row = self.database.execute(
                "SELECT text, is_cut, tokens_in, tokens_out, fault FROM replies WHERE key = ?", (request.key,)
            ).fetchone()
        return Reply(row[0], bool(row[1]), row[2], row[3], row[4]) if row else None

    def put(self, request: Request, reply: Reply) -> Reply:
        """Keep a reply and return it, or the one that another process has kept meanwhile."""
        with self._told():
            self.database.execute(
                "INSERT OR IGNORE INTO replies VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    request.key,
                    request.model,
                    request.prompt,
                    reply.text,
                    reply.is_cut,
                    reply.tokens_in,
                    reply.tokens_out,
                    reply.fault,
                ),
            )
        kept = self.get(request)
        assert kept is not None
        return kept

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What SQLite or the system says against the file, as an `OctavoError`."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise OctavoError(
                f"the cache of replies {self.path} cannot be used ({error}); delete it or give another file"
            ) from None

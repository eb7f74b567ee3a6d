"""The reading child: `python -m octavo.documents.child`, spoken to in frames over its pipes.

It opens files that nobody vouches for, with libraries written in C, so it is the one process that may crash,
hang or run out of memory. It holds at most one document open; every request names its file, so that a child
started anew can go on where the last one died.
"""

import json
import os
import resource
import signal
import sys
from collections.abc import Sequence
from typing import BinaryIO, Protocol

from octavo.documents.about import About
from octavo.documents.frames import Head, Settings, UnreadableError, packed, received
from octavo.documents.pdf import Pdf
from octavo.documents.pictures import Picture
from octavo.heap import give_back

CPU_MARGIN_S = 5.0  # the parent's clock cuts first, so that its reason is the one told


class Opened(Protocol):
    """What a kind of document can do."""

    page_count: int
    password: str

    def about(self) -> About: ...

    def page(self, number: int, words: bool, image: bool, size: Sequence[int] | None) -> tuple[Head, list[bytes]]: ...

    def close(self) -> None: ...


class Desk:
    """The one document that lies open, and the answers to requests about it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.document: Opened | None = None
        self.path = ""

    def answer(self, request: Head) -> tuple[Head, list[bytes]]:
        """The answer to a request: a page where it has a "number", else what there is to know of the file.

        A fault is answered as {"error": reason} and closes the document, unless it has other pages to be asked for
        and the fault is none that leaves pdfium in doubt.
        """
        try:
            if self.document is None or "number" not in request or self.path != request["path"]:
                self.document = self._open(request)
            if "number" in request:
                return self.document.page(request["number"], request["words"], request["image"], request["size"])
            about = json.dumps(self.document.about()).encode()
            return {"page_count": self.document.page_count, "password": self.document.password}, [about]
        except UnreadableError as fault:
            reason = str(fault)
            if self.document is not None and self.document.page_count > 1:
                return {"error": reason}, []
        except MemoryError:
            reason = f"it needs more memory than the limit of {self.settings.memory_bytes / 2**30:.2g} GiB"
        except Exception as fault:  # the boundary of the process: broken files raise every kind there is
            reason = f"damaged beyond repair ({type(fault).__name__}: {fault})"
        self._close()
        return {"error": reason[:500]}, []

    def _open(self, request: Head) -> Opened:
        self._close()
        self.path = request["path"]
        if request["kind"] == "pdf":
            return Pdf(self.path, request["passwords"], self.settings)
        return Picture(self.path, self.settings)

    def _close(self) -> None:
        if self.document is not None:
            self.document.close()
            self.document = None
            give_back()


def limit_memory(memory_bytes: int) -> None:
    """No more address space than that, and no core file with the document in it."""
    _at_most(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":  # macOS counts what is merely mapped: no limit there is both kept and useful
        _at_most(resource.RLIMIT_AS, memory_bytes)


def limit_cpu(seconds: float) -> None:
    """Die after that much more work. Called at each request.

    The parent's clock sees to this too, while the parent lives. But a child whose parent was killed while
    pdfium ran in an endless loop would never come to see its pipe closed, and spin for ever. Linux's
    parent-death signal would not do: it comes when the THREAD that started the child ends. macOS has none.
    """
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _at_most(resource.RLIMIT_CPU, int(usage.ru_utime + usage.ru_stime + seconds + CPU_MARGIN_S))


def _at_most(what: int, value: int) -> None:
    """Set a limit, or leave the lower one that the child was started under."""
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until the parent closes its end or dies."""

    def read(count: int) -> bytes:
        data = requests.read(count)
        if len(data) < count:
            raise EOFError
        return data

    def send(head: Head, blobs: list[bytes]) -> None:
        for piece in packed(head, blobs):
            answers.write(piece)
        answers.flush()

    head, _ = received(read)
    settings = Settings(**head)
    limit_memory(settings.memory_bytes)
    send({}, [])
    desk = Desk(settings)
    while True:
        request, _ = received(read)
        limit_cpu(settings.seconds)
        send(*desk.answer(request))


def main() -> None:
    """Run the child on its standard input and output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole foreground; the parent decides
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the frames
    try:
        serve(sys.stdin.buffer, answers)
    except (EOFError, BrokenPipeError):
        os._exit(0)  # the parent is gone: nothing is left to be closed or said


if __name__ == "__main__":
    main()

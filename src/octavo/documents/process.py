"""The parent's hold on one reading child: start it, ask it, and kill it when it does not answer."""

import fcntl
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict

from octavo.documents.frames import FrameError, Head, Settings, packed, received
from octavo.documents.turns import descriptors
from octavo.errors import OctavoError

# Of glibc, for processes that go from document to document: what was large goes back to the system when it is freed.
# By itself glibc learns from large blocks to keep such memory, and never unlearns it: 20 MB after a page with a scan.
THRIFTY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 20), "MALLOC_TRIM_THRESHOLD_": str(4 << 20)}
PIPE_BYTES = 1 << 20  # what Linux lets a user have
START_SECONDS = 60.0  # 0.2 s of imports; more where the disk is cold


class ChildLostError(Exception):
    """The child crashed, hung or talked nonsense, and has been killed; the message says which."""


class Child:
    """A running child process. Not for several threads at once, nor to be taken through a fork."""

    def __init__(self, settings: Settings) -> None:
        # -P: the working folder, which may hold hostile files, is not a place to import from.
        # One thread: numpy's linear algebra would take address space for threads that never run.
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "octavo.documents.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            pass_fds=descriptors(),
            env=os.environ | THRIFTY | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )
        if sys.platform == "linux":  # a raw page would go through the usual 64 KiB in 150 turns of both processes
            assert self.process.stdout is not None
            fcntl.fcntl(self.process.stdout, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        try:
            self.ask(asdict(settings), START_SECONDS)
        except ChildLostError as lost:
            command = f"{sys.executable} -m octavo.documents.child </dev/null"
            raise OctavoError(f"the reading process does not start; `{command}` tells why ({lost})") from lost

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    def ask(self, request: Head, seconds: float, most_bytes: Sequence[int] = ()) -> tuple[Head, list[bytes]]:
        """Send a request and return the answer, with blobs of at most `most_bytes` each.

        Raises `ChildLostError` when none comes within `seconds`.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        deadline = time.monotonic() + seconds
        try:
            for piece in packed(request):
                self.process.stdin.write(piece)
            descriptor = self.process.stdout.fileno()
            return received(lambda count: _read(descriptor, count, deadline), most_bytes)
        except TimeoutError as error:
            self.kill()
            raise ChildLostError(f"it took longer than the limit of {seconds:g} s") from error
        except (EOFError, BrokenPipeError) as error:
            raise ChildLostError(_death(self.kill())) from error
        except FrameError as error:
            self.kill()
            raise ChildLostError(f"the reading process sent {error}") from error
        except BaseException:  # an interrupt: the answer on its way would be taken for the next request's
            self.kill()
            raise

    def kill(self) -> int:
        """End the process, whatever it does, and return its exit status."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process.stdin.close()
        self.process.kill()
        return self.process.wait()


def _read(descriptor: int, count: int, deadline: float) -> bytes:
    """Exactly `count` bytes. Raises `TimeoutError` at the deadline, `EOFError` at the stream's end."""
    poll = select.poll()  # select() refuses descriptors above 1023, which a server has
    poll.register(descriptor, select.POLLIN)
    data = bytearray(count)
    rest = memoryview(data)
    while rest:
        if not poll.poll(max(deadline - time.monotonic(), 0) * 1000):
            raise TimeoutError
        got = os.readv(descriptor, [rest])
        if not got:
            raise EOFError
        rest = rest[got:]
    return bytes(data)


def _death(status: int) -> str:
    if status == -signal.SIGXCPU:
        return "it took longer than the limit"
    name = signal.Signals(-status).name if status < 0 else f"exit status {status}"
    return f"reading it crashed ({name}): it is damaged, or needs more memory than the limit"

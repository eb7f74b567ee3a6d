"""The engine's thread, and the queue before it."""

import threading
import time
from collections import deque

import torch

from octavo.inference.engine.running import Request
from octavo.inference.engine.scheduler import Scheduler
from octavo.inference.engine.types import Busy, Completion


class Worker:
    """Runs a scheduler in a thread of its own. At most `waiting` requests queue for a slot."""

    def __init__(self, scheduler: Scheduler, waiting: int) -> None:
        self.scheduler, self.waiting = scheduler, waiting
        self.queue: deque[Request] = deque()
        self._changed = threading.Condition()
        self._closing = self._cut = False
        self._thread = threading.Thread(target=self._serve, name="octavo-engine", daemon=True)
        self._thread.start()

    def submit(self, request: Request) -> None:
        """Queue a request. Raises `Busy` where the queue is full or the worker closes."""
        with self._changed:
            if self._closing:
                raise Busy("the engine is closing; ask another one")
            if len(self.queue) >= self.waiting:
                raise Busy(f"{len(self.queue)} requests wait already; ask again in some seconds")
            self.queue.append(request)
            self._changed.notify_all()

    def close(self, grace_s: float) -> None:
        """Take nothing in any more, let what is there run for `grace_s` seconds, cancel the rest, and wait for it."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(grace_s)
        self.stop()

    def stop(self) -> None:
        """Cancel everything, and wait for the thread: one that Python ends while torch runs aborts the process.

        The thread itself may be what collects an engine that nobody holds any more; it does not wait.
        """
        with self._changed:
            self._closing = self._cut = True
            self._changed.notify_all()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    @torch.inference_mode()
    def _serve(self) -> None:
        while self._wait():
            try:
                self._admit()
                self.scheduler.turn()
            except Exception as error:  # whatever it was, the next request deserves a try
                self.scheduler.fail(list(self.scheduler.running), error)

    def _wait(self) -> bool:
        """Wait for work; False where there is none and none will come."""
        with self._changed:
            self._changed.wait_for(lambda: self._closing or self.queue or self.scheduler.running)
            return bool(self.queue or self.scheduler.running)

    def _admit(self) -> None:
        """Requests go into free slots, and those that were cancelled out of the queue."""
        if self._cut:
            for request in (*self.queue, *(sequence.request for sequence in self.scheduler.running)):
                request.cancelled = True
        for request in [request for request in list(self.queue) if request.cancelled]:
            self.queue.remove(request)
            seconds = time.perf_counter() - request.submitted
            request.tell(Completion("", (), "cancelled", len(request.prompt.token_ids), 0, 0.0, 0.0, seconds))
        while self.queue and self.scheduler.free:
            self.scheduler.admit(self.queue.popleft())

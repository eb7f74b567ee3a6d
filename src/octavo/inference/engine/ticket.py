"""The caller's end of a request: an iterator of pieces, and the completion."""

from collections.abc import Iterator
from queue import SimpleQueue

from octavo.inference.engine.running import Event, Request
from octavo.inference.engine.types import Completion, Guide, Piece, Prompt, Sampling


class Ticket:
    """Iterate for the pieces as they come, then (or at once) ask for the `result`. For one thread."""

    def __init__(self, prompt: Prompt, sampling: Sampling, scored: int = 0, guide: Guide | None = None) -> None:
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._end: Completion | Exception | None = None
        self.request = Request(prompt, sampling, self._events.put, scored, guide)

    def __iter__(self) -> Iterator[Piece]:
        while self._end is None:
            event = self._events.get()
            if isinstance(event, Piece):
                yield event
            else:
                self._end = event
        if isinstance(self._end, Exception):
            raise self._end

    def result(self) -> Completion:
        """Wait for the whole answer. Raises what went wrong."""
        for _ in self:
            pass
        assert isinstance(self._end, Completion)
        return self._end

    def cancel(self) -> None:
        """Stop it: what is written until then is the answer."""
        self.request.cancelled = True

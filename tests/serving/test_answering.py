"""The engine asked from an event loop."""

import asyncio

import pytest

from octavo.errors import OctavoError
from octavo.inference.engine import Completion, Piece, Sampling, Token
from octavo.serving.answering import generated
from octavo.serving.errors import ApiError, api_error


class Scripted:
    """An engine that tells what it is given to tell."""

    def __init__(self, *events):
        self.events, self.requests = events, []

    def submit(self, request):
        self.requests.append(request)
        for event in self.events:
            request.tell(event)


def completion(reason):
    return Completion("ab", (Token(1, -0.1),), reason, 5, 0, 0.0, 0.1, 0.2)


def collected(engine, seconds=5.0):
    async def collect():
        until = asyncio.get_running_loop().time() + seconds
        return [event async for event in generated(engine, None, Sampling(), until)]

    return asyncio.run(collect())


def test_pieces_then_the_completion():
    pieces = [Piece("a", Token(1, -0.1)), Piece("b", Token(2, -0.1))]
    assert collected(Scripted(*pieces, completion("stop"))) == [*pieces, completion("stop")]


def test_an_engine_that_is_too_slow_is_not_waited_for():
    engine = Scripted(Piece("a", Token(1, -0.1)))
    with pytest.raises(TimeoutError) as late:
        collected(engine, 0.05)
    assert engine.requests[0].cancelled
    assert api_error(late.value).status == 504


def test_faults_of_the_engine():
    with pytest.raises(OctavoError, match="picture"):
        collected(Scripted(OctavoError("the picture")))
    with pytest.raises(ApiError) as stopping:
        collected(Scripted(completion("cancelled")))
    assert stopping.value.status == 503
    assert api_error(RuntimeError("secret")).body()["error"]["message"] == "the server failed; its log says how"

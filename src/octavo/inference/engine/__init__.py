"""The engine: many requests share a model, and questions a page.

`Engine.prepare` makes a prompt of a conversation, `Engine.stream` and `Engine.submit` ask it. Inside: `scheduler` says
who runs when, `reading` and `pages` read a page once, `decoder` and `tiles` are the model laid out for it.
"""

from octavo.inference.engine.engine import Engine, runs
from octavo.inference.engine.running import Event, Request
from octavo.inference.engine.ticket import Ticket
from octavo.inference.engine.types import Busy, Completion, Guide, Piece, Prompt, Sampling, Token

__all__ = [
    "Busy",
    "Completion",
    "Engine",
    "Event",
    "Guide",
    "Piece",
    "Prompt",
    "Request",
    "Sampling",
    "Ticket",
    "Token",
    "runs",
]

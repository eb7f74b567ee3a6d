"""Serving: a model behind OpenAI's API, for clients that nobody vouches for.

A request's way: `guard` (key, host, body, a client that leaves) and `admission` (how many at a time), `schema` (what it
may say), `conversation` with `uploads` and `remote` (its files), `readers` (their pages, drawn in processes of their
own), `answering` (the engine asked, the answer located), `replies` and `structured` (its form), `errors` (what went
wrong, in OpenAI's shape). For the web page: `files` (sent ahead of their questions), `showing` (their pages as
pictures), `examples`, `static/`. `app` puts them together, `server` runs it.
"""

from octavo.serving.app import create_app
from octavo.serving.server import serve
from octavo.serving.settings import Settings

__all__ = ["Settings", "create_app", "serve"]

"""A real browser, and pages served to it by a thread of this process."""

import shutil
import socket
import threading
from contextlib import contextmanager

import uvicorn
from playwright.sync_api import expect, sync_playwright

PATIENCE_MS = 30_000  # until something is on a page: the first examples are typeset meanwhile, by a busy machine
EVIL = (
    "<img src=x onerror=\"document.title='owned'\">",
    "<script>document.title='owned'</script>",
    "javascript:document.title='owned'",
    "</p><svg onload=\"document.title='owned'\"><style>*{display:none}</style>",
)
# Parts that a screen reader could say nothing of.
UNNAMED = (
    "() => [...document.querySelectorAll('button, a, input, select, textarea')].filter((part) =>"
    " !(part.ariaLabel || part.textContent.trim() || part.labels?.length)).length"
)


@contextmanager
def chromium():
    """The browser that is installed, without a window."""
    path = shutil.which("chromium")
    assert path, "these tests need chromium: apt-get install chromium"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield launched
        launched.close()


@contextmanager
def served(app):
    """The address at which an application is served."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def watched(browser, address, width=1280, height=800, expected=(), **context):
    """A page of the browser; what its console complains about fails the test, unless it has a text of `expected`."""
    faults = []
    page = browser.new_page(viewport={"width": width, "height": height}, **context)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if line.type in ("error", "warning") else None)
    page.goto(address)
    yield page
    page.close()
    assert [fault for fault in faults if not any(text in fault for text in expected)] == []

"""A worker process of a build: `python -P -m octavo.datasets.worker`, told its tasks in lines of JSON.

It ends as soon as its standard input does, in the middle of a task, too: a worker that outlived its killed build
would write into the folder of the next one.
"""

import json
import os
import queue
import signal
import sys
import threading
import traceback
from typing import Any

from octavo.datasets.tasks import Desk, Task
from octavo.errors import OctavoError
from octavo.heap import give_back


def main() -> None:
    """Do tasks until the input ends; say what happened in lines of JSON."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole foreground; the parent decides
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints must not get between the lines
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(lines,), daemon=True).start()

    def say(**event: Any) -> None:
        answers.write(json.dumps(event) + "\n")
        answers.flush()

    def report(name: str, pages: int) -> None:
        say(event="document", name=name, pages=pages)
        give_back()

    desk = Desk()
    while True:
        task = Task.of_json(json.loads(lines.get()))
        try:
            desk.do(task, report)
        except OctavoError as fault:
            say(event="fault", message=str(fault))
        except Exception:  # the boundary of the process: told to the parent, which raises it
            say(event="crash", message=traceback.format_exc())
        else:
            say(event="done")


def _listen(lines: "queue.SimpleQueue[str]") -> None:
    for line in sys.stdin:
        lines.put(line)
    os._exit(0)


if __name__ == "__main__":
    main()

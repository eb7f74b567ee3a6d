"""The command line: one thin function a command."""

import os
import sys

from octavo.cli import data, evaluate, model, plan, serve  # noqa: F401, they register their commands
from octavo.cli.shared import app
from octavo.errors import OctavoError

INTERRUPTED = 130  # what Typer exits with after Ctrl-C


def main() -> None:
    """Run a command; a fault of the input is one line on standard error and exit status 2."""
    # Before torch is imported. By default OpenMP's threads spin while they wait for each other; beside one other
    # busy process that made a training step on two cores 13 times as slow (docs/log.md).
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        app()
    except OctavoError as error:
        print(f"octavo: {error}", file=sys.stderr)
        sys.exit(2)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            print(
                "octavo: interrupted; fit, build and eval go on where they were, train does with --resume",
                file=sys.stderr,
            )
        raise

"""Run as a program: train a recipe in one process after another, each killed at a random time but the last.

    python kills.py RECIPE OUT KILLS LONGEST_LIFE_S

It prints how many were killed, and the seconds of the last. Each is a fork of this one, which has imported all and
started no thread: a new interpreter would spend its life importing.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import torch

from octavo.training import load_recipe, train


def killed(recipe, out, life_s):
    """Train in a fork that is killed after so many seconds; whether it was still at work."""
    process = os.fork()
    if process == 0:
        train(recipe, out, resume=True)
        os._exit(0)
    end = time.monotonic() + life_s
    while time.monotonic() < end:
        if os.waitpid(process, os.WNOHANG)[0]:
            return False
        time.sleep(0.001)
    os.kill(process, signal.SIGKILL)
    return os.waitpid(process, 0)[1] == signal.SIGKILL


if __name__ == "__main__":
    path, out, kills, longest = sys.argv[1:]
    torch.set_num_threads(1)
    draw = random.Random(0)
    recipe = load_recipe(path)
    done = 0
    while done < int(kills) and killed(recipe, Path(out), draw.uniform(0, float(longest))):
        done += 1
    began = time.monotonic()
    train(recipe, Path(out), resume=True)
    print(done, time.monotonic() - began)

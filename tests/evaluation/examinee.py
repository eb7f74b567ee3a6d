"""A model under test that knows what it will say, and a run with it that can be killed."""

import sys
import time
from pathlib import Path

from octavo.evaluation.types import Reply


class Scripted:
    """Answers by `say(item)`; each question is noted in the file `log` before it is answered, slowly."""

    name = "scripted"
    at_once = 1

    def __init__(self, say, log=None, weights="one", pause=0.0):
        self.say, self.log, self.pause = say, log, pause
        self.identity = {"weights": weights}
        self.asked = []

    def answer(self, images, asked):
        for item, prompt in asked:
            self.asked.append(prompt)
            if self.log:
                with Path(self.log).open("a") as file:
                    file.write(f"{item.id}\n")
            time.sleep(self.pause)
            said = self.say(item)
            yield said if isinstance(said, Reply) else Reply(said, confidence=0.75)


def right_half(item):
    """The true answer of questions with an even number of characters, else another."""
    return item.references[0] if len(item.question) % 2 == 0 else "something else"


if __name__ == "__main__":
    from octavo.datasets import DataSet
    from octavo.evaluation import evaluate
    from octavo.evaluation.tasks import BuiltTask

    data, out, log = map(Path, sys.argv[1:])
    evaluate(Scripted(right_half, log, pause=0.03), BuiltTask(DataSet(data), "train"), "plain", None, out)

"""A second model's word on questions: it sees the page, question and answer, and says KEEP or DROP."""

import re
from collections.abc import Sequence

from octavo.datasets.llm.chunks import Chunk
from octavo.datasets.llm.parsing import without_thoughts
from octavo.datasets.llm.presets import load_preset
from octavo.datasets.llm.settings import LlmSettings
from octavo.datasets.llm.types import Reply, Request
from octavo.datasets.types import Question

JUDGED = "the judge said DROP"
NOT_JUDGED = "the judge said neither KEEP nor DROP"

_VERDICT = re.compile(r"[\s>#*_`Q•-]{0,8}(\d{1,3})[\s*_`:.)-]{1,8}(KEEP|DROP)\b", re.IGNORECASE)


def verdict_request(chunk: Chunk, questions: Sequence[Question], settings: LlmSettings) -> Request:
    """What a judge is asked about the questions that were written from `chunk`."""
    preset = load_preset("judge")
    pairs = "\n".join(
        f"{n}. Q: {question.text}\n   A [page {question.page}]: {question.answer}"
        for n, question in enumerate(questions, 1)
    )
    marked = f"--- pairs · {chunk.mark} ---\n{pairs}\n--- end · {chunk.mark} ---"
    return Request(
        settings.judge,
        preset.system.format(mark=chunk.mark),
        preset.purposes[0].format(pages=chunk.marked, pairs=marked),
        preset.identity,
        0.0,
        settings.max_tokens,
    )


def verdicts(reply: Reply, count: int) -> list[str]:
    """For each of `count` pairs "", or why it is dropped. Said twice in different ways is not said."""
    said: dict[int, set[str]] = {}
    for line in without_thoughts(reply.text).split("\n"):
        if match := _VERDICT.match(line):
            said.setdefault(int(match[1]), set()).add(match[2].upper())
    return [
        "" if said.get(n) == {"KEEP"} else JUDGED if said.get(n) == {"DROP"} else NOT_JUDGED
        for n in range(1, count + 1)
    ]

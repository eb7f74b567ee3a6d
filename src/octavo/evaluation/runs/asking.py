"""A model asked the questions of a task: a page once for all its questions, and no question twice."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby

from octavo.datasets.verify import read_boxes
from octavo.documents.types import Box, PageImage, Word
from octavo.evaluation.models.base import Examinee
from octavo.evaluation.prompts import Prompt
from octavo.evaluation.runs.answers import Answers, answer_key, image_hash
from octavo.evaluation.types import Item, Prediction, Reply, Task
from octavo.inference.locate import locate
from octavo.progress import Progress


@dataclass(frozen=True, slots=True)
class _Group:
    """Items about the same images; `keys` are those of their answers."""

    items: tuple[Item, ...]
    images: tuple[PageImage, ...]
    prompts: tuple[str, ...]
    keys: tuple[str, ...]


def ask(model: Examinee, task: Task, items: Sequence[Item], prompt: Prompt, answers: Answers) -> list[Prediction]:
    """A prediction for each of `items`, in their order.

    What `answers` holds already is not asked again; every reply is added to it as it comes.
    Raises `OctavoError` for an image that cannot be opened and for what fails every question alike.
    """
    replies: dict[str, Reply] = {}
    running: deque[tuple[int, Future[dict[str, Reply]]]] = deque()
    failed = 0
    with Progress(f"ask {task.name}", len(items), "questions") as progress:
        pool = ThreadPoolExecutor(model.at_once)
        try:
            for members in _groups(items):
                group = _group(model, task, members, prompt)
                known = sum(key in answers.known for key in group.keys)
                progress.done_before += known
                progress.advance(known)
                running.append((len(members) - known, pool.submit(_answer, model, group, answers)))
                while len(running) > 2 * model.at_once:
                    failed = _collect(running, replies, progress, failed)
            while running:
                failed = _collect(running, replies, progress, failed)
        finally:
            pool.shutdown(cancel_futures=True)
    return predictions(task, items, replies)


def predictions(task: Task, items: Sequence[Item], replies: dict[str, Reply]) -> list[Prediction]:
    """The replies (by the items' ids) beside what is true, each with its place on the page where it has one."""
    made: dict[str, Prediction] = {}
    for members in _groups(items):
        words = task.words(members[0])
        made |= {item.id: _prediction(item, replies[item.id], words) for item in members}
    return [made[item.id] for item in items]


def _groups(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Items with the same images, in the order in which these first come."""
    order = {group: at for at, group in reversed(list(enumerate(item.group for item in items)))}
    for _, members in groupby(sorted(items, key=lambda item: order[item.group]), key=lambda item: item.group):
        yield list(members)


def _group(model: Examinee, task: Task, items: Sequence[Item], prompt: Prompt) -> _Group:
    images = task.images(items[0])
    hashes = [image_hash(image) for image in images]
    prompts = tuple(prompt.text(item) for item in items)
    keys = tuple(
        answer_key(model.identity, hashes, text, item.references[0]) for item, text in zip(items, prompts, strict=True)
    )
    return _Group(tuple(items), images, prompts, keys)


def _answer(model: Examinee, group: _Group, answers: Answers) -> dict[str, Reply]:
    """The replies by the items' ids. What is not known is asked, equal questions once; each is kept as it comes."""
    new = {key: at for at, key in enumerate(group.keys) if key not in answers.known}
    replies = {}
    if new:
        asked = [(group.items[at], group.prompts[at]) for at in new.values()]
        for key, reply in zip(new, model.answer(group.images, asked), strict=True):
            answers.add(key, reply)
            replies[key] = reply
    return {
        item.id: replies[key] if key in replies else answers.known[key]
        for item, key in zip(group.items, group.keys, strict=True)
    }


def _collect(
    running: deque[tuple[int, Future[dict[str, Reply]]]], replies: dict[str, Reply], progress: Progress, failed: int
) -> int:
    """Take in the replies to the group that was begun first; returns how many of all have failed so far."""
    count, future = running.popleft()
    found = future.result()
    replies.update(found)
    failed += sum(bool(reply.failure) for reply in found.values())
    progress.advance(count, f"{failed} failed" if failed else "")
    return failed


def _prediction(item: Item, reply: Reply, words: Sequence[Sequence[Word]]) -> Prediction:
    place, boxes = _place(reply, words)
    return Prediction(
        id=item.id,
        document=item.document,
        kind=item.kind,
        question=item.question,
        references=item.references,
        prediction=reply.text,
        confidence=reply.confidence,
        loss=sum(reply.losses) / len(reply.losses) if reply.losses else None,
        tokens=len(reply.losses),
        failure=reply.failure,
        options=item.options,
        pages=len(item.numbers),
        text=item.text,
        page=item.page,
        boxes=item.boxes,
        predicted_page=0 if place is None else item.numbers[place],
        predicted_boxes=boxes,
        in_boxes=read_boxes(boxes, words[place]) if place is not None and boxes else "",
        rules=item.rules,
    )


def _place(reply: Reply, words: Sequence[Sequence[Word]]) -> tuple[int | None, tuple[Box, ...]]:
    """The page (its place, from 0) and the boxes of an answer: the model's, or where it stands exactly once."""
    if reply.boxes is not None:
        return reply.page, reply.boxes
    if reply.page is not None:
        return reply.page, locate(reply.text, words[reply.page]) if words else ()
    hits = [(at, boxes) for at, page in enumerate(words) if (boxes := locate(reply.text, page))]
    return hits[0] if len(hits) == 1 else (None, ())

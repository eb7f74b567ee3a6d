"""A model asked the questions of a task: a page once for all its questions, and no question twice."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby

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

    What `answers` holds already is not asked again; what is asked is added to it as soon as its page is done.
    Raises `OctavoError` for an image that cannot be opened and for what fails every question alike.
    """
    replies: dict[str, Reply] = {}
    running: deque[tuple[int, Future[dict[str, Reply]]]] = deque()
    with Progress(f"ask {task.name}", len(items), "questions") as progress:
        pool = ThreadPoolExecutor(model.at_once)
        try:
            for members in _groups(items):
                group = _group(model, task, members, prompt)
                known = {item.id for item, key in zip(group.items, group.keys, strict=True) if key in answers.known}
                replies |= {
                    item.id: answers.known[key]
                    for item, key in zip(group.items, group.keys, strict=True)
                    if item.id in known
                }
                progress.done_before += len(known)
                progress.advance(len(known))
                if len(known) < len(members):
                    running.append((len(members) - len(known), pool.submit(_answer, model, group, answers)))
                while len(running) > 2 * model.at_once:
                    _collect(running, replies, progress)
            while running:
                _collect(running, replies, progress)
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
    """The replies to what is not known yet, by the items' ids; kept before this returns."""
    new = [at for at, key in enumerate(group.keys) if key not in answers.known]
    replies = model.answer(group.images, [(group.items[at], group.prompts[at]) for at in new])
    answers.add({group.keys[at]: reply for at, reply in zip(new, replies, strict=True)})
    return {group.items[at].id: reply for at, reply in zip(new, replies, strict=True)}


def _collect(
    running: deque[tuple[int, Future[dict[str, Reply]]]], replies: dict[str, Reply], progress: Progress
) -> None:
    count, future = running.popleft()
    replies.update(future.result())
    failed = sum(bool(reply.failure) for reply in replies.values())
    progress.advance(count, f"{failed} failed" if failed else "")


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
        in_boxes=_inside(words[place], boxes) if place is not None and boxes else "",
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


def _inside(words: Sequence[Word], boxes: Sequence[Box]) -> str:
    """The words whose middle lies in one of the boxes."""
    return " ".join(
        word.text
        for word in words
        if any(box.x0 <= word.box.center[0] <= box.x1 and box.y0 <= word.box.center[1] <= box.y1 for box in boxes)
    )

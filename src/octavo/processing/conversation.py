"""The conversation about pages, as training, inference and evaluation alike write it."""

from collections.abc import Iterable

from octavo.processing.prompts import Message


def question_message(question: str, images: int) -> Message:
    """A user's turn: `images` image parts, then the question."""
    parts: list[dict[str, str]] = [{"type": "image"} for _ in range(images)]
    return {"role": "user", "content": [*parts, {"type": "text", "text": question}]}


def conversation(turns: Iterable[tuple[str, str]], images: int) -> list[Message]:
    """(question, answer) pairs as turns; all images stand before the first question, as in Docmatix."""
    messages: list[Message] = []
    for question, answer in turns:
        messages.append(question_message(question, 0 if messages else images))
        messages.append({"role": "assistant", "content": [{"type": "text", "text": answer}]})
    return messages

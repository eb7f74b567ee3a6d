"""A chat request's turns as the processor takes them, and the files in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from octavo.processing.prompts import Message as Turn
from octavo.serving.errors import ApiError
from octavo.serving.files import Files
from octavo.serving.remote import Fetcher
from octavo.serving.schema import FilePart, ImagePart, Message, TextPart
from octavo.serving.uploads import Upload, from_data_url, from_file_data, scheme_of


@dataclass(frozen=True, slots=True)
class Sources:
    """Where files come from that are not in the request itself: those sent ahead, and addresses, where allowed."""

    files: Files
    fetcher: Fetcher | None


async def uploads_of(messages: Sequence[Message], most: int, sources: Sources) -> list[Upload]:
    """The files of a conversation in order, at most `most`."""
    found: list[Upload] = []
    for i, message in enumerate(messages):
        for j, part in enumerate(message.content):
            if isinstance(part, TextPart):
                continue
            if len(found) == most:
                raise ApiError(400, f"a request has at most {most} files and pages", "messages", "too_many_pages")
            found.append(await _upload(part, f"messages.{i}.content.{j}", len(found) + 1, sources))
    return found


async def _upload(part: ImagePart | FilePart, param: str, number: int, sources: Sources) -> Upload:
    if isinstance(part, FilePart):
        if part.file.file_id is not None:
            return sources.files.get(part.file.file_id, param)
        return from_file_data(part.file.file_data, part.file.filename or f"file {number}", param)
    name, url = f"file {number}", part.image_url.url
    if scheme_of(url, param) == "data":
        return from_data_url(url, name, param)
    if sources.fetcher is None:
        raise ApiError(
            400, f"{param}: this server fetches no addresses; send a data: URL instead", param, "invalid_url"
        )
    return Upload(name, await sources.fetcher.get(url, param), param)


def turns(messages: Sequence[Message], shown: set[int]) -> list[Turn]:
    """The conversation with the files whose numbers (from 0) are `shown`, each as one image."""
    number = 0
    told: list[Turn] = []
    for message in messages:
        parts: list[dict[str, Any]] = []
        for part in message.content:
            if isinstance(part, TextPart):
                parts.append({"type": "text", "text": part.text})
            else:
                if number in shown:
                    parts.append({"type": "image"})
                number += 1
        role = "system" if message.role == "developer" else message.role
        told.append({"role": role, "content": _pages_first(parts)})
    return told


def question_of(messages: Sequence[Message]) -> str:
    """The words of the last turn."""
    return " ".join(part.text for part in messages[-1].content if isinstance(part, TextPart))


def _pages_first(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A turn's one text behind its pages.

    So it was trained, and so a page's keys and values serve every question. Several texts stand where they stand.
    """
    if sum(part["type"] == "text" for part in parts) == 1:
        return sorted(parts, key=lambda part: bool(part["type"] == "text"))
    return parts

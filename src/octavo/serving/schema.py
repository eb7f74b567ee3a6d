"""What a chat request may say. Whatever is not named here is refused; docs/serving.md lists it for users."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

MOST_TEXT = 400_000  # characters of one text part; a context of 16,384 tokens holds some 60,000
MOST_PARTS = 256
MOST_FIELDS = 64  # of one object


class Given(BaseModel):
    """An object of a request. A null is the same as nothing: clients send answers back with all their nulls."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        if len(given) > MOST_FIELDS:  # each would be an error of its own to be told
            raise ValueError(f"more than {MOST_FIELDS} fields")
        return {key: value for key, value in given.items() if value is not None}


class TextPart(Given):
    """Words of a turn."""

    type: Literal["text"]
    text: str = Field(max_length=MOST_TEXT)


class ImageURL(Given):
    """A `data:` URL, or an address where the server was started with --remote-images."""

    url: str
    detail: Literal["auto", "high"] = "auto"


class ImagePart(Given):
    """An image."""

    type: Literal["image_url"]
    image_url: ImageURL


class File(Given):
    """A file as a `data:` URL or bare base64, or the id of one that was sent to /v1/documents."""

    file_data: str = ""
    file_id: str | None = Field(default=None, max_length=100)
    filename: str = Field(default="", max_length=300)

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if bool(self.file_data) == (self.file_id is not None):
            raise ValueError("give file_data or file_id")
        return self


class FilePart(Given):
    """A PDF or an image."""

    type: Literal["file"]
    file: File


Part = Annotated[TextPart | ImagePart | FilePart, Field(discriminator="type")]


def _as_parts(content: Any) -> Any:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


class Message(Given):
    """One turn. "developer" is OpenAI's new name for "system"."""

    role: Literal["system", "developer", "user", "assistant"]
    content: Annotated[
        list[Part],
        Field(min_length=1, max_length=MOST_PARTS),
        BeforeValidator(_as_parts, json_schema_input_type=str | list[Part]),
    ]


class StreamOptions(Given):
    """Whether the last event tells the usage."""

    include_usage: bool = False


class ResponseFormat(Given):
    """Text, or JSON: see `octavo.serving.structured`."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: dict[str, Any] | None = None


class Extension(Given):
    """What OpenAI's API has no name for.

    `mode`, `pages` (from 1) and `most` are those of `VisionLanguageModel.ask_all`.
    """

    mode: Literal["free", "grounded", "auto"] = "auto"
    pages: list[Annotated[int, Field(ge=1)]] = Field(default=[], max_length=MOST_PARTS)
    most: int | None = Field(default=None, ge=1, le=MOST_PARTS)

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.pages and self.most is not None:
            raise ValueError("give pages or most")
        return self


def _as_list(stop: Any) -> Any:
    return [stop] if isinstance(stop, str) else stop


StopText = Annotated[str, Field(min_length=1, max_length=200)]


class ChatRequest(Given):
    """The body of POST /v1/chat/completions. Temperature is 0 where none is given: the likeliest answer."""

    model: str
    messages: list[Message] = Field(min_length=1, max_length=MOST_PARTS)
    max_completion_tokens: int | None = Field(default=None, ge=1, le=2**31)
    max_tokens: int | None = Field(default=None, ge=1, le=2**31, description="OpenAI's old name of it.")
    temperature: float = Field(default=0.0, ge=0, le=2)
    top_p: float = Field(default=1.0, gt=0, le=1)
    stop: Annotated[
        list[StopText],
        Field(max_length=4),
        BeforeValidator(_as_list, json_schema_input_type=StopText | list[StopText]),
    ] = []
    seed: int | None = Field(default=None, ge=0, lt=2**63)
    logprobs: bool = False
    top_logprobs: int = Field(default=0, ge=0, le=20)
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()
    response_format: ResponseFormat = ResponseFormat(type="text")
    n: Literal[1] = 1
    presence_penalty: Annotated[float, Field(ge=0, le=0)] = 0
    frequency_penalty: Annotated[float, Field(ge=0, le=0)] = 0
    user: str = Field(default="", max_length=1000, description="Accepted, and of no effect.")
    octavo: Extension = Extension()

"""Answers in JSON, where the form can be kept for certain; every other form is refused.

The model writes text. Text can stand as the one string of an object, whatever it says, so such objects are what the
server promises: {"answer": "…"} for "json_object", and for "json_schema" an object with one property, a string.
"""

import json
from dataclasses import dataclass
from typing import Any

from octavo.serving.errors import ApiError
from octavo.serving.schema import ResponseFormat

_OBJECT = {"type", "properties", "required", "additionalProperties", "title", "description", "$schema"}
_STRING = {"type", "title", "description"}
_WRAPPER = {"name", "description", "strict", "schema"}


@dataclass(frozen=True, slots=True)
class Form:
    """How an answer is written: as it is, or as the string under `key` of a JSON object."""

    key: str | None

    @property
    def opening(self) -> str:
        """What stands before the answer."""
        return "" if self.key is None else f'{{{json.dumps(self.key, ensure_ascii=False)}: "'

    @property
    def closing(self) -> str:
        """What stands behind it."""
        return "" if self.key is None else '"}'

    def piece(self, text: str) -> str:
        """A part of the answer as it stands between the two."""
        return text if self.key is None else json.dumps(text, ensure_ascii=False)[1:-1]

    def whole(self, text: str) -> str:
        """The answer with what stands around it."""
        return self.opening + self.piece(text) + self.closing


def form_of(wanted: ResponseFormat) -> Form:
    """The form that a request asks for. Raises `ApiError` for one that the answer could break."""
    if wanted.type == "text":
        return Form(None)
    if wanted.type == "json_object":
        return Form("answer")
    wrapper = wanted.json_schema
    if wrapper is None or not set(wrapper) <= _WRAPPER:
        raise _refused("json_schema needs a schema, and beside it name, description and strict alone")
    return Form(_only_property(wrapper.get("schema")))


def _only_property(schema: Any) -> str:
    if not isinstance(schema, dict) or schema.get("type") != "object" or not set(schema) <= _OBJECT:
        raise _refused("the schema must be an object with properties, required and additionalProperties alone")
    properties = schema.get("properties")
    if not isinstance(properties, dict) or len(properties) != 1:
        raise _refused("the schema must have exactly one property")
    ((name, inner),) = properties.items()
    if not isinstance(inner, dict) or inner.get("type") != "string" or not set(inner) <= _STRING:
        raise _refused("the schema's property must be a string without further conditions")
    if schema.get("required", []) not in ([], [name]) or not isinstance(schema.get("additionalProperties", True), bool):
        raise _refused("the schema can require its one property, and allow or forbid others")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise _refused("the schema's property has a name that is no text") from None
    return str(name)


def _refused(reason: str) -> ApiError:
    return ApiError(400, f"{reason}; no other form can be kept for certain", "response_format", "unsupported_value")

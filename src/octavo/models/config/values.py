"""Reading config.json: values that are checked before anything is built of them.

A configuration is foreign: it must neither overflow a size nor build layers without end.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from octavo.errors import OctavoError

LARGEST, LARGEST_FLOAT = 2**20, 1e12
MOST_LAYERS, MOST_PIXELS, MOST_SCALE = 1024, 2**14, 64


def require(holds: bool, fault: str) -> None:
    """Raise `OctavoError` with `fault` where the condition does not hold."""
    if not holds:
        raise OctavoError(f"the model's configuration does not fit: {fault}")


def section(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object under `key`, empty where there is none."""
    section: Any = values.get(key) or {}
    require(isinstance(section, dict), f"{key} is {section!r}; it must be an object")
    return dict(section)


def check_fixed(values: Mapping[str, Any], fixed: Mapping[str, Any], where: str) -> None:
    """Raise `OctavoError` for a key whose value is given and is not the supported one."""
    for key, supported in fixed.items():
        given = values.get(key)
        require(given in (None, supported), f"{where}{key} is {given!r}; only {supported!r} is supported")


def numbers(kind: type, values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The fields of type int and float that `values` gives, each above 0."""
    return {
        field.name: number(field.type, values[field.name], where + field.name)
        for field in fields(kind)
        if field.type in (int, float) and values.get(field.name) is not None
    }


def number(kind: Any, value: Any, where: str) -> Any:
    """`value` as `kind` (int or float), above 0. Raises `OctavoError` for anything else."""
    types, largest = ((int, float), LARGEST_FLOAT) if kind is float else (int, LARGEST)
    right = isinstance(value, types) and not isinstance(value, bool) and 0 < value <= largest
    require(right, f"{where} is {value!r}; it must be {kind.__name__}, above 0 and at most {largest}")
    return kind(value)


def token(values: Mapping[str, Any], key: str, default: int | None) -> Any:
    """The token id under `key`, which may be null."""
    value = values.get(key, default)
    right = value is None or (isinstance(value, int) and 0 <= value <= LARGEST)
    require(right, f"{key} is {value!r}; it must be a token id")
    return value


def tokens(values: Mapping[str, Any], key: str, default: int | None) -> tuple[int, ...]:
    """The token ids under `key`: one, a list of them, or none."""
    value = values.get(key, default)
    ids = value if isinstance(value, list) else [] if value is None else [value]
    require(None not in ids, f"{key} is {value!r}; its members must be token ids")
    return tuple(token({key: one}, key, None) for one in ids)


def boolean(values: Mapping[str, Any], key: str, default: bool = False) -> bool:
    """The flag under `key`; null counts as `default`."""
    value = values.get(key)
    require(value in (None, False, True), f"{key} is {value!r}; it must be true or false")
    return default if value is None else bool(value)

"""The protocol: what is sent is received, and what is no message is refused without being obeyed."""

import io
import json
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from octavo.documents.frames import HEAD_BYTES, FrameError, packed, received


def reading(data: bytes):
    """A `read` over these bytes, and the largest count that was asked of it."""
    stream, asked = io.BytesIO(data), []

    def read(count: int) -> bytes:
        asked.append(count)
        got = stream.read(count)
        if len(got) < count:
            raise EOFError
        return got

    return read, asked


@given(
    st.dictionaries(st.text(max_size=5).filter(lambda key: key != "blobs"), st.text() | st.integers(-9, 9)),
    st.lists(st.binary(), max_size=3),
)
def test_a_message_arrives_as_it_was_sent(head, blobs):
    read, _ = reading(b"".join(packed(head, blobs)))
    assert received(read, [len(blob) for blob in blobs]) == (head, blobs)


def test_file_names_that_are_no_text_arrive():
    read, _ = reading(b"".join(packed({"path": "b\udcff.pdf"})))
    assert received(read)[0] == {"path": "b\udcff.pdf"}


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_end(data):
    read, asked = reading(data)
    with pytest.raises((FrameError, EOFError)):
        received(read, [100])
    assert max(asked) <= HEAD_BYTES


@example([101])
@example([-1])
@example([True])
@example([1, 1])
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=9,
    )
)
def test_any_json_is_refused_unless_it_lists_allowed_blobs(value):
    text = json.dumps({"blobs": value}).encode()
    read, asked = reading(struct.pack(">I", len(text)) + text + bytes(100))
    allowed = (
        isinstance(value, list) and len(value) <= 1 and all(type(size) is int and 0 <= size <= 100 for size in value)
    )
    if allowed:
        assert [len(blob) for blob in received(read, [100])[1]] == value
    else:
        with pytest.raises(FrameError):
            received(read, [100])
        assert max(asked) <= HEAD_BYTES


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 60_000,
        b"{}",
        b"[]",
        b"1",
        b'{"blobs": 5}',
        b"\xff\xfe",
        b'{"blobs": [1e3]}',
        b'{"blobs": [' + b"9" * 5000 + b"]}",
    ],
)
def test_heads_made_to_hurt_are_refused(text):
    read, _ = reading(struct.pack(">I", len(text)) + text)
    with pytest.raises(FrameError):
        received(read, [100])


def test_a_head_too_large_is_not_sent():
    with pytest.raises(FrameError):
        packed({"path": "x" * HEAD_BYTES})

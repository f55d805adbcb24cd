"""Vox's bytes by hand, from PROTOCOL.md alone: protobuf's wire format, and packets around it.

A message is a list of (field number, value); a value is a number, a text, bytes or another message.
"""

import struct
from typing import Any

Value = int | bool | str | bytes | list[Any]
Message = list[tuple[int, Value]]
Fields = dict[int, list[int | bytes]]

CONFERENCE_FIELDS = {1: 2, 2: 3, 3: 42, 4: 43, 5: 4, 6: 5, 7: 6, 8: 7, 9: 8, 10: 9, 13: 12, 14: 13} | {
    **dict(zip(range(27, 41), range(26, 40), strict=True)),
    **dict(zip(range(43, 51), range(44, 52), strict=True)),
}
"""Types of family 4, and their fields in the envelope."""


def varint(value: int) -> bytes:
    """A number in protobuf's base 128."""
    written = bytearray()
    value &= 2**64 - 1
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)


def message(fields: Message) -> bytes:
    """The bytes of a message."""
    parts: list[bytes] = []
    for number, value in fields:
        if isinstance(value, int):
            parts += [varint(number << 3), varint(value)]
        else:
            content = message(value) if isinstance(value, list) else value
            content = content.encode() if isinstance(content, str) else content
            parts += [varint(number << 3 | 2), varint(len(content)), content]
    return b"".join(parts)


def packet(kind: int, fields: Message, *, family: int = 0) -> bytes:
    """One packet with its header."""
    number = CONFERENCE_FIELDS[kind] if family == 4 else kind + 1
    return framed(family, kind, message([(1, 1), (number, fields)]))


def framed(family: int, kind: int, payload: bytes) -> bytes:
    """Any payload with a header."""
    return struct.pack(">HHI", family, kind, len(payload)) + b"\r\n" + payload


def parsed(data: bytes) -> Fields:
    """The fields of a message: numbers, and what has a length as bytes."""
    found: Fields = {}
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = number()
        if key & 7 == 0:
            found.setdefault(key >> 3, []).append(number())
        else:
            assert key & 7 == 2, f"wire type {key & 7}"
            length = number()
            assert at + length <= len(data)
            found.setdefault(key >> 3, []).append(data[at : at + length])
            at += length
    return found


class Body:
    """The fields of a message as a client reads them."""

    def __init__(self, data: bytes) -> None:
        self.fields = parsed(data)

    def __repr__(self) -> str:
        return f"Body({self.fields})"

    def text(self, number: int) -> str:
        value = self.fields.get(number, [b""])[-1]
        assert isinstance(value, bytes)
        return value.decode()

    def texts(self, number: int) -> list[str]:
        values = self.fields.get(number, [])
        return [value.decode() for value in values if isinstance(value, bytes)]

    def num(self, number: int) -> int:
        value = self.fields.get(number, [0])[-1]
        assert isinstance(value, int)
        return value

    def nums(self, number: int) -> list[int]:
        return [value for value in self.fields.get(number, []) if isinstance(value, int)]

    def part(self, number: int) -> "Body":
        value = self.fields.get(number, [b""])[-1]
        assert isinstance(value, bytes)
        return Body(value)

    def parts(self, number: int) -> list["Body"]:
        values = self.fields.get(number, [])
        return [Body(value) for value in values if isinstance(value, bytes)]

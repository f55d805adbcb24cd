"""The wire's bytes: packets out of a stream of frames, and the messages in them (section 4).

Decoding is lenient: what is missing counts as zero or empty, what is unknown is skipped. Encoding writes all that the
schema requires.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError, Message

from tuiphone.simulator.vox import schema

CLIENT, CONFERENCE = 0, 4
MAX_PAYLOAD = 1024 * 1024
TOO_LARGE, BROKEN, NO_BINARY = 1009, 1002, 1003
"""Codes with which a socket is closed (section 12)."""

_HEADER = 10
_MARK = b"\r\n"
_VERSION = 1
_SCALARS = {"text": 9, "u32": 13, "u64": 4, "bool": 8, "enum": 5}
"""Types by protobuf's numbers. An enumeration is a plain number here: values nobody listed have to survive."""
_ZEROS: dict[str, Any] = {"text": "", "u32": 0, "u64": 0, "bool": False, "enum": 0}
_LINE = re.compile(r"(?:(\d+)(?:/(\d+))? )?(\w+): (.+)")
_FIELD = re.compile(r"(\d+) (\w+):(\w+)(\[\])?(!)?")


@dataclass(frozen=True, slots=True)
class Packet:
    """One message; absent from `fields` is only what is neither required nor there."""

    name: str
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def transaction(self) -> int:
        """The number that a reply repeats."""
        return self.fields["stHdrs"]["ullTransId"] if "stHdrs" in self.fields else self.fields["ullTransId"]


class FramingError(Exception):
    """The stream cannot be read on; `code` is for the closing of the socket."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Undecodable(Exception):
    """A payload is none of its type."""


class UnknownType(Exception):
    """No message has that family and type."""


class Stream:
    """Cuts packets out of frames: a packet may span frames, and a frame may hold several."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, frame: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Family, type and payload of every packet that is complete now.

        Raises:
            FramingError: there is no telling where a packet ends, or it is too long.
        """
        self._buffer += frame
        while len(self._buffer) >= _HEADER:
            family, kind = (int.from_bytes(self._buffer[at : at + 2]) for at in (0, 2))
            length = int.from_bytes(self._buffer[4:8])
            if self._buffer[8:_HEADER] != _MARK:
                raise FramingError(BROKEN, "bytes 8 and 9 of a packet are not 0D 0A")
            if length > MAX_PAYLOAD:
                raise FramingError(TOO_LARGE, f"a payload of {length} bytes")
            if len(self._buffer) < _HEADER + length:
                return
            payload = bytes(self._buffer[_HEADER : _HEADER + length])
            del self._buffer[: _HEADER + length]
            yield family, kind, payload


def decode(family: int, kind: int, payload: bytes) -> Packet:
    """The message in a payload.

    Raises:
        UnknownType, Undecodable: there is none.
    """
    wire = _wire()
    name = wire.names.get((family, kind))
    if name is None:
        raise UnknownType(f"family {family}, type {kind}")
    envelope = wire.envelopes[family]()
    try:
        envelope.ParseFromString(payload)
    except DecodeError:
        raise Undecodable(name) from None
    if not envelope.HasField(name):
        raise Undecodable(name)
    return Packet(name, wire.read(name, getattr(envelope, name)))


def encode(packet: Packet) -> bytes:
    """The bytes of one packet."""
    wire = _wire()
    family, kind = wire.types[packet.name]
    envelope = wire.envelopes[family](uVersion=_VERSION)
    wire.write(packet.name, packet.fields, getattr(envelope, packet.name))
    payload = envelope.SerializeToString()
    return b"".join((family.to_bytes(2), kind.to_bytes(2), len(payload).to_bytes(4), _MARK, payload))


def reply_name(request: str) -> str | None:
    """The message that answers a request; None when it is no request."""
    wire = _wire()
    family, kind = wire.types[request]
    return wire.names.get((family, kind + 1)) if kind % 2 else None


def fields_of(name: str) -> dict[str, "Field"]:
    """The fields of a message or of a part of one."""
    return _wire().fields[name]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message."""

    number: int
    name: str
    kind: str
    repeats: bool
    is_required: bool


class _Wire:
    """The schema, and the classes that protobuf makes of it."""

    def __init__(self) -> None:
        self.names: dict[tuple[int, int], str] = {}
        self.types: dict[str, tuple[int, int]] = {}
        self.fields: dict[str, dict[str, Field]] = {}
        tables = [_lines(text) for text in (schema.PARTS, schema.CLIENT, schema.CONFERENCE)]
        file = descriptor_pb2.FileDescriptorProto(name="vox.proto", package="vox", syntax="proto2")
        for _, _, name, text in (line for table in tables for line in table):
            self.fields[name] = {
                one[2]: Field(int(one[1]), one[2], one[3], bool(one[4]), bool(one[5])) for one in _FIELD.finditer(text)
            }
            message = file.message_type.add(name=name)
            for one in self.fields[name].values():
                _declare(message, one)
        for family, table, name in ((CLIENT, tables[1], "msg"), (CONFERENCE, tables[2], "conferenceExtensionMsg")):
            envelope = file.message_type.add(name=name)
            _declare(envelope, Field(1, "uVersion", "u32", False, True))
            for kind, number, message, _ in table:
                _declare(envelope, Field(number or kind + 1, message, message, False, False))
                self.names[family, kind] = message
                self.types[message] = (family, kind)
        pool = descriptor_pool.DescriptorPool()
        pool.Add(file)
        self.envelopes: dict[int, Any] = {
            family: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"vox.{name}"))
            for family, name in ((CLIENT, "msg"), (CONFERENCE, "conferenceExtensionMsg"))
        }

    def read(self, name: str, message: Message) -> dict[str, Any]:
        """The fields of a message as plain values."""
        values: dict[str, Any] = {}
        for one in self.fields[name].values():
            if one.repeats:
                values[one.name] = [self._value(one, value) for value in getattr(message, one.name)]
            elif one.is_required or message.HasField(one.name):
                values[one.name] = self._value(one, getattr(message, one.name))
        return values

    def write(self, name: str, values: dict[str, Any], message: Message) -> None:
        """Put plain values into a message."""
        message.SetInParent()
        if unknown := values.keys() - self.fields[name].keys():
            raise ValueError(f"{name} has no field {min(unknown)}")
        for one in self.fields[name].values():
            value = values.get(one.name)
            if one.repeats:
                for each in value or []:
                    self._put(one, each, message)
            elif value is not None or one.is_required:
                self._put(one, {} if value is None and one.kind not in _ZEROS else value, message)

    def _value(self, one: Field, value: Any) -> Any:
        if one.kind not in _SCALARS:
            return self.read(one.kind, value)
        # A text that is no UTF-8 comes as bytes.
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else value

    def _put(self, one: Field, value: Any, message: Message) -> None:
        if one.kind not in _SCALARS:
            target = getattr(message, one.name)
            self.write(one.kind, value, target.add() if one.repeats else target)
            return
        value = _ZEROS[one.kind] if value is None else value
        if isinstance(value, str):
            value = value.encode("utf-8", "replace").decode()
        if one.repeats:
            getattr(message, one.name).append(value)
        else:
            setattr(message, one.name, value)


@cache
def _wire() -> _Wire:
    return _Wire()


def _lines(table: str) -> list[tuple[int, int, str, str]]:
    joined = table.replace("\n    ", " ")
    return [(int(one[1] or 0), int(one[2] or 0), one[3], one[4]) for one in _LINE.finditer(joined)]


def _declare(message: descriptor_pb2.DescriptorProto, one: Field) -> None:
    # All optional, so that what is missing counts as zero; what is required is seen to when writing.
    label = 3 if one.repeats else 1
    if one.kind in _SCALARS:
        made = message.field.add(name=one.name, number=one.number, type=_SCALARS[one.kind])  # pyright: ignore
    else:
        made = message.field.add(name=one.name, number=one.number, type=11, type_name=f".vox.{one.kind}")
    made.label = label  # pyright: ignore

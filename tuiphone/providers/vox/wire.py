"""IML on the wire (PROTOCOL.md section 4): a stream of packets out of frames, and packets to bytes.

Pure: no socket, no clock. What is in the messages is in vox.proto; what they mean is for those who take them.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, cast

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from tuiphone.core.errors import BadFrame
from tuiphone.providers.vox import vox_pb2

VERSION: Final = 1
MAX_PAYLOAD: Final = 1024 * 1024
MAX_ITEMS: Final = 10_000
"""Entries of one list; a megabyte of empty ones would take seconds to read."""

PROTOCOL_ERROR: Final = 1002
NOT_BINARY: Final = 1003
TOO_LARGE: Final = 1009
"""With what a WebSocket is closed after bad input (section 12)."""

_HEADER: Final = struct.Struct(">HHI2s")
_END_OF_HEADER: Final = b"\r\n"


class Family(IntEnum):
    """Which envelope a packet is in."""

    CLIENT = 0
    CONFERENCE = 4


_CONFERENCE_REQUESTS: Final[Mapping[int, int]] = {
    1: 2,
    3: 42,
    5: 4,
    7: 6,
    9: 8,
    13: 12,
    27: 26,
    29: 28,
    31: 30,
    33: 32,
    35: 34,
    37: 36,
    39: 38,
    43: 44,
    45: 46,
    47: 48,
    49: 50,
}
"""Types of family 4 and the fields that carry them, of requests; a reply is one higher in both (section 8)."""


class BrokenStream(BadFrame):
    """What comes is no stream of packets, and nothing that follows can be read; close with `code`."""

    def __init__(self, code: int, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of packet."""

    family: int
    number: int
    name: str
    """Of its message, `loginReq` for example."""
    field: str
    """Of the envelope that carries it."""

    @property
    def is_request(self) -> bool:
        """Somebody waits for a reply to it."""
        return self.number % 2 == 1


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet that could be read."""

    kind: Kind
    message: Message
    """Of the generated class `kind.name`."""
    size: int = 0
    """Bytes, its header among them."""

    @property
    def family(self) -> int:
        """0 client, 4 conference."""
        return self.kind.family

    @property
    def number(self) -> int:
        """Its type: odd for requests."""
        return self.kind.number

    @property
    def view(self) -> dict[str, Any]:
        """It as section 13 writes packets, for the trace."""
        envelope = {"uVersion": VERSION, self.kind.field: view(self.message)}
        family = {} if self.family == Family.CLIENT else {"family": self.family}
        return {**family, "type": self.number, "msg": envelope}


@dataclass(frozen=True, slots=True)
class Unread:
    """A packet that says nothing to us: of an unknown type, or (`is_bad`) one that cannot be decoded."""

    family: int
    number: int
    size: int
    is_bad: bool

    @property
    def view(self) -> dict[str, Any]:
        """What can be said of it, for the trace."""
        return {"family": self.family, "type": self.number, "unread": "undecodable" if self.is_bad else "unknown"}


def _kinds() -> Iterator[Kind]:
    for field in fields_of(vox_pb2.msg):
        if field.message_type is not None:
            yield Kind(Family.CLIENT, field.number - 1, field.message_type.name, field.name)
    types = {number + step: kind + step for kind, number in _CONFERENCE_REQUESTS.items() for step in (0, 1)}
    for field in fields_of(vox_pb2.conferenceExtensionMsg):
        if field.message_type is not None:
            yield Kind(Family.CONFERENCE, types[field.number], field.message_type.name, field.name)


def fields_of(message: Message | type[Message]) -> list[FieldDescriptor]:
    """The fields a message may have."""
    return list(cast("Any", message.DESCRIPTOR.fields))


KINDS: Final[Mapping[str, Kind]] = {kind.name: kind for kind in _kinds()}
"""By the name of the message."""
_BY_NUMBER: Final = {(kind.family, kind.number): kind for kind in KINDS.values()}


def named(name: str, **fields: Any) -> Message:
    """A message of this name with these fields; a mapping makes a message inside it."""
    return GetMessageClass(vox_pb2.DESCRIPTOR.message_types_by_name[name])(**fields)


def packet_of(message: Message) -> Packet:
    """The packet that carries this message."""
    return Packet(KINDS[message.DESCRIPTOR.name], message)


def reply_kind(kind: Kind) -> Kind:
    """What a request of this kind is answered with."""
    return _BY_NUMBER[kind.family, kind.number + 1]


def encode(message: Message) -> bytes:
    """A packet with this message; fields that are needed and were not set go out as 0 or empty.

    Raises: ValueError when it is larger than a packet may be
    """
    kind = KINDS[message.DESCRIPTOR.name]
    envelope = vox_pb2.msg() if kind.family == Family.CLIENT else vox_pb2.conferenceExtensionMsg()
    envelope.uVersion = VERSION
    inner = getattr(envelope, kind.field)
    inner.CopyFrom(message)
    inner.SetInParent()
    fill(inner)
    payload = envelope.SerializeToString(deterministic=True)
    if len(payload) > MAX_PAYLOAD:
        raise ValueError(f"{kind.name} has {len(payload)} bytes; a packet can have {MAX_PAYLOAD}.")
    return _HEADER.pack(kind.family, kind.number, len(payload), _END_OF_HEADER) + payload


def fill(message: Message) -> None:
    """Set what is needed and not there."""
    for field in fields_of(message):
        if field.is_repeated:
            if field.message_type is not None:
                for each in getattr(message, field.name):
                    fill(each)
            continue
        is_there = message.HasField(field.name)
        if field.message_type is not None:
            if is_there or _is_needed(field):
                inner = getattr(message, field.name)
                inner.SetInParent()
                fill(inner)
        elif not is_there and _is_needed(field):
            setattr(message, field.name, field.default_value)


def _is_needed(field: FieldDescriptor) -> bool:
    return field.GetOptions().Extensions[cast("Any", vox_pb2.needed)]


def view(message: Message) -> dict[str, Any]:
    """The fields that are set, as JSON has them."""
    said: dict[str, Any] = {}
    for field, value in message.ListFields():
        inner = field.message_type is not None
        if field.is_repeated:
            said[field.name] = [view(each) for each in value] if inner else list(value)
        else:
            said[field.name] = view(value) if inner else value
    return said


class Stream:
    """The bytes of one connection, which belong together however they are cut into frames."""

    def __init__(self) -> None:
        self._unread = bytearray()

    def feed(self, data: bytes) -> Iterator[Packet | Unread]:
        """The packets that are complete with these bytes.

        Raises: BrokenStream, after which the connection is of no use
        """
        self._unread += data
        while len(self._unread) >= _HEADER.size:
            family, number, length, end = cast("tuple[int, int, int, bytes]", _HEADER.unpack_from(self._unread))
            if end != _END_OF_HEADER:
                raise BrokenStream(PROTOCOL_ERROR, "What came is no packet of IML.")
            if length > MAX_PAYLOAD:
                raise BrokenStream(
                    TOO_LARGE, f"A packet of {length:,} bytes was announced; {MAX_PAYLOAD:,} are allowed."
                )
            size = _HEADER.size + length
            if len(self._unread) < size:
                return
            payload = bytes(self._unread[_HEADER.size : size])
            del self._unread[:size]
            yield _decoded(family, number, payload, size)


def _decoded(family: int, number: int, payload: bytes, size: int) -> Packet | Unread:
    if (kind := _BY_NUMBER.get((family, number))) is None:
        return Unread(family, number, size, is_bad=False)
    envelope = vox_pb2.msg() if family == Family.CLIENT else vox_pb2.conferenceExtensionMsg()
    try:
        envelope.ParseFromString(payload)
        if not envelope.HasField(cast("Any", kind.field)):
            return Unread(family, number, size, is_bad=True)
        message = cast("Message", getattr(envelope, kind.field))
        if not _is_sane(message):
            return Unread(family, number, size, is_bad=True)
    except (DecodeError, UnicodeDecodeError):
        return Unread(family, number, size, is_bad=True)
    return Packet(kind, message, size)


def _is_sane(message: Message) -> bool:
    """Its texts are UTF-8, which proto2 promises and does not check, and its lists are of a length one can read."""
    for field, value in message.ListFields():
        values = cast("list[Any]", value if field.is_repeated else [value])
        if len(values) > MAX_ITEMS:
            return False
        # The library gives a text that is not UTF-8 as bytes, and no field of ours is of bytes.
        if any(isinstance(each, bytes) or (isinstance(each, Message) and not _is_sane(each)) for each in values):
            return False
    return True

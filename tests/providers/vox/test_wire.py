"""Vox's packets: the protocol's tables, its bytes, and streams of them in any shape."""

import random
import re
import struct
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

import tuiphone.providers.vox as package
from tuiphone.providers.vox import vox_pb2, wire
from tuiphone.providers.vox.wire import BrokenStream, Family, Packet, Stream, Unread

PROTOCOL = (Path(package.__file__).parent / "PROTOCOL.md").read_text(encoding="utf-8")
SCALARS = {
    "str": FieldDescriptor.TYPE_STRING,
    "u32": FieldDescriptor.TYPE_UINT32,
    "u64": FieldDescriptor.TYPE_UINT64,
    "bool": FieldDescriptor.TYPE_BOOL,
}
LINE = re.compile(r"^\s*(\d+) [A-Z0-9_]+ / (\w+): (.*)$", re.MULTILINE)
SHARED = re.compile(r"^(commHdrs|appDetails|sProfile|sPresence|callHistory|stunTurnInfo): (.*)$", re.MULTILINE)
FIELD = re.compile(r"(\d+) (\w+):(\w+)(\[\])?(!)?(?: \(later schema\))?")
TABLE = [(int(number), name, line) for number, name, line in LINE.findall(PROTOCOL)]
CONFERENCE = {
    "create": "createConference",
    "create-ack": "createConferenceAck",
    "destroy": "destroyConference",
    "add participants": "addParticipants",
    "add": "addParticipants",
    "remove": "removeParticipants",
    "alert": "conferenceAlert",
    "join": "joinConferencePublisher",
    "join-ack": "joinConferencePublisherAck",
    "ice": "iceConference",
    "subscribe": "subscribeToParticipant",
    "subscribe-ack": "subscribeToParticipantAck",
    "mute": "conferenceMuteUnmute",
    "leave": "leaveConference",
    "viewing": "subscribeToParticipantViewing",
    "viewing-ack": "subscribeToParticipantViewingAck",
    "publishers": "conferencePublishers",
    "participants": "conferenceParticipants",
}
GET_CONTACTS = bytes.fromhex(
    "00 00 00 17 00 00 00 1a 0d 0a 08 01 c2 01 15 0a 13 0a 05 61 6c 69 63 65 12 08 74 75 69 70 68 6f 6e 65 18 07"
)
LOGGED_IN = bytes.fromhex("00 00 00 08 00 00 00 08 0d 0a 08 01 4a 04 08 07 10 01")
EVERY_NAME = sorted(wire.KINDS)


def read(data: bytes) -> list[Packet | Unread]:
    """What these bytes say."""
    return list(Stream().feed(data))


def full(name: str) -> Message:
    """A message of this name with every field set."""
    message = wire.named(name)
    _fill(message, 1)
    return message


def _fill(message: Message, depth: int) -> None:
    for n, field in enumerate(wire.fields_of(message)):
        if field.message_type is not None:
            values = getattr(message, field.name)
            for inner in [values.add(), values.add()] if field.is_repeated else [values]:
                _fill(inner, depth + 1)
            continue
        value: Any = {
            FieldDescriptor.TYPE_STRING: f"{field.name} ß {depth}",
            FieldDescriptor.TYPE_BOOL: True,
            FieldDescriptor.TYPE_UINT64: 2**53 + n,
        }.get(field.type, n + 1)
        if field.is_repeated:
            getattr(message, field.name).extend([value, value])
        else:
            setattr(message, field.name, value)


def packet(
    payload: bytes, kind: int = 23, family: int = 0, *, end: bytes = b"\r\n", length: int | None = None
) -> bytes:
    """A packet with this payload."""
    return struct.pack(">HHI", family, kind, len(payload) if length is None else length) + end + payload


def test_the_protocols_examples_byte_by_byte():
    headers = {"sMobNu": "alice", "sClientId": "tuiphone", "ullTransId": 7}
    assert wire.encode(wire.named("getContactsReq", stHdrs=headers)) == GET_CONTACTS
    assert wire.encode(wire.named("loginRes", ullTransId=7, ret=1)) == LOGGED_IN
    (said,) = read(GET_CONTACTS)
    assert isinstance(said, Packet)
    assert said.view == {"type": 23, "msg": {"uVersion": 1, "stGetContactsReq": {"stHdrs": headers}}}
    (reply,) = read(LOGGED_IN)
    assert isinstance(reply, Packet)
    assert (reply.number, reply.family, reply.size) == (8, 0, len(LOGGED_IN))
    assert (reply.message.ullTransId, reply.message.ret) == (7, 1)  # type: ignore[attr-defined]


def test_all_lines_of_the_tables_are_here():
    assert len(TABLE) == 78
    assert {name for _, name, _ in TABLE} == {name for name, kind in wire.KINDS.items() if kind.family == Family.CLIENT}


@pytest.mark.parametrize(("number", "name", "line"), TABLE, ids=[name for _, name, _ in TABLE])
def test_a_message_is_as_the_protocols_table_has_it(number: int, name: str, line: str):
    kind = wire.KINDS[name]
    assert kind.number == number
    envelope = vox_pb2.msg.DESCRIPTOR.fields_by_name[kind.field]
    assert (envelope.number, envelope.message_type.name) == (number + 1, name)
    if name == "userPendingNotificationsReq":
        return  # its counters are not looked at
    assert_fields(name, line)


@pytest.mark.parametrize(("name", "line"), SHARED.findall(PROTOCOL))
def test_what_messages_have_in_common_is_as_the_protocol_has_it(name: str, line: str):
    assert_fields(name, line)


def assert_fields(name: str, line: str) -> None:
    """The message has the fields of the table's line and no other."""
    given = [FIELD.fullmatch(part.strip()) for part in line.split(", ")]
    assert all(given), line
    wanted = {int(match[1]): match for match in given if match is not None}
    descriptor = vox_pb2.DESCRIPTOR.message_types_by_name[name]
    assert {field.number for field in descriptor.fields} == set(wanted)
    for field in descriptor.fields:
        match = wanted[field.number]
        assert (field.name, field.is_repeated) == (match[2], match[4] is not None)
        if field.message_type is not None:
            assert field.message_type.name == match[3]
        else:
            assert field.type == SCALARS.get(match[3], FieldDescriptor.TYPE_INT32)
        assert field.GetOptions().Extensions[vox_pb2.needed] == (match[5] is not None)


def test_types_and_fields_of_group_calls_are_as_the_protocol_lists_them():
    types = re.search(r"Message types: (.*)\.", PROTOCOL)
    fields = re.search(r"\*\*Field numbers of .*?\*\*: 1 uVersion, (.*)\.", PROTOCOL)
    assert types is not None
    assert fields is not None
    by_type = {CONFERENCE[word]: int(first) for first, word in re.findall(r"(\d+)/\d+ ([\w -]+)", types[1])}
    by_field = {CONFERENCE[word]: int(first) for first, word in re.findall(r"(\d+)/\d+ ([\w -]+)", fields[1])}
    assert set(by_type) == set(by_field) == set(CONFERENCE.values())
    for name, number in by_type.items():
        for step, ending in enumerate(("Req", "Res")):
            kind = wire.KINDS[f"{name}{ending}"]
            field = vox_pb2.conferenceExtensionMsg.DESCRIPTOR.fields_by_name[kind.field]
            assert (kind.family, kind.number, field.number) == (4, number + step, by_field[name] + step)


@pytest.mark.parametrize("name", EVERY_NAME)
def test_what_is_written_is_read_again(name: str):
    message = full(name)
    (said,) = read(wire.encode(message))
    assert isinstance(said, Packet)
    assert said.message == message
    assert said.kind is wire.KINDS[name]
    assert said.kind.is_request == name.endswith("Req")


@pytest.mark.parametrize("name", EVERY_NAME)
def test_what_is_required_is_written_even_when_nobody_set_it(name: str):
    (said,) = read(wire.encode(wire.named(name)))
    assert isinstance(said, Packet)
    for field in wire.fields_of(said.message):
        if not field.is_repeated:
            assert said.message.HasField(field.name) == field.GetOptions().Extensions[vox_pb2.needed]


@pytest.mark.parametrize("name", [name for name in EVERY_NAME if name.endswith("Req")])
def test_a_reply_is_the_next_type_of_the_same_family(name: str):
    kind, reply = wire.KINDS[name], wire.reply_kind(wire.KINDS[name])
    assert (reply.family, reply.number, reply.name) == (kind.family, kind.number + 1, f"{name[:-3]}Res")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10, 11, 35, 1000])
def test_packets_may_be_cut_anywhere_or_come_together(size: int):
    data = GET_CONTACTS + LOGGED_IN + wire.encode(full("conferenceAlertReq")) + GET_CONTACTS
    stream, said = Stream(), []
    for start in range(0, len(data), size):
        said += stream.feed(data[start : start + size])
    names = [each.kind.name for each in said]
    assert names == ["getContactsReq", "loginRes", "conferenceAlertReq", "getContactsReq"]


def test_missing_fields_are_empty_and_unknown_ones_are_skipped():
    (said,) = read(packet(bytes.fromhex("08 01 c2 01 00")))
    assert isinstance(said, Packet)
    assert said.message.stHdrs.ullTransId == 0  # type: ignore[attr-defined]
    unknown = bytes.fromhex("08 01 4a 0a 08 07 10 01 f0 ff 0f 2a 38 05")
    (said,) = read(packet(unknown, 8))
    assert isinstance(said, Packet)
    assert (said.message.ullTransId, said.message.ret) == (7, 1)  # type: ignore[attr-defined]


@pytest.mark.parametrize("types", ["20 00 20 01", "22 02 00 01"], ids=["one by one", "packed"])
def test_repeated_numbers_may_be_packed_or_not(types: str):
    body = bytes.fromhex("08 07 12 01 61 12 01 62 18 01" + types)
    (said,) = read(packet(b"\x08\x01\xca\x01" + bytes([len(body)]) + body, 24))
    assert isinstance(said, Packet)
    assert list(said.message.stContactTypes) == [0, 1]  # type: ignore[attr-defined]


def test_numbers_that_nobody_listed_survive():
    (said,) = read(wire.encode(wire.named("loginRes", ullTransId=2**64 - 1, ret=4711)))
    assert isinstance(said, Packet)
    assert (said.message.ret, said.message.ullTransId) == (4711, 2**64 - 1)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("family", "kind"), [(0, 9), (0, 9999), (1, 23), (2, 1), (3, 1), (4, 11), (5, 1), (65535, 65535)]
)
def test_an_unknown_type_is_passed_over(family: int, kind: int):
    unread, known = read(packet(b"whatever", kind, family) + LOGGED_IN)
    assert unread == Unread(family, kind, 18, is_bad=False)
    assert isinstance(known, Packet)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x08\x01",
        b"\xff" * 20,
        bytes.fromhex("08 01 c2 01 7f 0a"),
        bytes.fromhex("08 01 4a 04 08 07 10 01"),
        GET_CONTACTS[10:].replace(b"alice", b"al\xffce"),
    ],
    ids=["empty", "nothing in it", "no protobuf", "cut", "something else in it", "a text that is none"],
)
def test_what_cannot_be_decoded_is_passed_over_and_the_stream_goes_on(payload: bytes):
    unread, known = read(packet(payload) + GET_CONTACTS)
    assert isinstance(unread, Unread)
    assert unread.is_bad
    assert isinstance(known, Packet)


def test_a_list_of_a_hundred_thousand_is_not_read():
    message = wire.named("getContactsRes", sPhoneNums=[""] * 100_000)
    (said,) = read(wire.encode(message))
    assert isinstance(said, Unread)
    assert said.is_bad


def test_a_header_without_its_end_breaks_the_stream():
    stream = Stream()
    with pytest.raises(BrokenStream) as caught:
        list(stream.feed(packet(b"", end=b"\n\r")))
    assert caught.value.code == 1002


def test_a_packet_that_is_too_large_is_refused_before_it_came():
    assert not read(packet(b"", length=wire.MAX_PAYLOAD))
    with pytest.raises(BrokenStream) as caught:
        read(packet(b"", length=wire.MAX_PAYLOAD + 1))
    assert caught.value.code == 1009


def test_nothing_larger_than_a_packet_is_written():
    with pytest.raises(ValueError, match="a packet can have 1048576"):
        wire.encode(wire.named("directAudioVideoCallStartReq", sSdp="x" * wire.MAX_PAYLOAD))


def test_whatever_comes_is_a_packet_or_the_end_of_the_stream():
    chance = random.Random(20260713)
    samples = [wire.encode(full(name)) for name in EVERY_NAME]
    counts: Counter[str | int] = Counter()
    for _ in range(4000):
        data = bytearray(chance.choice(samples))
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.3:
            del data[chance.randrange(len(data)) :]
        try:
            for said in read(bytes(data)):
                counts["packet" if isinstance(said, Packet) else "bad"] += 1
                assert isinstance(said.view, dict)
        except BrokenStream as broken:
            counts[broken.code] += 1
    assert set(counts) == {"packet", "bad", 1002, 1009}
    assert min(counts.values()) > 20

"""The codec against hand-made bytes: every line of the tables, the examples of section 13, lenience and framing."""

import random

import pytest

from tests.simulator.vox.tables import Field, parts, rows
from tests.simulator.vox.wire import CONFERENCE_FIELDS, Message, Value, framed, message, packet
from tuiphone.simulator.vox import codec
from tuiphone.simulator.vox.codec import FramingError, Packet, Stream, Undecodable, UnknownType

CONTACTS_RQT = (
    "00 00 00 17 00 00 00 1a 0d 0a 08 01 c2 01 15 0a 13 0a 05 61 6c 69 63 65 12 08 74 75 69 70 68 6f 6e 65 18 07"
)
LOGIN_RSP = "00 00 00 08 00 00 00 08 0d 0a 08 01 4a 04 08 07 10 01"


def sample(one: Field) -> tuple[object, Value]:
    """A value of a field, for the codec and by hand."""
    if one.kind in parts():
        inner = [(field, *sample(field)) for field in parts()[one.kind]]
        return {field.name: value for field, value, _ in inner}, [(field.number, raw) for field, _, raw in inner]
    if one.kind == "str":
        return f"text é {one.number}", f"text é {one.number}"
    return (True, True) if one.kind == "bool" else (one.number + 1, one.number + 1)


@pytest.mark.parametrize("kind", rows())
def test_every_line_of_the_tables_is_written_and_read(kind: int) -> None:
    name, fields = rows()[kind]
    values: dict[str, object] = {}
    raw: Message = []
    for one in fields:
        value, by_hand = sample(one)
        values[one.name] = [value, value] if one.repeats else value
        raw += [(one.number, by_hand)] * (2 if one.repeats else 1)
    by_hand = packet(kind, raw)
    [(_, _, payload)] = Stream().feed(by_hand)
    read = codec.decode(0, kind, payload)
    assert read == Packet(name, values)
    # Numbers in a row may be packed; ours are not.
    assert codec.encode(read) == by_hand


@pytest.mark.parametrize("kind", rows())
def test_what_is_required_is_written_even_when_nothing_is_given(kind: int) -> None:
    name, fields = rows()[kind]

    def empty(field: Field) -> Value:
        if field.kind in parts():
            return [(one.number, empty(one)) for one in parts()[field.kind] if one.is_required]
        return "" if field.kind == "str" else 0

    by_hand: Message = [(one.number, empty(one)) for one in fields if one.is_required and not one.repeats]
    assert codec.encode(Packet(name)) == packet(kind, by_hand)


@pytest.mark.parametrize("kind", CONFERENCE_FIELDS)
def test_a_conference_message_stands_in_the_field_that_section_8_lists(kind: int) -> None:
    headers: Message = [(1, "alice"), (2, "tuiphone"), (3, 5)]
    fields: Message = [(1, headers), (2, "room")] if kind % 2 else [(1, 5), (3, 1)]
    if kind in (48, 50):
        fields = [(1, 5), (4, 1)]
    if kind == 13:
        fields = [(1, headers), (2, 9), (3, "room"), (5, [(1, "bob")])]
    [(family, its_kind, payload)] = Stream().feed(packet(kind, fields, family=4))
    read = codec.decode(family, its_kind, payload)
    assert read.transaction == 5
    assert codec.decode(family, its_kind, codec.encode(read)[10:]) == read
    assert codec.reply_name(read.name) == (codec.decode(4, kind + 1, empty(kind + 1)).name if kind % 2 else None)


def empty(kind: int) -> bytes:
    """The payload of a conference message without any field."""
    return packet(kind, [], family=4)[10:]


def test_the_examples_of_the_protocol() -> None:
    headers = {"sMobNu": "alice", "sClientId": "tuiphone", "ullTransId": 7}
    assert codec.encode(Packet("getContactsReq", {"stHdrs": headers})) == bytes.fromhex(CONTACTS_RQT)
    assert codec.encode(Packet("loginRes", {"ullTransId": 7, "ret": 1})) == bytes.fromhex(LOGIN_RSP)
    [(family, kind, payload)] = Stream().feed(bytes.fromhex(CONTACTS_RQT))
    assert codec.decode(family, kind, payload) == Packet("getContactsReq", {"stHdrs": headers})


def test_what_is_missing_is_empty_and_what_is_unknown_is_skipped() -> None:
    read = codec.decode(0, 195, message([(1, 1), (196, [(99, "?"), (4, "ref"), (70, 7)])]))
    assert read.fields["sCallId"] == "ref"
    assert read.fields["sDstMobNu"] == ""
    assert read.fields["sCallActive"] is False
    assert read.fields["stHdrs"] == {"sMobNu": "", "sClientId": "", "ullTransId": 0}
    assert "bIsRecording" not in read.fields


def test_lists_of_numbers_may_come_packed() -> None:
    apart = codec.decode(0, 19, message([(1, 1), (20, [(4, 1), (4, 0), (4, 1)])]))
    packed = codec.decode(0, 19, message([(1, 1), (20, [(4, b"\x01\x00\x01")])]))
    assert apart == packed
    assert packed.fields["stContactTypes"] == [1, 0, 1]


def test_a_number_that_no_enumeration_lists_survives() -> None:
    assert codec.decode(0, 20, message([(1, 1), (21, [(1, 7), (2, 200)])])).fields["ret"] == 200


def test_a_text_that_is_no_utf8_is_read_as_far_as_possible() -> None:
    assert codec.decode(0, 25, message([(1, 1), (26, [(2, b"a\xff")])])).fields["sPhoneNums"] == "a\ufffd"


def test_packets_are_cut_out_of_any_frames() -> None:
    stream, kinds = Stream(), [23, 61, 23, 299]
    whole = b"".join(packet(kind, [(2, 1)]) for kind in kinds)
    dice = random.Random(5)
    for _ in range(50):
        found: list[int] = []
        at = 0
        while at < len(whole):
            step = dice.randint(1, 20)
            found += [kind for _, kind, _ in stream.feed(whole[at : at + step])]
            at += step
        assert found == kinds
    assert [kind for _, kind, _ in Stream().feed(whole)] == kinds


def test_a_broken_mark_and_an_excessive_length_end_the_stream() -> None:
    with pytest.raises(FramingError) as mark:
        list(Stream().feed(b"\0\0\0\x17\0\0\0\0\n\r"))
    assert mark.value.code == 1002
    with pytest.raises(FramingError) as length:
        list(Stream().feed(b"\0\0\0\x17\0\x10\0\x01\r\n"))
    assert length.value.code == 1009
    assert list(Stream().feed(b"\0\0\0\x17\0\x10\0\0\r\n")) == [], "exactly 1 MiB may come"


def test_unknown_types_and_broken_payloads_are_told_apart() -> None:
    for family, kind in ((0, 9999), (1, 23), (5, 1), (4, 11)):
        with pytest.raises(UnknownType):
            codec.decode(family, kind, b"")
    for payload in (b"\xff", b"\x08\x01", b"\x08\x01\xc2\x01\xff", message([(1, 1), (26, [])])):
        with pytest.raises(Undecodable):
            codec.decode(0, 23, payload)


def test_no_bytes_make_the_codec_fail_otherwise() -> None:
    dice = random.Random(7)
    good = [packet(kind, [(1, [(1, "alice"), (2, "x"), (3, 9)]), (2, "bob"), (4, "ref")]) for kind in rows()]
    for _ in range(3000):
        data = bytearray(dice.choice(good))
        for _ in range(dice.randint(1, 6)):
            data[dice.randrange(10, len(data))] = dice.randrange(256)
        family, kind = dice.choice([0, 0, 0, 4]), int.from_bytes(data[2:4])
        try:
            read = codec.decode(family, kind, bytes(data[10:]))
        except (UnknownType, Undecodable):
            continue
        assert codec.decode(family, kind, codec.encode(read)[10:]) == read


def test_framed_is_what_the_server_reads() -> None:
    assert framed(0, 23, b"abc") == bytes.fromhex("00 00 00 17 00 00 00 03 0d 0a 61 62 63")

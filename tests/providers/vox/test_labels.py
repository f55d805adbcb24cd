"""What the wire trace says of Vox's packets."""

import random

import pytest

from tests.providers.vox.test_wire import EVERY_NAME, full, packet
from tuiphone.core.trace import Label, Trace
from tuiphone.providers.vox import wire
from tuiphone.providers.vox.labels import label
from tuiphone.providers.vox.wire import Packet, Stream


def said(name: str, *, sent: bool = True, **fields: object) -> Label:
    """How a packet is labelled."""
    return label(wire.packet_of(wire.named(name, **fields)).view, sent=sent)


FROM_BOB = {"sMobNu": "bob", "sClientId": "x", "ullTransId": 7}


@pytest.mark.parametrize(
    ("name", "sent", "fields", "text"),
    [
        ("loginReq", True, {}, "log in"),
        ("loginRes", False, {"ret": 1}, "log in: 200"),
        ("loginRes", False, {"ret": 12}, "log in: 800 Vox has no such project. Check project_id."),
        ("directAudioVideoCallStartReq", True, {"sDstMobNu": "bob", "sCallId": "c"}, "call bob"),
        ("directAudioVideoCallStartReq", False, {"sDstMobNu": "alice", "stHdrs": FROM_BOB}, "call from bob"),
        ("directAudioVideoCallEndReq", True, {"sDstMobNu": "bob", "sEndReason": "User busy"}, "end bob User busy"),
        ("directAVCallMediaOnOffReq", True, {"sDstMobNu": "bob", "bOption": False}, "mute bob off"),
        ("isAppContactReq", True, {"sPhoneNums": ["a", "b"]}, "who is a user? (2)"),
        (
            "userPresenceChangedReq",
            False,
            {"stPresence": {"sPhoneNum": "bob", "sStatus": "ONLINE"}},
            "presence bob ONLINE",
        ),
        ("getCallHistoryListRes", False, {"eReturnCode": 1}, "history: 200"),
        ("createConferenceReq", True, {"sTitle": "lunch"}, "create group lunch"),
    ],
)
def test_packets_in_a_few_words(name: str, sent: bool, fields: dict[str, object], text: str):
    assert said(name, sent=sent, **fields).text == text


def test_packets_of_a_call_belong_to_it():
    assert said("directAudioVideoCallStartReq", sCallId="c-1").call == "c-1"
    assert said("callInfoSyncReq", sCallID="c-1").call == "c-1"
    assert said("conferenceAlertReq", sConferenceId="room").call == "room"
    assert said("loginReq").call is None


def test_a_reply_stands_with_its_request_whoever_asked():
    asked = said("getContactsReq", stHdrs=FROM_BOB).pair
    assert asked is not None
    assert said("getContactsRes", sent=False, ullTransId=7).pair == asked
    # The server counts for itself.
    assert said("userJoinedReq", sent=False, stHdrs=FROM_BOB).pair not in (None, asked)
    assert said("userJoinedRes", sent=True, ullTransId=7).pair != asked


@pytest.mark.parametrize("name", EVERY_NAME)
def test_every_packet_has_a_name_of_its_own(name: str):
    for sent in (True, False):
        text = label(wire.packet_of(full(name)).view, sent=sent).text
        assert text
        assert not text.startswith(name[:-3]), "the wire's own name"


def test_what_could_not_be_read_is_said_so():
    (bad, unknown) = Stream().feed(packet(b"\xff") + packet(b"", 9999))
    assert label(bad.view, sent=False).text == "undecodable packet, family 0, type 23"
    assert label(unknown.view, sent=False).text == "unknown packet, family 0, type 9999"


def test_whatever_comes_can_be_kept():
    chance = random.Random(4711)
    samples = [wire.encode(full(name)) for name in EVERY_NAME]
    trace = Trace(label)
    for _ in range(250):  # a second's worth is all that is kept
        data = bytearray(chance.choice(samples))
        for _ in range(4):
            data[chance.randrange(10, len(data))] = chance.randrange(256)
        for each in Stream().feed(bytes(data)):
            trace.received("server", each.view)
            if isinstance(each, Packet):
                label(each.view, sent=True)
    assert len(trace.frames()) > 200

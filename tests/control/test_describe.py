"""What scripts and screens are told of a change."""

from dataclasses import replace
from typing import Any

import pytest

from tests.core.build import BOB, ID, call, with_calls
from tests.core.test_reduce import SAMPLES
from tuiphone.control.describe import alert, happened
from tuiphone.control.protocol import Alert, line
from tuiphone.core.call import Attendance, CallDirection, CallId, CallState, EndReason, Participant
from tuiphone.core.events import (
    CallAnswered,
    CallAutoAnswered,
    CallDescribed,
    CallEnded,
    CallHeld,
    CallHeldByPeer,
    CallInterrupted,
    CallMediaChanged,
    CallMerged,
    CallMuted,
    CallMutedByPeer,
    CallRang,
    CallRecorded,
    CallStarted,
    ConnectionChanged,
    DeskCallChanged,
    DeskCallGone,
    DevicesChanged,
    DigitsHeard,
    DisturbChanged,
    InfoReceived,
    LineChanged,
    Link,
    ParticipantsChanged,
    PhoneEvent,
    PresencePublished,
    ProviderFaulted,
    SoundChanged,
    TalkBegan,
    TextNotSent,
    TextReceived,
    TransferRequested,
    VoicemailChanged,
)
from tuiphone.core.ledger import Change
from tuiphone.core.model import Address, AddressKind, Availability, DeskCall, DeskState, Device, LineState, Presence
from tuiphone.core.ports import MediaStats
from tuiphone.core.reduce import reduce
from tuiphone.core.state import PhoneState, Sound

BOB_IN_JSON = {"kind": "user", "text": "bob", "name": None}
TALKING = with_calls(call(CallState.ACTIVE))


def change(event: PhoneEvent, before: PhoneState = TALKING) -> Change:
    return Change("home", event, before, reduce(before, "home", event, 200.0), 200.0)


@pytest.mark.parametrize(
    ("before", "event", "name", "data"),
    [
        (
            CallState.ACTIVE,
            ConnectionChanged(Link.WAITING, "down"),
            "connection",
            {"link": "reconnecting", "detail": "down"},
        ),
        (CallState.ACTIVE, DevicesChanged((Device("d", "x"),)), "devices", {"devices": [{"id": "d", "name": "x"}]}),
        (
            CallState.ACTIVE,
            CallStarted("2", BOB, CallDirection.INCOMING, True, "0800"),
            "incoming",
            {"peer": BOB_IN_JSON, "video": True, "caller": "0800"},
        ),
        (
            CallState.ACTIVE,
            CallStarted("2", BOB, CallDirection.OUTGOING),
            "started",
            {"peer": BOB_IN_JSON, "video": False, "caller": None},
        ),
        (CallState.DIALING, CallRang("1"), "ringing", {"early_media": False}),
        (CallState.RINGING, CallRang("1", early_media=True), "ringing", {"early_media": True}),
        (CallState.RINGING, CallAnswered("1"), "answered", {}),
        (CallState.ACTIVE, CallHeld("1", on=True), "held", {}),
        (CallState.HELD, CallHeld("1", on=False), "resumed", {}),
        (CallState.ACTIVE, CallHeldByPeer("1", on=True), "held_by_peer", {}),
        (CallState.ACTIVE, CallMuted("1", on=True), "muted", {}),
        (CallState.ACTIVE, CallMutedByPeer("1", on=True), "muted_by_peer", {}),
        (CallState.ACTIVE, CallMediaChanged("1", "connected"), "media", {"link": "connected"}),
        (CallState.ACTIVE, CallDescribed("1", (("A", "b"),)), "described", {"facts": {"A": "b"}, "video": None}),
        (CallState.ACTIVE, CallRecorded("1", "/a.ogg"), "recording", {"path": "/a.ogg"}),
        (CallState.ACTIVE, DigitsHeard("1", "1#"), "digits", {"digits": "1#"}),
        (CallState.ACTIVE, InfoReceived("1", "{}"), "info", {"payload": "{}"}),
        (
            CallState.ACTIVE,
            TextReceived(BOB, "hi", "news"),
            "text",
            {"from": BOB_IN_JSON, "text": "hi", "topic": "news"},
        ),
        (CallState.ACTIVE, ProviderFaulted("No."), "fault", {"detail": "No."}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_change_is_a_line_for_scripts(before: CallState, event: PhoneEvent, name: str, data: dict[str, Any]) -> None:
    told = happened(change(event, with_calls(call(before))), None)
    assert told is not None
    assert (told.event, told.at, told.account, told.data) == (name, 200.0, "home", data)
    ref = getattr(event, "ref", None)
    assert told.call == (CallId("home", ref) if ref else None)


def test_who_is_in_a_group_call_is_told_with_its_start_and_with_every_change() -> None:
    us, there = Participant(BOB, Attendance.INVITED, is_us=True), Participant(BOB, Attendance.JOINED, muted=True)
    said = {**BOB_IN_JSON, "state": "joined", "muted": True, "us": False}
    born = happened(change(CallStarted("9", BOB, CallDirection.INCOMING, participants=(us, there))), None)
    assert born is not None
    assert born.data["participants"][1] == said
    group = with_calls(call(CallState.ACTIVE, participants=(us,)))
    told = happened(change(ParticipantsChanged("1", (there,)), group), None)
    assert told is not None
    assert (told.event, told.data) == ("participants", {"participants": [said]})


def test_a_call_that_is_one_with_anothers_is_told_to_scripts_under_both_names() -> None:
    dialled, sound = with_calls(call(CallState.DIALING)), CallId("sip", "9")
    merged = change(CallMerged("1", sound), dialled)
    told = happened(merged, None)
    assert told is not None
    assert (told.event, told.call, told.data) == ("merged", ID, {"into": "sip/9"})
    rings = CallStarted("9", BOB, CallDirection.INCOMING)
    after = reduce(merged.after, "sip", rings, 200.0)
    told = happened(Change("sip", rings, merged.after, after, 200.0), None)
    assert told is not None
    assert (told.event, told.call, told.data["dialled"]) == ("incoming", sound, True)
    began = happened(change(TalkBegan("1")), None)
    assert began is not None
    assert began.event == "reached"


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: type(event).__name__)
def test_whatever_is_told_fits_on_the_line(event: PhoneEvent) -> None:
    for before in CallState:
        told = happened(change(event, with_calls(call(before))), MediaStats())
        assert told is None or line(told).endswith(b"}\n")


def test_lines_the_mailbox_questions_and_interruptions_are_told_to_scripts() -> None:
    carol = Address(AddressKind.USER, "102", "Carol")
    told = [
        happened(change(event), None)
        for event in (
            LineChanged(carol, LineState.RINGING, BOB, incoming=True),
            VoicemailChanged(2, 5, Address(AddressKind.USER, "*97")),
            VoicemailChanged(1),
            DeskCallChanged(DeskCall("d1", BOB, DeskState.RINGING, 90.0, carol, "main")),
            DeskCallGone("d0"),
            TransferRequested("1", carol, "transfer"),
            CallInterrupted("1", on=True),
            PresencePublished(Presence(Availability.ONLINE, "here")),
        )
    ]
    carol_in_json = {"kind": "user", "text": "102", "name": "Carol"}
    assert [(one.event, one.data) for one in told if one is not None] == [
        ("line", {"line": carol_in_json, "state": "ringing", "incoming": True, "peer": BOB_IN_JSON}),
        ("voicemail", {"new": 2, "old": 5, "mailbox": "*97"}),
        ("voicemail", {"new": 1, "old": 0, "mailbox": None}),
        (
            "desk",
            {
                "ref": "d1",
                "state": "ringing",
                "since": 90.0,
                "line": "main",
                "peer": BOB_IN_JSON,
                "extension": carol_in_json,
            },
        ),
        ("referred", {"to": carol_in_json, "by": "transfer"}),
        ("interrupted", {}),
        ("presence", {"availability": "online", "note": "here"}),
    ]


def test_new_voicemail_is_said_once_and_not_what_waited_before() -> None:
    assert alert(change(VoicemailChanged(2))) is None
    waiting = reduce(TALKING, "home", VoicemailChanged(1), 100.0)
    assert alert(change(VoicemailChanged(2), waiting)) == Alert(
        "info", "New voicemail: 2 messages wait in your mailbox.", "home"
    )
    assert alert(change(VoicemailChanged(1, 1), waiting)) is None
    assert alert(change(VoicemailChanged(0, 2), waiting)) is None


def test_an_event_that_changed_nothing_is_not_told() -> None:
    ended = with_calls(call(CallState.ENDED))
    assert happened(change(CallEnded("1", EndReason.BUSY), ended), None) is None
    assert happened(change(CallAnswered("1")), None) is None


def test_side_messages_and_texts_are_told_although_they_change_nothing() -> None:
    for event in (TextReceived(BOB, "hi"), ProviderFaulted("No."), InfoReceived("gone", "{}")):
        assert happened(change(event), None) is not None


def test_the_end_comes_with_how_long_and_how_well() -> None:
    stats = MediaStats(received=500, lost=2, jitter_ms=3.14159, rtt_ms=20.06, mos=4.123, codec="opus", video="640x480")
    told = happened(change(CallEnded("1", EndReason.REMOTE_HUNG_UP, "Bye.")), stats)
    assert told is not None
    assert told.data == {
        "reason": "the other side hung up",
        "detail": "Bye.",
        "answered": True,
        "talk_s": 90.0,
        "rx_packets": 500,
        "lost": 2,
        "jitter_ms": 3.1,
        "rtt_ms": 20.1,
        "mos": 4.12,
        "codec": "opus",
        "video": "640x480",
    }


def test_the_end_says_missed_where_the_call_says_so() -> None:
    told = happened(change(CallEnded("1", EndReason.REMOTE_HUNG_UP), with_calls(call(CallState.INCOMING))), None)
    assert told is not None
    assert (told.data["reason"], told.data["answered"], told.data["talk_s"]) == ("missed", False, 0.0)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (ProviderFaulted("No.", "1"), Alert("warning", "No.", "home", ID)),
        (ProviderFaulted("No."), Alert("warning", "No.", "home")),
        (TextReceived(BOB, "hi"), None),
        (
            TextNotSent(BOB, "He is away."),
            Alert("warning", "Your message to bob was not sent: He is away.", "home", page="messages"),
        ),
        (SoundChanged(None, None, "There is no sound card."), Alert("warning", "There is no sound card.")),
        (SoundChanged("mic", "speaker"), None),
        (CallAnswered("1"), None),
        (ConnectionChanged(Link.WAITING, "down"), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_has_to_be_said_once(event: PhoneEvent, said: Alert | None) -> None:
    assert alert(change(event)) == said


def test_sound_that_is_back_is_said_and_the_same_trouble_is_not_said_twice() -> None:
    silent = replace(TALKING, sound=Sound(None, None, "There is no sound card."))
    assert alert(change(SoundChanged(None, None, "There is no sound card."), silent)) is None
    assert alert(change(SoundChanged("mic", "speaker"), silent)) == Alert("info", "The sound is back.")


@pytest.mark.parametrize(("muted", "heard"), [(True, "your microphone is closed"), (False, "they can hear you")])
def test_a_call_the_phone_picked_up_by_itself_is_told_once_with_whether_we_are_heard(muted: bool, heard: str) -> None:
    asked = change(CallAutoAnswered("1", muted), with_calls(call(CallState.INCOMING)))
    told = happened(asked, None)
    assert told is not None
    assert (told.event, told.data) == ("auto_answered", {"muted": muted, "asked": False})
    assert alert(asked) is None
    answered = alert(change(CallAnswered("1"), asked.after))
    assert answered is not None
    assert answered.text == f"bob was answered by itself; {heard}."
    assert alert(change(CallAnswered("1"), with_calls(call(CallState.INCOMING)))) is None


def test_why_a_call_was_picked_up_is_told_where_its_caller_wanted_that() -> None:
    asked = change(CallAutoAnswered("1", muted=True, asked=True), with_calls(call(CallState.INCOMING)))
    answered = alert(change(CallAnswered("1"), asked.after))
    assert answered is not None
    assert answered.text == "bob was answered by itself: the caller asked for it; your microphone is closed."


def test_for_whom_a_call_is_picked_up_is_told_to_scripts() -> None:
    line = Address(AddressKind.USER, "101")
    told = happened(change(CallStarted("1", BOB, CallDirection.OUTGOING, picked_up_for=line), PhoneState()), None)
    assert told is not None
    assert told.event == "started"
    assert told.data["picked_up_for"] == {"kind": "user", "text": "101", "name": None}


def test_do_not_disturb_is_told_to_scripts() -> None:
    told = happened(change(DisturbChanged(300.0)), None)
    assert told is not None
    assert (told.event, told.data) == ("do_not_disturb", {"until": 300.0})

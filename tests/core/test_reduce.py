"""The pure function from event to event: every arrow, every event of the union, and what changes nothing."""

import random
from dataclasses import replace
from typing import Any, get_args

import pytest

from tests.core.build import BOB, ID, call, with_calls
from tuiphone.core.call import (
    NEXT,
    Attendance,
    Call,
    CallDirection,
    CallId,
    CallState,
    EndReason,
    Participant,
    Referral,
)
from tuiphone.core.capability import Action, Capability
from tuiphone.core.events import (
    AccountAdded,
    AccountRemoved,
    CallAnswered,
    CallAutoAnswered,
    CallConsulted,
    CallDescribed,
    CallEnded,
    CallForgotten,
    CallHeld,
    CallHeldByPeer,
    CallInterrupted,
    CallJoined,
    CallMediaChanged,
    CallMerged,
    CallMuted,
    CallMutedByPeer,
    CallNoted,
    CallRang,
    CallRecorded,
    CallSilenced,
    CallStarted,
    CallUnlinked,
    CameraChanged,
    CameraSwitched,
    CommandFinished,
    CommandStarted,
    ConnectionChanged,
    ContactsChanged,
    DeskCallChanged,
    DeskCallGone,
    DevicesChanged,
    DigitsHeard,
    DisturbChanged,
    DownloadsChanged,
    InfoReceived,
    LineChanged,
    Link,
    ListChanged,
    MissedCounted,
    ParticipantsChanged,
    PhoneEvent,
    PlaybackChanged,
    PresenceChanged,
    PresencePublished,
    ProviderFaulted,
    RecordLogged,
    SoundChanged,
    TalkBegan,
    TextNotSent,
    TextReceived,
    TextStatusChanged,
    TransferDecided,
    TransferRequested,
    UnreadCounted,
    VoicemailChanged,
)
from tuiphone.core.model import (
    Account,
    Address,
    AddressKind,
    Availability,
    CallRecord,
    Contact,
    DeskCall,
    DeskState,
    Device,
    Download,
    Line,
    LineState,
    Playback,
    Presence,
    RecordResult,
    TextStatus,
    Voicemail,
)
from tuiphone.core.reduce import MAX_CALLS, MAX_FACTS, MAX_LINES, MAX_NOTICES, reduce
from tuiphone.core.state import PhoneState, Sound, with_account

DIALING, RINGING, INCOMING, ACTIVE, HELD, ENDED = CallState
RANG, ANSWERED = CallRang("1"), CallAnswered("1")
HOLD, RESUME = CallHeld("1", on=True), CallHeld("1", on=False)
OVER = CallEnded("1", EndReason.REMOTE_HUNG_UP)


@pytest.mark.parametrize(
    ("before", "event", "after"),
    [
        (DIALING, RANG, RINGING),
        (DIALING, ANSWERED, ACTIVE),
        (DIALING, HOLD, DIALING),
        (DIALING, RESUME, DIALING),
        (DIALING, OVER, ENDED),
        (RINGING, RANG, RINGING),
        (RINGING, ANSWERED, ACTIVE),
        (RINGING, HOLD, RINGING),
        (RINGING, RESUME, RINGING),
        (RINGING, OVER, ENDED),
        (INCOMING, RANG, INCOMING),
        (INCOMING, ANSWERED, ACTIVE),
        (INCOMING, HOLD, INCOMING),
        (INCOMING, RESUME, INCOMING),
        (INCOMING, OVER, ENDED),
        (ACTIVE, RANG, ACTIVE),
        (ACTIVE, ANSWERED, ACTIVE),
        (ACTIVE, HOLD, HELD),
        (ACTIVE, RESUME, ACTIVE),
        (ACTIVE, OVER, ENDED),
        (HELD, RANG, HELD),
        (HELD, ANSWERED, HELD),
        (HELD, HOLD, HELD),
        (HELD, RESUME, ACTIVE),
        (HELD, OVER, ENDED),
        (ENDED, RANG, ENDED),
        (ENDED, ANSWERED, ENDED),
        (ENDED, HOLD, ENDED),
        (ENDED, RESUME, ENDED),
        (ENDED, OVER, ENDED),
    ],
    ids=lambda value: value.name if isinstance(value, CallState) else str(value).removeprefix("Call"),
)
def test_an_event_takes_the_call_along_its_arrow_and_no_other(
    before: CallState, event: PhoneEvent, after: CallState
) -> None:
    state = reduce(with_calls(call(before)), "home", event, 200.0)
    assert state.calls[0].state is after


SAMPLES: list[PhoneEvent] = [
    AccountAdded(Account("home", "fake", Capability.RECEIVE)),
    AccountRemoved(),
    ConnectionChanged(Link.ONLINE),
    DevicesChanged((Device("d", "phone"),)),
    CallStarted("1", BOB, CallDirection.INCOMING),
    CallRang("1", early_media=True),
    CallAnswered("1"),
    CallHeld("1", on=True),
    CallHeldByPeer("1", on=True),
    CallMutedByPeer("1", on=True),
    CallDescribed("1", (("Alias", "x"),), video=True),
    ParticipantsChanged("1", (Participant(BOB, Attendance.JOINED),)),
    CallEnded("1", EndReason.BUSY),
    DigitsHeard("1", "5"),
    InfoReceived("1", "{}"),
    TextReceived(BOB, "hello"),
    TextNotSent(BOB, "Bob is away."),
    ProviderFaulted("It went wrong.", "1"),
    CallMerged("1", CallId("desk", "9")),
    CallUnlinked("1"),
    TalkBegan("1"),
    CallMuted("1", on=True),
    CallSilenced("1"),
    CallAutoAnswered("1", muted=True),
    CameraSwitched("1", on=True),
    CameraChanged("1", ("front", "back"), "The camera front is gone."),
    CallMediaChanged("1", "connected"),
    CallRecorded("1", "/a.ogg"),
    CallJoined("1", on=True),
    CallConsulted("1", "0"),
    CallInterrupted("1", on=True),
    TransferRequested("1", BOB, "redirect"),
    TransferDecided("1"),
    LineChanged(BOB, LineState.RINGING, Address(AddressKind.USER, "carol"), incoming=True),
    DeskCallChanged(DeskCall("d1", BOB, DeskState.WAITING, 100.0)),
    DeskCallGone("d1"),
    VoicemailChanged(2, 5, Address(AddressKind.USER, "*97")),
    PresencePublished(Presence(Availability.ONLINE, "here")),
    CallNoted("1", "Call back on Monday."),
    CommandStarted("1", Action.HOLD),
    CommandFinished("1"),
    CallForgotten("1"),
    SoundChanged("mic", "speaker"),
    MissedCounted(3),
    TextStatusChanged("m1", TextStatus.READ),
    ContactsChanged((Contact(1, "Bob"),)),
    PresenceChanged(BOB, Presence(Availability.ONLINE)),
    RecordLogged(CallRecord(0, "", "r", BOB, True, False, 1.0, None, 2.0, RecordResult.MISSED)),
    UnreadCounted(2),
    ListChanged("contacts"),
    PlaybackChanged(Playback("/a.ogg", 3.0, 0.0, 1.0)),
    DownloadsChanged((Download(1, "a.ogg", 10, 20),)),
    DisturbChanged(300.0),
]
OF_CALLS = [
    event
    for event in SAMPLES
    if hasattr(event, "ref") and not isinstance(event, CallStarted | TextStatusChanged | DeskCallGone)
]


def test_the_samples_leave_no_event_of_the_union_out() -> None:
    assert {type(event) for event in SAMPLES} == set(get_args(PhoneEvent))


@pytest.mark.parametrize("event", OF_CALLS, ids=lambda event: type(event).__name__)
def test_an_event_of_a_call_nobody_knows_changes_nothing(event: PhoneEvent) -> None:
    for state in (with_calls(), with_calls(call(id=CallId("home", "2"))), with_calls(call(id=CallId("work", "1")))):
        assert reduce(state, "home", event, 200.0) is state


@pytest.mark.parametrize(
    "event",
    [event for event in OF_CALLS if not isinstance(event, CallForgotten | CallNoted)],
    ids=lambda event: type(event).__name__,
)
def test_an_ended_call_never_changes_again(event: PhoneEvent) -> None:
    state = with_calls(call(ENDED, ended_at=150.0, reason=EndReason.HUNG_UP))
    assert reduce(state, "home", event, 200.0) is state


@pytest.mark.parametrize(
    "event",
    [event for event in SAMPLES if not isinstance(event, DigitsHeard | InfoReceived | ListChanged)],
    ids=lambda event: type(event).__name__,
)
@pytest.mark.parametrize("before", CallState, ids=lambda state: state.name)
def test_the_same_event_twice_is_the_same_as_once(before: CallState, event: PhoneEvent) -> None:
    once = reduce(with_calls(call(before)), "home", event, 200.0)
    twice = reduce(once, "home", event, 300.0)
    if isinstance(event, ConnectionChanged):
        assert twice.accounts[0] == replace(once.accounts[0], since=300.0)
    else:
        assert twice is once


@pytest.mark.parametrize(
    ("event", "field", "value"),
    [
        (CallHeldByPeer("1", on=True), "held_by_peer", True),
        (CallMutedByPeer("1", on=True), "muted_by_peer", True),
        (CallMuted("1", on=True), "muted", True),
        (CallSilenced("1"), "silenced", True),
        (CameraSwitched("1", on=True), "camera", True),
        (CameraChanged("1", ("front", "back")), "cameras", ("front", "back")),
        (CameraChanged("1", (), "The camera is gone."), "camera_problem", "The camera is gone."),
        (CallMediaChanged("1", "disconnected"), "media", "disconnected"),
        (CallRecorded("1", "/a.ogg"), "recording", "/a.ogg"),
        (CallJoined("1", on=True), "conference", True),
        (CallConsulted("1", "0"), "consults", "0"),
        (TransferRequested("1", BOB, "transfer"), "referral", Referral(BOB, "transfer")),
        (CallNoted("1", "Monday"), "note", "Monday"),
        (CommandStarted("1", Action.TRANSFER), "pending", Action.TRANSFER),
        (DigitsHeard("1", "12#"), "facts", (("Keys pressed there", "12#"),)),
        (InfoReceived("1", '{"a": 1}'), "notices", ('{"a": 1}',)),
        (ProviderFaulted("The far side was not told.", "1"), "detail", "The far side was not told."),
        (CallDescribed("1", video=True), "video", True),
        (
            CallDescribed("1", peer=Address(AddressKind.PHONE, "123")),
            "peer",
            Address(AddressKind.PHONE, "123"),
        ),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "ref") else "",
)
def test_an_event_sets_its_field_and_no_other(event: PhoneEvent, field: str, value: Any) -> None:
    before = call(ACTIVE)
    after = reduce(with_calls(before), "home", event, 200.0).calls[0]
    assert after == replace(before, **{field: value})


def test_a_note_may_still_come_when_the_call_is_over() -> None:
    state = with_calls(call(ENDED, ended_at=150.0, reason=EndReason.HUNG_UP))
    assert reduce(state, "home", CallNoted("1", "Monday"), 200.0).calls[0].note == "Monday"


@pytest.mark.parametrize("event", [CallJoined("3", on=False), CallEnded("3", EndReason.LOST)], ids=["leaves", "ends"])
def test_the_last_call_of_a_conference_is_none_any_more(event: PhoneEvent) -> None:
    calls = [call(ACTIVE, id=CallId("home", ref), conference=True) for ref in "123"]
    state = reduce(with_calls(*calls), "home", CallEnded("1", EndReason.LOST), 200.0)
    assert [one.conference for one in state.calls] == [False, True, True]
    assert not reduce(state, "home", event, 200.0).conference


def test_early_media_stays_once_it_was_there() -> None:
    state = with_calls(call(DIALING))
    for early_media in (False, True, False):
        state = reduce(state, "home", CallRang("1", early_media), 200.0)
    assert state.calls[0].early_media


def test_an_answer_stamps_the_call_once() -> None:
    state = reduce(with_calls(call(RINGING)), "home", ANSWERED, 200.0)
    held = reduce(state, "home", HOLD, 210.0)
    again = reduce(held, "home", ANSWERED, 220.0)
    assert again.calls[0].answered_at == 200.0
    assert again.calls[0].state is HELD, "being answered twice is not resuming"


def test_the_end_is_stamped_and_takes_down_what_was_up() -> None:
    busy = call(ACTIVE, pending=Action.HOLD, recording="/a.ogg", camera=True, muted=True)
    over = reduce(with_calls(busy), "home", CallEnded("1", EndReason.LOST, "The line broke."), 300.0).calls[0]
    assert (over.reason, over.detail, over.ended_at) == (EndReason.LOST, "The line broke.", 300.0)
    assert (over.pending, over.recording, over.camera) == (None, None, False)
    assert over.talk_s(9999.0) == 190.0


@pytest.mark.parametrize(
    ("reason", "listed"),
    [
        (EndReason.REMOTE_HUNG_UP, EndReason.MISSED),
        (EndReason.NO_ANSWER, EndReason.MISSED),
        (EndReason.CANCELLED, EndReason.MISSED),
        (EndReason.MISSED, EndReason.MISSED),
        (EndReason.REJECTED, EndReason.REJECTED),
        (EndReason.ELSEWHERE, EndReason.ELSEWHERE),
        (EndReason.LOST, EndReason.LOST),
    ],
)
def test_a_call_that_rang_here_unanswered_was_missed_whoever_gave_up(reason: EndReason, listed: EndReason) -> None:
    over = reduce(with_calls(call(INCOMING)), "home", CallEnded("1", reason), 200.0).calls[0]
    assert over.reason is listed
    ours = reduce(with_calls(call(RINGING)), "home", CallEnded("1", reason), 200.0).calls[0]
    assert ours.reason is reason, "calls of ours are not missed"


@pytest.mark.parametrize(("direction", "born"), [(CallDirection.INCOMING, INCOMING), (CallDirection.OUTGOING, DIALING)])
def test_a_call_is_born_with_what_is_known_of_it(direction: CallDirection, born: CallState) -> None:
    event = CallStarted("9", BOB, direction, True, "0800", (("Alias", "x"),))
    made = reduce(with_calls(), "home", event, 200.0).calls[0]
    assert made == Call(
        CallId("home", "9"), BOB, direction, born, 200.0, video=True, caller="0800", facts=(("Alias", "x"),)
    )


def test_a_second_birth_of_the_same_ref_changes_nothing() -> None:
    for before in CallState:
        state = with_calls(call(before))
        born_again = CallStarted("1", Address(AddressKind.USER, "mallory"), CallDirection.INCOMING)
        assert reduce(state, "home", born_again, 200.0) is state


def test_two_accounts_may_use_the_same_ref() -> None:
    state = reduce(with_calls(call(ACTIVE)), "work", CallStarted("1", BOB, CallDirection.INCOMING), 200.0)
    state = reduce(state, "work", OVER, 210.0)
    assert [known.state for known in state.calls] == [ACTIVE, ENDED]


def test_a_flood_of_calls_is_not_listened_to() -> None:
    state = with_calls()
    for number in range(3 * MAX_CALLS):
        state = reduce(state, "home", CallStarted(str(number), BOB, CallDirection.INCOMING), 200.0)
    assert len(state.calls) == MAX_CALLS
    ours = reduce(state, "home", CallStarted("ours", BOB, CallDirection.OUTGOING), 200.0)
    assert ours.calls[-1].id.ref == "ours", "we can still call"
    other = reduce(state, "work", CallStarted("1", BOB, CallDirection.INCOMING), 200.0)
    assert other.calls[-1].id == CallId("work", "1"), "other accounts still ring"


def test_facts_of_the_same_label_replace_each_other_and_are_limited() -> None:
    state = with_calls(call(ACTIVE, facts=(("Alias", "old"), ("Queue", "sales"))))
    state = reduce(state, "home", CallDescribed("1", (("Alias", "new"),)), 200.0)
    assert state.calls[0].facts == (("Alias", "new"), ("Queue", "sales"))
    many = tuple((f"label {n}", "x") for n in range(1000))
    state = reduce(state, "home", CallDescribed("1", many), 200.0)
    assert len(state.calls[0].facts) == MAX_FACTS
    assert len(reduce(state, "home", CallStarted("2", BOB, CallDirection.INCOMING, facts=many), 1).calls[1].facts) <= 40


def test_only_the_last_side_messages_are_kept() -> None:
    state = with_calls(call(ACTIVE))
    for number in range(MAX_NOTICES + 5):
        state = reduce(state, "home", InfoReceived("1", str(number)), 200.0)
    assert state.calls[0].notices == tuple(str(number) for number in range(5, MAX_NOTICES + 5))


def test_a_live_call_is_not_forgotten() -> None:
    state = with_calls(call(ACTIVE))
    assert reduce(state, "home", CallForgotten("1"), 200.0) is state
    over = reduce(state, "home", OVER, 200.0)
    assert reduce(over, "home", CallForgotten("1"), 203.0).calls == ()


def test_an_account_says_why_since_when_and_until_when_it_is_not_connected() -> None:
    event = ConnectionChanged(Link.WAITING, "The server is down.", 260.0)
    known = reduce(with_calls(), "home", event, 200.0).accounts[0]
    assert (known.link, known.detail, known.retry_at, known.since) == (
        Link.WAITING,
        "The server is down.",
        260.0,
        200.0,
    )
    online = reduce(with_calls(), "home", ConnectionChanged(Link.ONLINE), 210.0).accounts[0]
    assert (online.detail, online.retry_at) == (None, None)


def test_other_devices_are_forgotten_with_the_link() -> None:
    state = reduce(with_calls(), "home", ConnectionChanged(Link.ONLINE), 200.0)
    state = reduce(state, "home", DevicesChanged((Device("d", "phone"),)), 200.0)
    assert state.accounts[0].devices
    assert not reduce(state, "home", ConnectionChanged(Link.WAITING), 210.0).accounts[0].devices


def test_the_seconds_of_an_interruption_count_from_its_first_word_on() -> None:
    state = reduce(with_calls(call(ACTIVE)), "home", CallInterrupted("1", on=True), 200.0)
    assert state.calls == (replace(call(ACTIVE), reconnecting_since=200.0, may_be_over=True),)
    state = reduce(state, "home", CallInterrupted("1", on=True), 205.0)
    assert state.calls[0].reconnecting_since == 200.0
    assert reduce(state, "home", CallInterrupted("1", on=False), 207.0).calls[0].reconnecting_since is None
    assert reduce(state, "home", OVER, 207.0).calls[0].reconnecting_since is None


@pytest.mark.parametrize("event", [TransferDecided("1"), OVER], ids=["decided", "over"])
def test_a_question_goes_away_once_it_was_decided_or_the_call_is_over(event: PhoneEvent) -> None:
    state = reduce(with_calls(call(ACTIVE)), "home", TransferRequested("1", BOB, "transfer"), 200.0)
    assert reduce(state, "home", event, 210.0).calls[0].referral is None


def test_a_line_keeps_its_place_and_a_free_one_has_nobody_at_the_other_end() -> None:
    carol = Address(AddressKind.USER, "carol")
    state = with_calls()
    for event in (
        LineChanged(BOB, LineState.IDLE),
        LineChanged(carol, LineState.BUSY, BOB),
        LineChanged(BOB, LineState.RINGING, carol, incoming=True),
    ):
        state = reduce(state, "home", event, 200.0)
    assert state.accounts[0].lines == (
        Line(BOB, LineState.RINGING, carol, incoming=True),
        Line(carol, LineState.BUSY, BOB),
    )
    state = reduce(state, "home", LineChanged(BOB, LineState.IDLE, carol, incoming=True), 210.0)
    assert state.accounts[0].lines[0] == Line(BOB, LineState.IDLE)


def test_without_the_link_nobody_knows_what_the_lines_do_but_which_there_are() -> None:
    state = reduce(with_calls(), "home", ConnectionChanged(Link.ONLINE), 200.0)
    state = reduce(state, "home", LineChanged(BOB, LineState.BUSY), 200.0)
    state = reduce(state, "home", PresencePublished(Presence(note="here")), 200.0)
    state = reduce(state, "home", VoicemailChanged(2), 200.0)
    lost = reduce(state, "home", ConnectionChanged(Link.WAITING, "It broke."), 210.0).accounts[0]
    assert lost.lines == (Line(BOB, LineState.UNKNOWN),)
    assert lost.presence is None
    assert lost.voicemail == Voicemail(2), "what was waiting still is"


def test_lines_without_end_are_not_listened_to() -> None:
    state = with_calls()
    for number in range(MAX_LINES + 10):
        state = reduce(state, "home", LineChanged(Address(AddressKind.USER, str(number)), LineState.IDLE), 200.0)
    assert len(state.accounts[0].lines) == MAX_LINES


def test_an_event_of_an_account_nobody_knows_changes_nothing() -> None:
    state = with_calls()
    for event in (ConnectionChanged(Link.ONLINE), DevicesChanged((Device("d", "phone"),))):
        assert reduce(state, "gone", event, 200.0) is state


def test_sound_and_missed_calls_belong_to_the_phone() -> None:
    state = reduce(PhoneState(), "", SoundChanged(None, None, "There is no sound card."), 1.0)
    assert state.sound == Sound(None, None, "There is no sound card.")
    state = reduce(state, "", MissedCounted(2), 1.0)
    assert state.missed == 2


DESK, SOUND = CallId("home", "1"), CallId("sip", "9")
WITH_SOUND = call(INCOMING, id=SOUND, started_at=105.0, facts=(("From", "x"),))


def test_a_call_that_is_one_with_anothers_takes_its_name_at_once() -> None:
    dialled = call(DIALING, awaits="sip", facts=(("Line", "2"),))
    state = reduce(with_calls(dialled), "home", CallMerged("1", SOUND), 110.0)
    assert state.calls == (replace(dialled, id=SOUND, control=DESK),)
    assert state.call(DESK) == state.call(SOUND) == state.calls[0]
    assert with_calls(dialled).was(state.calls[0]) == dialled
    begun = CallStarted("9", Address(AddressKind.USER, "101"), CallDirection.OUTGOING, facts=(("From", "x"),))
    taken = reduce(state, "sip", begun, 111.0).calls[0]
    assert taken == replace(state.calls[0], awaits=None, facts=(("Line", "2"), ("From", "x")))
    rung = reduce(state, "sip", replace(begun, direction=CallDirection.INCOMING), 111.0).calls[0]
    assert (rung.state, rung.direction, rung.peer) == (INCOMING, CallDirection.OUTGOING, BOB)


def test_two_calls_that_are_one_become_one_with_what_both_know() -> None:
    theirs = call(INCOMING, facts=(("Line", "2"),), note="Monday")
    state = reduce(with_calls(theirs, WITH_SOUND), "home", CallMerged("1", SOUND), 110.0)
    assert state.calls == (
        replace(WITH_SOUND, control=DESK, started_at=100.0, facts=(("Line", "2"), ("From", "x")), note="Monday"),
    )
    alone = reduce(with_calls(WITH_SOUND), "home", CallMerged("1", SOUND), 110.0)
    assert alone.calls == (replace(WITH_SOUND, control=DESK),)
    dialled = call(DIALING, peer=Address(AddressKind.PHONE, "0900"))
    (one,) = reduce(with_calls(dialled, WITH_SOUND), "home", CallMerged("1", SOUND), 110.0).calls
    assert (one.direction, one.peer.text) == (CallDirection.OUTGOING, "0900")


def test_talk_with_a_far_side_that_never_picked_up_is_none() -> None:
    joined = call(ACTIVE, id=SOUND, control=DESK)
    over = CallEnded("9", EndReason.BUSY)
    assert reduce(with_calls(joined), "sip", over, 200.0).calls[0].talk_s(300.0) == 0.0
    reached = reduce(with_calls(joined), "sip", TalkBegan("9"), 150.0)
    assert reduce(reached, "sip", over, 200.0).calls[0].talk_s(300.0) == 50.0


def test_a_call_can_what_its_account_can_and_its_pbx_hands_it_on() -> None:
    sip = Capability.MEDIA | Capability.HANGUP
    pbx = Capability.TRANSFER | Capability.FORWARD | Capability.HOLD
    state = with_account(with_account(PhoneState(), Account("sip", "sip", sip)), Account("home", "pbx", pbx))
    joined = call(ACTIVE, id=SOUND, control=DESK)
    assert state.capabilities_of(joined) == sip | Capability.TRANSFER | Capability.FORWARD
    assert state.capabilities_of(call(ACTIVE)) == pbx
    assert state.capabilities_of(call(DIALING, awaits="sip")) == pbx | Capability.HANGUP
    assert state.capabilities_of(call(DIALING)) == pbx | Capability.HANGUP
    assert state.capabilities_of(call(RINGING)) == pbx
    assert state.capabilities_of(call(id=CallId("gone", "1"))) == Capability(0)
    assert state.handed_on_by(joined, Capability.TRANSFER) == DESK, "only it can"
    both = with_account(state, Account("sip", "sip", sip | pbx))
    assert both.handed_on_by(joined, Capability.TRANSFER) == SOUND, "the other is out of reach"
    online = reduce(both, "home", ConnectionChanged(Link.ONLINE), 200.0)
    assert online.handed_on_by(joined, Capability.TRANSFER) == DESK
    assert state.is_elsewhere(call(INCOMING))
    assert not state.is_elsewhere(joined)
    ringing = replace(state, calls=(call(INCOMING), WITH_SOUND))
    assert ringing.incoming == WITH_SOUND, "what can be picked up here goes first"


def test_texts_pass_through() -> None:
    state = with_calls(call())
    assert reduce(state, "home", TextReceived(BOB, "hello"), 200.0) is state


def test_an_accounts_last_trouble_is_kept_with_its_time_when_all_is_well_again() -> None:
    state = with_calls()
    for at, event in (
        (200.0, ConnectionChanged(Link.CONNECTING)),
        (201.0, ConnectionChanged(Link.WAITING, "The server is gone.", 210.0)),
        (210.0, ConnectionChanged(Link.ONLINE)),
    ):
        state = reduce(state, "home", event, at)
    known = state.accounts[0]
    assert (known.link, known.detail, known.trouble, known.trouble_at) == (
        Link.ONLINE,
        None,
        "The server is gone.",
        201.0,
    )
    state = reduce(state, "home", ProviderFaulted("It said nonsense."), 220.0)
    assert (state.accounts[0].trouble, state.accounts[0].trouble_at) == ("It said nonsense.", 220.0)
    assert reduce(state, "nobody", ProviderFaulted("Something."), 230.0) is state


def test_a_link_that_is_made_again_counts_from_its_loss_and_not_from_the_last_try() -> None:
    state = with_calls()
    lost = ConnectionChanged(Link.WAITING, "The network is gone.", 210.0)
    steps = (
        (ConnectionChanged(Link.CONNECTING), None),
        (ConnectionChanged(Link.ONLINE), None),
        (lost, 202.0),
        (ConnectionChanged(Link.CONNECTING), 202.0),
        (lost, 202.0),
        (ConnectionChanged(Link.ONLINE), None),
        (lost, 206.0),
        (ConnectionChanged(Link.FAILED, "No."), None),
        (lost, None),
    )
    for at, (event, expected) in enumerate(steps, 200):
        state = reduce(state, "home", event, float(at))
        assert state.accounts[0].lost_at == expected


def test_any_sequence_of_events_takes_only_arrows_of_the_drawing() -> None:
    dice = random.Random(7)
    state = with_calls()
    for step in range(5000):
        event = dice.choice(SAMPLES)
        after = reduce(state, "home", event, float(step))
        old, new = state.call(ID), after.call(ID)
        if old is not None and new is not None:
            assert new.state is old.state or new.state in NEXT[old.state], event
            if not isinstance(event, TalkBegan):
                assert new.answered_at == (old.answered_at if old.is_answered else new.answered_at)
        elif old is not None:
            assert old.state is ENDED, "live calls do not vanish"
        assert after is state or after != state, "whoever listens tells by identity that nothing changed"
        state = after


@pytest.mark.parametrize(
    ("states", "focused"),
    [
        ([], None),
        ([ENDED], None),
        ([INCOMING], 0),
        ([HELD, INCOMING], 0),
        ([HELD, RINGING, INCOMING], 1),
        ([HELD, DIALING], 1),
        ([RINGING, ACTIVE], 1),
        ([ACTIVE, ACTIVE], 0),
        ([ENDED, INCOMING, INCOMING], 1),
    ],
    ids=str,
)
def test_keys_act_on_talking_then_calling_then_held_then_ringing(states: list[CallState], focused: int | None) -> None:
    calls = [call(state, id=CallId("home", str(n))) for n, state in enumerate(states)]
    found = with_calls(*calls).focused
    assert found is (None if focused is None else calls[focused])


def test_the_oldest_call_rings_first() -> None:
    first, second = call(INCOMING, id=CallId("home", "1")), call(INCOMING, id=CallId("home", "2"))
    assert with_calls(call(HELD, id=CallId("home", "0")), first, second).incoming is first
    assert with_calls(call(ACTIVE)).incoming is None


def test_keys_of_the_far_side_are_kept_as_they_come_the_last_of_them() -> None:
    state = with_calls(call(ACTIVE, facts=(("Alias", "x"),)))
    for digit in "0123456789" * 4 + "#":
        state = reduce(state, "home", DigitsHeard("1", digit), 200.0)
    assert state.calls[0].facts == (("Alias", "x"), ("Keys pressed there", "9" + "0123456789" * 3 + "#"))

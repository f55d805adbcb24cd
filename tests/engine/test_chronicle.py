"""Events as sentences of the log."""

from dataclasses import replace

import pytest

from tests.core.build import BOB, ID, call, with_calls
from tuiphone.core.call import CallDirection, CallState, EndReason
from tuiphone.core.entry import Level
from tuiphone.core.events import (
    CallAnswered,
    CallEnded,
    CallInterrupted,
    CallMediaChanged,
    CallStarted,
    ConnectionChanged,
    Link,
    ListChanged,
    PhoneEvent,
    ProviderFaulted,
    SoundChanged,
    TextReceived,
    TransferRequested,
    VoicemailChanged,
)
from tuiphone.core.ledger import Change
from tuiphone.core.model import Address, AddressKind, room
from tuiphone.core.ports import MediaStats
from tuiphone.core.reduce import reduce
from tuiphone.core.state import PhoneState
from tuiphone.engine.chronicle import Told, told

ACCOUNT = ID.account


def of(event: PhoneEvent, before: PhoneState, stats: MediaStats | None = None, at: float = 100.0) -> list[Told]:
    after = reduce(before, ACCOUNT, event, at)
    return list(told(Change(ACCOUNT, event, before, after, at), stats))


def online(link: Link = Link.ONLINE) -> PhoneState:
    state = with_calls()
    accounts = tuple(replace(known, link=link) for known in state.accounts)
    return replace(state, accounts=accounts)


@pytest.mark.parametrize(
    ("before", "event", "level", "text"),
    [
        (Link.CONNECTING, ConnectionChanged(Link.ONLINE), Level.INFO, "Registered."),
        (
            Link.ONLINE,
            ConnectionChanged(Link.WAITING, "It broke."),
            Level.WARNING,
            "Lost: It broke.",
        ),
        (Link.CONNECTING, ConnectionChanged(Link.WAITING, "No."), Level.WARNING, "No."),
        (Link.CONNECTING, ConnectionChanged(Link.FAILED, "Bad token."), Level.ERROR, "Refused: Bad token."),
        (Link.OFF, ConnectionChanged(Link.BROKEN, "a: x\nb: y"), Level.ERROR, "The settings have mistakes: a: x"),
    ],
)
def test_an_account_comes_goes_and_is_refused_with_why(
    before: Link, event: ConnectionChanged, level: Level, text: str
) -> None:
    assert [(each.level, each.text) for each in of(event, online(before))] == [(level, text)]


def test_connecting_again_and_lists_are_no_news() -> None:
    assert of(ConnectionChanged(Link.CONNECTING), online(Link.WAITING)) == []
    assert of(ListChanged("log"), online()) == []


def test_a_call_is_told_from_its_beginning_to_its_end_with_how_it_sounded() -> None:
    [begun] = of(CallStarted("9", BOB, CallDirection.INCOMING, video=True, caller="0800"), online())
    assert begun.text.startswith("A video call from ")
    assert begun.text.endswith(" on 0800.")
    assert BOB.text in begun.people
    talking = with_calls(call(CallState.ACTIVE, answered_at=17.0))
    [ended] = of(CallEnded(ID.ref, EndReason.LOST, "No route."), talking, MediaStats(received=98, lost=2, mos=4.1))
    assert ended.level is Level.ERROR
    assert "after 1:23: connection lost." in ended.text
    assert (ended.detail or "").splitlines()[:3] == ["No route.", "rx_packets: 98", "lost: 2"]


def test_a_missed_call_is_a_warning_and_a_good_end_is_none() -> None:
    [missed] = of(CallEnded(ID.ref, EndReason.CANCELLED), with_calls(call(CallState.INCOMING)))
    [over] = of(CallEnded(ID.ref, EndReason.HUNG_UP), with_calls(call(CallState.ACTIVE, answered_at=1.0)))
    assert (missed.level, over.level) == (Level.WARNING, Level.INFO)


def test_an_event_of_a_call_that_is_over_is_not_told_again() -> None:
    over = with_calls(call(CallState.ENDED, ended_at=5.0, reason=EndReason.BUSY))
    assert of(CallEnded(ID.ref, EndReason.LOST), over) == []
    assert of(CallAnswered(ID.ref), over) == []


def test_trouble_with_media_and_sound_matters() -> None:
    [broke] = of(CallMediaChanged(ID.ref, "failed"), with_calls(call(CallState.ACTIVE)))
    [gone] = of(CallMediaChanged(ID.ref, "closed"), with_calls(call(CallState.ACTIVE)))
    assert (gone.level, "is gone" in gone.text) == (Level.WARNING, True)
    [fault] = of(ProviderFaulted("It did not work."), online())
    [sound] = of(SoundChanged("mic", None, "No speaker."), online())
    assert [each.level for each in (broke, fault, sound)] == [Level.ERROR, Level.WARNING, Level.WARNING]
    assert (sound.text, sound.detail) == ("No speaker.", "microphone mic, speaker none")


def test_a_broken_link_a_question_and_the_mailbox_are_taken_down() -> None:
    carol = Address(AddressKind.USER, "carol")
    talking = with_calls(call(CallState.ACTIVE))
    broken = with_calls(call(CallState.ACTIVE, reconnecting_since=90.0))
    [broke] = of(CallInterrupted(ID.ref, on=True), talking)
    [back] = of(CallInterrupted(ID.ref, on=False), broken)
    [asked] = of(TransferRequested(ID.ref, carol, "transfer"), talking)
    [elsewhere] = of(TransferRequested(ID.ref, carol, "redirect"), talking)
    [mailbox] = of(VoicemailChanged(2, 5), online())
    assert (broke.level, broke.text) == (Level.WARNING, "The link of the call with bob broke; it is being restored.")
    assert (back.level, back.text) == (Level.INFO, "The call with bob goes on.")
    assert (asked.text, asked.people) == ("bob hands us on to carol.", ("bob", "carol"))
    assert elsewhere.text == "bob is to be reached at carol."
    assert mailbox.text == "Messages in the mailbox: 2 new, 5 old."


def test_a_call_that_is_picked_up_for_somebody_is_told_with_both() -> None:
    line = Address(AddressKind.USER, "101", "Sales")
    (begun,) = of(CallStarted("1", BOB, CallDirection.OUTGOING, picked_up_for=line), with_calls())
    assert begun.text == "The call of bob at Sales (101) is picked up."
    assert set(begun.people) >= {"bob", "Sales", "101"}


def test_what_a_message_says_is_not_taken_down() -> None:
    [came] = of(TextReceived(BOB, "my secret plans"), online())
    assert "plans" not in repr(came)


def test_the_people_of_a_group_call_are_known_one_by_one_so_that_a_report_can_leave_them_out() -> None:
    peer = room("Standup", [BOB, Address(AddressKind.USER, "carol")])
    (begun,) = of(CallStarted("1", peer, CallDirection.OUTGOING), with_calls())
    assert set(begun.people) >= {"Standup", "bob, carol", "bob", "carol"}

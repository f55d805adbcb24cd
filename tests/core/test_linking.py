"""Which calls are one, as tables: who told of what, when and in which order."""

from dataclasses import replace

import pytest

from tests.core.build import call
from tuiphone.core import joint, linking
from tuiphone.core.call import CallDirection, CallId, CallState, EndReason
from tuiphone.core.events import (
    CallAnswered,
    CallDescribed,
    CallEnded,
    CallHeld,
    CallHeldByPeer,
    CallNoted,
    CallRang,
    CallStarted,
    PhoneEvent,
    ProviderFaulted,
    TalkBegan,
)
from tuiphone.core.joint import FAR_SIDE
from tuiphone.core.linking import Foreign, Joined, Leg, Links, Pair, Told, Unwanted
from tuiphone.core.model import Address, AddressKind

IN, OUT = CallDirection.INCOMING, CallDirection.OUTGOING
DIALLED, OTHER, NOBODY = "+84 90 123 45 67", "0907777777", "anonymous"


def address(number: str) -> Address:
    return Address(AddressKind.PHONE, number)


def dial(ref: str = "d1", number: str = DIALLED, *, at: float = 0.0, account: str = "pbx", **changes: bool) -> Told:
    told = Told(CallId(account, ref), "sip", address(number), OUT, at, is_dial=True, own=frozenset({"101"}))
    return replace(told, **changes)  # type: ignore[arg-type]


def theirs(ref: str, number: str, *, at: float, account: str = "pbx", way: CallDirection = IN) -> Told:
    return Told(CallId(account, ref), "sip", address(number), way, at)


def leg(ref: str, number: str, *, at: float, account: str = "sip", way: CallDirection = IN) -> Leg:
    return Leg(CallId(account, ref), address(number), way, at)


def run(*begun: Told | Leg, up: frozenset[CallId] = frozenset()) -> list[str]:
    """What is decided of each call as it begins, in words."""
    links, said = Links(), list[str]()
    for one in begun:
        if isinstance(one, Told):
            links, into = linking.tell(links, one)
            said.append("waits" if into is None else f"is {into.ref}")
            if one.cancelled:
                links = linking.cancelled(links, one.call)
            continue
        links, decision = linking.ring(links, one, up)
        match decision:
            case Foreign():
                said.append("rings")
            case Unwanted():
                said.append("refused")
            case Joined(told, answers, also):
                word = "answered for" if answers else "rings for"
                said.append(" ".join([word, told.call.ref, *(f"and {id.ref}" for id in also)]))
    return said


@pytest.mark.parametrize(
    ("invite", "expected"),
    [
        (leg("1", "0901234567", at=2.0), "answered for d1"),
        (leg("1", "84901234567", at=9.9), "answered for d1"),
        (leg("1", "0901234567@pbx.example", at=2.0), "answered for d1"),
        (leg("1", "1234567", at=2.0), "answered for d1"),
        (leg("1", "4567", at=2.0), "rings"),
        (leg("1", "101", at=2.0), "answered for d1"),
        (leg("1", "101@pbx.example", at=2.0), "answered for d1"),
        (leg("1", NOBODY, at=2.0), "answered for d1"),
        (leg("1", "", at=2.0), "answered for d1"),
        (leg("1", OTHER, at=2.0), "rings"),
        (leg("1", "1", at=2.0), "rings"),
        (leg("1", "1101", at=2.0), "rings"),
        (leg("1", "0901234567", at=10.0), "rings"),
        (leg("1", "0901234567", at=2.0, account="another"), "rings"),
        (leg("1", "0901234567", at=2.0, way=OUT), "rings"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value.peer.text}-{value.at}-{value.call.account}",
)
def test_the_pbx_rings_us_for_a_dial_with_the_right_caller_in_time(invite: Leg, expected: str) -> None:
    assert run(dial(), invite) == ["waits", expected]


@pytest.mark.parametrize(
    ("begun", "expected"),
    [
        ([leg("1", DIALLED, at=2), leg("2", DIALLED, at=3)], ["answered for d1", "rings"]),
        ([leg("1", NOBODY, at=2), leg("2", NOBODY, at=3)], ["answered for d1", "rings"]),
        ([leg("1", OTHER, at=2), leg("2", DIALLED, at=3)], ["rings", "rings for d1"]),
        ([theirs("t1", OTHER, at=1), leg("1", OTHER, at=2), leg("2", DIALLED, at=3)],
         ["waits", "rings for t1", "rings for d1"]),
        ([theirs("t1", DIALLED, at=1, account="pbx2"), leg("1", DIALLED, at=2)], ["waits", "answered for d1 and t1"]),
        ([leg("1", DIALLED, at=2), theirs("t1", DIALLED, at=3, account="pbx2")], ["answered for d1", "is 1"]),
        ([theirs("t1", DIALLED, at=1, account="pbx2", way=OUT), leg("1", "101", at=2)],
         ["waits", "answered for d1 and t1"]),
        ([leg("1", "101", at=2), theirs("t1", DIALLED, at=3, account="pbx2", way=OUT)], ["answered for d1", "is 1"]),
        ([theirs("t1", OTHER, at=5), leg("1", NOBODY, at=6)], ["waits", "rings for t1"]),
        ([dial("d2", OTHER, at=1), leg("1", OTHER, at=2)], ["waits", "answered for d2"]),
        ([dial("d2", OTHER, at=1), leg("1", DIALLED, at=2), leg("2", OTHER, at=3)],
         ["waits", "answered for d1", "rings for d2"]),
        ([dial("d2", OTHER, at=1), leg("1", "101", at=2)], ["waits", "rings for d2"]),
        ([dial("d2", OTHER, at=1, account="pbx2"), leg("1", DIALLED, at=2)], ["waits", "answered for d1"]),
        ([dial("d2", DIALLED, at=11), leg("1", DIALLED, at=12)], ["waits", "answered for d2"]),
    ],
    ids=["once", "once, nobody shown", "another first", "another told of first", "two accounts, before",
         "two accounts, after", "as outgoing, before", "as outgoing, after", "somebody calls meanwhile", "the number",
         "both", "which is not certain", "two accounts dial", "the first is too old"],
)  # fmt: skip
def test_a_dial_is_picked_up_for_once_and_only_by_the_first_to_ring(
    begun: list[Told | Leg], expected: list[str]
) -> None:
    assert run(dial(), *begun) == ["waits", *expected]


def test_beside_another_call_or_when_the_person_wants_to_pick_up_a_dials_call_rings() -> None:
    invite = leg("1", DIALLED, at=1)
    assert run(dial(), invite, up=frozenset({CallId("sip", "9")}))[1] == "rings for d1"
    assert run(dial(), invite, up=frozenset({CallId("pbx", "d1")}))[1] == "answered for d1"
    assert run(dial(answers=False), invite)[1] == "rings for d1"


@pytest.mark.parametrize(
    ("begun", "expected"),
    [
        ([leg("1", DIALLED, at=2)], ["refused"]),
        ([leg("1", DIALLED, at=2), leg("2", DIALLED, at=3)], ["refused", "rings"]),
        ([leg("1", OTHER, at=2)], ["rings"]),
        ([leg("1", NOBODY, at=2)], ["rings"]),
        ([leg("1", DIALLED, at=12)], ["rings"]),
        ([dial("d2", OTHER, at=1), leg("1", DIALLED, at=2), leg("2", OTHER, at=3)],
         ["waits", "refused", "answered for d2"]),
        ([dial("d2", at=1), leg("1", DIALLED, at=2), leg("2", DIALLED, at=3)],
         ["waits", "answered for d2", "refused"]),
    ],
    ids=["its call", "only that one", "another's", "perhaps another's", "too late", "redialled elsewhere", "redialled"],
)  # fmt: skip
def test_what_rings_for_a_dial_that_was_taken_back_is_refused(begun: list[Told | Leg], expected: list[str]) -> None:
    assert run(dial(cancelled=True), *begun) == ["waits", *expected]


@pytest.mark.parametrize(
    ("begun", "expected"),
    [
        ([leg("1", "0901234567", at=0), theirs("t1", DIALLED, at=9.9)], ["rings", "is 1"]),
        ([theirs("t1", DIALLED, at=0), leg("1", "0901234567", at=9.9)], ["waits", "rings for t1"]),
        ([leg("1", DIALLED, at=0), theirs("t1", DIALLED, at=10)], ["rings", "waits"]),
        ([leg("1", DIALLED, at=0), theirs("t1", OTHER, at=1)], ["rings", "waits"]),
        ([leg("1", NOBODY, at=0), theirs("t1", OTHER, at=1)], ["rings", "is 1"]),
        ([leg("1", OTHER, at=0), theirs("t1", NOBODY, at=1)], ["rings", "is 1"]),
        ([leg("1", OTHER, at=0), leg("2", DIALLED, at=2), theirs("t1", OTHER, at=3)], ["rings", "rings", "is 1"]),
        ([leg("1", OTHER, at=0), leg("2", OTHER, at=2), theirs("t1", OTHER, at=3)], ["rings", "rings", "is 2"]),
        ([leg("1", OTHER, at=0), theirs("t1", OTHER, at=1), theirs("t2", OTHER, at=2)], ["rings", "is 1", "waits"]),
        ([leg("1", OTHER, at=0), theirs("t1", OTHER, at=1), theirs("t2", OTHER, at=2), leg("2", OTHER, at=3)],
         ["rings", "is 1", "waits", "rings for t2"]),
        ([theirs("t1", OTHER, at=0), theirs("t2", NOBODY, at=1), leg("1", OTHER, at=2)],
         ["waits", "waits", "rings for t1"]),
        ([leg("1", "73432112233", at=0), theirs("t1", "2112233", at=1)], ["rings", "is 1"]),
        ([leg("1", "101", at=0), theirs("t1", "101", at=1)], ["rings", "is 1"]),
        ([leg("1", "101", at=0), theirs("t1", "1", at=1)], ["rings", "waits"]),
        ([leg("1", OTHER, at=0, way=OUT), theirs("t1", OTHER, at=1, way=OUT)], ["rings", "is 1"]),
        ([leg("1", OTHER, at=0, way=OUT), theirs("t1", OTHER, at=1)], ["rings", "waits"]),
        ([leg("1", OTHER, at=5), theirs("t1", OTHER, at=0)], ["rings", "is 1"]),
        ([theirs("t1", OTHER, at=0), theirs("u1", OTHER, at=1, account="pbx2"), leg("1", OTHER, at=2)],
         ["waits", "waits", "rings for u1 and t1"]),
    ],
)  # fmt: skip
def test_a_call_to_us_told_of_by_two_accounts_is_one(begun: list[Told | Leg], expected: list[str]) -> None:
    assert run(*begun) == expected


def test_the_time_counts_from_when_the_pbx_took_the_dial_and_not_over_a_clock_that_is_set_back() -> None:
    links, _ = linking.tell(Links(), dial())
    links = linking.accepted(links, CallId("pbx", "d1"), 9.0)
    assert linking.ring(links, leg("1", DIALLED, at=18.0))[1] == Joined(replace(dial(), at=9.0), answers=True)
    assert run(theirs("t1", OTHER, at=20), leg("1", OTHER, at=5)) == ["waits", "rings"]


def test_calls_without_end_are_not_remembered() -> None:
    links = Links()
    for number in range(1000):
        links, _ = linking.tell(links, theirs(f"t{number}", f"09{number:08}", at=0.0))
        links, _ = linking.ring(links, leg(f"l{number}", f"08{number:08}", at=0.0))
        links, _ = linking.ring(links, leg(f"m{number}", f"09{number:08}", at=0.0))
    assert max(len(links.told), len(links.legs), len(links.pairs)) <= linking.MAX_REMEMBERED


def test_what_an_account_told_of_goes_with_it() -> None:
    links, _ = linking.tell(Links(), dial())
    links, _ = linking.ring(links, leg("1", OTHER, at=1))
    links = replace(links, pairs=(Pair(CallId("pbx", "x"), CallId("sip", "y")),))
    assert linking.without(links, "pbx") == Links(legs=links.legs)
    assert linking.without(links, "sip") == Links()


CONTROL, INTO = CallId("pbx", "x"), CallId("sip", "y")
JOINED = Links(pairs=(Pair(CONTROL, INTO),))
BOB = Address(AddressKind.USER, "bob")


@pytest.mark.parametrize(
    ("way", "event", "expected"),
    [
        (OUT, CallRang("x"), [CallDescribed("y", ((FAR_SIDE, "rings"),))]),
        (IN, CallRang("x"), []),
        (OUT, CallAnswered("x"), [TalkBegan("y"), CallDescribed("y", ((FAR_SIDE, "answered"),))]),
        (IN, CallAnswered("x"), []),
        (OUT, CallEnded("x", EndReason.BUSY), [CallDescribed("y", ((FAR_SIDE, "busy"),))]),
        (OUT, CallEnded("x", EndReason.ELSEWHERE, "It goes on at your phone."), []),
        (OUT, CallDescribed("x", (("Line", "2"),), peer=BOB), [CallDescribed("y", (("Line", "2"),))]),
        (OUT, CallStarted("x", BOB, OUT, facts=(("Line", "2"),)), [CallDescribed("y", (("Line", "2"),))]),
        (OUT, CallStarted("x", BOB, OUT), []),
        (OUT, CallHeld("x", on=True), []),
        (OUT, CallHeldByPeer("x", on=True), []),
        (OUT, CallNoted("x", "Monday"), [CallNoted("y", "Monday")]),
        (OUT, ProviderFaulted("No.", "x"), [ProviderFaulted("No.", "y")]),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "ref") else "",
)
def test_what_the_pbx_says_of_a_call_is_said_of_the_call_with_the_sound(
    way: CallDirection, event: PhoneEvent, expected: list[PhoneEvent]
) -> None:
    known = call(CallState.ACTIVE, id=INTO, control=CONTROL, direction=way)
    assert joint.attached(JOINED, CONTROL, event, known)[1] == tuple(expected)
    assert joint.attached(JOINED, CONTROL, event, None)[1] == ()


def test_a_withheld_caller_gets_the_number_that_the_pbx_knows() -> None:
    known = call(CallState.INCOMING, id=INTO, control=CONTROL, peer=address("anonymous"))
    _, events = joint.attached(JOINED, CONTROL, CallDescribed("x", peer=BOB), known)
    assert events == (CallDescribed("y", peer=BOB),)


@pytest.mark.parametrize(
    ("state", "way", "told", "ended", "expected"),
    [
        (CallState.ACTIVE, OUT, [], EndReason.REMOTE_HUNG_UP, EndReason.REMOTE_HUNG_UP),
        (CallState.ACTIVE, OUT, [EndReason.BUSY], EndReason.REMOTE_HUNG_UP, EndReason.BUSY),
        (CallState.ACTIVE, OUT, [EndReason.NO_ANSWER], EndReason.REMOTE_HUNG_UP, EndReason.NO_ANSWER),
        (CallState.ACTIVE, OUT, [EndReason.BUSY], EndReason.HUNG_UP, EndReason.HUNG_UP),
        (CallState.ACTIVE, OUT, ["answered", EndReason.BUSY], EndReason.REMOTE_HUNG_UP, EndReason.REMOTE_HUNG_UP),
        (CallState.ACTIVE, OUT, [EndReason.TRANSFERRED], EndReason.REMOTE_HUNG_UP, EndReason.TRANSFERRED),
        (CallState.ACTIVE, IN, [EndReason.TRANSFERRED], EndReason.REMOTE_HUNG_UP, EndReason.TRANSFERRED),
        (CallState.ACTIVE, IN, [EndReason.TRANSFERRED], EndReason.LOST, EndReason.LOST),
        (CallState.ACTIVE, IN, ["answered"], EndReason.REMOTE_HUNG_UP, EndReason.REMOTE_HUNG_UP),
        (CallState.INCOMING, IN, ["answered"], EndReason.MISSED, EndReason.ELSEWHERE),
        (CallState.INCOMING, IN, ["answered"], EndReason.REJECTED, EndReason.REJECTED),
        (CallState.INCOMING, OUT, [], EndReason.REJECTED, EndReason.CANCELLED),
        (CallState.INCOMING, IN, [], EndReason.MISSED, EndReason.MISSED),
        (CallState.INCOMING, IN, [EndReason.TRANSFERRED], EndReason.MISSED, EndReason.TRANSFERRED),
        (CallState.INCOMING, IN, [EndReason.TRANSFERRED], EndReason.REJECTED, EndReason.REJECTED),
        (CallState.INCOMING, OUT, [], EndReason.MISSED, EndReason.CANCELLED),
    ],
    ids=str,
)
def test_the_end_of_a_call_has_the_reason_that_the_pbx_knows(
    state: CallState, way: CallDirection, told: list[EndReason | str], ended: EndReason, expected: EndReason
) -> None:
    known = call(state, id=INTO, control=CONTROL, direction=way, reached="answered" in told)
    links = JOINED
    for one in told:
        event = CallEnded("x", one) if isinstance(one, EndReason) else CallAnswered("x")
        links, _ = joint.attached(links, CONTROL, event, known)
    assert joint.ending(links, known, CallEnded("y", ended)).reason is expected
    assert joint.ending(Links(), known, CallEnded("y", ended)).reason is ended, "nothing is known of it any more"


def test_a_call_that_the_pbx_transferred_as_we_asked_was_transferred_whatever_it_says_then() -> None:
    known = call(CallState.ACTIVE, id=INTO, control=CONTROL)
    links, _ = joint.attached(
        joint.handed_on(JOINED, CONTROL, Address(AddressKind.PHONE, "102")),
        CONTROL,
        CallEnded("x", EndReason.REMOTE_HUNG_UP),
        known,
    )
    ended = joint.ending(links, known, CallEnded("y", EndReason.REMOTE_HUNG_UP, "They hung up."))
    assert (ended.reason, ended.detail) == (EndReason.TRANSFERRED, "Sent on to 102.")


def test_a_dial_that_rings_or_talks_elsewhere_is_not_over() -> None:
    ended = CallEnded("1", EndReason.FAILED, linking.NOT_RUNG)
    assert linking.not_rung(Links(), call(CallState.DIALING)) == ended
    assert linking.not_rung(Links(), call(CallState.RINGING)) is None
    assert linking.not_rung(Links(), call(CallState.ACTIVE)) is None

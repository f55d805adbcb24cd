"""Accounts, calls and records the tests of the app draw."""

from dataclasses import replace
from typing import Any

from tuiphone.control.contacts import ContactLine
from tuiphone.core.call import Call, CallDirection, CallId, CallState
from tuiphone.core.capability import Capability
from tuiphone.core.contact_text import contact_address_from_text
from tuiphone.core.events import Link
from tuiphone.core.model import (
    Account,
    Address,
    AddressKind,
    Availability,
    CallRecord,
    Contact,
    Device,
    Presence,
    RecordResult,
    TextMessage,
    TextStatus,
)
from tuiphone.core.state import AccountState, PhoneState, Sound

NOW = 1_795_269_720.0
"""Saturday, 21 November 2026, 14:02 UTC."""
C = Capability
EVERYTHING = (
    C.DIAL_USER | C.DIAL_PHONE | C.RECEIVE | C.ANSWER | C.REJECT | C.HANGUP | C.MEDIA | C.VIDEO | C.HOLD | C.DTMF
    | C.INFO | C.TRANSFER
)  # fmt: skip
HOSTILE = "[red]\x1b[2J"

AN = Address(AddressKind.PHONE, "+84900000001", "Nguyễn Văn An")
OLGA = Address(AddressKind.USER, "100", "Ольга Петрова")
SATO = Address(AddressKind.USER, "sato", "佐藤 愛子")
HELP_DESK = Address(AddressKind.PHONE, "+842473000999", "Help desk")


def account(name: str = "work", link: Link = Link.ONLINE, **more: Any) -> AccountState:
    about = {
        "provider": "oncaller",
        "capabilities": EVERYTHING,
        "identity": f"{name}-user",
        "numbers": ("+842473000001",),
        "country": "VN",
    } | {key: more.pop(key) for key in ("provider", "capabilities", "identity", "numbers", "country") if key in more}
    return AccountState(Account(name, **about), link, since=NOW - 3600, **more)


def call(state: CallState = CallState.ACTIVE, peer: Address = AN, ref: str = "c1", **more: Any) -> Call:
    incoming = state is CallState.INCOMING
    times: dict[str, Any] = {"started_at": NOW - 50}
    if state in (CallState.ACTIVE, CallState.HELD):
        times |= {"answered_at": NOW - 42, "media": "connected"}
    direction = CallDirection.INCOMING if incoming else CallDirection.OUTGOING
    return Call(CallId(more.pop("account", "work"), ref), peer, direction, state, **(times | more))


def state(*calls: Call, accounts: tuple[AccountState, ...] | None = None, **more: Any) -> PhoneState:
    known = (account(),) if accounts is None else accounts
    sound = more.pop("sound", Sound("Headset", "Headset"))
    return PhoneState(known, calls, sound, **more)


def changed(before: PhoneState, ref: str, **changes: Any) -> PhoneState:
    """The state with one call changed."""
    calls = tuple(replace(one, **changes) if one.id.ref == ref else one for one in before.calls)
    return replace(before, calls=calls)


def record(id: int = 1, peer: Address = AN, ago: float = 3600.0, **more: Any) -> CallRecord:
    result = more.pop("result", RecordResult.ANSWERED)
    started = NOW - ago
    answered = started + 5 if result is RecordResult.ANSWERED else None
    values = {
        "account": "work",
        "ref": f"old{id}",
        "incoming": False,
        "video": False,
        "answered_at": answered,
        "ended_at": started + 5 + 83,
    } | more
    return CallRecord(id=id, peer=peer, started_at=started, result=result, **values)


RECORDS = (
    record(7, AN, 600, recording="/r/7.ogg"),
    record(6, OLGA, 5400, incoming=True, result=RecordResult.MISSED, seen=False),
    record(5, HELP_DESK, 9000),
    record(4, SATO, 90_000, incoming=True, account="home"),
    record(3, AN, 180_000, result=RecordResult.BUSY),
    record(2, Address(AddressKind.PHONE, "0912345678"), 700_000, incoming=True, result=RecordResult.REJECTED),
    record(1, OLGA, 40_000_000, result=RecordResult.NOT_ANSWERED),
)

ACCOUNTS = (
    account("home", numbers=()),
    account(
        "pbx",
        Link.WAITING,
        provider="sip",
        detail="The server closed the connection.",
        retry_at=NOW + 4,
        identity="100",
        capabilities=C.DIAL_PHONE | C.RECEIVE | C.ANSWER | C.REJECT | C.HANGUP | C.MEDIA | C.HOLD,
    ),
    account("work", devices=(Device("d2", "Desk phone"),)),
)


def person(id: int, name: str, *numbers: str, presence: Presence | None = None, **more: Any) -> ContactLine:
    """A contact with these numbers, each `label: number`."""
    addresses = tuple(contact_address_from_text(number) for number in numbers)
    return ContactLine(Contact(id, name, addresses, **more), presence)


CARDS = {
    AN.text: {
        "contacts": (
            person(
                1,
                "Nguyễn Văn An",
                "mobile: +84 90 000 00 01",
                "work: 0243 700 0001",
                note="Also: Anh An",
                favourite=True,
            ).contact,
        ),
    },
    SATO.text: {
        "contacts": (
            person(4, SATO.name or "", "sato @home", note="Speaks English; pays in April", account="home").contact,
        ),
        "calls": 12,
        "last_at": NOW - 90_000,
        "latest": (
            record(4, SATO, 90_000, incoming=True, account="home", note="Wants the offer in writing"),
            record(3, SATO, 400_000, account="work", result=RecordResult.BUSY),
            record(2, SATO, 500_000, incoming=True, account="home", result=RecordResult.MISSED),
        ),
        "text": TextMessage(
            1, "home", SATO, "I call you at two, is that all right?", True, NOW - 4000, TextStatus.RECEIVED
        ),
    },
}
"""What is known of callers beside the records."""
ONLINE, OFFLINE = Availability.ONLINE, Availability.OFFLINE
PEOPLE = (
    person(1, "Nguyễn Văn An", "mobile: +84 90 000 00 01", "work: 0243 700 0001", favourite=True, note="Also: Anh An"),
    person(2, "Ольга Петрова", "100 @work", favourite=True, presence=Presence(ONLINE, "In a meeting until 15:00")),
    person(3, "Anita देसाई", "+91 98765 43210"),
    person(4, "Help desk", "+84 24 7300 0999", presence=Presence(OFFLINE)),
    person(5, HOSTILE, "mobile: 0912 345 678", note=f"{HOSTILE}\nsecond line"),
    person(6, "佐藤 愛子", "sato", account="work", presence=Presence(ONLINE)),
    person(7, "Zoe", "0913 345 678", account="home", presence=Presence(Availability.UNKNOWN, "Back on Monday")),
)

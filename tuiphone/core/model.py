"""The nouns of the phone that outlive a call: addresses, accounts, records, recordings, texts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias

from tuiphone.core.capability import Capability
from tuiphone.core.errors import BadAddress

MAX_ADDRESS = 128
"""Characters of an address; longer input is a paste by mistake."""


class AddressKind(Enum):
    """What an address is looked up in."""

    USER = "user"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Address:
    """Whom to call, or who calls."""

    kind: AddressKind
    text: str
    name: str | None = None
    """Display name, as somebody else gave it: text, never markup."""

    @property
    def label(self) -> str:
        """The name where there is one, else the address itself."""
        return self.name or self.text


_SEPARATORS = re.compile(r"[\s().\-\u2010-\u2013/]+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
"""Soft hyphens and marks of writing direction, which come along when a number is copied from a page."""
_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_NUMBER = re.compile(r"\+?[0-9]{2,15}")
_SIP = re.compile(r"sips?:([^@:;?\s]+)(?::[^@]*)?(?:@|$)", re.IGNORECASE)
"""User of a `sip:` address; a password is left out."""
_SIP_HOST = re.compile(
    r"sips?:([^@:;?\s]+)(?::[^@]*)?@(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(?:[;?]\S*)?", re.IGNORECASE
)
"""User and host of a `sip:` address, with its port; parameters and headers are left out."""


def address_from_text(text: str, capabilities: Capability) -> Address:
    """Read what a person typed, pasted or clicked (`tel:` and `sip:` links too) as an address this account can call.

    Seven digits and more are a telephone number; fewer are a user where the account can call users. Of a `sip:` address
    the user counts, who is called where the account calls everybody: `sip:+84901234567@host` is that number,
    `sip:bob@host` the user bob of the account's own vendor; an account that calls other hosts keeps `bob@host`.

    Raises: BadAddress, with a sentence that says what is wrong with it.
    """
    typed = text.strip()
    if len(typed) > MAX_ADDRESS:
        raise BadAddress(f"That is {len(typed):,} characters long; a number or a name has at most {MAX_ADDRESS}.")
    typed = _SPACES.sub(" ", _INVISIBLE.sub("", typed)).strip()
    if not typed:
        raise BadAddress("Nothing to call: type a number or a name first.")
    if not typed.isprintable():
        raise BadAddress("That has characters no number or name can have; type it by hand.")
    if Capability.DIAL_URI in capabilities and (elsewhere := _SIP_HOST.fullmatch(typed)) is not None:
        return Address(AddressKind.USER, f"{elsewhere[1]}@{elsewhere[2].lower()}{elsewhere[3] or ''}")
    is_link = typed[:4].lower() == "tel:"
    if is_link:
        typed = typed[4:].split(";", 1)[0].strip()
        if not typed:
            raise BadAddress("There is no number in that link.")
    if (sip := _SIP.match(typed)) is not None:
        typed = sip[1]
    number = _SEPARATORS.sub("", typed)
    looks_dialled = is_link or typed.startswith("+")
    if _NUMBER.fullmatch(number):
        long_enough = looks_dialled or len(number) >= 7
        if Capability.DIAL_PHONE in capabilities and (long_enough or Capability.DIAL_USER not in capabilities):
            return Address(AddressKind.PHONE, number)
        if Capability.DIAL_USER in capabilities and not looks_dialled:
            # An extension in groups of digits; a user name with a hyphen or a dot stays as it is.
            return Address(AddressKind.USER, number if " " in typed else typed)
        raise BadAddress(f"This account cannot call telephones, and {number} is one; choose another account.")
    if looks_dialled:
        raise BadAddress(f"{typed} is not a telephone number: after + come 2 to 15 digits and nothing else.")
    if Capability.DIAL_USER not in capabilities:
        raise BadAddress(f"{typed} is not a telephone number, and this account calls nothing else.")
    if any(character.isspace() for character in typed):
        raise BadAddress(f"{typed} has a space in it; a user name has none.")
    return Address(AddressKind.USER, typed)


def names_a_host(text: str) -> bool:
    """What was typed is a `sip:` address with a host."""
    return _SIP_HOST.fullmatch(text.strip()) is not None


BETWEEN = ","
"""Stands between the people of a group where they are written in one line."""


def people_in(text: str) -> tuple[str, ...]:
    """The people of a line with commas between them."""
    return tuple(one.strip() for one in text.split(BETWEEN) if one.strip())


def room(title: str | None, people: Iterable[Address]) -> Address:
    """The peer of a group call: all the people in one line, so that who calls back calls the same people."""
    return Address(AddressKind.USER, f"{BETWEEN} ".join(one.text for one in people), title or None)


@dataclass(frozen=True, slots=True)
class Account:
    """A configured identity at one provider."""

    name: str
    """Unique; the file name of its settings without `.toml`."""
    provider: str
    capabilities: Capability
    identity: str | None = None
    """Who we are there: a user id or an extension."""
    numbers: tuple[str, ...] = ()
    """Telephone numbers this account may call from; the first is the default."""
    country: str | None = None
    """ISO 3166 code by which numbers without + are read and shown."""
    auto_answer: float | None = None
    """Seconds after which a call to it is picked up by the phone itself; None where a person does."""
    redirect_to: str | None = None
    """Where one key sends a call on that rings or waits."""
    linked: str | None = None
    """The account that has the sound of its calls; it may not be there."""


class RecordResult(Enum):
    """How a finished call is listed in the history."""

    ANSWERED = "answered"
    MISSED = "missed"
    NOT_ANSWERED = "not answered"
    REJECTED = "rejected"
    BUSY = "busy"
    ELSEWHERE = "answered elsewhere"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call as history shows it; times are seconds since the epoch."""

    id: int
    account: str
    ref: str
    peer: Address
    incoming: bool
    video: bool
    started_at: float
    answered_at: float | None
    ended_at: float | None
    result: RecordResult
    detail: str | None = None
    """The end's reason in words."""
    recording: str | None = None
    """Path of a file of ours."""
    seen: bool = True
    """False for a missed call nobody has looked at."""
    lost_at_crash: bool = False
    """The engine died during this call; its end was put in at the next start."""
    note: str | None = None
    """What the person wrote about the call."""
    recording_url: str | None = None
    """Where the vendor keeps a recording: http or https, from the network, never opened unasked."""
    control_account: str | None = None
    """The account that commands the call, where its sound comes over another one."""
    control_ref: str | None = None
    """What that account calls it."""
    vendor_ref: str | None = None
    """What the vendor's own records call it, where they tell of it."""
    placed_by: str | None = None
    """The account it was dialled with, where its sound came over another one."""

    @property
    def begun_with(self) -> str:
        """The account that one would call with again."""
        return self.placed_by or self.account

    @property
    def talk_s(self) -> float:
        """Seconds between answer and end, 0 when it was never answered."""
        if self.answered_at is None or self.ended_at is None:
            return 0.0
        return max(0.0, self.ended_at - self.answered_at)


RecordingFormat: TypeAlias = Literal["ogg", "webm"]
"""In what a call is recorded: its sound alone, or in a file that can have a picture too."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded call we have as a file, with what its side-car says."""

    path: str
    account: str
    peer: Address
    started_at: float
    duration_s: float
    size: int = 0
    """Bytes."""
    is_complete: bool = True
    """False while it is being recorded, and for one that the engine's death cut off."""
    video: bool = False
    """It has a picture."""


class Availability(Enum):
    """Whether somebody can be reached."""

    ONLINE = "online"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Presence:
    """How somebody says they are."""

    availability: Availability = Availability.UNKNOWN
    note: str | None = None
    """Their status message: text from the network."""


class LineState(Enum):
    """What somebody else's telephone is doing, as their server tells those who watch it."""

    IDLE = "free"
    RINGING = "ringing"
    BUSY = "busy"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Line:
    """A telephone that is watched (a busy lamp)."""

    address: Address
    state: LineState = LineState.UNKNOWN
    peer: Address | None = None
    """Who they talk to, or who calls them, where that is told."""
    incoming: bool = False
    """The call came in to them; one that rings and came in can be picked up for them."""


class DeskState(Enum):
    """Where a call to the extension group stands."""

    WAITING = "waiting"
    RINGING = "ringing"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class DeskCall:
    """A call to the extension group that is not ours: it waits at the PBX, rings at somebody, or nobody took it."""

    ref: str
    """The provider's own identifier of it."""
    peer: Address
    state: DeskState
    since: float
    """When it came to stand so, seconds since the epoch; of a missed one, when it came in."""
    at: Address | None = None
    """Whose extension it rings or rang at, where that is told."""
    line: str | None = None
    """The line of the PBX that it came in by."""


@dataclass(frozen=True, slots=True)
class Voicemail:
    """Messages in the account's mailbox at its server."""

    new: int
    old: int = 0
    mailbox: Address | None = None
    """Whom to call to hear them."""


@dataclass(frozen=True, slots=True)
class ContactAddress:
    """One of a contact's addresses."""

    address: Address
    label: str | None = None
    """`mobile`, `work` ..., as the person or the address book has it."""
    account: str | None = None
    """The account to call it from; the first that can, when absent."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A person one can call: of the local address book, or of an account's roster at its vendor."""

    id: int
    """Of the store; 0 for one that is not kept yet."""
    name: str
    addresses: tuple[ContactAddress, ...] = ()
    favourite: bool = False
    note: str | None = None
    account: str | None = None
    """Whose roster at a vendor it is in; None for the local address book."""


class TextStatus(Enum):
    """What became of a text message."""

    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "not sent"
    RECEIVED = "received"


MAX_MESSAGE = 8000
"""Characters of a message one can send."""


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A message, in or outside a call; times are seconds since the epoch."""

    id: int
    """Of the store; 0 for one that is not kept yet."""
    account: str
    peer: Address
    text: str
    incoming: bool
    at: float
    status: TextStatus
    detail: str | None = None
    """Why it was not sent, as a sentence."""
    ref: str | None = None
    """The provider's own identifier, by which it reports what became of it."""
    call: str | None = None
    """Ref of the call it was a side message of."""
    seen: bool = True
    """False for one that came in and nobody has looked at."""


@dataclass(frozen=True, slots=True)
class Playback:
    """A recording that is being played, as it was at `at`; from there a screen can count on by itself."""

    path: str
    duration_s: float | None
    position_s: float
    at: float
    """Seconds since the epoch."""
    speed: float = 1.0
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Download:
    """A recording that comes from a vendor."""

    id: int
    """Of the history record it belongs to."""
    name: str
    done: int
    """Bytes that are here."""
    total: int | None
    """Bytes in all, where the server says so."""
    problem: str | None = None
    """Why it stopped, as a sentence."""


@dataclass(frozen=True, slots=True)
class Device:
    """Another device that is logged in as the same user."""

    id: str
    name: str

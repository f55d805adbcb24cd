"""A past call as all of Voip24h's interfaces tell of it, and as a record of the history; pure (PROTOCOL.md sections 4
and 11)."""

# pyright: strict

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

from tuiphone.core.call import EndReason
from tuiphone.core.model import Address, AddressKind, CallRecord, RecordResult

MAX_ENTRIES = 20_000
"""Calls that are read of what answers one question."""
MAX_STATUS = 60
MAX_URL = 4000
ANONYMOUS = "anonymous"
"""Stands for a number that is withheld."""


class Outcome(Enum):
    """How the PBX says that a call went; the values are its words, upper-case and with blanks."""

    ANSWERED = "ANSWERED"
    NO_ANSWER = "NO ANSWER"
    BUSY = "BUSY"
    FAILED = "FAILED"
    MISSED = "MISSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A past call."""

    call_id: str
    extension: str
    """Whose call it was."""
    peer: str
    """The other side's number; empty where it is withheld."""
    incoming: bool
    started_at: float
    """Seconds since the epoch."""
    status: str = ""
    """The PBX's own word for how it went; empty where it has none."""
    talk_s: float | None = None
    """None where the PBX does not say, which is not 0."""
    rang_s: float = 0.0
    """Seconds before somebody answered, where they are told."""
    external: bool = False
    """The interface calls it EXTERNAL, which its document does not explain."""
    recording: str | None = None
    """Where its recording is, for interfaces that say so at once."""

    @property
    def outcome(self) -> Outcome | None:
        """How it went; None for a word that is not known, and for none."""
        return outcome_of(self.status)

    @property
    def is_missed(self) -> bool:
        """Somebody called and nobody took it."""
        return self.incoming and self.outcome in (Outcome.NO_ANSWER, Outcome.MISSED, Outcome.BUSY)

    @property
    def is_talk(self) -> bool:
        """The two sides spoke."""
        return self.outcome is Outcome.ANSWERED or (self.outcome is None and bool(self.talk_s))

    @property
    def who(self) -> Address:
        """The other side."""
        return Address(AddressKind.PHONE, self.peer or ANONYMOUS)


@dataclass(frozen=True, slots=True)
class Listing:
    """Past calls, as one question was answered."""

    entries: tuple[Entry, ...] = ()
    is_whole: bool = True
    """False when the server gave only the newest of them."""
    oldest_seen: float | None = None
    """Of such a part, where it was chosen from: when the oldest call began that the server gave, whosever it was."""

    @property
    def reach(self) -> float | None:
        """Since when a part has every call; None of one that is whole, and of one that has none."""
        if self.is_whole:
            return None
        own = min((entry.started_at for entry in self.entries), default=None)
        return own if self.oldest_seen is None else self.oldest_seen


_OUTCOMES: Mapping[str, Outcome] = {outcome.value: outcome for outcome in Outcome}
_RESULTS: Mapping[Outcome, tuple[RecordResult, RecordResult]] = {
    Outcome.ANSWERED: (RecordResult.ANSWERED, RecordResult.ANSWERED),
    Outcome.NO_ANSWER: (RecordResult.MISSED, RecordResult.NOT_ANSWERED),
    Outcome.MISSED: (RecordResult.MISSED, RecordResult.NOT_ANSWERED),
    Outcome.BUSY: (RecordResult.MISSED, RecordResult.BUSY),
    Outcome.FAILED: (RecordResult.FAILED, RecordResult.FAILED),
}
"""Of a call that came in, and of one that went out."""
_REASONS: Mapping[Outcome, EndReason] = {
    Outcome.NO_ANSWER: EndReason.NO_ANSWER,
    Outcome.MISSED: EndReason.NO_ANSWER,
    Outcome.BUSY: EndReason.BUSY,
    Outcome.FAILED: EndReason.FAILED,
}


def outcome_of(status: str) -> Outcome | None:
    """What a status says, however it is written: `NO ANSWER`, `no_answer`."""
    return _OUTCOMES.get(" ".join(status.upper().replace("_", " ").split()))


def record_of(entry: Entry) -> CallRecord:
    """The entry as a record of the history."""
    answered_at = entry.started_at + entry.rang_s if entry.is_talk else None
    talked = None if answered_at is None or entry.talk_s is None else answered_at + entry.talk_s
    return CallRecord(
        id=0,
        account="",
        ref=entry.call_id,
        peer=entry.who,
        incoming=entry.incoming,
        video=False,
        started_at=entry.started_at,
        answered_at=answered_at,
        ended_at=talked if answered_at is not None else entry.started_at + entry.rang_s,
        result=_result(entry),
        detail=_detail(entry),
        recording_url=entry.recording,
    )


def ending(entry: Entry) -> tuple[EndReason, str]:
    """How a call of ours ended that the desk phone had, with the sentence to show."""
    if entry.is_talk:
        length = "" if entry.talk_s is None else f" for {_clock(entry.talk_s)}"
        return EndReason.ELSEWHERE, f"You talked{length} on the phone that took the call."
    match outcome := entry.outcome:
        case Outcome.NO_ANSWER | Outcome.MISSED:
            said = "Nobody answered: not the other side, or not your own phone."
        case Outcome.BUSY:
            said = "The other side was busy, or your own phone was."
        case Outcome.FAILED:
            said = "The PBX could not place the call. Check the number."
        case _ if entry.status:
            return EndReason.FAILED, f"The PBX says of its end: {entry.status}."
        case _:
            return EndReason.ELSEWHERE, "The PBX has the call in its list and does not say how it went."
    return _REASONS[outcome], said


def newest_first(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Each call once, the newest first."""
    once: dict[str, Entry] = {}
    for entry in entries:
        once.setdefault(entry.call_id, entry)
    return tuple(sorted(once.values(), key=lambda entry: entry.started_at, reverse=True))


def web_link(value: object) -> str | None:
    """A link that leads to the web; None for anything else."""
    if not isinstance(value, str) or len(value) > MAX_URL or not value.isprintable() or " " in value:
        return None
    try:
        parts = urlsplit(value)
        named = parts.hostname and parts.username is None and parts.password is None
    except ValueError:
        return None
    return value if parts.scheme in ("http", "https") and named else None


def _result(entry: Entry) -> RecordResult:
    if (outcome := entry.outcome) is None:
        return RecordResult.ANSWERED if entry.is_talk else RecordResult.FAILED
    return _RESULTS[outcome][0 if entry.incoming else 1]


def _detail(entry: Entry) -> str | None:
    said = ["External call."] if entry.external else []
    if entry.outcome is Outcome.BUSY and entry.incoming:
        said.append("The extension was busy.")
    elif entry.outcome is None:
        said.append(f"The PBX says: {entry.status}." if entry.status else "The PBX does not say how it ended.")
    return " ".join(said) or None


def _clock(length: float) -> str:
    minutes, seconds = divmod(round(length), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"

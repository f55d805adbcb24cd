"""How long a session may go without a sign of life, and who gives it (RFC 4028): what is agreed on, and when to act."""

# pyright: strict

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tuiphone.providers.sip.faults import BadMessage
from tuiphone.providers.sip.fields import Word, whole

MINIMUM = 90
"""Seconds; nobody may ask for less (section 4)."""
MAXIMUM = 86_400
FAREWELL_SECONDS = 32.0
"""A side that hears nothing says BYE so early, or a third of the time where that is less (section 10)."""
Refresher: TypeAlias = Literal["uac", "uas"]
"""Who refreshes, by its part in the request that agreed on it."""


@dataclass(frozen=True, slots=True)
class Expires:
    """A Session-Expires header."""

    seconds: int
    refresher: Refresher | None = None

    @classmethod
    def parse(cls, text: str | None) -> "Expires | None":
        """None for what is no such header."""
        try:
            said = Word.parse(text or "")
            seconds = whole(said.value, "Session-Expires")
        except BadMessage:
            return None
        who = (said.param("refresher") or "").lower()
        return cls(seconds, "uac" if who == "uac" else "uas" if who == "uas" else None)

    def __str__(self) -> str:
        return f"{self.seconds}" if self.refresher is None else f"{self.seconds};refresher={self.refresher}"


def minimum(text: str | None) -> int | None:
    """The seconds of a Min-SE header; None for what is none, or more than anybody would mean."""
    said = Expires.parse(text)
    return None if said is None or not MINIMUM <= said.seconds <= MAXIMUM else said.seconds


@dataclass(frozen=True, slots=True)
class Agreed:
    """How long the session lasts without a refresh, and whether that is ours to give."""

    seconds: int
    ours: bool

    @property
    def refresh_after(self) -> float:
        """Seconds after which the refresher refreshes."""
        return self.seconds / 2

    @property
    def over_after(self) -> float:
        """Seconds after which the other one gives up."""
        return self.seconds - min(FAREWELL_SECONDS, self.seconds / 3)


class SessionTimer:
    """What both sides of one session agreed on. We ask for `seconds`, or for what the other side insists on."""

    def __init__(self, seconds: int) -> None:
        self._wanted = max(seconds, MINIMUM)
        self._is_raised = False
        self.agreed: Agreed | None = None
        """None: the session needs no sign of life."""

    def asks(self) -> tuple[tuple[str, str], ...]:
        """Headers of an INVITE, or of an UPDATE that refreshes; who refreshes stays as it is (section 7.4)."""
        refresher: Refresher | None = None
        if self.agreed is not None:
            refresher = "uac" if self.agreed.ours else "uas"
        expires = ("Session-Expires", str(Expires(self._wanted, refresher)))
        return (expires, ("Min-SE", f"{self._wanted}")) if self._is_raised else (expires,)

    def too_short(self, min_se: str | None) -> bool:
        """A 422 came: whether it makes sense to ask again, for longer (section 7.3)."""
        wanted = minimum(min_se)
        if wanted is None or wanted <= self._wanted:
            return False
        self._wanted, self._is_raised = wanted, True
        return True

    def answered(self, session_expires: str | None) -> None:
        """A 2xx to our request came (section 7.2); without the header there is no timer."""
        said = Expires.parse(session_expires)
        if said is None or said.seconds > 10 * MAXIMUM:
            self.agreed = None
            return
        # Without a word on who refreshes, the one who asked does it.
        self.agreed = Agreed(max(said.seconds, MINIMUM), ours=said.refresher != "uas")

    def refuses(self, session_expires: str | None) -> bool:
        """A request wants a shorter session than anybody may: 422 with Min-SE is the answer (section 9)."""
        said = Expires.parse(session_expires)
        return said is not None and said.seconds < MINIMUM

    def answers(
        self, session_expires: str | None, *, min_se: str | None, supported: Iterable[str]
    ) -> tuple[tuple[str, str], ...]:
        """Headers of our 2xx to a request of the other side, which are agreed on by it (section 9)."""
        knows = "timer" in {option.lower() for option in supported}
        said = Expires.parse(session_expires)
        floor = minimum(min_se) or MINIMUM
        if said is None and not knows:
            # Nobody between us wants one, and the other side would not understand it.
            self.agreed = None
            return ()
        seconds = max(self._wanted if said is None else min(said.seconds, self._wanted), floor)
        refresher: Refresher = "uas"
        if knows and said is not None:
            refresher = said.refresher or "uac"
        self.agreed = Agreed(seconds, ours=refresher == "uas")
        required = (("Require", "timer"),) if refresher == "uac" else ()
        return (("Session-Expires", str(Expires(seconds, refresher))), *required)

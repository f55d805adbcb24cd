"""What core asks of the leaves: media, and a listener's shape. The leaves implement these; core never imports them."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, Protocol

from tuiphone.core.model import Address
from tuiphone.core.redact import learn


@dataclass(frozen=True, slots=True)
class IceServer:
    """A STUN or TURN server, as RFC 8445 agents use them."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = None

    def __post_init__(self) -> None:
        if self.credential is not None:
            learn(self.credential, passing=True)

    def __repr__(self) -> str:
        return f"IceServer({', '.join(self.urls)})"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One ICE candidate (RFC 8839 section 5.1), without the leading `a=`."""

    text: str
    """`candidate:...`"""
    mid: str | None
    line: int | None
    """Index of its m-line."""


@dataclass(frozen=True, slots=True)
class Description:
    """A session description (RFC 8866) and the candidates that were gathered with it, kept apart from it."""

    kind: Literal["offer", "answer"]
    sdp: str
    candidates: tuple[Candidate, ...] = ()
    """Those that were not told with an earlier description."""
    gathered: tuple[Candidate, ...] = ()
    """All of its connection, for a wire on which each description holds them again."""


class MediaLink(Enum):
    """What the peers' media connection has to say for itself."""

    NEW = "new"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    FAILED = "failed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class MediaChange:
    """What a CallMedia reports by itself, on the engine's loop."""

    link: MediaLink
    held_by_peer: bool = False
    """The far side's last description says `sendonly` or `inactive`: it does not want our sound."""
    recording_problem: str | None = None
    """The recording ended by itself, and why, as a sentence."""
    cameras: tuple[str, ...] = ()
    """Those that our picture can be of, the one in use first; none in a call without picture."""
    camera_problem: str | None = None
    """Why the far side sees a placeholder, as a sentence, for as long as it does."""
    digits: str = ""
    """Keys that the far side pressed since the last report, told in the sound's own packets (RFC 4733)."""


@dataclass(frozen=True, slots=True)
class MediaStats:
    """A snapshot of how a call sounds; sampled at 10 Hz, never queued."""

    microphone_level: float = 0.0
    """Peak of the last 100 ms, 0 to 1, after mute."""
    far_level: float = 0.0
    codec: str | None = None
    received: int = 0
    """RTP packets since the start."""
    lost: int = 0
    """RTP packets missing since the start."""
    loss_percent: float = 0.0
    """Of the last few seconds."""
    jitter_ms: float = 0.0
    """Interarrival jitter (RFC 3550 section 6.4.1)."""
    rtt_ms: float | None = None
    """Round trip by RTCP; None until the far side reported."""
    delay_ms: float = 0.0
    """How long received sound waits before it is played."""
    concealed_ms: float = 0.0
    """Sound made up for lost or late packets since the start."""
    mos: float | None = None
    """Estimated mean opinion score, 1 to 4.5 (ITU-T G.107); None before anything was received."""
    video: str | None = None
    """`640x480, 30/s` of the far side's picture."""
    video_frames: int = 0


class View(Protocol):
    """The pictures of one side of a call, as they come."""

    name: str | None
    """Of this side, where a call has several."""
    mine: bool
    """It is what we show of ourselves."""

    @property
    def missing(self) -> str | None:
        """Why there is no picture now, or none that is true any more, in words."""
        ...

    def look(self, look: Callable[[Any, int], None]) -> None:
        """Give every new picture there as well, with the monotonic nanosecond in which it came."""
        ...

    def look_away(self, look: Callable[[Any, int], None]) -> None:
        """No longer."""
        ...


class Branch(Protocol):
    """What comes of one of the people in a group call, over a connection of its own that sends nothing."""

    async def answer(self, offer: Description) -> Description:
        """Take the offer of what they send and answer it. Raises: NegotiationFailed."""
        ...

    async def add_candidate(self, candidate: Candidate) -> None:
        """As CallMedia does."""
        ...

    async def close(self) -> None:
        """They are heard and seen no longer; never raises."""
        ...


class CallMedia(Protocol):
    """Sound and picture of one call. Methods that negotiate raise NegotiationFailed; all may be called in any state."""

    def use_ice(self, servers: tuple[IceServer, ...], *, loopback: bool) -> None:
        """Set before the first description: these servers and no other; loopback candidates and only they if so."""
        ...

    def tell_of_cuts(self, told: Callable[[bool], None]) -> None:
        """Have this told when the way to the far side is cut, and when there is a way again; once, before `start`.

        Cut is more than DISCONNECTED, where a far side may only have nothing to say: besides, nobody answers there when
        asked (RFC 7675 section 5.1). A call on hold, on either side, is never cut.
        """
        ...

    async def offer(self, *, fresh: bool = False) -> Description:
        """Make a (new) offer from the present hold and camera state; candidates come with a connection's first one.

        `fresh`: over a new connection (other ICE credentials, RFC 8445 section 9, and other candidates), as after a
        change of our address; sound goes on over the one before until the answer, and after a far side's offer instead.
        """
        ...

    async def answer(self, offer: Description) -> Description:
        """Take the far side's offer and answer it."""
        ...

    async def apply(self, answer: Description) -> None:
        """Take the far side's answer to our offer."""
        ...

    def branch(self, name: str, lost: Callable[[], None]) -> Branch:
        """A connection more, for one of several far sides: the one itself then only sends, and everybody is heard.

        `lost` is told once when it broke; the branch has to be closed all the same. Raises: NegotiationFailed when the
        call is over.
        """
        ...

    async def add_candidate(self, candidate: Candidate) -> None:
        """Take one candidate of the far side; kept until a description is there; useless ones are swallowed."""
        ...

    def start(self) -> None:
        """The call was answered: from now on the microphone is heard (received sound plays from the first packet)."""
        ...

    def mute(self, on: bool) -> None:
        """Send silence instead of the microphone."""
        ...

    def hold(self, on: bool) -> None:
        """Send and play silence; the next offer says `sendonly`."""
        ...

    def join(self, on: bool) -> None:
        """Let the far side hear all other calls that were joined, and them it; or no longer."""
        ...

    def camera(self, on: bool) -> None:
        """Send our picture, or black; nothing is negotiated where a picture was agreed on."""
        ...

    def with_video(self) -> None:
        """A call that began with sound only has a picture in our next description, ours black until `camera`."""
        ...

    def switch_camera(self, name: str | None = None) -> None:
        """Our picture is of this camera from now on, of the next one without a name. Raises: NoDevice."""
        ...

    def press(self, digits: str) -> None:
        """Let the person hear the DTMF tones of these digits; nothing is sent."""
        ...

    async def dtmf(self, digits: str) -> bool:
        """Send these as telephone-events (RFC 4733), after those under way; back when the last one is out.

        False, and nothing is sent, where the far side takes none: the vendor's own way has to do.
        """
        ...

    def record(self, path: str, about: dict[str, object]) -> None:
        """Write both sides into a file from now on, `about` into its side-car. Raises: MediaError.

        What is heard; in a call with picture also what is seen, if the name of the file ends in .webm.
        """
        ...

    async def stop_recording(self) -> None:
        """Finish the file."""
        ...

    def stats(self) -> MediaStats:
        """How the call sounds right now."""
        ...

    def views(self) -> tuple[View, ...]:
        """Who may be seen: the far sides, then we."""
        ...

    async def close(self) -> None:
        """Give everything back; never raises, ends within a few seconds."""
        ...


class MediaFactory(Protocol):
    """Makes the media of calls."""

    def create(self, *, video: bool, changed: Callable[[MediaChange], None]) -> CallMedia:
        """Media for one new call."""
        ...


class Directory(Protocol):
    """Knows people by their addresses: the local address book and the rosters."""

    def name_of(self, address: Address, account: str | None = None) -> str | None:
        """Whose address this is, whatever form it came in; None for a stranger. Fast: it is asked for every row."""
        ...

    def is_favourite(self, address: Address, account: str | None = None) -> bool:
        """Whether it belongs to a favourite contact."""
        ...


class Memory(Protocol):
    """A small key-value store of one account that lasts (device ids, nonces)."""

    def get(self, key: str) -> str | None:
        """What was kept under this key."""
        ...

    def set(self, key: str, value: str) -> None:
        """Keep a value; written soon, not at once."""
        ...

"""Calls: what one can do with them."""

from typing import Any, TypeAlias

from tuiphone.control.base import Asking, Message, answered
from tuiphone.core.call import CallId


class Dial(Message, frozen=True, kw_only=True):
    """Call somebody; the reply is Started."""

    to: str
    account: str | None = None
    """The first account that can, when absent."""
    video: bool = False
    caller: str | None = None
    """The number or alias to call from."""
    record: bool = False
    """Record from the answer on."""
    camera: str | None = None
    """What our picture is of, in a video call: a camera's name, the path of a file, or `pattern`."""


class Answer(Message, frozen=True):
    """Pick up; other calls are put on hold first."""

    call: CallId
    video: bool = False
    record: bool = False
    """Record from the answer on."""
    camera: str | None = None
    """What our picture is of, as in Dial."""


class Reject(Message, frozen=True):
    """Refuse an incoming call."""

    call: CallId
    busy: bool = False
    """Only for now, as busy, where the account can say so."""


class Hangup(Message, frozen=True):
    """End or cancel a call."""

    call: CallId
    reason: str | None = None
    """Why, for the far side to read."""


class Hold(Message, frozen=True):
    """Hold or resume."""

    call: CallId
    on: bool


class Mute(Message, frozen=True):
    """Close or open the microphone."""

    call: CallId
    on: bool


class Camera(Message, frozen=True):
    """Send our picture or stop."""

    call: CallId
    on: bool


class SwitchCamera(Message, frozen=True):
    """Show another of our cameras."""

    call: CallId
    name: str | None = None
    """As in Dial; the next one, when absent."""


class Record(Message, frozen=True):
    """Begin or finish recording."""

    call: CallId
    on: bool


class Silence(Message, frozen=True):
    """Let it ring on without the ringer."""

    call: CallId


class Dtmf(Message, frozen=True):
    """Send digits."""

    call: CallId
    digits: str


class Forward(Message, frozen=True):
    """Send a call that rings here on to somebody else."""

    call: CallId
    to: str


class Transfer(Message, frozen=True):
    """Blind transfer."""

    call: CallId
    to: str


class Swap(Message, frozen=True):
    """Put the call one talks to on hold and take back the next one that is; the reply is Started, of that one."""


class Join(Message, frozen=True):
    """Let these calls hear each other; all answered ones when none is named."""

    calls: tuple[CallId, ...] = ()


class Split(Message, frozen=True):
    """End the conference and go on with this call; the others are put on hold."""

    call: CallId


class Consult(Message, frozen=True):
    """Hold this call and ask somebody about it, on the same account; the reply is Started."""

    call: CallId
    to: str


class Connect(Message, frozen=True):
    """Attended transfer: connect the far sides of two calls and leave both."""

    call: CallId
    other: CallId


class Note(Message, frozen=True):
    """Keep what the person wrote about a call, also one that is over; an empty text takes it back."""

    call: CallId
    text: str


class Info(Message, frozen=True):
    """Send a side message, any JSON value, in the call."""

    call: CallId
    payload: Any


class Started(Message, frozen=True):
    """The call that Dial began."""

    call: CallId


Command: TypeAlias = (
    Dial
    | Answer
    | Reject
    | Hangup
    | Hold
    | Mute
    | Camera
    | SwitchCamera
    | Record
    | Silence
    | Dtmf
    | Forward
    | Transfer
    | Swap
    | Join
    | Split
    | Consult
    | Connect
    | Note
    | Info
)
Result: TypeAlias = Started


class CallVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""

    async def dial(
        self,
        to: str,
        *,
        account: str | None = None,
        video: bool = False,
        caller: str | None = None,
        record: bool = False,
        camera: str | None = None,
    ) -> CallId:
        """Call somebody; returns as soon as the call exists."""
        command = Dial(to=to, account=account, video=video, caller=caller, record=record, camera=camera)
        return answered(await self.request(command), Started).call

    async def answer(
        self, call: CallId, *, video: bool = False, record: bool = False, camera: str | None = None
    ) -> None:
        """Pick up."""
        await self.request(Answer(call, video, record, camera))

    async def reject(self, call: CallId, busy: bool = False) -> None:
        """Refuse an incoming call, or say that we are busy."""
        await self.request(Reject(call, busy))

    async def hangup(self, call: CallId, reason: str | None = None) -> None:
        """End or cancel a call, telling the far side why if there is a reason."""
        await self.request(Hangup(call, reason))

    async def hold(self, call: CallId, on: bool) -> None:
        """Hold or resume."""
        await self.request(Hold(call, on))

    async def mute(self, call: CallId, on: bool) -> None:
        """Close or open the microphone."""
        await self.request(Mute(call, on))

    async def camera(self, call: CallId, on: bool) -> None:
        """Send our picture or stop."""
        await self.request(Camera(call, on))

    async def switch_camera(self, call: CallId, name: str | None = None) -> None:
        """Show another of our cameras: the one of this name, else the next one."""
        await self.request(SwitchCamera(call, name))

    async def record(self, call: CallId, on: bool) -> None:
        """Begin or finish recording."""
        await self.request(Record(call, on))

    async def silence(self, call: CallId) -> None:
        """Let it ring on without the ringer."""
        await self.request(Silence(call))

    async def dtmf(self, call: CallId, digits: str) -> None:
        """Send digits."""
        await self.request(Dtmf(call, digits))

    async def forward(self, call: CallId, to: str) -> None:
        """Send a call that rings here on to somebody else."""
        await self.request(Forward(call, to))

    async def transfer(self, call: CallId, to: str) -> None:
        """Blind transfer."""
        await self.request(Transfer(call, to))

    async def swap(self) -> CallId:
        """Put the call one talks to on hold and take back the next one that is; returns that one."""
        return answered(await self.request(Swap()), Started).call

    async def join(self, calls: tuple[CallId, ...] = ()) -> None:
        """Let these calls hear each other; all answered ones when none is named."""
        await self.request(Join(calls))

    async def split(self, call: CallId) -> None:
        """End the conference and go on with this call."""
        await self.request(Split(call))

    async def consult(self, call: CallId, to: str) -> CallId:
        """Hold this call and ask somebody about it."""
        return answered(await self.request(Consult(call, to)), Started).call

    async def connect(self, call: CallId, other: CallId) -> None:
        """Attended transfer: connect the far sides of two calls and leave both."""
        await self.request(Connect(call, other))

    async def note(self, call: CallId, text: str) -> None:
        """Keep what the person wrote about a call."""
        await self.request(Note(call, text))

    async def info(self, call: CallId, payload: Any) -> None:
        """Send a side message, any JSON value, in the call."""
        await self.request(Info(call, payload))

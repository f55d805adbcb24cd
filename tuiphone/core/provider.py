"""The contract a vendor implements; its docstrings are the implementer's reference."""

import asyncio
import dataclasses
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Any, ClassVar, cast
from urllib.parse import urlsplit

from tuiphone.core.capability import Capability
from tuiphone.core.checkup import Finding
from tuiphone.core.errors import Unsupported
from tuiphone.core.events import ProviderEvent, TextReceived
from tuiphone.core.model import Address, CallRecord, Contact, Presence, RecordingFormat
from tuiphone.core.ports import CallMedia, Memory
from tuiphone.core.trace import Label, Trace, plain_label

REQUEST_SECONDS = 10.0
"""How long a server may take to answer one request."""


def setting(help: str, *, default: Any = dataclasses.MISSING, **hints: Any) -> Any:
    """A field of a provider's Settings with the sentence that explains it.

    `hints` for the form: `example="..."`; `ask=True` for one that most people fill in, although it may be left out.
    """
    return dataclasses.field(default=default, metadata={"help": help, **hints})


class Provider(ABC):
    """One account at one vendor. Subclasses set the class attributes and implement what their flags promise.

    A call is born, changes and dies by events only, so that there is one path to the screen: `dial` emits CallStarted
    before it waits for anything; whatever becomes of the call is told by further events.
    The same object lives through reconnections; `run` is called again each time.
    """

    name: ClassVar[str]
    """As accounts name it: `provider = "..."`."""
    title: ClassVar[str]
    """As people read it."""
    capabilities: ClassVar[Capability]
    recording_format: ClassVar[RecordingFormat | None] = None
    """In what calls without a picture are recorded; None where the vendor has no custom of its own."""
    logs_in_alone: ClassVar[bool] = False
    """A second log-in as the same ends the first one; while an account is connected, nobody logs in to test it."""
    texts_wait: ClassVar[bool] = False
    """A text that the server took is not sent yet: TextStatusChanged tells later that it was, or why it was not."""
    max_recording_bytes: ClassVar[int | None] = None
    """What is larger is no recording of this vendor's; None where only the person sets a limit."""
    Settings: ClassVar[type[Any]]
    """A frozen dataclass made of `setting` fields: str, int, float, bool, tuple[str, ...], Secret, IceServer tuples,
    and those with None. An optional method `problems(self) -> Iterable[tuple[str, str]]` yields (key, sentence)."""

    def __init__(self, settings: Any, emit: Callable[[ProviderEvent], None], memory: Memory) -> None:
        self.settings = settings
        self.emit = emit
        self.memory = memory
        self.trace = Trace(self.label)
        """What goes over the wire; give it to every link that is opened."""
        self.inbox: Callable[[TextReceived], Awaitable[None]] | None = None
        """Keeps messages; given by the phone."""

    async def keep_text(self, text: TextReceived) -> None:
        """Hand over a message whose server wants to know that it arrived: it is on the disk when this returns, and only
        now may the server be told. Servers that want to know nothing are served by `emit`.

        Waits its turn while many come; cancelled before it, nothing is kept. Raises: StoreError when it cannot be kept:
        refuse the message, so that the server keeps it.
        """
        if self.inbox is None:
            self.emit(text)
        else:
            await self.inbox(text)

    @staticmethod
    def label(frame: Any, *, sent: bool) -> Label:
        """What a frame of this vendor is, in a few words for the wire trace, and which call it belongs to."""
        return plain_label(frame, sent=sent)

    @property
    def identity(self) -> str | None:
        """Who we are at the vendor, for the screen."""
        return None

    @property
    def numbers(self) -> Iterable[str]:
        """Telephone numbers one may call from; the first is the default."""
        return ()

    @property
    def linked_account(self) -> str | None:
        """The SIP account on our extension that carries the sound of this account's calls, which are on its PBX."""
        return None

    @property
    def answers_dial(self) -> bool:
        """The call by which the PBX begins what we dialled is picked up by the phone itself, on the linked account."""
        return True

    @property
    def records_calls(self) -> bool:
        """The account's settings want every call of ours recorded from its answer on."""
        return False

    @property
    def hosts(self) -> frozenset[str]:
        """Names or numbers of the servers that the settings name: a link of the vendor's may lead there too."""
        fields = dataclasses.fields(self.settings) if dataclasses.is_dataclass(self.settings) else ()
        hosts: set[str | None] = set()
        for field in fields:
            value: Any = getattr(self.settings, field.name)
            texts = cast("tuple[Any, ...]", value) if isinstance(value, tuple) else (value,)
            hosts.update(_host(text) for text in texts if isinstance(text, str) and "://" in text)
        return frozenset(filter(None, hosts))

    @abstractmethod
    async def run(self) -> None:
        """Connect, log in, emit events until the link is lost; never reconnect and never hide a loss.

        Emits ConnectionChanged(ONLINE) once logged in. Being cancelled means: close the link and leave.

        Raises: ProviderError: ConnectionLost and most others are followed by another try after a pause,
            AccessDenied by none.
        """

    async def examine(self) -> AsyncIterator[Finding]:
        """Look at the way to the server and at what it says of us, a finding at a time, and change nothing there.

        Works without `run`. Nothing, unless a provider knows how; `log_in_once` is tried in its place.
        """
        return
        yield

    async def reachable(self) -> None:
        """While the phone waits for the next try: return as soon as one is worth it, because a server that was out of
        reach is in reach again. Never, unless a provider looks."""
        await asyncio.Event().wait()

    def stirred(self) -> None:
        """The machine woke from sleep, or has other addresses: the link may be dead without a word, look at it now."""

    def attended(self) -> None:
        """Somebody looks at the calls of the extension group, said again every minute while they do: what the server
        does not tell by itself is worth asking for often."""

    async def dial(
        self,
        to: Address,
        *,
        video: bool = False,
        caller: str | None = None,
        media: CallMedia | None = None,
        recorded: bool = False,
    ) -> str:
        """Call somebody; returns the call's ref after CallStarted (with `media`) was emitted and the request sent.

        `recorded`: it is going to be recorded from its answer on, should the vendor have a word for that.
        A refusal by the server is CallEnded, not an error. Raises: ConnectionLost when not connected.
        """
        raise self._cannot("call")

    async def ringing(self, ref: str, media: CallMedia | None) -> None:
        """An incoming call is on record and may now ring: tell the far side, negotiate if the vendor does so here."""

    async def answer(self, ref: str, *, video: bool = False) -> None:
        """Pick up; CallAnswered follows, or CallEnded."""
        raise self._cannot("answer")

    async def reject(self, ref: str) -> None:
        """Refuse an incoming call; CallEnded follows."""
        raise self._cannot("reject calls")

    async def busy(self, ref: str) -> None:
        """Refuse an incoming call for now, as busy: its server may have a mailbox or somebody else for that; CallEnded
        follows."""
        raise self._cannot("tell callers that you are busy")

    async def hangup(self, ref: str) -> None:
        """End or cancel a call; CallEnded follows, even if the server says there is no such call."""
        raise self._cannot("hang up")

    async def farewell(self, ref: str, reason: str) -> None:
        """End or cancel a call like `hangup`, and tell the far side why; `reason` is one line, not empty."""
        raise self._cannot("tell why a call ends")

    async def hold(self, ref: str, on: bool) -> None:
        """Tell the far side of hold or resume (media has been told already); CallHeld follows."""
        raise self._cannot("hold")

    async def mute(self, ref: str, *, audio: bool, video: bool) -> None:
        """Tell the far side what we muted."""
        raise self._cannot("tell the far side of mute")

    async def camera(self, ref: str, on: bool) -> None:
        """Tell the far side that our picture starts or stops (media has been told already).

        With ADD_VIDEO, in a call that has no picture: add one (`media.with_video`); CallDescribed follows. Raises:
        ProviderError when the far side wants none.
        """

    async def dtmf(self, ref: str, digits: str) -> None:
        """Send digits."""
        raise self._cannot("send digits")

    async def transfer(self, ref: str, to: Address) -> None:
        """Blind transfer; CallEnded(TRANSFERRED) follows."""
        raise self._cannot("transfer")

    async def send_info(self, ref: str, payload: Any) -> None:
        """Send a side message (any JSON value) in the call."""
        raise self._cannot("send side messages")

    async def send_text(self, to: Address, text: str) -> str | None:
        """Send a message outside calls; returns when the server took it.

        Where the vendor tells later what became of it, the result is the ref that TextStatusChanged will name.
        """
        raise self._cannot("send messages")

    async def join(self, ref: str, other: str) -> None:
        """Attended transfer: connect the far sides of two of our calls and leave both.

        `other` is the one we talk to. CallEnded(TRANSFERRED) follows for each.
        """
        raise self._cannot("transfer after asking")

    async def forward(self, ref: str, to: Address) -> None:
        """Send an incoming call on to somebody else; CallEnded follows."""
        raise self._cannot("forward calls")

    async def pickup(self, line: Address, *, media: CallMedia | None = None) -> str:
        """Take a call that rings at a watched line; returns its ref after CallStarted (with `media`), as `dial` does.

        CallAnswered follows, or CallEnded when somebody else had it first.
        Raises: NotPossible when nothing rings there.
        """
        raise self._cannot("pick up calls of others")

    async def redirect(self, ref: str, to: Address) -> None:
        """Send a call of the extension group (a DeskCall that waits or rings) on, to our own extension or to others;
        DeskCallGone follows, or DeskCallChanged.

        Raises: NotPossible when it is no longer there
        """
        raise self._cannot("send on calls of the extension group")

    async def follow(self, ref: str, *, media: CallMedia | None = None) -> str | None:
        """Do as TransferRequested asked.

        After a redirect the same call goes on dialling, and the result is None. After a transfer a new call is made,
        with `media`; its ref is returned after CallStarted, and the old call ends by the far side.
        """
        raise self._cannot("be handed on to somebody else")

    async def stay(self, ref: str) -> None:
        """Refuse what TransferRequested asked; after a redirect CallEnded follows."""
        raise self._cannot("be handed on to somebody else")

    async def start_group(
        self, people: tuple[Address, ...], *, video: bool = False, media: CallMedia | None = None
    ) -> str:
        """Call these people together; returns the ref of the one call after CallStarted, with `participants`.

        Its peer is the room. `media.branch` has the sound of each of them. CallAnswered follows when somebody came.
        """
        raise self._cannot("make group calls")

    async def invite(self, ref: str, people: tuple[Address, ...]) -> None:
        """Ask more people into a group call; ParticipantsChanged follows."""
        raise self._cannot("invite into a group call")

    async def remove(self, ref: str, people: tuple[Address, ...]) -> None:
        """Take people out of a group call of ours; ParticipantsChanged follows."""
        raise self._cannot("take somebody out of a group call")

    async def contacts(self) -> Iterable[Contact]:
        """The whole roster at the vendor; later changes are told by ContactsChanged."""
        raise self._cannot("list contacts")

    async def add_contact(self, address: Address) -> None:
        """Put somebody on the roster at the vendor; ContactsChanged follows."""
        raise self._cannot("keep contacts")

    async def remove_contact(self, address: Address) -> None:
        """Take somebody off the roster at the vendor; ContactsChanged follows."""
        raise self._cannot("remove contacts")

    async def presence(self, addresses: Iterable[Address]) -> None:
        """Ask how these people are, and hear of it from now on; PresenceChanged follows."""
        raise self._cannot("tell who is there")

    async def publish(self, presence: Presence) -> None:
        """Let others know how we are."""
        raise self._cannot("tell others how you are")

    async def history(self, *, before: float | None = None, limit: int = 100) -> tuple[CallRecord, ...]:
        """The server's records of calls that began before this time, newest first; `id` means nothing in them."""
        raise self._cannot("list past calls")

    async def recording_link(self, record: CallRecord) -> str | None:
        """Where the recording of this call can be fetched now; None when there is none."""
        raise self._cannot("give recordings")

    async def create_user(self, name: str, password: str | None = None) -> Mapping[str, object]:
        """Make a user at the vendor with this account's keys; without a password, the account's own user with its own.

        Returns the settings by which the user's account differs from this one; None for those it has none of.
        Works without a link. Raises: ConfigError when the account lacks the keys, BadAddress for what cannot be a name
        """
        raise self._cannot("make users")

    async def delete_user(self, name: str) -> None:
        """Delete a user at the vendor with this account's keys. Works without a link.

        Raises: ConfigError when the account lacks the keys
        """
        raise self._cannot("delete users")

    def _cannot(self, what: str) -> Unsupported:
        return Unsupported(f"{self.title} cannot {what}.")


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None

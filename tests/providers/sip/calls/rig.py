"""A Desk over an Agent without a socket: what is sent is read at once, what the far side says is handed in."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from tests.fakes import until
from tests.providers.rig import SdpMedia, sections
from tuiphone.core.events import CallEnded, CallStarted, ProviderEvent, TextReceived
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import Description
from tuiphone.core.secret import Secret
from tuiphone.providers.sip.agent import Agent, Identity
from tuiphone.providers.sip.arrivals import Arrivals
from tuiphone.providers.sip.call import SipCall
from tuiphone.providers.sip.desk import Desk
from tuiphone.providers.sip.faults import BadMessage
from tuiphone.providers.sip.fields import CSeq, NameAddr
from tuiphone.providers.sip.incoming import IncomingCall
from tuiphone.providers.sip.message import Headers, Request, Response, encode, parse, reply
from tuiphone.providers.sip.outgoing import OutgoingCall
from tuiphone.providers.sip.settings import Settings
from tuiphone.providers.sip.uri import Uri

T = TypeVar("T", bound=ProviderEvent)

BOB = Address(AddressKind.USER, "bob")
CAROL = Address(AddressKind.USER, "carol")
PHONE = Address(AddressKind.PHONE, "+84905550001")
ALICE = Uri.parse("sip:alice@pbx.example")
CONTACT = NameAddr(None, Uri.parse("sip:alice-device@device.invalid;transport=ws"))
SDP = "application/sdp"


def sdp(ufrag: str = "bob", **more: Any) -> str:
    """A description of somebody with keys of their own."""
    return sections(**more).replace("a=ice-ufrag:ufrag", f"a=ice-ufrag:{ufrag}")


class Media(SdpMedia):
    """A picture that was added is in the next description; a fresh connection has other keys."""

    fresh = 0
    stalled: asyncio.Event | None = None
    """Descriptions wait for it."""

    def __init__(self, *, video: bool = False) -> None:
        super().__init__(video=video)
        self.has_camera = video
        self.shows = video

    async def offer(self, *, fresh: bool = False) -> Description:
        self.fresh += fresh
        self._note("offer", *(["fresh"] if fresh else []))
        if self.stalled is not None:
            await self.stalled.wait()
        return self._describe("offer")

    async def answer(self, offer: Description) -> Description:
        self._note("answer", offer)
        if self.stalled is not None:
            await self.stalled.wait()
        if "m=video" in offer.sdp:
            self.video = True
        return self._describe("answer")

    def _sdp(self, kind: str) -> str:
        text = super()._sdp(kind)
        return text.replace("a=ice-ufrag:ufrag", f"a=ice-ufrag:alice{self.fresh or ''}")

    def applied(self) -> list[str]:
        """The far side's answers, oldest first."""
        return [entry[1].sdp for entry in self.log if entry[0] == "apply"]

    def offered(self) -> list[str]:
        """The far side's offers, oldest first."""
        return [entry[1].sdp for entry in self.log if entry[0] == "answer"]


class Far:
    """A phone at the other side of a dialog."""

    def __init__(
        self, table: "Table", call_id: str, *, tag: str, our_tag: str = "", user: str = "bob", cseq: int = 100
    ) -> None:
        self.table = table
        self.call_id = call_id
        self.tag = tag
        self.our_tag = our_tag
        """Alice's."""
        self.user = user
        self.cseq = cseq
        self.uri = Uri.parse(f"sip:{user}@pbx.example")
        self.contact = f"<sip:{user}-phone@198.51.100.7:5070;transport=ws>"
        self.branches = 0

    def reply(
        self,
        request: Request,
        status: int,
        reason: str | None = None,
        *,
        sdp: str | None = None,
        headers: Iterable[tuple[str, str]] = (),
        contact: str | None = None,
    ) -> Response:
        """Answer a request of Alice's."""
        if request.method == "INVITE" and not self.our_tag:
            self.our_tag = request.from_.tag or ""
        more = [*headers]
        if status < 300 and (contact != ""):
            more.append(("Contact", contact or self.contact))
        if sdp is not None:
            more.append(("Content-Type", SDP))
        response = reply(request, status, reason, to_tag=self.tag, headers=more, body=(sdp or "").encode())
        self.table.say(response)
        return response

    def ask(
        self,
        method: str,
        *,
        sdp: str | None = None,
        body: bytes = b"",
        content_type: str | None = None,
        headers: Iterable[tuple[str, str]] = (),
        cseq: int | None = None,
        branch: str | None = None,
    ) -> Request:
        """Ask something of Alice, in the dialog once there is one."""
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        self.branches += 1
        branch = branch or f"z9hG4bK-{self.call_id}-{self.tag}-{self.branches}"
        to = NameAddr(None, ALICE).with_tag(self.our_tag or None)
        pairs = [
            ("Via", f"SIP/2.0/WS {self.user}.invalid;branch={branch}"),
            ("Max-Forwards", "70"),
            ("To", str(to)),
            ("From", str(NameAddr(self.user.title(), self.uri).with_tag(self.tag))),
            ("Call-ID", self.call_id),
            ("CSeq", str(CSeq(cseq, method))),
            ("Contact", self.contact),
            *headers,
        ]
        if sdp is not None:
            body, content_type = sdp.encode(), SDP
        if content_type is not None:
            pairs.append(("Content-Type", content_type))
        request = Request(method, CONTACT.uri, headers=Headers(pairs), body=body)
        self.table.say(request)
        return request

    def ack(self, invite: Request, *, sdp: str | None = None) -> None:
        """Confirm Alice's 2xx."""
        self.ask("ACK", sdp=sdp, cseq=invite.cseq.number)

    def cancel(self, invite: Request, *headers: tuple[str, str]) -> None:
        """Take an INVITE back."""
        was, self.our_tag = self.our_tag, ""
        self.ask("CANCEL", cseq=invite.cseq.number, branch=invite.via.branch, headers=headers)
        self.our_tag = was


class Table:
    """A Desk at work; `events` is what it told, oldest first."""

    def __init__(self, **more: Any) -> None:
        self.events: list[ProviderEvent] = []
        self.media: list[Media] = []
        self.sent: list[Request | Response] = []
        """Everything that went out, oldest first."""
        self._seen: set[int] = set()
        given = {"user": "alice", "domain": "pbx.example", "server": "ws://127.0.0.1:9/ws", "password": Secret("pw")}
        self.settings = Settings(**(given | more))
        identity = Identity(ALICE, "Alice", "alice", "pw", CONTACT, "device.invalid", "tuiphone-test")
        self.agent = Agent(identity)
        arrivals = Arrivals(self.settings, self.agent, self._keep)
        self.desk = Desk(self.settings, self.events.append, self.agent, arrivals)
        self.calls = 0

    async def _keep(self, text: TextReceived) -> None:
        self.events.append(text)

    # -- the link ---------------------------------------------------------------------------------------------------

    def connect(self, where: str = "pbx.example:443") -> None:
        """There is a link, and we are registered."""
        self.agent.opened(self._send, where=where)
        self.desk.online()

    def _send(self, text: str) -> None:
        # The refusal of what lacks a From has none either.
        with suppress(BadMessage):
            self.sent.append(parse(text))

    def lose(self) -> None:
        """The link is gone."""
        self.agent.lost()
        self.desk.offline()

    def say(self, message: Request | Response) -> None:
        """It comes in over the link."""
        self.agent.received(encode(message))

    # -- what went out ----------------------------------------------------------------------------------------------

    def requests(self, method: str) -> list[Request]:
        """All of this method, oldest first."""
        return [one for one in self.sent if isinstance(one, Request) and one.method == method]

    async def asked(self, method: str, *, of: str | None = None) -> Request:
        """The next request of this method, of one call perhaps, that no test has looked at."""

        def unseen() -> Request | None:
            fits = [one for one in self.requests(method) if of in (None, one.call_id)]
            return next((one for one in fits if id(one) not in self._seen), None)

        await until(unseen)
        found = unseen()
        assert found is not None
        self._seen.add(id(found))
        return found

    def answers(self, request: Request) -> list[Response]:
        """What was answered to a request of the far side, oldest first."""
        key = (request.via.branch, request.cseq.number, request.method)
        said = [one for one in self.sent if isinstance(one, Response)]
        return [one for one in said if (one.via.branch, one.cseq.number, one.cseq.method) == key]

    async def answered(self, request: Request, *, final: bool = True) -> Response:
        """The final answer, or the last provisional one but 100."""

        def found() -> Response | None:
            fits = [one for one in self.answers(request) if (one.status >= 200 if final else 100 < one.status < 200)]
            return fits[-1] if fits else None

        await until(found)
        said = found()
        assert said is not None
        return said

    # -- what was told ----------------------------------------------------------------------------------------------

    def all(self, kind: type[T]) -> list[T]:
        """The events of this kind."""
        return [event for event in self.events if isinstance(event, kind)]

    async def told(self, kind: type[T], count: int = 1) -> T:
        """Wait until so many events of this kind were told; the last of them."""
        await until(lambda: len(self.all(kind)) >= count)
        return self.all(kind)[count - 1]

    def ended(self) -> CallEnded:
        """The one end there was."""
        (end,) = self.all(CallEnded)
        return end

    # -- the calls --------------------------------------------------------------------------------------------------

    def call(self, ref: str) -> Any:
        """The call of this ref, which has to go on."""
        call = self.desk.find(ref)
        assert isinstance(call, SipCall)
        return call

    async def dial(self, to: Address = BOB, *, video: bool = False, media: Media | None = None, **more: Any) -> Any:
        """Call somebody; the INVITE is on its way."""
        media = media or Media(video=video)
        self.media.append(media)
        ref = await self.desk.dial(to, video=video, media=media, **({"caller": None} | more))
        call = self.call(ref)
        assert isinstance(call, OutgoingCall)
        return call

    async def invited(self, to: Address = BOB, **more: Any) -> tuple[Any, Request, Far]:
        """A call of ours that waits for what the far side says."""
        call = await self.dial(to, **more)
        invite = await self.asked("INVITE", of=call.call_id)
        return call, invite, self.far(invite)

    def far(self, invite: Request, tag: str = "bob-tag", user: str = "bob") -> Far:
        """A phone that an INVITE of Alice's reached."""
        return Far(self, invite.call_id, tag=tag, our_tag=invite.from_.tag or "", user=user)

    async def talk(self, to: Address = BOB, *, headers: Iterable[tuple[str, str]] = (), **more: Any) -> tuple[Any, Far]:
        """A call of ours that was picked up."""
        call, invite, far = await self.invited(to, **more)
        video = "sendrecv" if self.media[-1].video else None
        far.reply(invite, 200, sdp=sdp(setup="active", video=video), headers=headers)
        await self.asked("ACK", of=call.call_id)
        await until(lambda: self.media[-1].applied())
        await self.idle()
        return call, far

    def stranger(self, user: str = "bob") -> Far:
        """A phone that calls Alice."""
        self.calls += 1
        return Far(self, f"call-{self.calls}@{user}.example", tag=f"{user}-tag-{self.calls}", user=user)

    async def rings(
        self, *, offer: str | None = "", media: Media | None = None, user: str = "bob", **more: Any
    ) -> tuple[Any, Request, Far]:
        """Somebody calls, and it rings here."""
        far = self.stranger(user)
        invite = far.ask("INVITE", sdp=sdp() if offer == "" else offer, **more)
        started = await self.told(CallStarted, len(self.all(CallStarted)) or 1)
        call = self.call(started.ref)
        assert isinstance(call, IncomingCall)
        media = media or Media(video=call.video)
        self.media.append(media)
        call.ring(media)
        far.our_tag = (await self.answered(invite, final=False)).to.tag or ""
        return call, invite, far

    async def picked_up(self, **more: Any) -> tuple[Any, Far]:
        """Somebody called, and Alice answered."""
        call, invite, far = await self.rings(**more)
        await call.answer(video=False)
        await self.answered(invite)
        far.ack(invite, sdp=sdp(setup="active") if more.get("offer", "") is None else None)
        await self.idle()
        return call, far

    async def idle(self) -> None:
        """Let everything that can happen at once happen."""
        for _ in range(30):
            await asyncio.sleep(0)


@asynccontextmanager
async def table(**more: Any) -> AsyncIterator[Table]:
    """A Desk that is registered. In the end every call is over, exactly once, and nothing of any runs."""
    at = Table(**more)
    at.connect()
    yield at
    for call in list(at.desk._calls.values()):
        call.leave(call_end())
    at.agent.lost()
    at.desk.offline()
    for media in at.media:
        if media.stalled is not None:
            media.stalled.set()
    await until(lambda: not [task for task in asyncio.all_tasks() if task.get_name().startswith("sip")])
    born, gone = [event.ref for event in at.all(CallStarted)], [event.ref for event in at.all(CallEnded)]
    assert sorted(born) == sorted(gone), "each call ends, and ends once"
    assert len(set(born)) == len(born), "no two calls have one name"
    at.agent._schedule()


def call_end() -> Any:
    """How a test's own end is called."""
    from tuiphone.core.call import EndReason

    return EndReason.HUNG_UP

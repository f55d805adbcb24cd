"""The far side has us call somebody else by REFER (RFC 3515): a person is asked first, NOTIFY tells how it goes."""

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from tuiphone.core.call import EndReason
from tuiphone.core.errors import NotPossible, PhoneError
from tuiphone.core.events import TransferRequested
from tuiphone.core.ports import CallMedia
from tuiphone.providers.sip import names, progress
from tuiphone.providers.sip.fields import NameAddr
from tuiphone.providers.sip.message import Request
from tuiphone.providers.sip.progress import Progress
from tuiphone.providers.sip.replaces import Replaces
from tuiphone.providers.sip.serving import Incoming

if TYPE_CHECKING:
    from tuiphone.providers.sip.call import SipCall

log = logging.getLogger(__name__)

ASK_SECONDS = 120.0
"""How long a person may think about it."""
LEAVE_SECONDS = 10.0
"""How long who handed us on may take to hang up; then we do."""
TRYING, DECLINED = Progress(100, "Trying"), Progress(603, "Declined")


class Referral:
    """Of one call, one at a time.

    idle ── REFER: 202, NOTIFY 100 ──> asked ── follow ──> following ── answered: NOTIFY 200 ──> they hang up, or we
     ^                                   │                     │
     └── stay, or nobody decides: 603 ───┴───── refused: NOTIFY 4xx-6xx
    """

    def __init__(self, call: "SipCall") -> None:
        self._call = call
        self._request: Request | None = None
        self._to: NameAddr | None = None
        self._tells = True
        self._is_first = True
        self._is_following = False
        self._timer: asyncio.TimerHandle | None = None
        self.followed_to: str | None = None
        """A sentence, once the call we were asked to make was answered."""

    def take(self, incoming: Incoming) -> None:
        """A REFER came."""
        request = incoming.request
        if self._request is not None:
            return self._refuse(incoming, 491)
        if len(request.headers.values("Refer-To")) != 1:
            return self._refuse(incoming, 400)
        to = request.address("Refer-To")
        if to is None or to.uri.scheme not in ("sip", "sips", "tel"):
            return self._refuse(incoming, 416)
        if (to.uri.param("method") or "INVITE").upper() != "INVITE":
            return self._refuse(incoming, 501)
        if (replaces := to.uri.header("Replaces")) is not None:
            Replaces.parse(replaces)
        self._request, self._to, self._is_following = request, to, False
        self._tells = (request.headers.get("Refer-Sub") or "").strip().lower() != "false"
        incoming.respond(202, headers=() if self._tells else (("Refer-Sub", "false"),))
        self._tell(TRYING)
        self._in_time(ASK_SECONDS, self._nobody_decided)
        who = names.address_of(to, self._call.desk.settings)
        self._call.desk.emit(TransferRequested(self._call.ref, who, "transfer"))

    def _refuse(self, incoming: Incoming, status: int) -> None:
        incoming.respond(status)

    async def follow(self, media: CallMedia | None) -> str:
        """Make the call we were asked to. Raises: NotPossible, BadAddress, ConnectionLost"""
        request, to = self._request, self._to
        if request is None or to is None or self._is_following:
            raise NotPossible("The other side does not wait for that any more.")
        replaces = to.uri.header("Replaces")
        by = request.headers.get("Referred-By") or str(NameAddr(None, self._call.talking().remote.uri))
        made = self._call.desk.call_for(
            names.address_of(to, self._call.desk.settings),
            to.uri,
            video=self._call.video,
            media=media,
            replaces=None if replaces is None else Replaces.parse(replaces),
            headers=(("Referred-By", by),),
        )
        self._no_hurry()
        self._is_following = True
        made.watcher = self._progressed
        if made.is_over:
            self._progressed(Progress(503, "Service Unavailable"))
        return made.ref

    async def stay(self) -> None:
        """Do not. Raises: NotPossible"""
        if self._request is None or self._is_following:
            raise NotPossible("The other side does not wait for that any more.")
        self._nobody_decided()

    def _nobody_decided(self) -> None:
        self._tell(DECLINED, "rejected")
        self._forget()

    def _progressed(self, told: Progress) -> None:
        if self._request is None or self._call.is_over:
            return
        if not told.is_final:
            return self._tell(told)
        self._tell(told, "noresource")
        to = self._to
        self._forget()
        if told.went_well and to is not None:
            label = names.address_of(to, self._call.desk.settings).label
            self.followed_to = f"{self._call.peer.label} handed you on to {label}."
            self._in_time(LEAVE_SECONDS, lambda: self._call.leave(EndReason.TRANSFERRED, self.followed_to))

    def _tell(self, told: Progress, over: str | None = None) -> None:
        request, dialog = self._request, self._call.dialog
        if request is None or dialog is None or not self._tells:
            return
        # Only a second REFER of a dialog has to be named (section 2.4.6); not all understand it of the first.
        event = "refer" if self._is_first else f"refer;id={request.cseq.number}"
        state = f"active;expires={ASK_SECONDS:.0f}" if over is None else f"terminated;reason={over}"
        headers = (("Event", event), ("Subscription-State", state))
        notify = dialog.request("NOTIFY", headers=headers, body=told.body, content_type=progress.CONTENT_TYPE)
        self._call.spawn(self._send(notify))

    async def _send(self, notify: Request) -> None:
        try:
            await self._call.agent.ask(notify)
        except PhoneError as error:
            log.info("%s: the other side did not hear how the call it asked for goes: %s", self._call.ref, error)

    def _forget(self) -> None:
        self._no_hurry()
        self._request = self._to = None
        self._is_first = self._is_following = False

    def _in_time(self, seconds: float, otherwise: Callable[[], None]) -> None:
        self._no_hurry()
        self._timer = asyncio.get_running_loop().call_later(seconds, otherwise)

    def _no_hurry(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def close(self) -> None:
        """The call is over."""
        self._no_hurry()

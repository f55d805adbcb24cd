"""Calls to and from telephones (PROTOCOL.md section 4.6). Their sound comes from a media server of the vendor's."""

import secrets
import string
from typing import TYPE_CHECKING

from tuiphone.core.events import CallRang
from tuiphone.core.model import Address, AddressKind
from tuiphone.providers.vox import codes, packets
from tuiphone.providers.vox.call import VoxCall
from tuiphone.providers.vox.incoming import IncomingCall
from tuiphone.providers.vox.outgoing import OutgoingCall
from tuiphone.providers.vox.packets import Answered, OfACall, Offered, Progressed, Request

if TYPE_CHECKING:
    from tuiphone.providers.vox.desk import Desk

WITHHELD = "withheld"
_ID_LETTERS = string.ascii_letters + string.digits
_ID_LENGTH = 16


class PhoneCall(VoxCall):
    """Either direction: digits, and the end."""

    kind = "Vox telephone call"
    media_server = ""
    """Which of the vendor's servers carries the sound, as it wants to be told."""

    async def dtmf(self, digit: str) -> None:
        """229. Raises: ProviderError"""
        await self.desk.ask(packets.dtmf(self.call_id, self.number, digit))

    def end_request(self) -> Request:
        """247, in both directions (section 6); there is no room for a reason in it."""
        return packets.phone_end(self.call_id, self.number, now=self.desk.now_ms(), media_server=self.media_server)

    @property
    def number(self) -> str:
        """The telephone's, as the server has it."""
        return self.peer.text


class PhoneCallOut(PhoneCall, OutgoingCall):
    """We call a telephone; it may be heard before it is answered."""

    ring_seconds = 120.0

    def __init__(self, desk: "Desk", to: Address, *, caller: str, recorded: bool) -> None:
        super().__init__(desk, "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH)), to)
        self.is_recorded = recorded
        self._caller = caller

    def start(self, sdp: str) -> Request:
        """15."""
        return packets.phone_start(
            self.call_id, self.peer.text, caller=self._caller, sdp=sdp, recorded=self.is_recorded
        )

    def take(self, said: OfACall) -> None:
        """The telephone network, or the telephone, did something."""
        match said:
            case Progressed() | Answered() if self.answered or not self._offered:
                pass
            case Progressed(ret=ret) | Answered(ret=ret) if ret and not codes.is_success(ret):
                self.end_as(self.refused(codes.failure(ret)))
            case Progressed(sdp=early):
                self._progressed(early)
            case _:
                super().take(said)

    def _progressed(self, early: str) -> None:
        self._rang = True
        # aiortc has no provisional answers: it is the answer, and what comes with the pick-up is none (section 7).
        self.apply(early)
        self.desk.emit(CallRang(self.ref, early_media=self._applied))

    def goodbye(self, status: int, reason: str) -> Request | None:
        """247, once it was offered."""
        return self.end_request() if self._offered else None


class PhoneCallIn(PhoneCall, IncomingCall):
    """A telephone calls a number of the project; the caller is not told that it rings."""

    def __init__(self, desk: "Desk", offered: Offered) -> None:
        super().__init__(desk, offered, Address(AddressKind.PHONE, offered.caller or WITHHELD))
        self.media_server = offered.media_server

    def begin(self, *facts: tuple[str, str]) -> None:
        """Tell of the call, with both numbers."""
        super().begin(("From number", self.peer.text), ("To number", self.offered.called), *facts)

    @property
    def number(self) -> str:
        """The caller's; empty when it is withheld."""
        return self.offered.caller

    def picked_up(self, sdp: str) -> Request:
        """245."""
        return packets.phone_answer(self.offered, sdp=sdp, now=self.desk.now_ms())

    def goodbye(self, status: int, reason: str) -> Request:
        """247."""
        return self.end_request()

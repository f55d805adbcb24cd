"""Notices of what one side no longer hears or sees of the other, and that it knows of it (PROTOCOL.md section 7.1)."""

from typing import TYPE_CHECKING

from tuiphone.core.errors import ConnectionLost, ProviderError
from tuiphone.core.events import CallMutedByPeer
from tuiphone.providers.vox import packets, vox_pb2
from tuiphone.providers.vox.packets import MuteKnown, MuteNoticed

if TYPE_CHECKING:
    from tuiphone.providers.vox.appcall import AppCall

_AUDIO = frozenset[int]({vox_pb2.MEDIA_VOICE, vox_pb2.MEDIA_BOTH})
_VIDEO = frozenset[int]({vox_pb2.MEDIA_VIDEO, vox_pb2.MEDIA_BOTH})
_WHAT: dict[int, str] = {
    vox_pb2.MEDIA_VOICE: "microphone",
    vox_pb2.MEDIA_VIDEO: "picture",
    vox_pb2.MEDIA_BOTH: "microphone and picture",
}
NOTICE, THEIR_PICTURE = "Notice to them", "Their picture"
"""Labels of facts."""


class Mute:
    """What the far side of one call gets of us, what it has been told of that, and what it tells of itself."""

    def __init__(self, call: "AppCall") -> None:
        self._call = call
        self._wanted: dict[int, bool] = {vox_pb2.MEDIA_VOICE: True, vox_pb2.MEDIA_VIDEO: True}
        """By kind: they can hear or see us."""
        self._told = dict(self._wanted)
        """As the far side has it; every call begins with everything on."""

    def set(self, *, audio: bool | None = None, video: bool | None = None) -> None:
        """They can hear and see us from now on, or not; None leaves it as it is."""
        if audio is not None:
            self._wanted[vox_pb2.MEDIA_VOICE] = audio
        if video is not None:
            self._wanted[vox_pb2.MEDIA_VIDEO] = video
        self.tell()

    def tell(self) -> None:
        """Say what they have not been told yet, once there is somebody to tell: one notice for both where it can be."""
        call = self._call
        if not call.answered or not call.desk.is_online:
            return
        kinds: list[int] = [vox_pb2.MEDIA_VOICE, *([vox_pb2.MEDIA_VIDEO] if call.video else [])]
        changed = [kind for kind in kinds if self._wanted[kind] is not self._told[kind]]
        states = {self._wanted[kind] for kind in changed}
        if len(changed) == 2 and len(states) == 1:
            self._notify(vox_pb2.MEDIA_BOTH, states.pop())
        else:
            for kind in changed:
                self._notify(kind, self._wanted[kind])

    def _notify(self, media_type: int, on: bool) -> None:
        for kind in self._kinds(media_type):
            self._told[kind] = on
        self._call.spawn(self._ask(media_type, on))

    async def _ask(self, media_type: int, on: bool) -> None:
        call = self._call
        try:
            await call.desk.ask(packets.media(call.call_id, call.peer.text, media_type, on=on))
        except ConnectionLost:
            for kind in self._kinds(media_type):
                self._told[kind] = not on  # said again when there is a link
        except ProviderError as error:
            call.describe((NOTICE, f"they could not be told that your {_words(media_type, on)}: {error}"))

    def known(self, said: MuteKnown) -> None:
        """They have seen a notice."""
        if said.media_type in _WHAT and all(self._told[kind] is said.on for kind in self._kinds(said.media_type)):
            self._call.describe((NOTICE, f"they know that your {_words(said.media_type, said.on)}"))

    def noticed(self, said: MuteNoticed) -> None:
        """They closed or opened something: show it, and say that we know."""
        call = self._call
        if said.media_type not in _WHAT:
            return
        call.desk.post(packets.media_known(call.call_id, call.peer.text, said.media_type, on=said.on))
        if said.media_type in _AUDIO:
            call.desk.emit(CallMutedByPeer(call.ref, not said.on))
        if said.media_type in _VIDEO and call.video:
            call.describe((THEIR_PICTURE, "on" if said.on else "switched off by them"))

    @staticmethod
    def _kinds(media_type: int) -> list[int]:
        both: list[int] = [vox_pb2.MEDIA_VOICE, vox_pb2.MEDIA_VIDEO]
        return both if media_type == vox_pb2.MEDIA_BOTH else [media_type]


def _words(media_type: int, on: bool) -> str:
    verb = "are" if media_type == vox_pb2.MEDIA_BOTH else "is"
    return f"{_WHAT[media_type]} {verb} {'on' if on else 'off'}"

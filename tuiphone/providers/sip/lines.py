"""What another telephone is doing, as dialog information says it (RFC 4235), and which of its calls can be taken."""

# pyright: strict

from dataclasses import dataclass
from typing import Literal, TypeAlias

from tuiphone.core.errors import BadFrame
from tuiphone.core.model import LineState
from tuiphone.providers.sip.documents import Element, child, children, read, text_of, tidy
from tuiphone.providers.sip.fields import NameAddr
from tuiphone.providers.sip.message import BadMessage
from tuiphone.providers.sip.replaces import Replaces
from tuiphone.providers.sip.uri import Uri

DIALOG_INFO = "application/dialog-info+xml"
EVENT = "dialog"
MAX_DIALOGS = 50
"""Calls of one line."""
MAX_VERSION = 2**32
Phase: TypeAlias = Literal["trying", "proceeding", "early", "confirmed", "terminated"]
_PHASES: dict[str, Phase] = {
    "trying": "trying",
    "proceeding": "proceeding",
    "early": "early",
    "confirmed": "confirmed",
    "terminated": "terminated",
}


@dataclass(frozen=True, slots=True)
class LineDialog:
    """One call of a line; `local` is the line's side of it."""

    id: str
    phase: Phase
    call_id: str | None = None
    local_tag: str | None = None
    remote_tag: str | None = None
    incoming: bool | None = None
    """Whether the line was called; None when nobody said."""
    peer: NameAddr | None = None
    target: Uri | None = None
    """Where the far side itself is reached."""

    @property
    def rings(self) -> bool:
        """It was called, and nobody has answered yet."""
        return self.phase in ("proceeding", "early") and self.incoming is not False


@dataclass(frozen=True, slots=True)
class RingingDialog:
    """A call that rings at a line, named well enough to be taken."""

    call_id: str
    local_tag: str
    """The line's."""
    remote_tag: str
    """The caller's."""
    target: Uri
    """Where the INVITE goes: only who began an unanswered call may have it replaced (RFC 3891 section 3)."""
    peer: NameAddr

    @property
    def replaces(self) -> Replaces:
        """The call as the caller sees it; an answered one stays the line's."""
        return Replaces(self.call_id, self.remote_tag, self.local_tag, early_only=True)


class OutOfOrder(BadFrame):
    """A document was missed; the whole state has to be asked for."""


class LineWatch:
    """The calls of one line, from document to document (RFC 4235 section 4.3)."""

    def __init__(self) -> None:
        self._version: int | None = None
        self._dialogs: dict[str, LineDialog] = {}

    def take(self, body: bytes) -> bool:
        """Take a document; False for one that was overtaken by a newer one.

        Raises: BadFrame; OutOfOrder for one before which another is missing
        """
        document = read(body, "dialog-info")
        version = _version(document.get("version"))
        is_full = (document.get("state") or "full").lower() != "partial"
        last = self._version
        if version is not None and last is not None and version <= last:
            return False
        if not is_full and (last is None or version is None or version > last + 1):
            # What it adds is worth having all the same.
            self._merge(document)
            self._version = version
            raise OutOfOrder("Something of a line's state was missed.")
        if is_full:
            self._dialogs.clear()
        self._version = version
        self._merge(document)
        return True

    def _merge(self, document: Element) -> None:
        for element in children(document, "dialog"):
            dialog = _dialog(element)
            if dialog is None:
                continue
            if dialog.phase == "terminated":
                self._dialogs.pop(dialog.id, None)
            elif dialog.id in self._dialogs or len(self._dialogs) < MAX_DIALOGS:
                self._dialogs[dialog.id] = dialog

    @property
    def shown(self) -> tuple[LineState, LineDialog | None]:
        """What the line does, and the call that says so: what rings there comes first, for it can be taken."""
        dialogs = list(self._dialogs.values())
        if ringing := [one for one in dialogs if one.rings]:
            return LineState.RINGING, ringing[0]
        if talking := [one for one in dialogs if one.phase == "confirmed"]:
            return LineState.BUSY, talking[0]
        return (LineState.RINGING, dialogs[0]) if dialogs else (LineState.IDLE, None)

    @property
    def ringing(self) -> RingingDialog | None:
        """The call that rings there and can be taken; None where none does, or too little is known of it."""
        for one in self._dialogs.values():
            if one.rings and one.call_id and one.local_tag and one.remote_tag and one.peer is not None:
                target = one.target if one.target is not None and _is_routable(one.target) else one.peer.uri
                return RingingDialog(one.call_id, one.local_tag, one.remote_tag, target, one.peer)
        return None


def _dialog(element: Element) -> LineDialog | None:
    phase = _PHASES.get((text_of(child(element, "state")) or "").lower())
    id = element.get("id") or element.get("call-id")
    if phase is None or not id:
        return None
    direction = (element.get("direction") or "").lower()
    return LineDialog(
        id,
        phase,
        element.get("call-id"),
        element.get("local-tag"),
        element.get("remote-tag"),
        {"recipient": True, "initiator": False}.get(direction),
        _peer(child(element, "remote", "identity")),
        _uri((child(element, "remote", "target")), "uri"),
    )


def _peer(identity: Element | None) -> NameAddr | None:
    uri = _uri(identity)
    if identity is None or uri is None:
        return None
    return NameAddr(tidy(identity.get("display") or identity.get("display-name") or ""), uri)


def _uri(element: Element | None, attribute: str | None = None) -> Uri | None:
    """An address, in an attribute or as the element's text; a name and brackets around it are not meant to be there."""
    text = None if element is None else (element.get(attribute) if attribute else text_of(element))
    if not text:
        return None
    try:
        uri = NameAddr.parse(text).uri if "<" in text else Uri.parse(text)
    except BadMessage:
        return None
    return uri if uri.is_sip or uri.scheme == "tel" else None


def _is_routable(uri: Uri) -> bool:
    # RFC 2606; what a browser gives for a host that it has not (RFC 7118 section 5).
    return uri.is_sip and not uri.host.lower().rstrip(".").endswith(".invalid")


def _version(text: str | None) -> int | None:
    if text is None or not text.isascii() or not text.strip().isdecimal() or len(text) > 12:
        return None
    return min(int(text), MAX_VERSION)

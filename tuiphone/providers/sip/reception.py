"""Finds who answers a request of somebody else: its dialog, or whoever takes its method; refuses what nobody can."""

# pyright: strict

from collections.abc import Callable
from typing import TypeAlias

from tuiphone.providers.sip.dialog import Dialog
from tuiphone.providers.sip.kinds import MAKES_DIALOG, Request
from tuiphone.providers.sip.serving import Incoming

MAX_DIALOGS = 256

_INSIDE = ("BYE", "INFO", "PRACK", "UPDATE", "NOTIFY")
_KNOWN = frozenset({
    *("INVITE", "ACK", "CANCEL", "BYE", "REGISTER", "OPTIONS", "INFO", "PRACK", "UPDATE", "MESSAGE"),
    *("SUBSCRIBE", "NOTIFY", "REFER", "PUBLISH"),
})  # fmt: skip
"""Methods there are; others are not refused but unheard of."""

Take: TypeAlias = Callable[[Incoming], None]
Problem: TypeAlias = tuple[int, tuple[tuple[str, str], ...]]
DialogKey: TypeAlias = tuple[str, str, str]


class Reception:
    """The takers of requests."""

    def __init__(self) -> None:
        self.dialogs: dict[DialogKey, Dialog] = {}
        self.inside: tuple[str, ...] = _INSIDE
        """Methods we take inside dialogs, besides those of `on`."""
        self._uncounted: set[DialogKey] = set()
        self._takes: dict[str, Take] = {}
        self._inside_takes: dict[DialogKey, Take] = {}
        self._expected: dict[tuple[str, str], Take] = {}

    def on(self, method: str, take: Take) -> None:
        """Requests of this method outside dialogs go there."""
        self._takes[method] = take

    def in_dialog(self, dialog: Dialog, take: Take, *, counts: bool = True) -> None:
        """Requests inside the dialog go there; one of our own making does not count, and takes nobody's room."""
        self.dialogs[dialog.key] = dialog
        if not counts:
            self._uncounted.add(dialog.key)
        self._inside_takes[dialog.key] = take

    def forget(self, dialog: Dialog) -> None:
        """The dialog is over."""
        self.dialogs.pop(dialog.key, None)
        self._uncounted.discard(dialog.key)
        self._inside_takes.pop(dialog.key, None)

    def expect(self, request: Request, take: Take) -> None:
        """Requests of the dialog that the answer to ours will make go there until it is known."""
        self._expected[request.call_id, request.from_.tag or ""] = take

    def expect_no_more(self, request: Request) -> None:
        """The end of `expect`."""
        self._expected.pop((request.call_id, request.from_.tag or ""), None)

    @property
    def allow(self) -> str:
        """The value of Allow: all methods we take."""
        return ", ".join(dict.fromkeys(("INVITE", "ACK", "CANCEL", *self._takes, *self.inside)))

    def has_room(self, request: Request) -> bool:
        """There are not too many dialogs to begin another one."""
        begins = request.to.tag is None and request.method in MAKES_DIALOG
        return not begins or len(self.dialogs) - len(self._uncounted) < MAX_DIALOGS

    def problem(self, request: Request, supported: frozenset[str], *, is_merged: bool) -> Problem | None:
        """What is to be checked of every request, in the order of section 8.2.

        Max-Forwards and loops are for proxies to judge: who is called is where the way ends (section 16.3).
        """
        if request.method not in self._takes and request.method not in self.inside:
            return 405 if request.method in _KNOWN else 501, (("Allow", self.allow),)
        if not request.uri.is_sip and request.uri.scheme != "tel":
            return 416, ()
        if is_merged:
            return 482, ()
        if missing := sorted(request.required - supported):
            return 420, (("Unsupported", ", ".join(missing)),)
        coding = request.headers.get("Content-Encoding")
        if coding is not None and coding.lower() != "identity" and request.body:
            return 415, (("Accept-Encoding", "identity"),)
        return None

    def dispatch(self, incoming: Incoming) -> None:
        """Hand it to whoever takes it; inside a dialog in order (section 12.2.2)."""
        request = incoming.request
        if request.to.tag is None:
            take = self._takes.get(request.method)
            if take is None:
                incoming.respond(481)
            else:
                take(incoming)
            return
        key = dialog_key(request, request.to.tag)
        if (take := self._inside_takes.get(key)) is not None:
            if self.dialogs[key].take(request):
                take(incoming)
            else:
                incoming.respond(500)
        elif (take := self._expected.get(key[:2])) is not None:
            take(incoming)
        elif request.method == "NOTIFY" and (take := self._takes.get("NOTIFY")) is not None:
            # It may be the first word of a dialog (RFC 6665 section 4.4.1); its taker knows what was subscribed to.
            take(incoming)
        else:
            incoming.respond(481)

    def acknowledged(self, incoming: Incoming) -> None:
        """The ACK of a 2xx; one that belongs to nothing needs no answer."""
        if (take := self._inside_takes.get(dialog_key(incoming.request, incoming.request.to.tag or ""))) is not None:
            take(incoming)


def dialog_key(request: Request, local_tag: str) -> DialogKey:
    """What names the dialog of a request that came."""
    return request.call_id, local_tag, request.from_.tag or ""

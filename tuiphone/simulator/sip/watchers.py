"""Who watches what: presence, lines and mailboxes (RFC 6665, 3856, 4235, 3842), and what people publish (RFC 3903)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tuiphone.simulator.sip import documents
from tuiphone.simulator.sip.callbook import Callbook
from tuiphone.simulator.sip.dialog import Dialog
from tuiphone.simulator.sip.fields import branch_of, new_branch, new_tag, parse_uri, tag_of
from tuiphone.simulator.sip.flow import Hop
from tuiphone.simulator.sip.message import Message, response
from tuiphone.simulator.sip.published import Published
from tuiphone.simulator.sip.robots import MAILBOX

EVENTS = ("presence", "dialog", "message-summary")
MOST_SUBSCRIPTIONS = 2_000
_DEFAULT_S = 3_600
_GONE = {404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604}


@dataclass(eq=False, slots=True)
class Subscription:
    """One watcher of one thing."""

    event: str
    row: str
    """Event as it was asked for, with its id."""
    user: str
    watcher: str
    dialog: Dialog
    hop: Hop
    ends_at: float = 0.0
    timer: asyncio.TimerHandle | None = None
    version: int = 0
    unanswered: set[str] = field(default_factory=set)
    """The branches of its NOTIFYs that are under way."""


class Watchers:
    """All subscriptions, and what they are told."""

    def __init__(
        self,
        settings: dict[str, Any],
        *,
        via: Callable[[], str],
        server_uri: Callable[[], str],
        is_known: Callable[[str], bool],
        is_there: Callable[[str], bool],
    ) -> None:
        self.published = Published(settings, self.presence_changed)
        self.mailboxes: dict[str, tuple[int, int]] = {}
        self.callbook = Callbook(self.lines_changed)
        self.subscriptions: list[Subscription] = []
        self._settings = settings
        self._via = via
        self._server_uri = server_uri
        self._is_known = is_known
        self._is_there = is_there

    # -- what changed -----------------------------------------------------------------------------------------------

    def presence_changed(self, user: str) -> None:
        """Somebody came, went or published."""
        self._tell("presence", user)

    def lines_changed(self, user: str) -> None:
        """A call of somebody began, went on or ended."""
        self._tell("dialog", user)

    def set_mailbox(self, user: str, new: int, old: int) -> None:
        """So much waits in a mailbox now."""
        self.mailboxes[user] = (new, old)
        self._tell("message-summary", user)

    def listened(self, user: str) -> None:
        """Somebody called the mailbox: what was new is old."""
        new, old = self.mailboxes.get(user, (0, 0))
        if new:
            self.set_mailbox(user, 0, new + old)

    def _tell(self, event: str, user: str) -> None:
        for one in list(self.subscriptions):
            if one.event == event and one.user == user:
                self._notify(one)

    # -- what comes -------------------------------------------------------------------------------------------------

    def find(self, request: Message) -> Subscription | None:
        """The subscription of a request inside its dialog."""
        tag = tag_of(request.get("to"))
        return next(
            (
                one
                for one in self.subscriptions
                if one.dialog.call_id == request.call_id and one.dialog.local_tag == tag
            ),
            None,
        )

    def subscribed(self, request: Message, hop: Hop, sender: str) -> None:
        """A SUBSCRIBE outside a dialog, whose sender is known."""
        row = request.get("event")
        event = row.partition(";")[0].strip().lower()
        user = parse_uri(request.uri).user
        status = 0
        if event not in EVENTS:
            status = 489
        elif not self._is_known(user):
            status = 404
        elif event == "message-summary" and user != sender:
            status = 403
        elif len(self.subscriptions) >= MOST_SUBSCRIPTIONS:
            status = 503
        if status:
            answer = response(request, status, tag=new_tag())
            answer.set("Allow-Events", ", ".join(EVENTS))
            hop.current().send(answer)
            return
        contact = f"<{self._server_uri()}>"
        made = Subscription(event, row, user, sender, Dialog.called(request, new_tag(), contact), hop)
        self._granted(made, request)

    def refreshed(self, found: Subscription, request: Message, hop: Hop) -> None:
        """A SUBSCRIBE inside its dialog."""
        if not found.dialog.is_in_order(request):
            hop.current().send(response(request, 500, "CSeq Is Not Newer"))
            return
        found.dialog.refresh(request)
        found.hop = hop
        self._granted(found, request)

    def responded(self, message: Message) -> bool:
        """Take a response if it is to a NOTIFY of ours."""
        branch = branch_of(message.get("via"))
        for one in self.subscriptions:
            if branch in one.unanswered:
                if message.status >= 200:
                    one.unanswered.discard(branch)
                if message.status in _GONE:
                    self._remove(one)
                return True
        return False

    def end_all(self, user: str | None = None, reason: str = "deactivated") -> int:
        """End subscriptions by ourselves, as a server does that is taken down; how many."""
        ended = [one for one in self.subscriptions if user in (None, one.watcher)]
        for one in ended:
            self._remove(one)
            self._notify(one, ended=reason)
        return len(ended)

    def clear(self) -> None:
        """Forget everything but mailboxes."""
        for one in list(self.subscriptions):
            self._remove(one)
        self.published.clear()
        self.callbook.clear()

    # -- what is told -----------------------------------------------------------------------------------------------

    def _granted(self, one: Subscription, request: Message) -> None:
        asked = request.get("expires")
        seconds = min(int(asked), int(self._settings["max_expires"])) if asked.isdecimal() else _DEFAULT_S
        least = int(self._settings["min_expires"])
        if 0 < seconds < least:
            refusal = response(request, 423, tag=one.dialog.local_tag)
            refusal.set("Min-Expires", str(least))
            one.hop.current().send(refusal)
            return
        answer = response(request, 200, tag=one.dialog.local_tag)
        answer.set("Expires", str(seconds))
        answer.set("Contact", one.dialog.contact)
        one.hop.current().send(answer)
        self._remove(one)
        if seconds:
            loop = asyncio.get_running_loop()
            one.ends_at = loop.time() + seconds
            one.timer = loop.call_later(seconds, self._expired, one)
            self.subscriptions.append(one)
        self._notify(one, ended="" if seconds else "timeout")

    def _expired(self, one: Subscription) -> None:
        self._remove(one)
        self._notify(one, ended="timeout")

    def _remove(self, one: Subscription) -> None:
        if one.timer:
            one.timer.cancel()
            one.timer = None
        if one in self.subscriptions:
            self.subscriptions.remove(one)

    def _notify(self, one: Subscription, ended: str = "") -> None:
        left = max(0, round(one.ends_at - asyncio.get_running_loop().time()))
        state = f"terminated;reason={ended}" if ended else f"active;expires={left}"
        kind, body = self._document(one)
        request = one.dialog.request(
            "NOTIFY", ("Event", one.row), ("Subscription-State", state), ("Content-Type", kind), body=body
        )
        branch = new_branch()
        request.headers.insert(0, ("Via", f"{self._via()};branch={branch}"))
        if one in self.subscriptions and len(one.unanswered) < 100:
            one.unanswered.add(branch)
        one.hop.current().send(request)

    def _document(self, one: Subscription) -> tuple[str, str]:
        domain = str(self._settings["domain"])
        entity = f"sip:{one.user}@{domain}"
        match one.event:
            case "dialog":
                one.version += 1
                lines = self.callbook.lines_of(one.user)
                in_full = bool(self._settings["line_details"])
                return documents.DIALOG_INFO, documents.dialogs(entity, lines, one.version - 1, domain, in_full=in_full)
            case "message-summary":
                new, old = self.mailboxes.get(one.user, (0, 0))
                return documents.SUMMARY, documents.summary(f"sip:{MAILBOX}@{domain}", new, old)
            case _:
                own = self.published.of(one.user)
                return documents.PIDF, own or documents.presence(entity, is_open=self._is_there(one.user))

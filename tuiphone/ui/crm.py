"""The page of a customer database that a caller has: opened by itself when the settings say so, and by a key.

The desktop's opener shows it, where this terminal belongs to a desktop; elsewhere, over SSH for example, the link is
shown and copied through the terminal, and nothing is run. Outgoing calls are begun by somebody who knows whom they
call, often from that very page: for them there is the key.
"""

import os
from collections import deque
from collections.abc import Mapping
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from tuiphone.control.cards import CrmPage
from tuiphone.control.protocol import Preferences
from tuiphone.core.call import Call, CallId, CallState
from tuiphone.core.crm import CrmWhen
from tuiphone.core.model import Address
from tuiphone.core.state import PhoneState
from tuiphone.core.withheld import is_withheld
from tuiphone.ui import opener
from tuiphone.ui.clip import copy
from tuiphone.ui.text import safe
from tuiphone.ui.video_window import has_display

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

MAX_PAGES = 10
"""Opened by themselves within a minute; whoever is called by more at once opens the others by the key."""
_ANSWERED = (CallState.ACTIVE, CallState.HELD)
MAX_SHOWN = 200
"""Characters of a link that are shown; all of it is copied."""


class CrmPages:
    """What this screen does with the pages of callers."""

    def __init__(self, app: "TuiPhone", environment: Mapping[str, str] | None = None) -> None:
        self.environment = dict(os.environ if environment is None else environment)
        self._app = app
        self._when: CrmWhen | None = None
        self._seen: set[CallId] = set()
        """Calls whose moment has come."""
        self._links: dict[CallId, str | None] = {}
        """Of calls that are shown where there is no desktop; None while one is asked for."""
        self._has_failed = False
        self._opened_at: deque[float] = deque(maxlen=MAX_PAGES)

    def follow(self, wishes: Preferences) -> None:
        """Do as the settings say."""
        self._when = wishes.crm

    @property
    def has_desktop(self) -> bool:
        """What is opened from here is seen by whoever sits at this terminal."""
        return has_display(self.environment) and opener.is_there(self.environment)

    def is_for(self, peer: Address) -> bool:
        """There is a page for them."""
        return self._when is not None and not is_withheld(peer)

    def take(self, before: PhoneState, after: PhoneState, *, is_first: bool = False) -> None:
        """Open the pages of those whose moment has come; what was up before this screen came is for the key."""
        for id in [id for id in self._links if after.call(id) is None]:
            del self._links[id]
        self._seen &= {id for call in after.calls for id in (call.id, call.control) if id is not None}
        for call in after.calls:
            if self._is_due(before.call(call.id), call):
                self._seen.add(call.id)
                if not is_first and self.has_desktop:
                    self._app.do(self._open_once(call))

    def _is_due(self, before: Call | None, call: Call) -> bool:
        if not call.came_in or call.is_group or not self._is_known(call):
            return False
        # The call of a linked account was its vendor's before.
        if call.id in self._seen or (call.control is not None and call.control in self._seen):
            return False
        # Who is withheld at first may be told by the PBX a moment later.
        is_new = before is None or not self._is_known(before)
        is_answered = call.state in _ANSWERED
        match self._when:
            case "ringing" if call.picked_up_for is None:
                return is_new and (is_answered or self._app.handset.rings_loudly(call))
            case "ringing" | "answered":
                # What is picked up for somebody else never rang here.
                return is_answered and (is_new or (before is not None and before.state not in _ANSWERED))
            case _:
                return False

    def _is_known(self, call: Call) -> bool:
        line = call.picked_up_for
        return self.is_for(call.peer) and (line is None or line.text != call.peer.text)

    async def _open_once(self, call: Call) -> None:
        page = await self._app.phone.crm_page(call.peer, _called(call), incoming=True)
        # Several screens, and the two halves of a call of a linked account, know it by other names than its number.
        if page.url is None or not await self._app.phone.claim_notice(f"crm {page.number}", "crm"):
            return
        if len(self._opened_at) == MAX_PAGES and monotonic() - self._opened_at[0] < 60:
            return
        self._opened_at.append(monotonic())
        try:
            await opener.open_link(page.url, self.environment)
        except opener.NoProgram:
            # Told once, not for every call; the key tells it again.
            if not self._has_failed:
                self._has_failed = True
                raise

    # -- by a key -----------------------------------------------------------------------------------------------

    def open(self, peer: Address, account: str, *, incoming: bool) -> None:
        """Open somebody's page, or copy its link where there is no desktop."""
        self._app.do(self._app.phone.crm_page(peer, account, incoming=incoming), self._opened)

    def open_for(self, call: Call) -> None:
        """Open the page of whoever this call is with."""
        self.open(call.peer, _called(call), incoming=call.came_in)

    def _opened(self, page: CrmPage) -> None:
        if page.url is None:
            self._app.say_not_now("They have no number that a page could be opened for.")
        elif self.has_desktop:
            told = f"The page of {safe(page.number, 40)} opens in the browser."
            self._app.do(opener.open_link(page.url, self.environment), lambda _: self._app.say(told))
        else:
            copy(self._app, page.url, f"The link {safe(page.url, MAX_SHOWN)}")

    def link_of(self, call: Call) -> str | None:
        """The link of a call that rings, where it can be copied only; asked for first, and drawn when it comes."""
        if self.has_desktop or call.is_group or not self.is_for(call.peer):
            return None
        if call.id not in self._links:
            self._links[call.id] = None
            self._app.call_after_refresh(partial(self._ask, call))
        return self._links[call.id]

    def _ask(self, call: Call) -> None:
        def told(page: CrmPage) -> None:
            if page.url is not None and call.id in self._links:
                self._links[call.id] = page.url
                self._app.show_popup()

        self._app.do(
            self._app.phone.crm_page(call.peer, _called(call), incoming=call.came_in), told, failed=lambda: None
        )


def _called(call: Call) -> str:
    """The account that was called, or called: where two have a part in the call, the one that commands the PBX."""
    return (call.control or call.id).account

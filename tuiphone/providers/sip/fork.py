"""The phones that a call of ours rings at: an early dialog each (RFC 3261 section 13.2.2.4)."""

# pyright: strict

from collections.abc import Callable
from dataclasses import dataclass, field

from tuiphone.providers.sip.agent import Agent
from tuiphone.providers.sip.dialog import Dialog
from tuiphone.providers.sip.message import BadMessage, Request, Response
from tuiphone.providers.sip.reliable import InOrder
from tuiphone.providers.sip.serving import Incoming

MAX_BRANCHES = 16
"""Phones of one callee; more are a flood."""


@dataclass(slots=True, eq=False)
class Branch:
    """One of them."""

    tag: str
    dialog: Dialog
    order: InOrder = field(default_factory=InOrder)


class Fork:
    """The branches of one INVITE."""

    def __init__(self, agent: Agent, take: Callable[[Branch, Incoming], None]) -> None:
        self._agent = agent
        self._take = take
        self._branches: dict[str, Branch] = {}

    def branch(self, request: Request, response: Response) -> Branch | None:
        """Whose response this is; None for one that makes no dialog, or one phone too many."""
        tag = response.to.tag
        if tag is None and not response.is_success:
            return None
        if (known := self._branches.get(tag or "")) is not None:
            return known
        if len(self._branches) >= (2 * MAX_BRANCHES if response.is_success else MAX_BRANCHES):
            return None
        try:
            dialog = Dialog.from_response(request, response)
        except BadMessage:
            if not response.is_success:
                return None
            # It has to be confirmed and ended all the same, as well as that goes.
            headers = response.headers.with_("Contact", f"<{request.uri}>")
            dialog = Dialog.from_response(request, Response(response.status, response.reason, headers=headers))
        made = self._branches[tag or ""] = Branch(tag or "", dialog)
        self._agent.in_dialog(dialog, lambda incoming: self._take(made, incoming))
        return made

    def find(self, remote_tag: str) -> Branch | None:
        """The branch of this tag."""
        return self._branches.get(remote_tag)

    def drop(self, branch: Branch) -> None:
        """This phone rings no more, or has been sent away."""
        self._agent.forget(branch.dialog)
        branch.dialog.end()

    def only(self, winner: Branch | None) -> None:
        """Nobody rings any more but who picked up."""
        for branch in self._branches.values():
            if branch is not winner:
                self.drop(branch)

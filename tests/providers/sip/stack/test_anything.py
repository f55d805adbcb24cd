"""Whatever comes in whatever order: nothing is thrown, everybody who asked is told one end, and nothing stays."""

import random

import pytest

from tests.providers.sip.stack.rig import BOB, Line, asked
from tuiphone.core.errors import PhoneError
from tuiphone.providers.sip.asking import InviteHandle
from tuiphone.providers.sip.dialog import Dialog
from tuiphone.providers.sip.message import Request, Response, reply
from tuiphone.providers.sip.serving import Incoming

METHODS = ("INVITE", "INVITE", "ACK", "CANCEL", "BYE", "INFO", "UPDATE", "OPTIONS", "NOTIFY", "FROB")
STATUSES = (100, 180, 183, 200, 200, 302, 401, 407, 408, 481, 486, 487, 500, 603)
CHALLENGES = {401: "WWW-Authenticate", 407: "Proxy-Authenticate"}


class Outcome:
    """What one INVITE of ours came to."""

    def __init__(self) -> None:
        self.ends: list[str] = []

    def heard(self, response: Response) -> None:
        if response.is_final and not response.is_success:
            self.ends.append("refused")
        elif response.is_success and "answered" not in self.ends:
            self.ends.append("answered")

    def failed(self, error: PhoneError) -> None:
        self.ends.append(type(error).__name__)


class Chaos:
    """A phone, and a server that does as the dice say."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.line = Line()
        self.incoming: list[Incoming] = []
        self.calls: list[tuple[InviteHandle, Outcome]] = []
        self.dialogs: list[Dialog] = []
        for method in ("INVITE", "OPTIONS", "NOTIFY"):
            self.line.agent.on(method, self.take)

    def take(self, incoming: Incoming) -> None:
        self.incoming.append(incoming)
        if incoming.request.method == "INVITE" and incoming.request.to.tag is None:
            dialog = Dialog.from_request(incoming.request, incoming.local_tag)
            self.line.agent.in_dialog(dialog, self.incoming.append)
            self.dialogs.append(dialog)

    def theirs(self) -> None:
        """A request comes; its names are few, so that they meet."""
        dice = self.dice
        method = dice.choice(METHODS)
        to_tag = dice.choice([None, None, "none", *(dialog.local_tag for dialog in self.dialogs)])
        self.line.hear(
            asked(
                method,
                branch=f"z9hG4bK{dice.randrange(12)}",
                call_id=f"call-{dice.randrange(4)}",
                cseq=dice.randint(1, 5),
                from_tag=dice.choice(("far", "other")),
                to_tag=to_tag,
            )
        )

    def ours(self) -> None:
        """We call somebody, or send something in a call."""
        agent, outcome = self.line.agent, Outcome()
        if not agent.is_open:
            return
        dialog = self.dice.choice([None, *self.dialogs])
        request = agent.request("INVITE", BOB) if dialog is None else dialog.request("INVITE")
        self.calls.append((agent.invite(request, heard=outcome.heard, failed=outcome.failed), outcome))

    def answers(self) -> None:
        """The server answers something we sent at some time."""
        sent = [message for message in self.line.sent[-20:] if isinstance(message, Request) and message.method != "ACK"]
        if not sent:
            return
        request, status = self.dice.choice(sent), self.dice.choice(STATUSES)
        headers = [("Contact", "<sip:bob@b.invalid>")]
        if (name := CHALLENGES.get(status)) is not None:
            stale = self.dice.choice(("", ", stale=true"))
            headers.append(
                (name, f'Digest realm="r{self.dice.randrange(2)}", nonce="n{self.dice.randrange(3)}"{stale}')
            )
        self.line.hear(reply(request, status, to_tag=f"t{self.dice.randrange(3)}", headers=headers))

    def step(self) -> None:
        """Something happens."""
        agent, dice = self.line.agent, self.dice
        match dice.randrange(12):
            case 0 | 1 | 2:
                self.theirs()
            case 3 | 4 | 5:
                self.answers()
            case 6:
                self.ours()
            case 7 if self.incoming:
                dice.choice(self.incoming).respond(dice.choice(STATUSES))
            case 8 if self.calls:
                handle, _ = dice.choice(self.calls)
                handle.cancel()
            case 9 if self.dialogs:
                agent.forget(self.dialogs.pop(dice.randrange(len(self.dialogs))))
            case 10 if dice.random() < 0.2:
                agent.lost()
                self.line.open()
            case _:
                self.line.pass_time(dice.choice((0.1, 0.3, 1, 5)))


@pytest.mark.parametrize("seed", range(12))
async def test_anything(seed: int) -> None:
    chaos = Chaos(seed)
    for _ in range(150):
        chaos.step()
    for incoming in chaos.incoming:
        incoming.respond(486)
    for handle, _ in chaos.calls:
        handle.cancel()
    chaos.line.pass_time(70)
    inside = vars(chaos.line.agent)
    assert (len(inside["_transactions"]), len(inside["_confirming"]), inside["_timer"]) == (0, 0, None)
    for _, outcome in chaos.calls:
        # An answer, or one error or refusal; phones that answer one after the other are one end.
        assert len(outcome.ends) == 1, outcome.ends

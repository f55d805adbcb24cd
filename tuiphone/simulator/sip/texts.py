"""Robots read what is written to them, and write back (RFC 3428)."""

from tuiphone.simulator.peer import Tasks
from tuiphone.simulator.sip import documents
from tuiphone.simulator.sip.floor import Floor
from tuiphone.simulator.sip.message import Message
from tuiphone.simulator.sip.robots import MAILBOX
from tuiphone.simulator.sip.scripted import STATUS

PLAIN = ("Content-Type", "text/plain;charset=UTF-8")
_LONGEST = 4_000
_READ = {"text/plain", "application/im-iscomposing+xml"}


class Texts:
    """Answers for all robots but `silent`, which reads only, and those that refuse."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._tasks: Tasks = floor.tasks
        floor.texted = self._came

    async def write(self, name: str, to: str, text: str) -> Message:
        """Let a robot write to somebody; the final response."""
        return await self._floor.ask(self._floor.request("MESSAGE", to, name, PLAIN, body=text))

    async def notify(self, user: str, to: str, new: int, old: int) -> Message:
        """Tell somebody of the mailbox who did not ask (RFC 3842 has it in section 4.2 that servers do)."""
        account = self._floor.address_of(self._floor.contact(MAILBOX))
        headers = ("Event", "message-summary"), ("Subscription-State", "active"), ("Content-Type", documents.SUMMARY)
        body = documents.summary(account, new, old)
        return await self._floor.ask(self._floor.request("NOTIFY", to, MAILBOX, *headers, body=body))

    def _came(self, message: Message, name: str) -> None:
        kind = message.get("content-type").partition(";")[0].strip().lower()
        if refused := STATUS.fullmatch(name):
            self._floor.reply(message, int(refused[1]))
        elif kind not in _READ:
            self._floor.reply(message, 415, ("Accept", ", ".join(sorted(_READ))))
        elif len(message.body) > _LONGEST:
            self._floor.reply(message, 513)
        else:
            self._floor.reply(message, 200)
            if kind == "text/plain" and name != "silent":
                to = self._floor.address_of(message.get("from"))
                self._tasks.start(self._answer(name, to, message.body))

    async def _answer(self, name: str, to: str, text: str) -> None:
        await self.write(name, to, text if name == "echo" else f"You wrote: {text}")

"""Calls: what is done with several of them, and notes, also on one that is over; the rest the control server hands to
the phone itself."""

from tuiphone.control import calls
from tuiphone.core.commands import checked_note
from tuiphone.core.errors import NotPossible
from tuiphone.core.events import ListChanged
from tuiphone.engine.service import Handlers, Service


class CallService(Service):
    """Answers what is asked of more than one call, or of a call that may be over."""

    @property
    def handlers(self) -> Handlers:
        return {
            calls.Swap: self.swap,
            calls.Join: self.join,
            calls.Split: self.split,
            calls.Consult: self.consult,
            calls.Connect: self.connect,
            calls.Note: self.note,
        }

    async def swap(self, _: calls.Swap) -> calls.Started:
        """Hold one, take the next back."""
        return calls.Started(await self.parts.phone.swap())

    async def join(self, command: calls.Join) -> None:
        """Make a conference, or add to it."""
        await self.parts.phone.join(command.calls)

    async def split(self, command: calls.Split) -> None:
        """End the conference."""
        await self.parts.phone.split(command.call)

    async def consult(self, command: calls.Consult) -> calls.Started:
        """Ask somebody about a call."""
        return calls.Started(await self.parts.phone.consult(command.call, command.to))

    async def connect(self, command: calls.Connect) -> None:
        """Attended transfer."""
        await self.parts.phone.connect(command.call, command.other)

    async def note(self, command: calls.Note) -> None:
        """Keep a note with the call; with its record where the call is no longer shown. Raises: NotPossible."""
        phone, id = self.parts.phone, command.call
        if phone.state.call(id) is not None:
            await phone.note(id, command.text)
            await self.parts.database.flush()
            if phone.state.call(id) is not None:
                return
        if not await self.parts.history.note_call(id, checked_note(command.text)):
            raise NotPossible("That call is not in the history; the note could not be kept.")
        phone.emit(ListChanged("history"))

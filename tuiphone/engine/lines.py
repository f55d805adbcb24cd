"""Lines: what is asked about telephones of others, mailboxes and being handed on, given to the phone."""

from tuiphone.control import lines
from tuiphone.control.calls import Started
from tuiphone.engine.service import Handlers, Service


class LineService(Service):
    """Answers what concerns calls of others and calls that others want us to make."""

    @property
    def handlers(self) -> Handlers:
        return {
            lines.Pickup: self.pickup,
            lines.CallMailbox: self.call_mailbox,
            lines.Follow: self.follow,
            lines.Stay: self.stay,
        }

    async def pickup(self, command: lines.Pickup) -> Started:
        """Take what rings at a watched line."""
        return Started(await self.parts.phone.pickup(command.line, account=command.account))

    async def call_mailbox(self, command: lines.CallMailbox) -> Started:
        """Hear the voicemail."""
        return Started(await self.parts.phone.call_mailbox(command.account))

    async def follow(self, command: lines.Follow) -> Started:
        """Call who was named."""
        return Started(await self.parts.phone.follow(command.call))

    async def stay(self, command: lines.Stay) -> None:
        """Do not call who was named."""
        await self.parts.phone.stay(command.call)

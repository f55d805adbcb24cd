"""The customer card: what this phone knows of whoever calls; and the page of a customer database they have."""

from typing import TypeAlias

from tuiphone.control.base import Asking, Message, answered
from tuiphone.core.model import Address, CallRecord, Contact, TextMessage


class ReadCard(Message, frozen=True):
    """Ask what is known of somebody, by whatever form of their number; the reply is Card."""

    peer: Address
    account: str | None = None
    """Where they call or are called: users and extensions are others at another account. None: at any."""


class ReadCrmPage(Message, frozen=True, kw_only=True):
    """Ask for the page that the settings have for a caller; the reply is CrmPage."""

    peer: Address
    account: str
    incoming: bool = True


class Card(Message, frozen=True, kw_only=True):
    """Who somebody is, and what there was with them."""

    withheld: bool = False
    """They do not say who they are, and nothing is known."""
    contacts: tuple[Contact, ...] = ()
    """Those with this address: of the address book first, then of the account's roster, then of other rosters."""
    calls: int = 0
    """How many there were, over all accounts; those that are up do not count."""
    last_at: float | None = None
    """When the last one began."""
    latest: tuple[CallRecord, ...] = ()
    """The last few of them, newest first."""
    text: TextMessage | None = None
    """The last message to or from them, its beginning."""


class CrmPage(Message, frozen=True):
    """The page of a caller."""

    url: str | None = None
    """None where the settings have none, or the caller no number."""
    number: str = ""
    """The number that stands in it."""


Command: TypeAlias = ReadCard | ReadCrmPage
Result: TypeAlias = Card | CrmPage


class CardVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""

    async def card(self, peer: Address, account: str | None = None) -> Card:
        """What is known of somebody, by whatever form of their number."""
        return answered(await self.request(ReadCard(peer, account)), Card)

    async def crm_page(self, peer: Address, account: str, *, incoming: bool = True) -> CrmPage:
        """The page that the settings have for a caller."""
        return answered(await self.request(ReadCrmPage(peer=peer, account=account, incoming=incoming)), CrmPage)

"""Whoever calls, is called or writes gets the name the person's own contacts have for them; pure."""

from dataclasses import replace

from tuiphone.core.call import Participant
from tuiphone.core.events import (
    CallDescribed,
    CallStarted,
    DeskCallChanged,
    LineChanged,
    ParticipantsChanged,
    PhoneEvent,
    RecordLogged,
    TextReceived,
    TransferRequested,
)
from tuiphone.core.model import Address, people_in
from tuiphone.core.ports import Directory


def introduced(event: PhoneEvent, account: str, directory: Directory) -> PhoneEvent:
    """The event with the contact's name in place of the vendor's, where there is such a contact."""
    match event:
        case CallStarted(participants=(_, *_) as participants, peer=peer):
            peer = peer if peer.name is not None else named(peer, account, directory)
            return replace(event, participants=_each_named(participants, account, directory), peer=peer)
        case ParticipantsChanged(participants=participants):
            return replace(event, participants=_each_named(participants, account, directory))
        case CallStarted(peer=peer):
            known = named(peer, account, directory)
            return event if known is peer else replace(event, peer=known)
        case CallDescribed(peer=Address() as peer):
            known = named(peer, account, directory)
            return event if known is peer else replace(event, peer=known)
        case TextReceived(sender=sender):
            known = named(sender, account, directory)
            return event if known is sender else replace(event, sender=known)
        case LineChanged(line=line, peer=peer):
            peer = None if peer is None else named(peer, account, directory)
            return replace(event, line=named(line, account, directory), peer=peer)
        case DeskCallChanged(call):
            at = None if call.at is None else named(call.at, account, directory)
            return DeskCallChanged(replace(call, peer=named(call.peer, account, directory), at=at))
        case TransferRequested(to=to):
            return replace(event, to=named(to, account, directory))
        case RecordLogged(record):
            known = named(record.peer, account, directory)
            return event if known is record.peer else RecordLogged(replace(record, peer=known))
        case _:
            return event


def _each_named(participants: tuple[Participant, ...], account: str, directory: Directory) -> tuple[Participant, ...]:
    return tuple(replace(one, address=named(one.address, account, directory)) for one in participants)


def named(address: Address, account: str, directory: Directory) -> Address:
    """The address with its owner's name, or the very same one when nobody knows them."""
    name = directory.name_of(address, account)
    if name is None and address.name is None and len(people := people_in(address.text)) > 1:
        # A room without a title of its own: everybody in it by the name one has for them.
        everybody = [Address(address.kind, one) for one in people]
        name = ", ".join(directory.name_of(one, account) or one.text for one in everybody)
        name = None if name == address.text else name
    return address if name is None or name == address.name else replace(address, name=name)

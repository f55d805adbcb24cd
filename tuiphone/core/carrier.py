"""Whether an account can have the sound of another one's calls, which are on the PBX of both; pure."""

from tuiphone.core.capability import Capability
from tuiphone.core.model import Account

_SOUND = Capability.MEDIA | Capability.ANSWER | Capability.EXTENSION


def can_carry(capabilities: Capability, linked: str | None) -> bool:
    """An account like this is an extension of a PBX, with its calls heard here and at no other account in its turn."""
    return _SOUND in capabilities and linked is None


def mistake(control: str, linked: str, carrier: Account | None) -> str | None:
    """Why `control` has no sound by the account that its sip_account names, as a sentence; None where it can have it.

    `carrier` is the account of that name, None when there is none.
    """
    if linked == control:
        return "sip_account names this account itself; it wants the name of the SIP account on the same extension."
    if carrier is None:
        return f"there is no account {linked}, which sip_account names."
    if carrier.linked is not None:
        return f"{linked}, which sip_account names, has the sound of its calls at another account itself."
    if not can_carry(carrier.capabilities, carrier.linked):
        return f"{linked}, which sip_account names, is no SIP account."
    return None

"""Who this device is at its registrar, for as long as the account is kept here."""

import contextlib
import uuid
from importlib.metadata import version

from tuiphone.core.ports import Memory
from tuiphone.providers.sip.agent import Identity
from tuiphone.providers.sip.fields import NameAddr
from tuiphone.providers.sip.names import own_aor
from tuiphone.providers.sip.settings import Settings
from tuiphone.providers.sip.uri import Uri


def instance_of(memory: Memory) -> str:
    """This device's own name (RFC 5626 section 4.1), which lasts."""
    with contextlib.suppress(ValueError):
        return str(uuid.UUID(memory.get("instance_id") or ""))
    made = str(uuid.uuid4())
    memory.set("instance_id", made)
    return made


def identity_of(settings: Settings, instance: str) -> Identity:
    """Who we are, as yet without a password.

    The Contact is made of the instance: it is the same from start to start, and so replaces what an engine that died
    left at the server.
    """
    device = uuid.UUID(instance).hex
    host = f"{device[12:24]}.invalid"
    contact = Uri("sip", device[:12], host=host, params=(("transport", "ws"),))
    return Identity(
        own_aor(settings),
        settings.display_name,
        settings.auth_user or settings.user,
        "",
        NameAddr(None, contact),
        host,
        f"tuiphone/{version('tuiphone')}",
    )


def routes_of(settings: Settings) -> tuple[NameAddr, ...]:
    """The proxies of the settings."""
    return tuple(NameAddr(None, Uri.parse(route.strip("<>"))) for route in settings.routes)

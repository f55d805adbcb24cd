"""What the opening of a WebSocket needs besides its address: headers of the settings, authorities and certificates."""

import asyncio
import ssl
from dataclasses import dataclass
from pathlib import Path

from tuiphone.core.errors import ConfigError
from tuiphone.core.redact import learn
from tuiphone.providers.sip.settings import Settings


@dataclass(frozen=True, slots=True)
class Opening:
    """Headers and TLS for one opening; made anew for each, as certificates are renewed in their files."""

    headers: dict[str, str]
    tls: ssl.SSLContext | None
    """None: the system's authorities, no certificate of ours."""


async def opening(settings: Settings) -> Opening:
    """Read what the settings name. Raises: ConfigError, with a sentence"""
    headers: dict[str, str] = {}
    for header in settings.headers:
        name, _, value = header.partition(":")
        headers[name] = value.strip()
        if name.lower() in ("authorization", "cookie"):
            learn(value.strip())
    if settings.bearer_token is not None:
        headers["Authorization"] = f"Bearer {await settings.bearer_token.read()}"
    needs_own = settings.ca_file is not None or settings.certificate is not None
    return Opening(headers, await asyncio.to_thread(_context, settings) if needs_own else None)


def _context(settings: Settings) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.ca_file is not None:
        try:
            context.load_verify_locations(Path(settings.ca_file).expanduser())
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(_sentence("ca_file", settings.ca_file, "certificate", error)) from error
    if settings.certificate is not None:
        certificate = Path(settings.certificate).expanduser()
        key = None if settings.certificate_key is None else Path(settings.certificate_key).expanduser()
        try:
            # Without a password to give, OpenSSL would ask for one on the terminal.
            context.load_cert_chain(certificate, key, password=_no_password)
        except (OSError, ssl.SSLError, ValueError) as error:
            wanted = (
                "certificate with its private key" if key is None else "certificate, or certificate_key not its key"
            )
            raise ConfigError(_sentence("certificate", settings.certificate, wanted, error)) from error
    return context


def _no_password() -> str:
    raise ValueError("the private key is encrypted; keep it in a file without a password, readable for you alone")


def _sentence(key: str, name: str, wanted: str, error: Exception) -> str:
    match error:
        case ValueError():
            return f"{key}: {name}: {error}."
        case ssl.SSLError():
            return f"{key}: {name} holds no {wanted}, written as PEM."
        case OSError():
            return f"{key}: {name} cannot be read: {error.strerror}."
        case _:
            return f"{key}: {name}: {error}."

"""Passwords and tokens that are not in the account's file: what a command prints, what the system's keyring holds."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

from tuiphone.core import programs
from tuiphone.core.errors import ConfigError
from tuiphone.core.secret import Secret

COMMAND_SECONDS = 10.0
KEYRING_SECONDS = 60.0
"""A locked keyring asks the person for its password."""
LOOK_SECONDS = 3.0
MAX_OUTPUT = 64 * 1024
"""Bytes a command may print."""
SERVICE = "tuiphone"
"""Under which name the keyring keeps our secrets."""

T = TypeVar("T")


def from_command(command: str | tuple[str, ...], *, key: str, timeout: float = COMMAND_SECONDS) -> Secret:
    """A secret that is the first line printed by a command: a text goes to /bin/sh, a tuple is run as it is.

    `key` is what to call it in errors, such as `work: token_command`.
    """
    arguments = ("/bin/sh", "-c", command) if isinstance(command, str) else command

    async def read() -> str:
        return await _first_line(arguments, key, timeout)

    return Secret(read)


def from_keyring(account: str, name: str) -> Secret:
    """A secret kept by the system's keyring for this setting of this account."""

    async def read() -> str:
        return await _from_keyring(account, name)

    return Secret(read)


async def _first_line(arguments: tuple[str, ...], key: str, timeout: float) -> str:
    output, status = await _run(arguments, key, timeout)
    if len(output) > MAX_OUTPUT:
        raise ConfigError(f"{key}: the command printed more than {MAX_OUTPUT // 1024} kB; it must print one line.")
    if status != 0:
        raise ConfigError(f"{key}: the command failed (exit status {status}); run it by hand to see why.")
    try:
        line = output.split(b"\n", 1)[0].decode().strip()
    except UnicodeDecodeError as error:
        raise ConfigError(f"{key}: the command did not print text; it must print the secret as one line.") from error
    if not line:
        raise ConfigError(f"{key}: the command printed nothing; it must print the secret as its first line.")
    return line


async def _run(arguments: tuple[str, ...], key: str, timeout: float) -> tuple[bytes, int | None]:
    """What a command printed, a byte more than allowed at most, and its exit status."""
    # Its stderr goes nowhere: it may repeat the secret, and the log is no place for that.
    try:
        status, output = await programs.run(arguments, seconds=timeout, most=MAX_OUTPUT)
    except TimeoutError as error:
        raise ConfigError(
            f"{key}: the command was not done after {timeout:g} s; it must print the secret without asking anything."
        ) from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"{key}: {arguments[0]} cannot be run ({why}); correct the command.") from error
    return output, status


async def _from_keyring(account: str, name: str) -> str:
    user = f"{account}/{name}"
    where = f"{account}: {name}_keyring"

    def look_up() -> str | None:
        import keyring

        return keyring.get_password(SERVICE, user)

    value = await _ask_keyring(look_up, where, f"use {name}_command")
    if not value:
        raise ConfigError(f"{where}: the keyring has nothing; put it there: python -m keyring set {SERVICE} {user}")
    return value


async def keep_in_keyring(account: str, name: str, value: str) -> None:
    """Put a secret into the system's keyring. Raises: ConfigError when it refuses."""

    def put() -> None:
        import keyring

        keyring.set_password(SERVICE, f"{account}/{name}", value)

    await _ask_keyring(put, f"{account}: {name}_keyring", "keep it in the account's file")


async def has_keyring() -> bool:
    """Whether the system has a keyring that could keep secrets; asks nobody for a password."""

    def look() -> bool:
        from keyring import get_keyring
        from keyring.backends import fail

        return not isinstance(get_keyring(), fail.Keyring)

    try:
        return await _ask_keyring(look, "keyring", "do without", timeout=LOOK_SECONDS)
    except ConfigError:
        return False


async def _ask_keyring(ask: Callable[[], T], where: str, instead: str, *, timeout: float | None = None) -> T:
    """What `ask` gets from the keyring. Raises: ConfigError when it refuses or does not answer."""
    seconds = timeout or KEYRING_SECONDS
    loop = asyncio.get_running_loop()
    found: asyncio.Future[T] = loop.create_future()

    def settle(value: T | ConfigError) -> None:
        if found.done():
            return
        if isinstance(value, ConfigError):
            found.set_exception(value)
        else:
            found.set_result(value)

    def run() -> None:
        from keyring.errors import KeyringError

        value: T | ConfigError
        try:
            value = ask()
        except (KeyringError, OSError, RuntimeError, ValueError) as error:
            said = str(error).split("\n", 1)[0][:200] or type(error).__name__
            value = ConfigError(f"{where}: the keyring refused ({said}); unlock it, or {instead}.")
        with contextlib.suppress(RuntimeError):  # the loop was closed while the person was asked for a password
            loop.call_soon_threadsafe(settle, value)

    # Not an executor's thread: those are waited for at exit, and a keyring's dialogue may stay open for ever.
    threading.Thread(target=run, name="keyring", daemon=True).start()
    try:
        async with asyncio.timeout(seconds):
            return await found
    except TimeoutError as error:
        raise ConfigError(f"{where}: the keyring did not answer in {seconds:g} s; unlock it.") from error

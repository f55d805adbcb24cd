"""Notifications of the desktop: by the freedesktop service's own tools, or the Mac's, as child processes and never by
a shell. Texts have to be safe already."""

import html
import logging
import os
import shutil
import sys
from collections.abc import Mapping

from tuiphone.core import programs

log = logging.getLogger(__name__)

MAX_OUTPUT = 4096
SECONDS = 3.0
"""How long a tool may take; a service that starts first takes a second."""
_CLOSE = (
    "gdbus", "call", "--session", "--dest", "org.freedesktop.Notifications", "--object-path",
    "/org/freedesktop/Notifications", "--method", "org.freedesktop.Notifications.CloseNotification", "--",
)  # fmt: skip
_ON_A_MAC = (
    "osascript",
    "-e", "on run argv",
    "-e", "display notification (item 2 of argv) with title (item 1 of argv)",
    "-e", "end run",
    "--",
)  # fmt: skip


class Desktop:
    """The desktop that the app's environment belongs to, if it does to one."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._is_mac = sys.platform == "darwin"
        self._is_broken = False
        self._gives_ids = True

    @property
    def is_there(self) -> bool:
        """Notifications can be shown."""
        environment, path = self._environment, self._environment.get("PATH")
        if self._is_broken:
            return False
        if self._is_mac:
            return "SSH_CONNECTION" not in environment and shutil.which("osascript", path=path) is not None
        has_screen = "DISPLAY" in environment or "WAYLAND_DISPLAY" in environment
        has_bus = bool(environment.get("DBUS_SESSION_BUS_ADDRESS"))
        return has_screen and has_bus and shutil.which("notify-send", path=path) is not None

    @property
    def place(self) -> str:
        """What screens on the same desktop have in common; "" where that cannot be told."""
        environment = self._environment
        if client := environment.get("SSH_CONNECTION", "").partition(" ")[0]:
            return f"ssh {client}"
        if self._is_mac:
            return "mac"
        names = ("DBUS_SESSION_BUS_ADDRESS", "WAYLAND_DISPLAY", "DISPLAY")
        return next((environment[name] for name in names if environment.get(name)), "")

    async def show(self, head: str, body: str, *, instead_of: str = "", urgent: bool = False) -> str | None:
        """Show a notification, in the place of an earlier one; returns what names it, "" where nothing does.

        None: it could not be shown, and no other will be.
        """
        if self._is_mac:
            return None if await self._run([*_ON_A_MAC, head, body]) is None else ""
        options = ["--app-name=tuiphone", f"--urgency={'critical' if urgent else 'normal'}"]
        if self._gives_ids:
            more = ["--print-id", *([f"--replace-id={instead_of}"] if instead_of else [])]
            said = await self._run(["notify-send", *options, *more, "--", head, _as_body(body)])
            if said is not None:
                return said if said.isdecimal() and len(said) <= 10 else ""
            self._gives_ids = False  # an old one
        said = await self._run(["notify-send", *options, "--", head, _as_body(body)])
        if said is None:
            self._is_broken = True
        return None if said is None else ""

    async def withdraw(self, name: str) -> None:
        """Take a notification back."""
        if name.isdecimal() and shutil.which("gdbus", path=self._environment.get("PATH")):
            await self._run([*_CLOSE, name])
        elif name.isdecimal():
            # No tool that takes it away; one that goes at once is as good.
            await self._run(["notify-send", f"--replace-id={name}", "--expire-time=1", "--", "tuiphone", ""])

    async def _run(self, command: list[str]) -> str | None:
        """What the tool says; None when it fails."""
        try:
            status, said = await programs.run(
                command, seconds=SECONDS, most=MAX_OUTPUT, environment={**os.environ, **self._environment}
            )
        except TimeoutError:
            log.info("%s does not come to an end", command[0])
            return None
        except (OSError, ValueError) as error:
            log.info("%s cannot be run: %s", command[0], error)
            return None
        return said.decode("utf-8", "replace").strip() if status == 0 else None


def _as_body(text: str) -> str:
    # The body may have markup, and notify-send takes backslashes for escapes in it.
    return html.escape(text, quote=False).replace("\\", "\\\\")

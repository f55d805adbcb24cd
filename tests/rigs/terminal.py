"""A real terminal for tests: a program in a tmux window of its own server, driven by keys and read as text."""

import itertools
import os
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping

_numbers = itertools.count()


class Terminal:
    """One program in one terminal window. Close it, or use it as a context manager."""

    def __init__(
        self, command: list[str], *, env: Mapping[str, str] | None = None, columns: int = 80, rows: int = 24
    ) -> None:
        self._name = f"tuiphone-test-{os.getpid()}-{next(_numbers)}"
        settings = {"COLORTERM": "truecolor", "LANG": "C.UTF-8", **(env or {})}
        # A size that is said there counts more to Textual than the terminal's own, which changes.
        inner = "exec env -u COLUMNS -u LINES " + " ".join(
            shlex.quote(part) for part in [*(f"{k}={v}" for k, v in settings.items()), *command]
        )
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), inner)
        self._tmux("set-option", "-g", "status", "off")
        self._tmux("set-option", "-g", "remain-on-exit", "on")
        self._tmux("set-option", "-s", "escape-time", "0")

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def press(self, *keys: str) -> None:
        """Press keys by their tmux names: Enter, F4, M-z (alt), C-q (control), a."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type this text, letter by letter."""
        self._tmux("send-keys", "-l", text)

    def paste(self, text: str) -> None:
        """Paste this text as a terminal does, bracketed."""
        subprocess.run(["tmux", "-L", self._name, "load-buffer", "-"], input=text.encode(), check=True)
        self._tmux("paste-buffer", "-p")

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def screen(self) -> str:
        """What is to be seen right now."""
        return self._tmux("capture-pane", "-p", "-J").rstrip("\n")

    def raw_screen(self) -> bytes:
        """What is to be seen right now, with its colours as the escape sequences that make them."""
        return self._tmux("capture-pane", "-p", "-e").encode()

    def wait_for(self, wanted: str | Callable[[str], bool], seconds: float = 25.0) -> str:
        """The screen as soon as it shows this text, or fits. Raises: AssertionError with the screen as it is."""
        fits = wanted if callable(wanted) else lambda screen: wanted in screen
        deadline = time.monotonic() + seconds
        while not fits(screen := self.screen()):
            if time.monotonic() > deadline:
                raise AssertionError(f"{wanted!r} did not come to the screen:\n{screen}")
            time.sleep(0.05)
        return screen

    def wait_gone(self, text: str, seconds: float = 25.0) -> str:
        """The screen as soon as this text is no longer on it."""
        return self.wait_for(lambda screen: text not in screen, seconds)

    @property
    def pid(self) -> int:
        """The process in the window."""
        return int(self._tmux("display-message", "-p", "#{pane_pid}"))

    @property
    def has_ended(self) -> bool:
        """The program in the window is over."""
        return self._tmux("display-message", "-p", "#{pane_dead}").strip() == "1"

    def wait_ended(self, seconds: float = 25.0) -> None:
        """Until the program is over."""
        self.wait_for(lambda _: self.has_ended, seconds)

    def close(self) -> None:
        """Close the window as a person closes a terminal: the program gets a hang-up signal."""
        subprocess.run(["tmux", "-L", self._name, "kill-server"], check=False, capture_output=True)

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(["tmux", "-L", self._name, *arguments], check=True, capture_output=True, text=True)
        return done.stdout

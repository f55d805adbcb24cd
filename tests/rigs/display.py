"""A display for tests: an X server that draws into a file, and if wanted a window manager that closes windows."""

import os
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.rigs.stage import until

WIDTH, HEIGHT = 1280, 800


class Display:
    """One X server of our own. Close it, or use it as a context manager."""

    def __init__(self, *, managed: bool = True, width: int = WIDTH, height: int = HEIGHT) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tuix")
        self._manager: subprocess.Popen[bytes] | None = None
        reading, writing = os.pipe()
        self._server = subprocess.Popen(
            [
                "Xvfb", "-displayfd", str(writing), "-fbdir", self._folder.name, "-nolisten", "tcp", "-noreset",
                "-screen", "0", f"{width}x{height}x24",
            ],
            pass_fds=[writing], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(writing)
        with os.fdopen(reading, "rb") as told:
            self.name = f":{int(told.readline())}"
        self.env = {"DISPLAY": self.name}
        if managed:
            self._manager = subprocess.Popen(
                ["openbox", "--config-file", str(self._settings())],
                env={**os.environ, **self.env, "HOME": self._folder.name},
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            until(lambda: self._ask("wmctrl", "-m").returncode == 0, 15, "the window manager")
        self._shot = np.memmap(Path(self._folder.name) / "Xvfb_screen0", np.uint8, "r")
        head = struct.unpack(">25I", bytes(self._shot[:100]))
        self._width, self._height, self._row, self._begin = head[4], head[5], head[12], head[0] + 12 * head[19]

    def __enter__(self) -> "Display":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def picture(self) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """What is to be seen right now: rows of red, green and blue."""
        rows = self._shot[self._begin : self._begin + self._height * self._row].reshape(self._height, self._row)
        return rows[:, : 4 * self._width].reshape(self._height, self._width, 4)[:, :, 2::-1].copy()

    def watch(self, row: int, columns: list[int]) -> Callable[[], list[int]]:
        """What gives, as often as it is asked, how green these pixels of a row are right now."""
        places = np.array([self._begin + row * self._row + 4 * column + 1 for column in columns])
        return lambda: [int(value) for value in self._shot[places]]

    def windows(self) -> list[str]:
        """Titles of the windows that are open."""
        lines = self._ask("wmctrl", "-l").stdout.decode().splitlines()
        return [line.split(None, 3)[3] for line in lines if len(line.split(None, 3)) > 3]

    def place(self, title: str) -> tuple[int, int, int, int]:
        """Left, top, width and height of what a window shows."""
        for line in self._ask("wmctrl", "-lG").stdout.decode().splitlines():
            _, _, left, top, width, height, _, name = line.split(None, 7)
            if title in name:
                return int(left), int(top), int(width), int(height)
        raise AssertionError(f"no window {title!r} among {self.windows()}")

    def close_window(self, title: str) -> None:
        """As the cross in a window's frame does; of the window with this in its title."""
        self._ask("wmctrl", "-c", title)

    def press(self, title: str, *keys: str) -> None:
        """Press keys in a window, by their X names."""
        self._ask("wmctrl", "-a", title)
        # On a busy machine a window that is listed may not be found by its name yet.
        found = until(lambda: self._ask("xdotool", "search", "--name", title).stdout.split(), 15, f"a window {title!r}")
        window = found[-1].decode()
        self._ask("xdotool", "windowfocus", "--sync", window)
        for key in keys:
            self._ask("xdotool", "key", key)
            time.sleep(0.05)

    def _settings(self) -> Path:
        path = Path(self._folder.name) / "rc.xml"
        path.write_text('<openbox_config xmlns="http://openbox.org/3.4/rc"></openbox_config>')
        return path

    def close(self) -> None:
        """End it, and the window manager."""
        del self._shot
        for process in (self._manager, self._server):
            if process is not None:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait(10)
        self._folder.cleanup()

    def _ask(self, *command: str) -> subprocess.CompletedProcess[bytes]:
        env = {**os.environ, **self.env}
        return subprocess.run(command, env=env, capture_output=True, check=False, timeout=20)

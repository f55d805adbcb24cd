"""The first thing a newcomer does."""

import os
from pathlib import Path

import pytest

from tests.rigs.stage import TUIPHONE, until
from tests.rigs.terminal import Terminal


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40)])
def test_the_demo_calls_a_robot_by_keys_and_leaves_nothing_behind(tmp_path: Path, columns: int, rows: int):
    home = tmp_path / "demo"
    env = {"TUIPHONE_SOUND": "none"}
    with Terminal([*TUIPHONE, "demo", "--keep", str(home)], env=env, columns=columns, rows=rows) as window:
        window.wait_for("● alice·oncaller", 60)
        if columns > 80:  # the first account is what a narrow window has room to name
            window.wait_for("● alice-azstack", 30)
            window.wait_for("● alice-vox", 30)
            window.wait_for("● alice-sip", 30)
        window.type("voice")
        window.press("Enter")
        window.wait_for("in call")
        window.press("x")
        window.wait_for("you hung up")
        window.press("C-q")
        window.wait_ended()
    until(lambda: not processes_of(home), 15, "the end of all processes")


def processes_of(home: Path) -> list[str]:
    """Command lines that name this profile."""
    found: list[str] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if os.fsencode(home) in command and b"tuiphone" in command:
                found.append(command.decode(errors="replace"))
    return found

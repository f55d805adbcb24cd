"""How the phone on the terminal was left, as who started it hears of it."""

from pathlib import Path

import pytest

from tuiphone.commands.phone import open_app
from tuiphone.launch import Launch
from tuiphone.store.paths import find
from tuiphone.ui.app import TuiPhone


def test_an_app_that_broke_ends_with_another_status_than_one_that_was_quit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = find(tmp_path)
    paths.make()
    paths.socket.touch()

    def start() -> Launch:
        raise AssertionError("There is an engine.")

    def run(app: TuiPhone, code: int) -> str:
        app._return_code = code
        return "quit"

    monkeypatch.setattr(TuiPhone, "run", lambda app: run(app, 0))
    assert open_app(paths, start) == "quit"
    monkeypatch.setattr(TuiPhone, "run", lambda app: run(app, 1))
    with pytest.raises(SystemExit) as left:
        open_app(paths, start)
    assert left.value.code == 1

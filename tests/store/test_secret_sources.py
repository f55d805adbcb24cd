"""Secrets from commands and from the keyring."""

import asyncio
import logging
import sys
import time
import types
from pathlib import Path

import pytest

from tuiphone.core.errors import ConfigError
from tuiphone.store import secrets
from tuiphone.store.secrets import from_command, from_keyring


async def test_the_first_line_a_command_prints_is_the_secret() -> None:
    assert await from_command(("printf", "s3cret\r\nuser: me\n"), key="w: token_command").read() == "s3cret"


async def test_a_text_is_run_by_the_shell_and_a_list_is_not(tmp_path: Path) -> None:
    assert await from_command("echo $((40 + 2)) | tr -d ' '", key="w: token_command").read() == "42"
    assert await from_command(("echo", "$HOME; rm *"), key="w: token_command").read() == "$HOME; rm *"


async def test_a_command_is_asked_anew_each_time(tmp_path: Path) -> None:
    secret = from_command(f"echo x >> {tmp_path}/n; wc -l < {tmp_path}/n", key="w: token_command")
    assert [await secret.read(), await secret.read()] == ["1", "2"]
    assert not secret.is_fixed


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (("/no/such/program",), "cannot be run"),
        ("echo secret; exit 3", "exit status 3"),
        ("true", "printed nothing"),
        ("printf '\\377\\376\\n'", "did not print text"),
        ("yes", "more than 64 kB"),
        ("kill -9 $$", "failed"),
    ],
)
async def test_a_command_that_gives_no_secret_is_a_sentence(command: str | tuple[str, ...], expected: str) -> None:
    with pytest.raises(ConfigError, match=expected) as caught:
        await from_command(command, key="work: token_command").read()
    assert str(caught.value).startswith("work: token_command: ")
    assert "secret;" not in str(caught.value)


@pytest.mark.parametrize("then", ["wait", "exit 0"])
async def test_a_command_that_hangs_is_ended_with_its_children(tmp_path: Path, then: str) -> None:
    command = f"echo $$ > {tmp_path}/pid; sleep 60 & echo $! >> {tmp_path}/pid; {then}"
    began = time.monotonic()
    with pytest.raises(ConfigError, match="not done after"):
        await from_command(command, key="w: token_command", timeout=2.0).read()
    assert time.monotonic() - began < 40
    for pid in (tmp_path / "pid").read_text().split():
        await _gone(int(pid))


async def test_a_cancelled_read_ends_the_command(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    reading = asyncio.ensure_future(from_command(f"echo $$ > {pid_file}; exec sleep 60", key="w: t").read())
    deadline = time.monotonic() + 30
    while not (pid_file.exists() and pid_file.read_text()):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await _gone(int(pid_file.read_text()))


async def _gone(pid: int) -> None:
    """A process is gone, or dead and only waiting for whoever adopted it."""
    deadline = time.monotonic() + 30
    stat = Path(f"/proc/{pid}/stat")
    while stat.exists() and ") Z " not in stat.read_text():
        assert time.monotonic() < deadline, f"{pid} still runs"
        await asyncio.sleep(0.01)


async def test_neither_the_secret_nor_stderr_is_logged(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = from_command("echo hunter2; echo stderr-hunter2 >&2", key="w: token_command")
    assert await secret.read() == "hunter2"
    assert "hunter2" not in caplog.text + repr(secret)
    assert "hunter2" not in "".join(capfd.readouterr())


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """The real keyring module with a backend of our own."""
    import keyring as real
    from keyring.backend import KeyringBackend
    from keyring.errors import KeyringLocked

    state = types.SimpleNamespace(kept={}, locked=False, threads=[])

    class Backend(KeyringBackend):
        priority = 1  # type: ignore[assignment]

        def get_password(self, service: str, username: str) -> str | None:
            if state.locked:
                raise KeyringLocked("Failed to unlock")
            return state.kept.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            state.kept[service, username] = password

        def delete_password(self, service: str, username: str) -> None:
            del state.kept[service, username]

    before = real.get_keyring()
    real.set_keyring(Backend())
    yield state
    real.set_keyring(before)


async def test_the_keyring_is_asked_for_the_account_and_the_setting(keyring: types.SimpleNamespace) -> None:
    keyring.kept["tuiphone", "work/token"] = "s3cret"
    assert await from_keyring("work", "token").read() == "s3cret"


async def test_a_missing_entry_says_how_to_make_it(keyring: types.SimpleNamespace) -> None:
    with pytest.raises(ConfigError, match="python -m keyring set tuiphone work/token"):
        await from_keyring("work", "token").read()


async def test_a_locked_keyring_is_a_sentence(keyring: types.SimpleNamespace) -> None:
    keyring.locked = True
    with pytest.raises(ConfigError, match=r"work: token_keyring: the keyring refused \(Failed to unlock\)"):
        await from_keyring("work", "token").read()


async def test_a_keyring_that_does_not_answer_is_given_up(
    keyring: types.SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    import keyring as real

    release = threading.Event()
    monkeypatch.setattr(secrets, "KEYRING_SECONDS", 0.05)
    monkeypatch.setattr(real, "get_password", lambda *_: release.wait(10) and None)
    with pytest.raises(ConfigError, match="did not answer"):
        await from_keyring("work", "token").read()
    release.set()


def test_the_keyring_is_imported_only_when_it_is_asked() -> None:
    import subprocess

    code = "import sys, tuiphone.store.accounts, tuiphone.store.editing; print('keyring' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.strip() == "False"

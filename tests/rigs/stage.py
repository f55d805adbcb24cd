"""Real phones for tests: a simulator process, and engines on profiles of their own, driven by the command line."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tuiphone.commands.look import _as_json as state_as_json
from tuiphone.control.client import EngineGone, NoEngine, RemotePhone
from tuiphone.store.paths import find

TUIPHONE = [sys.executable, "-P", "-m", "tuiphone"]


def until(fits: Callable[[], Any], seconds: float = 25.0, what: str = "it") -> Any:
    """What `fits` returns as soon as it is true. Raises: AssertionError."""
    deadline = time.monotonic() + seconds
    while not (found := fits()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {seconds:g} s")
        time.sleep(0.03)
    return found


class Simulator:
    """One vendor of the simulator as a process, on a free port; or several, with commas, in one process."""

    def __init__(self, accounts: Path, *settings: str, port: int = 0, only: str = "oncaller") -> None:
        self.accounts = accounts
        self.only = only
        self.settings = settings
        self.start(port)

    def start(self, port: int = 0) -> None:
        """Start it (again), the first vendor on this port."""
        first, *others = self.only.split(",")
        values = [f"{first}.port={port}", *(f"{other}.port=0" for other in others), *self.settings]
        sets = [part for value in values for part in ("--set", value)]
        self.process = subprocess.Popen(
            [
                sys.executable, "-P", "-m", "tuiphone.simulator",
                "--only", self.only, "--accounts", str(self.accounts), *sets,
            ],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert self.process.stdout is not None
        ready = json.loads(self.process.stdout.readline())
        self.urls: dict[str, str] = {name: about["url"] for name, about in ready.items()}
        self.url = self.urls[first]
        self.port = urlsplit(self.url).port or 0

    def ask(self, path: str, body: Any = None, *, of: str | None = None) -> Any:
        """A control call to one of the vendors: GET without a body, POST with one."""
        data = None if body is None else json.dumps(body).encode()
        port = self.port if of is None else urlsplit(self.urls[of]).port
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data)
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.loads(reply.read() or b"{}")

    def kill(self) -> None:
        """End it the hard way."""
        self.process.kill()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def close(self) -> None:
        """End it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()


class Handset:
    """One phone: a profile with one account, its engine, and the commands for it."""

    def __init__(self, profile: Path, account_file: Path | None, *, env: Mapping[str, str] | None = None) -> None:
        self.profile = profile
        self._begun: list[subprocess.Popen[str]] = []
        self.env = {**os.environ, "TUIPHONE_PROFILE": str(profile), **(env or {"TUIPHONE_SOUND": "none"})}
        accounts = profile / "config" / "accounts"
        accounts.mkdir(parents=True, mode=0o700, exist_ok=True)
        if account_file is not None:
            target = accounts / account_file.name
            target.write_text(account_file.read_text(encoding="utf-8"), encoding="utf-8")
            target.chmod(0o600)
            self.account = account_file.stem

    @property
    def log(self) -> str:
        """The engine's log."""
        return (self.profile / "state" / "engine.log").read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        """Start the engine and wait until the account is registered."""
        self.run("engine", "--background")
        if getattr(self, "account", None):
            self.until(lambda state: state["accounts"][0]["link"] == "registered")

    def run(
        self, *arguments: str, check: bool = True, stdin: str | None = None, seconds: float = 40.0
    ) -> subprocess.CompletedProcess[str]:
        """A command of the phone, to its end; `stdin` is what it reads there, which is our own by default."""
        done = subprocess.run(
            [*TUIPHONE, *arguments],
            env=self.env,
            capture_output=True,
            text=True,
            input=stdin,
            timeout=seconds,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"tuiphone {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """A command that goes on while the test does other things."""
        begun = subprocess.Popen(
            [*TUIPHONE, *arguments], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self._begun.append(begun)
        return begun

    def state(self) -> dict[str, Any]:
        """The phone as `tuiphone state --json` says, without a process for each look. Raises: AssertionError."""
        return asyncio.run(self._look())

    async def _look(self) -> dict[str, Any]:
        phone = RemotePhone(find(self.profile).socket, screen=False, program="test")
        try:
            await phone.attach()
            return json.loads(json.dumps(state_as_json(phone)))
        except (NoEngine, EngineGone) as error:
            raise AssertionError(str(error)) from error
        finally:
            await phone.close()

    def until(self, fits: Callable[[dict[str, Any]], Any], seconds: float = 25.0) -> dict[str, Any]:
        """The state as soon as it fits. Raises: AssertionError with the state as it is."""
        deadline = time.monotonic() + seconds
        while not fits(state := self.state()):
            if time.monotonic() > deadline:
                raise AssertionError(f"not so: {json.dumps(state, indent=1)}")
            time.sleep(0.05)  # each look is work for the engine that is looked at
        return state

    def calls(self, *states: str) -> list[dict[str, Any]]:
        """The calls that are in one of these states."""
        return [call for call in self.state()["calls"] if not states or call["state"] in states]

    def history(self) -> list[dict[str, Any]]:
        """All records, newest first."""
        return [json.loads(line) for line in self.run("history", "--json").stdout.splitlines()]

    def until_history(self, fits: Callable[[list[dict[str, Any]]], Any], seconds: float = 25.0) -> list[dict[str, Any]]:
        """All records as soon as there are some and they fit. Raises: AssertionError."""
        return until(lambda: (records := self.history()) and fits(records) and records, seconds, "such a history")

    @property
    def engine_pid(self) -> int | None:
        """The process of the running engine."""
        with contextlib.suppress(OSError, ValueError):
            pid = int(find(self.profile).lock.read_text())
            return pid if is_alive(pid) else None
        return None

    def kill_engine(self) -> None:
        """`kill -9` for the engine."""
        pid = self.engine_pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        until(lambda: not is_alive(pid), what="the engine's end")

    def close(self) -> None:
        """End the engine if there is one."""
        if (pid := self.engine_pid) is not None:
            os.kill(pid, signal.SIGTERM)
            until(lambda: not is_alive(pid), what="the engine's end")
        for begun in self._begun:
            if begun.poll() is None:
                begun.terminate()
            with contextlib.suppress(ValueError):
                begun.communicate(timeout=10)


def is_alive(pid: int) -> bool:
    """There is such a process, and it is not merely waiting to be buried."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"

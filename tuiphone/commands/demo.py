"""`tuiphone demo`: the app, its engine and the simulator on a profile of their own; and `tuiphone simulator`."""

import argparse
import asyncio
import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tuiphone.commands.attach import Failed
from tuiphone.commands.phone import DETACHED, end_engine, open_app
from tuiphone.core.errors import PhoneError
from tuiphone.launch import Launch
from tuiphone.store.paths import Paths, find

SIMULATOR_SECONDS = 20.0
PORT_TRIES = 20
LINGER_SECONDS = 600
WELCOME = (
    "Try: echo, voice, tone, busy, silent, callme (rings you back), +84 90 123 4567; "
    "700 on alice-prostiezvonki fills the desk (f10)."
)

OPERATORS = ("alice-prostiezvonki", "alice-sip")
"""Accounts that send calls on to a colleague by one key."""


def simulator(options: argparse.Namespace) -> int:
    """Run the loopback stand-ins for the vendors' servers in the foreground."""
    from tuiphone.simulator.run import main

    return main(options.rest)


def demo(options: argparse.Namespace) -> int:
    """Open a phone that needs no account; everything goes when it quits."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        print("tuiphone demo needs a terminal.", file=sys.stderr)
        return 2
    home = Path(options.keep).resolve() if options.keep else Path(tempfile.mkdtemp(prefix="tuiphone-demo-"))
    paths = find(home)
    paths.make()
    with DemoProcesses(paths) as stage:
        if not options.keep:
            stage.leave_nothing_behind(home)
        outcome = open_app(paths, stage.start_engine)
        stage.goes_on = outcome == DETACHED
    if outcome == DETACHED:
        print(
            f"The demo goes on for {LINGER_SECONDS // 60} minutes, and as long as there is a call.\n"
            f"Attach: {_command()} --profile {home}   End it: {_command()} --profile {home} stop"
        )
    elif not options.keep:
        shutil.rmtree(home, ignore_errors=True)
    return 0


def _command() -> str:
    """What to type for this very program: `make demo` installs nothing that the shell would find."""
    return "tuiphone" if shutil.which("tuiphone") or not sys.argv[0].endswith("/tuiphone") else sys.argv[0]


class DemoProcesses:
    """The processes of a demo. The simulator ends when nobody holds the writing end of its standard input any more:
    we do, and the engine does, so it outlives a detached app and dies with the phone, even by `kill -9`."""

    def __init__(self, paths: Paths) -> None:
        self.goes_on = False
        """The person detached: leave engine and simulator alone."""
        self._paths = paths

    def __enter__(self) -> "DemoProcesses":
        self._reading, self._lifeline = os.pipe()
        self._start_simulator(self._reading)
        self._settle_in()
        return self

    def __exit__(self, *_: object) -> None:
        if not self.goes_on:
            with contextlib.suppress(PhoneError):
                asyncio.run(end_engine(self._paths))
        os.close(self._lifeline)
        os.close(self._reading)
        if not self.goes_on:
            try:
                self._simulator.wait(5)
            except subprocess.TimeoutExpired:
                self._simulator.kill()

    def start_engine(self) -> Launch:
        """An engine that ends by itself when it was left alone for long."""
        linger = ["--linger", str(LINGER_SECONDS)]
        return Launch(self._paths.profile, owned=True, keep_open=[self._lifeline], more=linger)

    def leave_nothing_behind(self, home: Path) -> None:
        """Have the profile removed when we and the engine have ended, however that comes about."""
        subprocess.Popen(
            ["/bin/sh", "-c", 'cat >/dev/null; exec rm -rf -- "$0"', str(home)],
            stdin=self._reading,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )

    def _start_simulator(self, reading: int) -> None:
        complaint = b""
        for offset in range(PORT_TRIES):
            process = subprocess.Popen(
                [
                    sys.executable, "-P", "-m", "tuiphone.simulator",
                    "--set", "sip.voicemail=1",
                    "--port-offset", str(offset * 10),
                    "--accounts", str(self._paths.accounts_dir),
                    "--until-stdin-closes",
                ],
                stdin=reading,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )  # fmt: skip
            assert process.stdout is not None
            ready, _, _ = select.select([process.stdout], [], [], SIMULATOR_SECONDS)
            line = process.stdout.readline() if ready else b""
            with contextlib.suppress(ValueError):
                if json.loads(line):
                    self._simulator = process
                    return
            process.kill()
            _, complaint = process.communicate()
        raise Failed(f"The simulator does not start: {complaint.decode(errors='replace').strip()[-300:]}", 1)

    def _settle_in(self) -> None:
        """Alice's phone, as if it had been used before; bob's accounts are left for a second phone to try."""
        for account in self._paths.accounts_dir.glob("alice*.toml"):
            more = 'redirect_to = "102"\n' if account.stem in OPERATORS else ""
            account.write_text(f'country = "VN"\n{more}' + account.read_text(encoding="utf-8"), encoding="utf-8")
        for account in self._paths.accounts_dir.glob("bob*.toml"):
            account.rename(self._paths.config_dir / f"{account.name}.for-a-second-phone")
        if not self._paths.config_file.exists():
            self._paths.config_file.write_text(f'[app]\nwelcome = "{WELCOME}"\n', encoding="utf-8")
        if not self._paths.database.exists():
            from tuiphone.commands import demo_seed

            demo_seed.settle_in(self._paths)

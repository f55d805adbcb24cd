"""`tuiphone`, `tuiphone engine`, `tuiphone stop`: the app and the engine behind it."""

import argparse
import asyncio
import os
import sys

from tuiphone.control.client import NoEngine, RemotePhone
from tuiphone.launch import Launch
from tuiphone.store.paths import Paths, find


def app(options: argparse.Namespace) -> int:
    """Open the phone on this terminal."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        print("tuiphone needs a terminal; scripts use its commands, see: tuiphone --help", file=sys.stderr)
        return 2
    paths = find(options.profile)
    paths.make()
    return open_app(paths)


def open_app(paths: Paths) -> int:
    """Open the phone on this terminal, with the engine of these paths, started if there is none."""
    # The engine comes up while Textual is being imported.
    coming = None if paths.socket.exists() else Launch(paths.profile, owned=True)
    from tuiphone.ui.app import TuiPhone

    async def launch() -> None:
        nonlocal coming
        engine, coming = coming or Launch(paths.profile, owned=True), None
        await engine.wait()

    phone = RemotePhone(paths.socket, screen=True, program="app")
    outcome = TuiPhone(phone, launch=launch).run()
    if outcome == "detached":
        profile = f" --profile {paths.profile}" if paths.profile else ""
        print(f"The phone keeps running. Attach: tuiphone{profile}   End it: tuiphone{profile} stop")
    return 0


def engine(options: argparse.Namespace) -> int:
    """Run the engine, here or in the background."""
    paths = find(options.profile)
    paths.make()
    if options.background:
        asyncio.run(Launch(paths.profile, owned=False).wait())
        return 0
    command = [sys.executable, "-P", "-m", "tuiphone.engine"]
    command += ["--profile", str(paths.profile)] if paths.profile else []
    os.execv(sys.executable, command)


def stop(options: argparse.Namespace) -> int:
    """End the engine."""
    return asyncio.run(end_engine(find(options.profile)))


async def end_engine(paths: Paths) -> int:
    """End the engine of these paths; 7 when there is none."""
    phone = RemotePhone(paths.socket, screen=False, program="stop")
    try:
        await phone.attach()
    except NoEngine:
        print("No engine is running for this profile.", file=sys.stderr)
        return 7
    await phone.stop()
    for _ in range(100):
        if not paths.socket.exists():
            return 0
        await asyncio.sleep(0.1)
    print("The engine was told to stop but is still there; its log may say why.", file=sys.stderr)
    return 1

"""`tuiphone`, `tuiphone engine`, `tuiphone stop`: the app and the engine behind it."""

import argparse
import asyncio
import contextlib
import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable

from tuiphone.commands.attach import NO_ENGINE
from tuiphone.control.client import EngineGone, NoEngine, RemotePhone
from tuiphone.launch import Launch
from tuiphone.store.paths import Paths, find

END_SECONDS = 15.0
"""How long an engine that was told to stop may take to hang up and to put everything away."""
SIGNAL_SECONDS = 5.0
DETACHED = "detached"
"""What the app returns when the person left it and the phone goes on."""


def app(options: argparse.Namespace, *, number: str | None = None) -> int:
    """Open the phone on this terminal, with a number on the Dial page."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        print("tuiphone needs a terminal; scripts use its commands, see: tuiphone --help", file=sys.stderr)
        return 2
    paths = find(options.profile)
    paths.make()
    camera = _camera(options)
    if camera and not _is_free(paths):
        print(
            "The phone is running already: switch the camera in the call, or with `tuiphone camera --use NAME`.",
            file=sys.stderr,
        )
        return 2
    if open_app(paths, lambda: Launch(paths.profile, owned=True, more=camera), number=number) == DETACHED:
        profile = f" --profile {paths.profile}" if paths.profile else ""
        print(f"The phone keeps running. Attach: tuiphone{profile}   End it: tuiphone{profile} stop")
    return 0


def open_app(paths: Paths, start: Callable[[], Launch], *, number: str | None = None) -> str | None:
    """Show the app on this terminal, on the engine of these paths or one that `start` starts; returns how it was left.

    `number` is put on the Dial page.

    Raises: CannotStart.
    """
    # The engine comes up while Textual is being imported.
    coming = None if paths.socket.exists() else start()
    from tuiphone.ui.app import TuiPhone

    async def launch() -> None:
        nonlocal coming
        first, coming = coming, None
        if first is not None:
            await first.wait()
            if first.process.poll() is None:
                return
        # The first one was found without being waited for, and has ended since.
        await start().wait()

    app = TuiPhone(RemotePhone(paths.socket, screen=True, program="app"), launch=launch)
    app.opening = number
    how = app.run()
    if app.return_code:
        # Textual has shown what went wrong; whoever started us hears of it as well.
        raise SystemExit(app.return_code)
    return how


def engine(options: argparse.Namespace) -> int:
    """Run the engine, here or in the background."""
    paths = find(options.profile)
    paths.make()
    if options.background:
        asyncio.run(Launch(paths.profile, owned=False, more=_camera(options)).wait())
        return 0
    command = [sys.executable, "-P", "-m", "tuiphone.engine", *_camera(options)]
    command += ["--profile", str(paths.profile)] if paths.profile else []
    os.execv(sys.executable, command)


def _camera(options: argparse.Namespace) -> list[str]:
    """For the engine, whose working directory may be another one."""
    return [] if getattr(options, "camera", None) is None else ["--camera", options.camera]


def stop(options: argparse.Namespace) -> int:
    """End the engine."""
    if not asyncio.run(end_engine(find(options.profile))):
        print("No engine is running for this profile.", file=sys.stderr)
        return NO_ENGINE
    return 0


async def end_engine(paths: Paths) -> bool:
    """End the engine of these paths and wait until it is gone; False when there is none.

    One that does not answer, or is of another version, is ended by signals. Raises: EngineGone when it stays.
    """
    if _is_free(paths):
        return False
    phone = RemotePhone(paths.socket, screen=False, program="stop")
    answers = True
    try:
        await phone.attach()
        await phone.stop()
    except NoEngine:
        pass  # on its way out, or not yet up
    except EngineGone:
        answers = False
    if answers and await _is_gone(paths, END_SECONDS):
        return True
    for number in (signal.SIGTERM, signal.SIGKILL):
        _signal_engine(paths, number)
        if await _is_gone(paths, SIGNAL_SECONDS):
            return True
    raise EngineGone("The engine was told to stop but is still there; its log may say why.")


async def _is_gone(paths: Paths, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not _is_free(paths):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True


def _is_free(paths: Paths) -> bool:
    """No engine holds the profile's lock; the lock dies with the process, whatever becomes of the socket."""
    try:
        lock = paths.lock.open()
    except FileNotFoundError:
        return True
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _signal_engine(paths: Paths, number: signal.Signals) -> None:
    """To whoever holds the lock: it wrote its process id into it."""
    with contextlib.suppress(OSError, ValueError):
        os.kill(int(paths.lock.read_text()), number)

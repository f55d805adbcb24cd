"""The engine process: puts phone, providers, media, store and control server together, and takes them apart again.

It has no screen. `tuiphone.launch` starts it; one profile has one engine, held by a lock that dies with the process.
"""

import argparse
import asyncio
import contextlib
import fcntl
import gc
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from tuiphone import __version__
from tuiphone.control import protocol
from tuiphone.control.server import ControlServer
from tuiphone.core.call import Call, CallId
from tuiphone.core.capability import Capability
from tuiphone.core.errors import NotPossible, PhoneError
from tuiphone.core.events import CallAnswered, CallForgotten, MissedCounted, ProviderEvent, ProviderFaulted
from tuiphone.core.ledger import Change
from tuiphone.core.model import Account
from tuiphone.core.phone import Phone
from tuiphone.core.provider import Provider
from tuiphone.media.devices import Device, list_devices
from tuiphone.media.mixer import Mixer
from tuiphone.media.peer import PeerFactory
from tuiphone.media.player import Player
from tuiphone.media.sound import Sound
from tuiphone.media.tones import Ringer
from tuiphone.providers.registry import find as find_provider
from tuiphone.store import config, editing, log, recordings
from tuiphone.store.accounts import AccountConfig, BrokenAccount, account_file, load_account, load_accounts
from tuiphone.store.db import Database
from tuiphone.store.history import History
from tuiphone.store.journal import Journal
from tuiphone.store.memory import AccountMemory, forget
from tuiphone.store.paths import Paths, find

logger = logging.getLogger(__name__)

LINGER_CHECK_SECONDS = 5.0
CLAIM_SECONDS = 15.0
"""How long another engine of the profile may take to come up, or to end. Below what `tuiphone.launch` waits."""


class Engine:
    """Everything one profile's phone consists of; also the `Services` of its control server."""

    def __init__(self, paths: Paths, *, owned: bool, linger_s: float | None) -> None:
        self._paths = paths
        self._owned = owned
        self._linger_s = linger_s
        self._preferences, self._problems = config.load_preferences(paths.config_file)
        self._stopping: asyncio.Future[str] | None = None
        self._loaded: dict[str, AccountConfig | BrokenAccount] = {}
        """What the account files said when they were read last."""
        self._reading = asyncio.Lock()
        """Two screens may ask for the files to be read again at once."""

    async def run(self, ready: Callable[[], None]) -> None:
        """Until it is told to stop. Raises: PhoneError when it cannot begin."""
        loop = asyncio.get_running_loop()
        self._stopping = loop.create_future()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop, f"It got the signal {number.name}.")
        self._database = await Database.open(self._paths.database)
        try:
            await self._build()
            await self._server.start(self._paths.socket)
            ready()
            # What has been made so far stays for good: no collection has to look at it again, least of all in a call.
            gc.collect()
            gc.freeze()
            logger.info("tuiphone %s is ready, process %d", __version__, os.getpid())
            lonely = asyncio.create_task(self._end_when_left_alone()) if self._linger_s is not None else None
            reason = await self._stopping
            logger.info("ending: %s", reason)
            if lonely is not None:
                lonely.cancel()
            await self._take_apart(reason)
        finally:
            await self._database.close()

    async def _build(self) -> None:
        sound_wishes = self._preferences.sound
        self._sound = Sound(
            lambda event: self.phone.emit(event),
            microphone=sound_wishes.microphone,
            speaker=sound_wishes.speaker,
            ringer=None if sound_wishes.ringer == "default" else sound_wishes.ringer,
        )
        self._mixer = Mixer(self._sound)
        self._player = Player(self._mixer)
        self.phone = Phone(PeerFactory(self._mixer, interfaces=self._preferences.media.interfaces))
        self._database.tell(lambda sentence: self.phone.emit(ProviderFaulted(sentence)))
        self._history = History(self._database, lambda count: self.phone.emit(MissedCounted(count)))
        await self._history.repair()
        self._server = ControlServer(self.phone, self, owned=self._owned)
        self._journal = Journal(self._history)
        # In this order: a call is on record before it rings, and rings before the screens hear of it.
        for listener in (self._journal, Ringer(self._mixer), self._server):
            self.phone.listen(listener)
        self.phone.listen(_sweep_after_calls)
        if self._preferences.recording.auto:
            self.phone.listen(self._record_from_the_answer_on)
        self.phone.start()
        await self._take_accounts()
        # Not awaited: a sound system that hangs must not keep the phone from starting.
        self._looking = asyncio.create_task(self._sound.look(), name="sound-look")

    async def _record_from_the_answer_on(self, change: Change) -> None:
        if isinstance(change.event, CallAnswered):
            call = change.after.call(CallId(change.account, change.event.ref))
            if call is not None and call.recording is None and call.is_live:
                self.phone.record(call.id, self.recording_path(call))

    async def _take_apart(self, reason: str) -> None:
        self._paths.socket.unlink(missing_ok=True)
        await self._player.stop()
        try:
            async with asyncio.timeout(10):
                await self.phone.close()
        except TimeoutError:
            logger.error("the phone did not close in time")
        await self._server.close(reason)
        await self._mixer.close()
        self._looking.cancel()
        await asyncio.gather(self._looking, return_exceptions=True)
        await self._sound.close()
        await self._journal.close()

    async def _end_when_left_alone(self) -> None:
        assert self._linger_s is not None
        last_seen = time.monotonic()
        while time.monotonic() - last_seen < self._linger_s:
            await asyncio.sleep(LINGER_CHECK_SECONDS)
            if self._server.screens or self.phone.state.live_calls:
                last_seen = time.monotonic()
        self.stop("Nobody came back to it.")

    # -- accounts -----------------------------------------------------------------------------------------------

    async def _take_accounts(self) -> None:
        """Bring the phone's accounts in line with their files, leaving alone what did not change."""
        async with self._reading:
            accounts = await asyncio.to_thread(load_accounts, self._paths, _settings_of)
            found = {account.name: account for account in accounts}
            for name in [name for name, account in self._loaded.items() if found.get(name) != account]:
                await self.phone.remove_account(name)
                del self._loaded[name]
                if name not in found:
                    await forget(self._database, name)
            for name, account in found.items():
                if name not in self._loaded:
                    self._loaded[name] = account
                    await self._take_account(account)

    async def _take_account(self, account: AccountConfig | BrokenAccount) -> None:
        if isinstance(account, BrokenAccount):
            problem = "\n".join(str(problem) for problem in account.problems)
            nothing = Account(account.name, account.provider or "?", Capability(0))
            self.phone.add_broken_account(nothing, problem)
            return
        provider_class = find_provider(account.provider)
        memory = await AccountMemory.load(self._database, account.name)

        def make(emit: Callable[[ProviderEvent], None]) -> Provider:
            return provider_class(account.settings, emit, memory)

        self.phone.add_account(
            Account(account.name, account.provider, provider_class.capabilities, country=account.country),
            make,
            enabled=account.enabled,
        )

    # -- Services, for the control server -----------------------------------------------------------------------

    def welcome(self) -> protocol.Welcome:
        """What a newcomer is told first."""
        app = self._preferences.app
        return protocol.Welcome(
            version=protocol.VERSION,
            pid=os.getpid(),
            release=__version__,
            profile=str(self._paths.profile) if self._paths.profile else None,
            owned=self._owned,
            log_file=str(self._paths.log_file),
            recordings=str(self._recordings_dir),
            preferences=protocol.Preferences(
                theme=app.theme,
                welcome=app.welcome,
                keys=dict(self._preferences.keys),
                problems=(*(str(problem) for problem in self._problems), *filter(None, [self._database.notice])),
            ),
        )

    @property
    def _recordings_dir(self) -> str:
        return self._preferences.recording.folder or str(self._paths.recordings_dir)

    def recording_path(self, call: Call) -> str:
        """A new file for this call's recording."""
        return str(recordings.new_path(self._recordings_dir, call.peer, time.time()))

    async def history(self, query: protocol.ReadHistory) -> protocol.HistoryPage:
        """A page of history."""
        limit = max(1, min(query.limit, protocol.MAX_PAGE))
        page = await self._history.page(
            text=query.text, account=query.account, missed=query.missed, before=query.before, limit=limit
        )
        return protocol.HistoryPage(page.records, page.total)

    async def see_missed(self) -> None:
        """Missed calls have been looked at."""
        await self._history.mark_seen()

    async def suggest(self, query: protocol.Suggest) -> protocol.Suggestions:
        """Whom the typed text may mean."""
        peers = await self._history.peers(query.text, now=time.time(), limit=max(1, min(query.limit, 50)))
        return protocol.Suggestions(
            tuple(protocol.Suggestion(found.address, found.account, found.calls, found.last_at) for found in peers)
        )

    async def devices(self) -> protocol.Devices:
        """The sound devices."""
        found = await list_devices()
        sound = self.phone.state.sound
        return protocol.Devices(
            microphones=tuple(_device(device, sound.microphone) for device in found.microphones),
            speakers=tuple(_device(device, sound.speaker) for device in found.speakers),
        )

    async def play(self, record: int) -> None:
        """Play the recording of a history record."""
        found = await self._history.get(record)
        if found is None or found.recording is None:
            raise NotPossible("That call was not recorded.")
        await self._player.play(found.recording)

    async def stop_playing(self) -> None:
        """Stop the playback."""
        await self._player.stop()

    async def switch_account(self, account: str, on: bool) -> None:
        """Switch an account on or off for good."""
        async with self._reading:
            await self.phone.switch_account(account, on)
            # So that the next reload does not take the account for a changed one.
            self._loaded[account] = await asyncio.to_thread(self._switch_in_file, account, on)

    def _switch_in_file(self, account: str, on: bool) -> AccountConfig | BrokenAccount:
        editing.set_enabled(self._paths, account, on)
        return load_account(account_file(self._paths, account), _settings_of)

    async def reload_accounts(self) -> None:
        """Read the account files again."""
        await self._take_accounts()

    def stop(self, reason: str) -> None:
        """End the engine soon."""
        if self._stopping is not None and not self._stopping.done():
            self._stopping.set_result(reason)


async def _sweep_after_calls(change: Change) -> None:
    """Give the memory of ended calls back while nobody talks; peer connections are full of cycles."""
    if isinstance(change.event, CallForgotten) and not change.after.calls:
        gc.collect()


def _device(device: Device, used: str | None) -> protocol.SoundDevice:
    return protocol.SoundDevice(device.name, device.is_default, device.name == used)


def _settings_of(provider: str) -> type:
    return find_provider(provider).Settings


def _claim(paths: Paths) -> TextIO | None:
    """The lock of the profile's one engine, kept until the process ends; None when another engine is up.

    One that has the lock but does not listen is beginning or ending: which of them shows within seconds.
    Raises: PhoneError when it does not.
    """
    lock = open(paths.lock, "a+")  # noqa: SIM115 - held for life
    deadline = time.monotonic() + CLAIM_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if _listens(paths.socket):
                lock.close()
                return None
            if time.monotonic() > deadline:
                lock.close()
                raise PhoneError("An engine of this profile neither comes up nor ends; end it: tuiphone stop") from None
            time.sleep(0.05)
    # So that `tuiphone stop` can end an engine that does not answer.
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.settimeout(1.0)
        try:
            caller.connect(str(path))
        except OSError:
            return False
    return True


def main(argv: Sequence[str] | None = None) -> int:
    """Run an engine with these arguments; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tuiphone.engine")
    parser.add_argument("--profile")
    parser.add_argument("--owned", action="store_true", help="end with the last screen that quits")
    parser.add_argument("--linger", type=float, help="seconds after which it ends when no screen and no call is there")
    parser.add_argument("--ready-fd", type=int, help="where to write `ready`, or a sentence")
    options = parser.parse_args(argv)

    def say(text: str) -> None:
        if options.ready_fd is not None:
            with contextlib.suppress(OSError):
                os.write(options.ready_fd, f"{text}\n".encode())
                os.close(options.ready_fd)
            options.ready_fd = None
        else:
            print(text if text != "ready" else "The phone is running; end it with: tuiphone stop", flush=True)  # noqa: T201

    # Whatever this process writes is for its user alone.
    os.umask(0o077)
    try:
        paths = find(options.profile)
        paths.make()
        if (lock := _claim(paths)) is None:
            say("running" if options.ready_fd is not None else "An engine is running for this profile already.")
            return 1
        log.start_log(paths)
        console = sys.stdout if options.ready_fd is None else None
        engine = Engine(paths, owned=options.owned, linger_s=options.linger)

        def ready() -> None:
            say("ready")
            if console is not None:
                console.flush()
            log.capture_streams(paths.log_file)

        asyncio.run(engine.run(ready))
        lock.close()
    except (PhoneError, OSError) as error:
        logger.exception("the engine could not run")
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

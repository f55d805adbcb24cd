"""Engine: the composition root of the engine process; puts everything together, and takes it apart again."""

import asyncio
import gc
import logging
import os
import signal
import time
from collections.abc import Callable
from typing import Any

from tuiphone import __version__
from tuiphone.control import protocol
from tuiphone.control.server import ControlServer
from tuiphone.core.call import Call, CallId
from tuiphone.core.errors import NotPossible
from tuiphone.core.events import CallAnswered, CallForgotten, MissedCounted, ProviderFaulted
from tuiphone.core.ledger import Change
from tuiphone.core.phone import Phone
from tuiphone.engine.account_forms import AccountFormService
from tuiphone.engine.accounts import AccountService
from tuiphone.engine.attention import AttentionService
from tuiphone.engine.calls import CallService
from tuiphone.engine.cards import CardService
from tuiphone.engine.contacts import ContactService
from tuiphone.engine.desk import DeskService
from tuiphone.engine.history import HistoryService
from tuiphone.engine.lines import LineService
from tuiphone.engine.logbook import LogbookService
from tuiphone.engine.pictures import PictureService
from tuiphone.engine.recordings import RecordingService
from tuiphone.engine.service import Parts, Service
from tuiphone.engine.settings import SettingService
from tuiphone.engine.sound import SoundService
from tuiphone.engine.surroundings import Surroundings
from tuiphone.engine.texts import TextService
from tuiphone.media.cameras import Cameras
from tuiphone.media.mixer import Mixer
from tuiphone.media.peer import PeerFactory
from tuiphone.media.player import Player
from tuiphone.media.sound import Sound
from tuiphone.media.tones import Ringer
from tuiphone.store import config, recordings
from tuiphone.store.db import Database
from tuiphone.store.history import History
from tuiphone.store.journal import Journal
from tuiphone.store.paths import Paths

logger = logging.getLogger(__name__)

LINGER_CHECK_SECONDS = 5.0


class Engine:
    """Everything one profile's phone consists of; also the `Services` of its control server."""

    def __init__(self, paths: Paths, *, owned: bool, linger_s: float | None, camera: str | None = None) -> None:
        self._paths = paths
        self._owned = owned
        self._linger_s = linger_s
        self._camera = camera
        self._preferences, self._problems = config.load_preferences(paths.config_file)
        self._stopping: asyncio.Future[str] | None = None

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
        wishes = self._preferences.sound
        self._sound = Sound(
            lambda event: self.phone.emit(event),
            microphone=wishes.microphone,
            speaker=wishes.speaker,
            ringer=None if wishes.ringer == "default" else wishes.ringer,
        )
        self._mixer = Mixer(self._sound)
        self._player = Player(self._mixer)
        video = self._preferences.video
        cameras = Cameras(video.cameras, size=config.SIZES[video.size], fps=video.fps, first=self._camera)
        self.phone = Phone(PeerFactory(self._mixer, interfaces=self._preferences.media.interfaces, cameras=cameras))
        self._database.tell(lambda sentence: self.phone.emit(ProviderFaulted(sentence)))
        history = History(self._database, lambda count: self.phone.emit(MissedCounted(count)))
        await history.repair()
        self.parts = Parts(
            self._paths,
            self._preferences,
            self._database,
            self.phone,
            self._sound,
            self._mixer,
            self._player,
            history,
            cameras=cameras,
        )
        accounts, texts, desk = AccountService(self.parts), TextService(self.parts), DeskService(self.parts)
        self._services: tuple[Service, ...] = (
            CallService(self.parts),
            LineService(self.parts),
            desk,
            HistoryService(self.parts),
            ContactService(self.parts),
            CardService(self.parts),
            RecordingService(self.parts),
            texts,
            accounts,
            AccountFormService(self.parts, accounts.take),
            SoundService(self.parts),
            PictureService(self.parts),
            LogbookService(self.parts),
            AttentionService(self.parts),
            SettingService(self.parts),
        )
        self._handlers = {command: run for service in self._services for command, run in service.handlers.items()}
        self._server = ControlServer(self.phone, self, owned=self._owned)
        self._journal = Journal(history)
        # In this order: a call is on record before it rings, and rings before the screens hear of it.
        for listener in (self._journal, texts.follow, desk.keep, Ringer(self._mixer), self._server):
            self.phone.listen(listener)
        self.phone.keep_texts_in(texts)
        self.phone.listen(_sweep_after_calls)
        self.phone.listen(self._record_from_the_answer_on)
        self.phone.start()
        for service in self._services:
            await service.start()
        await accounts.take()
        self._surroundings = Surroundings(self.phone.stirred)
        self._surroundings.start()
        # Not awaited: a sound system that hangs must not keep the phone from starting.
        self._looking = asyncio.create_task(self._sound.look(), name="sound-look")

    async def _record_from_the_answer_on(self, change: Change) -> None:
        if isinstance(change.event, CallAnswered):
            call = change.after.call(CallId(change.account, change.event.ref))
            if call is None or call.recording is not None or not call.is_live:
                return
            if self.parts.preferences.recording.auto or self.phone.is_to_be_recorded(call):
                self.phone.record(call.id, self.recording_path(call))

    async def _take_apart(self, reason: str) -> None:
        self._paths.socket.unlink(missing_ok=True)
        await self._player.stop()
        await self._surroundings.close()
        try:
            async with asyncio.timeout(10):
                await self.phone.close()
        except TimeoutError:
            logger.error("the phone did not close in time")
        for service in self._services:
            await service.close()
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

    # -- Services, for the control server -----------------------------------------------------------------------

    def welcome(self) -> protocol.Welcome:
        """What a newcomer is told first."""
        preferences = self.parts.preferences
        return protocol.Welcome(
            version=protocol.VERSION,
            pid=os.getpid(),
            release=__version__,
            profile=str(self._paths.profile) if self._paths.profile else None,
            owned=self._owned,
            log_file=str(self._paths.log_file),
            recordings=str(self._recordings_dir),
            preferences=protocol.Preferences(
                theme=preferences.app.theme,
                themes_dir=str(self._paths.themes_dir),
                welcome=preferences.app.welcome,
                bell=preferences.app.bell,
                notify=preferences.app.notify,
                title=preferences.app.title,
                picture=preferences.video.show,
                crm=None if preferences.crm is None else preferences.crm.when,
                keys=dict(preferences.keys),
                problems=(*(str(problem) for problem in self._problems), *filter(None, [self._database.notice])),
            ),
        )

    @property
    def _recordings_dir(self) -> str:
        return self.parts.preferences.recording.folder or str(self._paths.recordings_dir)

    @property
    def records_every_call(self) -> bool:
        """The preferences want calls recorded from the answer on."""
        return self.parts.preferences.recording.auto

    def recording_path(self, call: Call) -> str:
        """A new file for this call's recording."""
        wish = self.parts.preferences.recording.format
        suffix = f".{self.phone.recording_format(call) if wish == 'auto' else wish}"
        return str(recordings.new_path(self._recordings_dir, call.peer, time.time(), suffix=suffix))

    async def carry_out(self, command: Any) -> Any:
        """Do what one of the services does. Raises: PhoneError."""
        if (run := self._handlers.get(type(command))) is None:
            raise NotPossible(f"This engine does not know {type(command).__name__}.")
        return await run(command)

    def stop(self, reason: str) -> None:
        """End the engine soon."""
        if self._stopping is not None and not self._stopping.done():
            self._stopping.set_result(reason)


async def _sweep_after_calls(change: Change) -> None:
    """Give the memory of ended calls back while nobody talks; peer connections are full of cycles."""
    if isinstance(change.event, CallForgotten) and not change.after.calls:
        gc.collect()

"""The sound card of the engine: opens microphone, speaker and ringer while they are needed, and keeps them going.

A card that is missing, busy or unplugged makes calls silent, never ends them: it is told of in a sentence and tried
again while a call needs it. What is played, and when, is the mixer's business.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable
from time import monotonic
from typing import Protocol

from tuiphone.core.errors import MediaError, NoDevice
from tuiphone.core.events import SoundChanged
from tuiphone.media.devices import NO_LIBRARY, is_there, list_devices
from tuiphone.media.port import RETRY_S, Port, StreamStats
from tuiphone.media.portaudio import portaudio
from tuiphone.media.resample import Samples
from tuiphone.media.stream import QUIET

log = logging.getLogger(__name__)

SWITCHED_OFF = "Sound is switched off."
NO_CARD = "No sound card: calls are silent. Connect one, or start PulseAudio or PipeWire."
NO_MICROPHONE = "No microphone: the other side cannot hear you. Connect one."
NO_SPEAKER = "No speaker: you cannot hear the other side. Connect one."
CARD_GONE = "The sound card went away: calls are silent until it is back."
MICROPHONE_GONE = "The microphone went away: the other side cannot hear you until it is back."
SPEAKER_GONE = "The speaker went away: you cannot hear the other side until it is back."
DEFAULT = "default"

CHECK_S = 0.1
LOOK_S = 10.0
"""Between two looks for a card while there is none and no call needs it."""
RETURN_S = 4.0
"""Between two looks, in a call, for a device whose place another one has taken."""
CLOSE_S = 3.0
"""A card that takes longer to close is left to the end of the process."""
LINGER_S = 2.0
"""Streams stay open this long after their last use: calls often follow one another."""


class Card(Protocol):
    """What the mixer needs of a sound card; Sound is one, tests have their own."""

    @property
    def has_ringer(self) -> bool:
        """The ringer has a device of its own."""
        ...

    def want(self, *, microphone: bool, speaker: bool, ringer: bool) -> None:
        """What is needed from now on; opens and closes by itself, soon."""
        ...

    def read(self) -> Samples:
        """10 ms of the microphone."""
        ...

    def write(self, block: Samples) -> None:
        """10 ms for the speaker."""
        ...

    def ring(self, block: Samples) -> None:
        """10 ms for the ringer's own device."""
        ...


class Sound:
    """Microphone, speaker and ringer over PortAudio; closed while nobody needs them.

    `changed` hears of every change of device and of every problem, on the event loop. With TUIPHONE_SOUND=none, or
    the device name `none`, no card is touched at all.
    """

    def __init__(
        self,
        changed: Callable[[SoundChanged], None],
        *,
        microphone: str = DEFAULT,
        speaker: str = DEFAULT,
        ringer: str | None = None,
    ) -> None:
        self._changed = changed
        self._told: SoundChanged | None = None
        self._ports: dict[str, Port] = {}
        self._library = portaudio()
        self._keeper: asyncio.Task[None] | None = None
        self._nudge = asyncio.Event()
        self._closing = False
        self._scout: asyncio.Task[None] | None = None
        self._scout_at = 0.0
        self._came_back = False
        self._ports = self._ports_for(microphone, speaker, ringer)

    def _ports_for(self, microphone: str, speaker: str, ringer: str | None) -> dict[str, Port]:
        if os.environ.get("TUIPHONE_SOUND", "").lower() == "none":
            microphone = speaker = "none"
        self._off = microphone == "none" and speaker == "none"
        wishes = {"microphone": microphone, "speaker": speaker, "ringer": ringer or speaker}
        self._ringer_apart = wishes["ringer"] != speaker
        if not self._ringer_apart or self._off:
            del wishes["ringer"]
        return {
            what: Port(None if name == DEFAULT else name, capture=what == "microphone")
            for what, name in wishes.items()
            if name != "none"
        }

    @property
    def has_ringer(self) -> bool:
        """The ringer has a device of its own, or none at all."""
        return self._ringer_apart

    async def look(self) -> None:
        """Find the devices without opening them, and tell; for the start of the engine."""
        for port in self._ports.values():
            if port.stream is None:
                await port.look(self._library)
        self._tell()
        self._watch()

    async def choose(self, *, microphone: str = DEFAULT, speaker: str = DEFAULT, ringer: str | None = None) -> None:
        """Use other devices from now on, also in the middle of a call; what stays as it is goes on meanwhile."""
        before = self._ports
        await self._rest()
        fresh = self._ports_for(microphone, speaker, ringer)
        for what, port in fresh.items():
            if (old := before.get(what)) is not None and old.name == port.name:
                fresh[what] = old
            elif old is not None:
                port.wanted, port.last_wanted = old.wanted, old.last_wanted
        # One after the other, so that each way is interrupted for its own change only.
        self._ports = fresh
        for what, port in before.items():
            if fresh.get(what) is not port:
                await self._give_back([port])
        if not all([await self._is_known(port) for port in fresh.values() if port.stream is None]):
            # It came after PortAudio had made its list, which it makes anew only while nothing is open.
            await self._give_back(list(fresh.values()))
            self._library.forget()
        for port in fresh.values():
            if port.stream is None and not port.wanted:
                await port.look(self._library)
        self._tell()
        self._watch()

    async def _is_known(self, port: Port) -> bool:
        if port.name is None or not self._library.streams:
            return True
        try:
            await asyncio.wrap_future(self._library.run(lambda: self._library.device(port.name, capture=port.capture)))
        except MediaError:
            return False
        return True

    def want(self, *, microphone: bool, speaker: bool, ringer: bool) -> None:
        """What is needed from now on; streams are opened at once and closed a while after their last use."""
        now = monotonic()
        for what, wanted in (("microphone", microphone), ("speaker", speaker), ("ringer", ringer)):
            port = self._ports.get(what)
            if port is None or port.wanted == wanted:
                continue
            port.wanted, port.last_wanted, port.retry_at = wanted, now, 0.0
            self._watch()

    def read(self) -> Samples:
        """10 ms of the microphone; silence without one."""
        port = self._ports.get("microphone")
        return port.inlet.read() if port and port.inlet else QUIET

    def write(self, block: Samples) -> None:
        """10 ms for the speaker; thrown away without one."""
        self._write("speaker", block)

    def ring(self, block: Samples) -> None:
        """10 ms for the ringer's own device."""
        self._write("ringer", block)

    def _write(self, what: str, block: Samples) -> None:
        port = self._ports.get(what)
        if port and port.outlet:
            port.outlet.write(block)

    def stats(self) -> dict[str, StreamStats]:
        """How each open stream is doing, by `microphone`, `speaker` and `ringer`."""
        found = {what: port.stats() for what, port in self._ports.items()}
        return {what: stats for what, stats in found.items() if stats is not None}

    async def close(self) -> None:
        """Give every device back."""
        for port in self._ports.values():
            port.wanted = False
        if self._scout is not None:
            self._scout.cancel()
        await self._rest()
        await self._give_back(list(self._ports.values()))

    async def _rest(self) -> None:
        """Let nobody open or close anything until `_watch`."""
        if self._keeper is not None:
            # Asked to end rather than cancelled: a stream that is just being opened would never be closed.
            self._closing = True
            self._nudge.set()
            await asyncio.wait({self._keeper}, timeout=CLOSE_S)
            self._keeper.cancel()
            self._keeper, self._closing = None, False

    async def _give_back(self, ports: list[Port]) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                for port in ports:
                    await port.close(self._library)

    def _watch(self) -> None:
        self._nudge.set()
        if self._keeper is None and (self._busy or self._lacking):
            self._keeper = asyncio.get_running_loop().create_task(self._keep(), name="sound")

    @property
    def _busy(self) -> bool:
        return any(port.wanted or port.stream for port in self._ports.values())

    @property
    def _lacking(self) -> bool:
        """Something is missing that may come back by itself."""
        return any(
            (port.refusal is not None if port.device is not None else str(port.problem) != NO_LIBRARY)
            for port in self._ports.values()
        )

    async def _keep(self) -> None:
        """Opens what is wanted, closes what is not, watches what is open; ends when all is closed and well."""
        while not self._closing:
            self._nudge.clear()
            await self._take_back()
            for what, port in self._ports.items():
                await self._tend(what, port)
            self._tell()
            if not self._busy and not self._lacking:
                break
            # Not wait_for: that of Python 3.11 forgets a cancellation that comes together with the nudge.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CHECK_S if self._busy else LOOK_S):
                    await self._nudge.wait()
        if not self._closing:
            self._keeper = None

    async def _tend(self, what: str, port: Port) -> None:
        now = monotonic()
        if port.has_died(now):
            log.warning("%s %r went away", what, port.device)
            # Another device can take the place of one that was chosen at once; the default one may be restarting.
            port.lost, port.retry_at = True, now if port.name is not None else now + RETRY_S
            await port.close(self._library)
            port.device = None
        elif port.wanted and port.struggles():
            log.info("%s %r gets a buffer of %.0f ms", what, port.device, 1000 * port.latency_s)
            await port.close(self._library)
            await port.open(self._library)
        elif port.stream is None and port.wanted:
            if now >= port.retry_at:
                await port.open(self._library)
        elif port.stream is None and (port.device is None or port.refusal is not None) and now >= port.retry_at:
            port.retry_at = now + LOOK_S / 2
            await port.look(self._library)
        elif port.stream is not None and not port.wanted and now - port.last_wanted > LINGER_S:
            await port.close(self._library)

    async def _take_back(self) -> None:
        """Return to devices that were chosen and had gone, once they are there again."""
        if self._came_back:
            self._came_back = False
            log.info("a device is back; all are opened anew")
            await self._give_back([port for port in self._ports.values() if port.stream is not None])
            self._library.forget()
            for port in self._ports.values():
                port.retry_at = 0.0
        replaced = any(port.refusal is not None and port.stream is not None for port in self._ports.values())
        if replaced and monotonic() >= self._scout_at and (self._scout is None or self._scout.done()):
            self._scout_at = monotonic() + RETURN_S
            self._scout = asyncio.get_running_loop().create_task(self._look_for_them(), name="sound-scout")

    async def _look_for_them(self) -> None:
        try:
            found = await list_devices()
        except MediaError as error:
            log.info("%s", error)
            return
        for port in self._ports.values():
            if port.refusal is None or port.name is None:
                continue
            there = is_there(found.microphones if port.capture else found.speakers, port.name)
            # One that is there but does not open, because another program has it, would interrupt the call for nothing.
            self._came_back = self._came_back or (there and port.missed)
            port.missed = not there
        self._nudge.set()

    def _tell(self) -> None:
        microphone, speaker = self._ports.get("microphone"), self._ports.get("speaker")
        news = SoundChanged(
            microphone.device if microphone else None, speaker.device if speaker else None, self._problem()
        )
        if news != self._told:
            self._told = news
            self._changed(news)

    def _problem(self) -> str | None:
        if self._off:
            return SWITCHED_OFF
        silent = {what: port for what, port in self._ports.items() if port.device is None}
        for port in silent.values():
            if port.problem is not None and not isinstance(port.problem, NoDevice):
                return str(port.problem)
        gone = any(port.lost for port in silent.values())
        if {"microphone", "speaker"} <= silent.keys():
            return CARD_GONE if gone else NO_CARD
        if "microphone" in silent:
            return MICROPHONE_GONE if gone else NO_MICROPHONE
        if "speaker" in silent:
            return SPEAKER_GONE if gone else NO_SPEAKER
        for what, port in self._ports.items():
            if port.refusal is not None:
                return f"{port.refusal} Until then {port.device!r} is used as {what}."
        return None

"""The sound card of the engine: opens microphone, speaker and ringer while they are needed, and keeps them going.

A card that is missing, busy or unplugged makes calls silent, never ends them: it is told of in a sentence and tried
again while a call needs it. What is played, and when, is the mixer's business.
"""

import asyncio
import contextlib
import logging
import os
from asyncio import wrap_future
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from tuiphone.core.errors import MediaError, NoDevice
from tuiphone.core.events import SoundChanged
from tuiphone.media.portaudio import NO_LIBRARY, PortAudio, portaudio
from tuiphone.media.resample import Samples
from tuiphone.media.stream import QUIET, Inlet, Outlet, Stream

log = logging.getLogger(__name__)

SWITCHED_OFF = "Sound is switched off."
NO_CARD = "No sound card: calls are silent. Connect one, or start PulseAudio or PipeWire."
NO_MICROPHONE = "No microphone: the other side cannot hear you. Connect one."
NO_SPEAKER = "No speaker: you cannot hear the other side. Connect one."
CARD_GONE = "The sound card went away: calls are silent until it is back."
DEFAULT = "default"

CHECK_S = 0.1
RETRY_S = 1.5
LOOK_S = 10.0
"""Between two looks for a card while there is none and no call needs it."""
LINGER_S = 2.0
"""Streams stay open this long after their last use: calls often follow one another."""
STALLED_S = 0.5
"""Without a callback for so long a stream counts as dead ..."""
STARTING_S = 4.0
"""... but not while it is so young: PulseAudio's null sink stands still for up to 2 s when it starts."""


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


@dataclass(frozen=True, slots=True)
class StreamStats:
    """How one direction of the card is doing."""

    device: str
    rate: int
    """Hz."""
    waiting_ms: float
    """In our own buffer."""
    xruns: int
    dry: int
    """How often nothing was there when it was needed."""
    dropped: int
    """How often too much had piled up."""
    longest_gap_ms: float
    """Between two callbacks."""
    corrected: int
    """Samples added (or taken away, negative) because two clocks drift."""


class Port:
    """One direction of one device: what is wished for, what is open, what is wrong."""

    def __init__(self, name: str | None, *, capture: bool) -> None:
        self.name = name
        """None: the default device."""
        self.capture = capture
        self.device: str | None = None
        """The device in use, or the one that would be."""
        self.problem: MediaError | None = None
        self.fallback = False
        """The wished for device is not there; the default one stands in."""
        self.lost = False
        """It was open and went away."""
        self.wanted = False
        self.last_wanted = 0.0
        self.stream: Stream | None = None
        self.inlet: Inlet | None = None
        self.outlet: Outlet | None = None
        self.retry_at = 0.0
        self.stale = 0

    async def look(self, library: PortAudio) -> None:
        """Find out which device would be opened, without opening it."""
        for name in dict.fromkeys((self.name, None)):
            try:
                self.device = await wrap_future(
                    library.run(lambda name=name: library.device(name, capture=self.capture))
                )
            except MediaError as error:
                self.device, self.problem = None, error
            else:
                self.fallback, self.lost, self.problem = name != self.name, False, None
                return

    async def open(self, library: PortAudio) -> None:
        """Open the wished for device, or the default one in its place; `problem` says why it did not work."""
        for name in dict.fromkeys((self.name, None)):
            try:
                stream = await wrap_future(library.run(lambda name=name: library.open(name, capture=self.capture)))
            except MediaError as error:
                self.device, self.problem = None, error
                self.retry_at = monotonic() + RETRY_S
                continue
            self.stream, self.device, self.problem = stream, stream.device, None
            self.fallback, self.lost, self.stale = name != self.name, False, 0
            if self.capture:
                self.inlet = Inlet(stream)
            else:
                self.outlet = Outlet(stream)
            return

    async def close(self, library: PortAudio) -> None:
        """Give the device back."""
        stream, self.stream, self.inlet, self.outlet = self.stream, None, None, None
        if stream is not None:
            await wrap_future(library.run(lambda: library.close(stream)))

    def has_died(self, now: float) -> bool:
        """Whether the stream ended, or its callback is not called any more; to be asked again and again."""
        stream = self.stream
        if stream is None:
            return False
        limit = STALLED_S if now - stream.opened > STARTING_S else STARTING_S
        # Twice in a row, because after this process itself stood still (laptop lid) every stream looks stalled once.
        self.stale = self.stale + 1 if now - stream.called > limit else 0
        return stream.finished or self.stale > 1

    def stats(self) -> StreamStats | None:
        """How it is doing; None while it is closed."""
        if self.stream is None:
            return None
        stream, flow = self.stream, self.inlet or self.outlet
        return StreamStats(
            stream.device,
            stream.rate,
            1000 * stream.ring.level / stream.frame / stream.rate,
            stream.xruns,
            stream.dry,
            stream.dropped,
            1000 * stream.longest_gap_s,
            flow.balance.corrected if flow else 0,
        )


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
        self._set(microphone, speaker, ringer)

    def _set(self, microphone: str, speaker: str, ringer: str | None) -> None:
        if os.environ.get("TUIPHONE_SOUND", "").lower() == "none":
            microphone = speaker = "none"
        self._off = microphone == "none" and speaker == "none"
        wishes = {"microphone": microphone, "speaker": speaker, "ringer": ringer or speaker}
        if wishes["ringer"] == speaker or self._off:
            del wishes["ringer"]
        self._ports = {
            what: Port(None if name == DEFAULT else name, capture=what == "microphone")
            for what, name in wishes.items()
            if name != "none"
        }

    @property
    def has_ringer(self) -> bool:
        """The ringer has a device of its own."""
        return "ringer" in self._ports

    async def look(self) -> None:
        """Find the devices without opening them, and tell; for the start of the engine."""
        for port in self._ports.values():
            if port.stream is None:
                await port.look(self._library)
        self._tell()
        self._watch()

    async def choose(self, *, microphone: str = DEFAULT, speaker: str = DEFAULT, ringer: str | None = None) -> None:
        """Use other devices from now on, also in the middle of a call."""
        wanted = {what: port.wanted for what, port in self._ports.items()}
        await self.close()
        self._set(microphone, speaker, ringer)
        await self.look()
        names = ("microphone", "speaker", "ringer")
        self.want(**{what: wanted.get(what, False) for what in names})  # type: ignore[arg-type]

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
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
        for port in self._ports.values():
            port.wanted = False
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
        return any(port.device is None and str(port.problem) != NO_LIBRARY for port in self._ports.values())

    async def _keep(self) -> None:
        """Opens what is wanted, closes what is not, watches what is open; ends when all is closed and well."""
        while True:
            self._nudge.clear()
            for what, port in self._ports.items():
                await self._tend(what, port)
            self._tell()
            if not self._busy and not self._lacking:
                break
            # Not wait_for: that of Python 3.11 forgets a cancellation that comes together with the nudge.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CHECK_S if self._busy else LOOK_S):
                    await self._nudge.wait()
        self._keeper = None

    async def _tend(self, what: str, port: Port) -> None:
        now = monotonic()
        if port.has_died(now):
            log.warning("%s %r went away", what, port.device)
            port.lost, port.retry_at = True, now + RETRY_S
            await port.close(self._library)
            port.device = None
        elif port.stream is None and port.wanted:
            if now >= port.retry_at:
                await port.open(self._library)
        elif port.stream is None and port.device is None and now >= port.retry_at:
            port.retry_at = now + LOOK_S / 2
            await port.look(self._library)
        elif port.stream is not None and not port.wanted and now - port.last_wanted > LINGER_S:
            await port.close(self._library)

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
        if any(port.lost for port in silent.values()):
            return CARD_GONE
        if {"microphone", "speaker"} <= silent.keys():
            return NO_CARD
        for what, port in silent.items():
            return {"microphone": NO_MICROPHONE, "speaker": NO_SPEAKER}.get(what, str(port.problem))
        for what, port in self._ports.items():
            if port.fallback:
                return f"The {what} {port.name!r} cannot be used now; {port.device!r} stands in for it."
        return None

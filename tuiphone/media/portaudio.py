"""The PortAudio library: finds devices by name, opens raw streams. Who needs which of them when is Sound's business."""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache
from queue import SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any, TypeVar

from tuiphone.core.errors import MediaError, NoDevice
from tuiphone.media.stream import RATE, Stream

log = logging.getLogger(__name__)

Result = TypeVar("Result")

NO_LIBRARY = (
    "PortAudio is missing: calls are silent. Install it with `apt install libportaudio2` and start tuiphone again."
)
NO_START = "The sound system does not start: calls are silent. Look into the log, and at ~/.asoundrc if there is one."
LATENCY_S = 0.02
_FRESH_S = 2.0
"""A device list younger than this is not read again."""
_BUSY = -9985


class PortAudio:
    """PortAudio behind one thread of its own: it is not safe from several, and an unplugged card may hang in it.

    It lists devices once per initialisation, so it is initialised anew whenever a stream is to be opened while none
    is (which costs 40 ms with PulseAudio), and never while one is.
    """

    def __init__(self) -> None:
        self._jobs: SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = SimpleQueue()
        self._thread: Thread | None = None
        self._library: Any = None
        self._missing = False
        self._running = True
        self._listed = 0.0
        self._open = 0

    def run(self, job: Callable[[], Result]) -> "Future[Result]":
        """Do this in PortAudio's thread, after what was asked before."""
        if self._thread is None:
            # A daemon, so that a card that hangs does not keep the engine from ending.
            self._thread = Thread(target=self._work, name="portaudio", daemon=True)
            self._thread.start()
        future: Future[Result] = Future()
        self._jobs.put((future, job))
        return future

    def _work(self) -> None:
        while True:
            future, job = self._jobs.get()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = job()
            except Exception as error:  # noqa: BLE001  it is handed to whoever asked
                future.set_exception(error)
            else:
                future.set_result(result)

    def device(self, name: str | None, *, capture: bool) -> str:
        """The name of the device that would be opened now; in PortAudio's thread.

        Raises: NoDevice when there is none, MediaError without PortAudio.
        """
        return self._find(name, capture)[1]["name"]

    def open(self, name: str | None, *, capture: bool) -> Stream:
        """Open the device of this name (None: the default) and start its stream; in PortAudio's thread.

        Raises: NoDevice when it is not there, MediaError when it does not open.
        """
        index, device = self._find(name, capture)
        channels = int(device["max_input_channels" if capture else "max_output_channels"])
        wishes = [
            (rate, width) for rate in (RATE, int(device["default_samplerate"])) for width in (1, min(2, channels))
        ]
        refusal: tuple[Any, ...] = ()
        for rate, width in dict.fromkeys(wishes):
            stream = Stream(device["name"], rate, width)
            try:
                self._start(stream, index, capture)
            except (self._library.PortAudioError, ValueError) as error:
                refusal = error.args
                continue
            log.info("opened %s %r at %d Hz, %d channel(s)", _kind(capture), stream.device, rate, width)
            return stream
        log.warning("cannot open %s %r: %s", _kind(capture), device["name"], refusal)
        if _BUSY in refusal[1:2]:
            raise MediaError(f"The {_kind(capture)} {device['name']!r} is in use by another program; close that one.")
        raise MediaError(f"The {_kind(capture)} {device['name']!r} cannot be opened; see the log, or choose another.")

    def close(self, stream: Stream) -> None:
        """Stop a stream and give its device back; in PortAudio's thread."""
        try:
            stream.handle.close(ignore_errors=True)
        finally:
            self._open -= 1

    def _start(self, stream: Stream, index: int, capture: bool) -> None:
        kind = self._library.RawInputStream if capture else self._library.RawOutputStream
        stream.handle = kind(
            samplerate=stream.rate,
            blocksize=stream.rate // 100,
            device=index,
            channels=stream.channels,
            dtype="int16",
            latency=LATENCY_S,
            callback=stream.captured if capture else stream.played,
            finished_callback=stream.ended,
        )
        try:
            stream.handle.start()
        except self._library.PortAudioError:
            stream.handle.close(ignore_errors=True)
            raise
        self._open += 1

    def _find(self, name: str | None, capture: bool) -> tuple[int, dict[str, Any]]:
        library = self._refreshed()
        key = "max_input_channels" if capture else "max_output_channels"
        devices = library.query_devices()
        if name is None:
            default = library.default.device[0 if capture else 1]
            found = [devices[default]] if default >= 0 else []
        else:
            found = [device for device in devices if device["name"] == name]
        for device in found:
            if device[key] > 0:
                return device["index"], device
        raise NoDevice(f"There is no {_kind(capture)}{f' {name!r}' if name else ''}.")

    def _refreshed(self) -> Any:
        if self._missing:
            raise MediaError(NO_LIBRARY)
        if self._library is None:
            self._library = self._loaded()
            self._listed = monotonic()
        elif self._open == 0 and monotonic() - self._listed > _FRESH_S:
            try:
                if self._running:
                    self._running = False
                    self._library._terminate()
                self._library._initialize()
            except self._library.PortAudioError as error:
                log.warning("cannot start PortAudio again: %s", error)
                raise MediaError(NO_START) from None
            self._running = True
            self._listed = monotonic()
        return self._library

    def _loaded(self) -> Any:
        try:
            # Imported here: loading it starts PortAudio, which looks at every card.
            import sounddevice
        except OSError as error:
            log.warning("cannot load PortAudio: %s", error)
            # Not tried again: looking for a library that is not there starts other programs every time.
            self._missing = True
            raise MediaError(NO_LIBRARY) from None
        except Exception as error:  # noqa: BLE001  its own error class is in the module that does not load
            log.warning("cannot start PortAudio: %s", error)
            raise MediaError(NO_START) from None
        return sounddevice


def _kind(capture: bool) -> str:
    return "microphone" if capture else "speaker"


@cache
def portaudio() -> PortAudio:
    """The one PortAudio of this process."""
    return PortAudio()

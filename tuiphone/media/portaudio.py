"""The PortAudio library: finds devices by name, opens raw streams. Who needs which of them when is Sound's business."""

import logging
import os
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache
from queue import SimpleQueue
from threading import Lock, Thread
from time import monotonic
from typing import Any, TypeVar

from tuiphone.core.errors import MediaError
from tuiphone.media.devices import NO_LIBRARY, NO_START, Kind, choose, usable
from tuiphone.media.stream import RATE, Stream

log = logging.getLogger(__name__)

Result = TypeVar("Result")

LATENCY_S = 0.02
_FRESH_S = 2.0
"""A device list younger than this is not read again."""
_BUSY = -9985
_READER_S = 0.3


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
        self._lock = Lock()
        """Held while a stream is opened or closed: readers close theirs in their own thread."""
        self.streams = 0
        """How many are open."""

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
        return self._find(name, capture)["name"]

    def open(self, name: str | None, *, capture: bool, latency_s: float = LATENCY_S) -> Stream:
        """Open the device of this name (None: the default) and start its stream; in PortAudio's thread.

        `latency_s` is how much the card itself may hold.

        Raises: NoDevice when it is not there, MediaError when it does not open.
        """
        device = self._find(name, capture)
        channels = int(device["max_input_channels" if capture else "max_output_channels"])
        wishes = [
            (rate, width) for rate in (RATE, int(device["default_samplerate"])) for width in (1, min(2, channels))
        ]
        refusal: tuple[Any, ...] = ()
        for rate, width in dict.fromkeys(wishes):
            stream = Stream(device["name"], rate, width, latency_s)
            try:
                self._start(stream, device["index"], capture)
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
        stream.closing = True
        if stream.reader is not None:
            # It closes the stream itself, after the read that is under way; from a card that stands still, later.
            stream.reader.join(_READER_S)
        else:
            self._give_back(stream)

    def discard(self, opened: "Future[Any]") -> None:
        """Close a stream that nobody waits for any more; called with what `run` gave, when that is done."""
        if not opened.cancelled() and opened.exception() is None and isinstance(opened.result(), Stream):
            self.close(opened.result())

    def forget(self) -> None:
        """The list of devices is old; it is made anew the next time nothing is open."""
        self._listed = float("-inf")

    @staticmethod
    def gag() -> None:
        """Let libraries print no more: where PortAudio hangs it may do so writing, and fill the disk with the log."""
        if not os.isatty(2):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 2)
            os.close(nowhere)

    def _give_back(self, stream: Stream) -> None:
        with self._lock:
            try:
                stream.handle.close(ignore_errors=True)
            finally:
                self.streams -= 1

    def _start(self, stream: Stream, index: int, capture: bool) -> None:
        format = {"samplerate": stream.rate, "blocksize": stream.rate // 100, "channels": stream.channels}
        wish = {**format, "device": index, "dtype": "int16", "latency": stream.latency_s}
        with self._lock:
            if capture:
                stream.handle = self._library.RawInputStream(**wish)
            else:
                stream.handle = self._library.RawOutputStream(
                    **wish, callback=stream.played, finished_callback=stream.ended
                )
            try:
                stream.handle.start()
            except self._library.PortAudioError:
                stream.handle.close(ignore_errors=True)
                raise
            self.streams += 1
        if capture:
            stream.reader = Thread(target=self._read, args=(stream,), name="microphone", daemon=True)
            stream.reader.start()

    def _read(self, stream: Stream) -> None:
        # A thread that reads and not PortAudio's callback: when the sound server ends before the first block of a
        # capturing callback stream came, PortAudio 19.7 goes round and round in an endless loop, writes 50 MB/s of
        # complaints to stderr and cannot be stopped. Reading costs no delay (both were measured).
        block = stream.rate // 100
        try:
            while not stream.closing:
                data, overflowed = stream.handle.read(block)
                stream.captured(data, overflowed)
        except self._library.PortAudioError as error:
            log.info("microphone %r: %s", stream.device, error.args[:1])
        stream.ended()
        self._give_back(stream)

    def _find(self, name: str | None, capture: bool) -> dict[str, Any]:
        library = self._refreshed()
        listed = library.query_devices()
        there = usable(listed, library.default.device[0 if capture else 1], capture=capture)
        return listed[choose(there, name, _kind(capture)).index]

    def _refreshed(self) -> Any:
        if self._missing:
            raise MediaError(NO_LIBRARY)
        if self._library is None:
            self._library = self._loaded()
            self._listed = monotonic()
        elif self.streams == 0 and monotonic() - self._listed > _FRESH_S:
            try:
                with self._lock:
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


def _kind(capture: bool) -> Kind:
    return "microphone" if capture else "speaker"


@cache
def portaudio() -> PortAudio:
    """The one PortAudio of this process."""
    return PortAudio()

"""A virtual sound card: one PulseAudio with two null sinks, `speaker` (what tuiphone plays) and `feed` (what its
microphone hears). For tests, for benches, and from the command line:

    python -m tests.rigs.pulse FOLDER     prints the environment a process needs to use it, runs until interrupted
"""

import os
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.int16]

RATE = 48000
START_S = 15.0
DRAIN_S = 2.3
"""A null sink fills a buffer of 2 s before a client asks it for less; until that is played new streams stand still."""

SETUP = """
load-module module-native-protocol-unix auth-anonymous=1 socket={socket}
load-module module-null-sink sink_name=speaker rate=48000 channels=2
load-module module-null-sink sink_name=feed rate=48000 channels=2
load-module module-null-sink sink_name=second rate=48000 channels=2
load-module module-remap-source master=feed.monitor source_name=microphone
set-default-sink speaker
set-default-source microphone
"""
NAMED = """
</usr/share/alsa/alsa.conf>
pcm.headset {{ type pulse server "{server}" device "speaker" hint {{ show on description "Headset" }} }}
pcm.bell {{ type pulse server "{server}" device "second" hint {{ show on description "Bell" }} }}
pcm.desk_mic {{ type pulse server "{server}" device "microphone" hint {{ show on description "Desk" }} }}
"""
CLIENT = "autospawn = no\nenable-shm = no\n"


class Card:
    """A sound card of its own for one process: a PulseAudio server in `folder`, ended with `unplug`.

    As devices PortAudio sees `pulse` and `default`, and by name `headset` (the speaker), `desk_mic` (the microphone)
    and `bell` (a second speaker, for the ringer).
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server: subprocess.Popen[bytes] | None = None
        self._keepers: list[subprocess.Popen[bytes]] = []
        self._playing: list[subprocess.Popen[bytes]] = []
        self._guard: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "setup.pa").write_text(SETUP.format(socket=folder / "socket"))
        (folder / "client.conf").write_text(CLIENT)
        (folder / "asound.conf").write_text(NAMED.format(server=self.env["PULSE_SERVER"]))

    @property
    def env(self) -> dict[str, str]:
        """What a process needs in its environment to use this card and no other."""
        return {
            "PULSE_SERVER": f"unix:{self.folder}/socket",
            "PULSE_SINK": "speaker",
            "PULSE_SOURCE": "microphone",
            "PULSE_RUNTIME_PATH": f"{self.folder}/run",
            "PULSE_STATE_PATH": f"{self.folder}/state",
            "PULSE_COOKIE": f"{self.folder}/cookie",
            "PULSE_CLIENTCONFIG": f"{self.folder}/client.conf",
            "ALSA_CONFIG_PATH": f"{self.folder}/asound.conf",
        }

    @property
    def _everything(self) -> dict[str, str]:
        return {**os.environ, **self.env, "XDG_RUNTIME_DIR": str(self.folder)}

    def plug(self) -> "Card":
        """Start the server; returns when sound flows."""
        options = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--realtime=no"]
        log = f"--log-target=file:{self.folder}/log"
        self._server = self._run("pulseaudio", *options, log, "-F", str(self.folder / "setup.pa"))
        deadline = time.monotonic() + START_S
        while subprocess.run(["pactl", "info"], env=self._everything, capture_output=True, check=False).returncode:
            if time.monotonic() > deadline or self._server.poll() is not None:
                raise RuntimeError(f"PulseAudio does not start; see {self.folder}/log")
            time.sleep(0.05)
        # A client that wants 10 ms on each sink keeps it from going back to its 2 s buffer.
        for sink in ("speaker", "feed", "second"):
            keeper = ["--latency-msec=10", "--raw", "--format=s16le", "--rate=48000", "--channels=2", "/dev/zero"]
            self._keepers.append(self._run("pacat", "-d", sink, *keeper))
        # A shell that reads from us until we are gone, however we end, and then takes the card along.
        pids = " ".join(str(process.pid) for process in [self._server, *self._keepers])
        self._guard = subprocess.Popen(["sh", "-c", f"cat; kill -9 {pids} 2>&-"], stdin=subprocess.PIPE)
        time.sleep(DRAIN_S)
        return self

    def unplug(self) -> None:
        """End the server, as when a card is pulled out."""
        for process in [*self._playing, *self._keepers, self._server]:
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        self._playing, self._keepers, self._server = [], [], None
        if self._guard is not None:
            self._guard.kill()
            self._guard.communicate()
            self._guard = None

    def __enter__(self) -> "Card":
        return self.plug()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unplug()

    def play(self, sound: Sound) -> None:
        """Into the microphone, in the background; `hush` stops it."""
        path = self.folder / f"play-{len(self._playing)}.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(sound.astype(np.int16).tobytes())
        self._playing.append(self._run("paplay", "-d", "feed", "--latency-msec=20", str(path)))

    def hush(self) -> None:
        """Stop what is being played into the microphone."""
        for process in self._playing:
            process.kill()
            process.wait()
        self._playing = []

    def listen(self, seconds: float, *, sink: str = "speaker") -> Sound:
        """What comes out of the speaker from now on; mono, 48 kHz. Blocks: beside a loop, call it in a thread."""
        command = ["parec", "-d", f"{sink}.monitor", "--latency-msec=20", "--raw", "--format=s16le"]
        command += [f"--rate={RATE}", "--channels=1"]
        process = subprocess.Popen(command, env=self._everything, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert process.stdout is not None
        try:
            return np.frombuffer(process.stdout.read(2 * round(seconds * RATE)), np.int16)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    def _run(self, *command: str) -> subprocess.Popen[bytes]:
        quiet = subprocess.DEVNULL
        return subprocess.Popen(command, env=self._everything, stdin=quiet, stdout=quiet, stderr=quiet)


@contextmanager
def plugged(*folders: Path) -> Iterator[tuple[Card, ...]]:
    """Cards in these folders, plugged in at once: each takes its time until sound flows."""
    cards = tuple(Card(folder) for folder in folders)
    try:
        with ThreadPoolExecutor(len(cards)) as hands:
            list(hands.map(Card.plug, cards))
        yield cards
    finally:
        for card in cards:
            card.unplug()


def sine(frequency: float, seconds: float, *, volume: float = 0.3) -> Sound:
    """A tone."""
    return np.rint(32767 * volume * np.sin(2 * np.pi * frequency * np.arange(round(seconds * RATE)) / RATE)).astype(
        np.int16
    )


def loudness(sound: Sound) -> float:
    """Root mean square, 0 to 1."""
    return float(np.sqrt(np.mean((sound.astype(float) / 32768) ** 2))) if len(sound) else 0.0


def pitch(sound: Sound, *, rate: int = RATE) -> float | None:
    """The loudest frequency, Hz; None in silence (below -60 dB)."""
    if loudness(sound) < 0.001:
        return None
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.argmax(spectrum) * rate / len(sound))


def strength(sound: Sound, frequency: float, *, rate: int = RATE) -> float:
    """How much of one frequency is in there, as the peak of that sine, 0 to 1."""
    turn = np.exp(-2j * np.pi * frequency * np.arange(len(sound)) / rate)
    return float(2 * np.abs(np.mean(sound / 32768 * turn)))


if __name__ == "__main__":
    with Card(Path(sys.argv[1]).absolute()) as card:
        print("export " + " ".join(f"{key}={value}" for key, value in card.env.items()), flush=True)
        signal.sigwait([signal.SIGINT, signal.SIGTERM])

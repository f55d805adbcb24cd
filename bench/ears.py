"""Mouth to ear: from one phone's microphone to the other's speaker, through two virtual sound cards."""

import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from tests.rigs.pulse import RATE, Card, Sound
from tests.rigs.stage import Handset, Simulator

CLICKS = 20
EVERY_S = 1.0
LOUD = 6000


def rows() -> list[tuple[str, str, str]]:
    """A click is heard at the mouth and at the ear by the same clock; both listeners have the same delay."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with Card(home / "a") as mouth, Card(home / "b") as ear:
            simulator = Simulator(home / "accounts")
            alice = Handset(home / "alice", simulator.accounts / "alice.toml", env=mouth.env)
            bob = Handset(home / "bob", simulator.accounts / "bob.toml", env=ear.env)
            try:
                alice.start()
                bob.start()
                call = alice.begin("dial", "bob")
                bob.run("answer", "--wait", "10")
                time.sleep(3)
                delays = _delays(mouth, ear)
                alice.run("hangup")
                call.wait(10)
            finally:
                alice.close()
                bob.close()
                simulator.close()
    if not delays:
        return [("mouth to ear, two sound cards", "?", "no click came through")]
    late = f"p95 {np.percentile(delays, 95) * 1000:.0f} ms, most {max(delays) * 1000:.0f} ms"
    spread = f"{len(delays)} of {CLICKS} clicks, {late}"
    return [("mouth to ear, two sound cards", f"{statistics.median(delays) * 1000:.0f} ms", f"median; {spread}")]


def _delays(mouth: Card, ear: Card) -> list[float]:
    spoken, heard = _Listener(mouth, "feed"), _Listener(ear, "speaker")
    mouth.play(_clicks())
    time.sleep(CLICKS * EVERY_S + 1.5)
    mouth.hush()
    ours, theirs = spoken.close(), heard.close()
    found: list[float] = []
    for said in ours:
        later = [moment - said for moment in theirs if 0 < moment - said < EVERY_S * 0.8]
        if later:
            found.append(later[0])
    return found


def _clicks() -> Sound:
    click = (np.hanning(480) * 20000 * np.sin(2 * np.pi * 1000 * np.arange(480) / RATE)).astype(np.int16)
    one = np.concatenate([click, np.zeros(round(RATE * EVERY_S) - 480, np.int16)])
    return np.concatenate([np.zeros(RATE // 2, np.int16), np.tile(one, CLICKS)])


class _Listener:
    """Notes when clicks come by at a sink."""

    def __init__(self, card: Card, sink: str) -> None:
        command = ["parec", "-d", f"{sink}.monitor", "--latency-msec=5", "--raw", "--format=s16le"]
        command += [f"--rate={RATE}", "--channels=1"]
        self._process = subprocess.Popen(command, env={**card.env, "PATH": "/usr/bin:/bin"}, stdout=subprocess.PIPE)
        self._clicks: list[float] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> list[float]:
        """When the clicks came by."""
        self._process.kill()
        self._process.wait()
        self._thread.join(5)
        return self._clicks

    def _listen(self) -> None:
        assert self._process.stdout is not None
        while raw := self._process.stdout.read(480):
            block = np.abs(np.frombuffer(raw, np.int16).astype(int))
            now = time.perf_counter()
            loud = int(block.argmax()) if block.size else 0
            if block.size and block[loud] > LOUD and (not self._clicks or now - self._clicks[-1] > 0.3):
                self._clicks.append(now - (block.size - loud) / RATE)

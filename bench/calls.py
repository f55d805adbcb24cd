"""A call as its person feels it: dial key to wire, answer to sound; and what engine and app cost meanwhile."""

import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from bench.relay import Relay
from bench.screen import Screen, cpu_seconds, memory_mb
from tests.rigs.pulse import RATE, Card
from tests.rigs.stage import TUIPHONE, Handset, Simulator

RUNS = 5
CALL_START = 26
F2 = "\x1bOQ"
LOUD = 1000


def rows() -> list[tuple[str, str, str]]:
    """Through the app in a pseudo terminal, the simulator, and a virtual sound card."""
    with tempfile.TemporaryDirectory() as folder, Card(Path(folder) / "card") as card:
        simulator = Simulator(Path(folder) / "accounts")
        relay = Relay(simulator.url)
        account = simulator.accounts / "alice.toml"
        account.write_text(account.read_text().replace(simulator.url, relay.url))
        phone = Handset(Path(folder) / "alice", account, env=card.env)
        phone.start()
        screen = Screen(TUIPHONE, phone.env)
        try:
            screen.wait_for("alice")
            return [
                *_idle(phone, screen),
                *_calls(phone, screen, relay),
                *_answers(phone, screen, simulator, card),
            ]
        finally:
            screen.close()
            phone.close()
            relay.close()
            simulator.close()


def _idle(phone: Handset, screen: Screen) -> list[tuple[str, str, str]]:
    engine = phone.engine_pid
    assert engine is not None
    screen.run(3)
    seconds, before = 15.0, (cpu_seconds(engine), cpu_seconds(screen.pid))
    screen.run(seconds)
    note = f"of one core, over {seconds:.0f} s; goal under 1 %"
    return [
        ("engine idle, CPU", _percent(cpu_seconds(engine) - before[0], seconds), note),
        ("app idle, CPU", _percent(cpu_seconds(screen.pid) - before[1], seconds), note),
        ("engine idle, memory", f"{memory_mb(engine):.0f} MB", "resident"),
        ("app idle, memory", f"{memory_mb(screen.pid):.0f} MB", "resident"),
    ]


def _calls(phone: Handset, screen: Screen, relay: Relay) -> list[tuple[str, str, str]]:
    to_wire: list[float] = []
    costs: list[tuple[str, str, str]] = []
    for run in range(RUNS):
        screen.type("tone")
        screen.run(0.5)
        pressed = screen.type("\r")
        to_wire.append(relay.wait_for(lambda frame: frame.service == CALL_START and frame.upwards, pressed) - pressed)
        phone.until(lambda state: any(call["state"] == "active" for call in state["calls"]))
        if run == RUNS - 1:
            costs = _in_call(phone, screen)
        phone.run("hangup")
        screen.run(4.5)
        screen.type(F2)
        screen.run(0.5)
    slowest = f"median of {RUNS}, slowest {max(to_wire) * 1000:.0f} ms; goal 50 ms"
    return [("dial key to packet on the wire", _ms(to_wire), slowest), *costs]


def _answers(phone: Handset, screen: Screen, simulator: Simulator, card: Card) -> list[tuple[str, str, str]]:
    to_sound: list[float] = []
    for _ in range(RUNS):
        simulator.ask("/sim/robot", {"robot": "tone", "to": "alice"})
        screen.wait_for("reject")
        screen.run(0.8)
        # The ringer is silenced first, so that the first sound is the caller's.
        screen.type("i")
        screen.run(1.5)
        ear = _Ear(card)
        pressed = screen.type("\x1ba")
        to_sound.append(ear.first_sound(pressed) - pressed)
        ear.close()
        phone.run("hangup")
        screen.run(4.5)
    slowest = f"median of {RUNS}, slowest {max(to_sound) * 1000:.0f} ms; goal 300 ms"
    return [("answer key to first sound", _ms(to_sound), slowest)]


def _in_call(phone: Handset, screen: Screen) -> list[tuple[str, str, str]]:
    engine = phone.engine_pid
    assert engine is not None
    screen.run(2)
    seconds, before = 15.0, (cpu_seconds(engine), cpu_seconds(screen.pid))
    screen.run(seconds)
    return [
        (
            "engine in a call, CPU",
            _percent(cpu_seconds(engine) - before[0], seconds),
            "of one core, Opus both ways, sound card",
        ),
        ("app in a call, CPU", _percent(cpu_seconds(screen.pid) - before[1], seconds), "meters at 10 Hz, 120x40"),
        ("engine in a call, memory", f"{memory_mb(engine):.0f} MB", "resident"),
        ("app in a call, memory", f"{memory_mb(screen.pid):.0f} MB", "resident"),
    ]


class _Ear:
    """Listens at the speaker and notes when something is heard; its own 10 ms of delay count against us."""

    def __init__(self, card: Card) -> None:
        command = ["parec", "-d", "speaker.monitor", "--latency-msec=5", "--raw", "--format=s16le"]
        command += [f"--rate={RATE}", "--channels=1"]
        self._process = subprocess.Popen(command, env={**card.env, "PATH": "/usr/bin:/bin"}, stdout=subprocess.PIPE)
        time.sleep(0.3)

    def first_sound(self, after: float, seconds: float = 5.0) -> float:
        """The moment of the first loud sample after that moment. Raises: TimeoutError."""
        assert self._process.stdout is not None
        deadline = after + seconds
        while (now := time.perf_counter()) < deadline:
            block = np.frombuffer(self._process.stdout.read(480), np.int16)
            if now > after and np.abs(block.astype(int)).max(initial=0) > LOUD:
                return now
        raise TimeoutError("nothing was heard")

    def close(self) -> None:
        """Stop listening."""
        self._process.kill()
        self._process.wait()


def _ms(values: list[float]) -> str:
    return f"{statistics.median(values) * 1000:.0f} ms"


def _percent(used_s: float, seconds: float) -> str:
    return f"{100 * used_s / seconds:.1f} %"

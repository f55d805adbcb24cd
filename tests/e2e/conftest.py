"""A simulator and phones for a test, ended afterwards whatever happened."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.rigs.file_server import FileServer
from tests.rigs.pulse import Card, plugged
from tests.rigs.stage import TUIPHONE, Handset, Simulator
from tests.rigs.terminal import Terminal

LEAVING_SECONDS = 1.0
"""How long the phones of the last test may take to be gone."""


class Spare:
    """A simulator that one test after another has for itself, as long as each leaves it as it was."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made = 0
        self._running: Simulator | None = None
        self._accounts: dict[str, str] = {}
        self._robots: list[str] = []

    def take(self) -> Simulator:
        """The one that is left over, or another."""
        if self._running is not None and not self._is_as_new(self._running):
            self.close()
        if self._running is None:
            self._made += 1
            self._running = Simulator(self._folder / str(self._made), "oncaller.ping_after_ms=2000")
            self._accounts = _texts(self._running.accounts)
            self._robots = self._running.ask("/sim/state")["online"]
        return self._running

    def close(self) -> None:
        """End it."""
        if self._running is not None:
            self._running.close()
            self._running = None

    def _is_as_new(self, simulator: Simulator) -> bool:
        if simulator.process.poll() is not None or _texts(simulator.accounts) != self._accounts:
            return False
        deadline = time.monotonic() + LEAVING_SECONDS
        while (state := simulator.ask("/sim/state"))["online"] != self._robots or not all(
            call["ended"] for call in state["calls"]
        ):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True


def _texts(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}


@pytest.fixture(scope="session")
def _spare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spare]:
    spare = Spare(tmp_path_factory.mktemp("simulators"))
    yield spare
    spare.close()


@pytest.fixture
def simulator(_spare: Spare) -> Simulator:
    """The simulator on a free port, without a call and with nobody connected."""
    return _spare.take()


@pytest.fixture(scope="module")
def azstack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """The simulated AZStack, one for a whole module; its users are alice and bob."""
    running = Simulator(tmp_path_factory.mktemp("azstack") / "accounts", only="azstack")
    yield running
    running.close()


@pytest.fixture
def phone_of(tmp_path: Path, simulator: Simulator) -> Iterator[Callable[..., Handset]]:
    """Makes the phone of a user (alice or bob), registered; with a Card it has sound.

    `config` is its config.toml, `more` goes on top of its account file.
    """
    made: list[Handset] = []

    def make(
        user: str, card: Card | None = None, *, name: str | None = None, config: str = "", more: str = ""
    ) -> Handset:
        phone = Handset(
            tmp_path / (name or user), simulator.accounts / f"{user}.toml", env=card.env if card is not None else None
        )
        made.append(phone)
        if config:
            (phone.profile / "config" / "config.toml").write_text(config, encoding="utf-8")
        if more:
            file = phone.profile / "config" / "accounts" / f"{user}.toml"
            file.write_text(f"{more}\n{file.read_text(encoding='utf-8')}", encoding="utf-8")
        phone.start()
        return phone

    yield make
    for phone in made:
        phone.close()


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Card, Card]]:
    """Two virtual sound cards, for two phones; each costs a third of a processor for as long as it is there."""
    with plugged(tmp_path_factory.mktemp("card-a"), tmp_path_factory.mktemp("card-b")) as (first, second):
        yield first, second


@pytest.fixture
def open_app() -> Iterator[Callable[..., Terminal]]:
    """Opens the app of a phone in a terminal window and waits until it is attached."""
    with ExitStack() as windows:

        def open_one(
            phone: Handset, *, columns: int = 80, rows: int = 24, more: Mapping[str, str] | None = None
        ) -> Terminal:
            env = dict(more or {}) | {
                key: phone.env[key] for key in ("TUIPHONE_PROFILE", "TUIPHONE_SOUND") if key in phone.env
            }
            window = windows.enter_context(Terminal(TUIPHONE, env=env, columns=columns, rows=rows))
            window.wait_for(f"● {phone.account}")
            return window

        yield open_one


@pytest.fixture
def file_server() -> Iterator[FileServer]:
    """A web server that answers as a test says."""
    with FileServer() as running:
        yield running

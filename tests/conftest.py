"""What holds for every test: it sees no settings of the person who runs it, and sends nothing but to this machine."""

import gc
import ipaddress
import os
import random
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rigs.island import leave_the_network
from tuiphone.core import redact
from tuiphone.simulator.loopback import keep_to_loopback

SOUND_CARDS = {"cards", "own_card", "shared_card", "sound_card"}
"""Fixtures that run a sound server."""
SOUND_FOLDERS = ("media", "e2e")
"""Where tests may use them; the Makefile looks nowhere else."""
HERE = Path(__file__).parent
_LOCAL = ("localhost", "")
_strayed: list[str] = []

leave_the_network()
# Peers of the tests' own find no other address there, and by itself aioice leaves this one out.
keep_to_loopback()

# Looking for garbage among everything that pytest holds costs a tenth of the tests' time.
gc.set_threshold(50_000, 20, 20)


@pytest.fixture(autouse=True, scope="session")
def _no_settings_of_the_person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    home = tmp_path_factory.mktemp("home")
    runtime = tmp_path_factory.mktemp("run")
    runtime.chmod(0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
            patch.delenv(name, raising=False)
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        for name in [name for name in os.environ if name.startswith("TUIPHONE_")]:
            patch.delenv(name)
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            patch.delenv(name, raising=False)
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            # The tests run in a script's background: the programs they start are not to take ctrl+c for nothing.
            signal.signal(signal.SIGINT, signal.default_int_handler)
        yield


@pytest.fixture(autouse=True)
def _nothing_leaves_this_machine() -> Iterator[None]:
    _strayed.clear()
    yield
    assert not _strayed, f"not to this machine: {', '.join(_strayed)}"


@pytest.fixture(autouse=True)
def _secrets_of_other_tests_are_not_looked_for() -> Iterator[None]:
    yield
    # A phone has a handful, a process of the tests hundreds, and each costs every text that is looked through.
    redact._known.clear()
    redact._passing.clear()
    redact._forms = ()


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        place = arguments[1]
        if isinstance(place, tuple) and not _is_here(str(place[0])):
            _strayed.append(f"{event} {place[0]}")
            raise OSError(101, "tests reach this machine only")
    elif event == "socket.getaddrinfo":
        host = arguments[0]
        host = host.decode() if isinstance(host, bytes) else host
        if host is not None and not _is_number(host) and not _is_here(host):
            # As on a machine off the network; asking a name server would already be a packet that leaves.
            raise socket.gaierror(socket.EAI_NONAME, "tests know no names but localhost")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return False
    return True


def _is_here(host: str) -> bool:
    if not _is_number(host):
        return host in _LOCAL or host.endswith(".localhost") or host == socket.gethostname()
    address = ipaddress.ip_address(host.split("%")[0])
    return address.is_loopback or address.is_unspecified


sys.addaudithook(_watch)


@pytest.fixture
def run_dir() -> Iterator[Path]:
    """A short path for sockets: theirs may have no more than about a hundred characters."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="tui") as made:
        yield Path(made)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What listens to a virtual sound card needs the machine to itself: `make test` runs it after all the rest.

    The others share it, a few at a time: their files are shuffled, the same way each time, so that tests which wait and
    tests which compute come together.
    """
    if "PYTEST_XDIST_WORKER" in os.environ:
        files = list(dict.fromkeys(item.path for item in items))
        random.Random(0).shuffle(files)
        place = {file: at for at, file in enumerate(files)}
        items.sort(key=lambda item: place[item.path])
    for item in items:
        if SOUND_CARDS & set(getattr(item, "fixturenames", ())):
            if item.path.relative_to(HERE).parts[0] not in SOUND_FOLDERS:
                raise pytest.UsageError(f"{item.nodeid}: `make test` looks for sound in {SOUND_FOLDERS} only")
            item.add_marker("sound")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Any:
    """What a test logged may be no Unicode on purpose; the processes of `pytest -n` can tell each other only text."""
    report = yield
    report.sections = [(title, text.encode("utf-8", "replace").decode()) for title, text in report.sections]
    return report

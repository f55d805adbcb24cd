"""Two vendors that command a PBX, and the SIP account on the same extension that has the sound: whole engines."""

import os
import signal
import sqlite3
import wave
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.rigs.pulse import Card, Sound, plugged, sine, strength
from tests.rigs.stage import Handset, Simulator, until
from tests.rigs.terminal import Terminal
from tuiphone.store.paths import find

HZ = 440.0
PBX, CRM = "prostiezvonki", "voip24h"


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """Both vendors, and SIP for their extensions."""
    folder = tmp_path_factory.mktemp("simulators") / "accounts"
    running = Simulator(folder, only=f"sip,{PBX},{CRM}")
    yield running
    running.close()


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Card]:
    """A virtual sound card."""
    with plugged(tmp_path_factory.mktemp("card")) as (one,):
        yield one


def phone(folder: Path, simulator: Simulator, user: str, card: Card | None = None) -> Handset:
    """The phone of a user, with all three accounts."""
    made = Handset(folder, simulator.accounts / f"{user}.toml", env=card.env if card is not None else None)
    for vendor in (PBX, CRM):
        file = folder / "config" / "accounts" / f"{user}-{vendor}.toml"
        file.touch(mode=0o600)
        file.write_bytes((simulator.accounts / file.name).read_bytes())
    return made


def start(one: Handset) -> None:
    """Its engine runs, and all accounts are registered."""
    one.start()
    one.until(lambda state: [known["link"] for known in state["accounts"]] == ["registered"] * 3)


@pytest.fixture(scope="module")
def alice(tmp_path_factory: pytest.TempPathFactory, simulator: Simulator, card: Card) -> Iterator[Handset]:
    """A phone for one test after the other; each calls numbers of its own."""
    made = phone(tmp_path_factory.mktemp("alice") / "profile", simulator, "alice", card)
    start(made)
    yield made
    made.close()


TOLD_SECONDS = 75.0
"""A server that was asked a moment too early is asked again within a minute."""


def told_of(one: Handset, number: str) -> dict[str, Any]:
    """The one record of calls with this number, once its vendor has told of it."""
    records = one.until_history(
        lambda found: any(_is_with(record, number) and record["vendor_ref"] for record in found), TOLD_SECONDS
    )
    (record,) = (record for record in records if _is_with(record, number))
    return record


def _is_with(record: dict[str, Any], number: str) -> bool:
    return record["peer"]["text"].endswith(number[-9:])


def parts_of(path: str) -> list[Sound]:
    """The sound of a WAV file with 8,000 samples a second, in pieces of a quarter of one."""
    with wave.open(path) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        sound = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    return [sound[start : start + 2000] for start in range(0, len(sound) - 2000, 2000)]


def decided(window: Terminal, key: str) -> bool:
    """Keys right after a call came up are not heard: somebody was typing."""
    window.press(key)
    return "Incoming call" not in window.screen()


@pytest.mark.parametrize(("vendor", "number"), [(CRM, "0977000121"), (PBX, "73430112231")])
def test_a_number_that_is_dialled_through_a_vendor_has_its_sound_here_and_its_recording_there(
    alice: Handset, card: Card, vendor: str, number: str
) -> None:
    card.play(sine(HZ, 120))
    call = alice.begin("dial", number, "--account", f"alice-{vendor}", "--for", "60")
    until(lambda: strength(card.listen(0.4), HZ) > 0.02, what="the echo")
    (shown,) = alice.calls("active")
    assert (shown["id"].partition("/")[0], shown["direction"], shown["peer"]["text"]) == ("alice", "outgoing", number)
    if vendor == PBX:  # the one of the two that tells of it while it lasts
        alice.until(lambda state: state["calls"][0]["reached"])
    alice.run("hangup")
    assert "ended: hung up\n" in call.communicate(timeout=20)[0]
    card.hush()
    record = told_of(alice, number)
    assert (record["account"], record["placed_by"]) == ("alice", f"alice-{vendor}")
    assert (record["incoming"], record["result"], record["recording"]) == (False, "answered", None)
    path = alice.run("recordings", "download", str(record["id"])).stdout.strip()
    assert max(strength(part, HZ, rate=8000) for part in parts_of(path)) > 0.02
    (again,) = (one for one in alice.history() if _is_with(one, number))
    assert again == record | {"recording": path}


@pytest.mark.timeout(240)
def test_a_call_that_comes_in_rings_once_and_is_one_row_whoever_tells_of_it(
    alice: Handset, simulator: Simulator, open_app: Callable[..., Terminal]
) -> None:
    window = open_app(alice)
    simulator.ask("/sim/inbound", {"from": "73430112299", "to": "101", "talk_s": 60}, of=PBX)
    window.wait_for("Incoming call")
    alice.until(lambda state: [call["state"] for call in state["calls"]] == ["incoming"])
    until(lambda: decided(window, "a"))
    window.wait_for("in call")
    assert "Incoming call" not in window.screen()
    window.press("M-x")
    record = told_of(alice, "73430112299")
    assert (record["account"], record["incoming"], record["result"]) == ("alice", True, "answered")
    assert record["control_account"] == f"alice-{PBX}"
    assert record["recording_url"]

    # The other vendor says nothing until it is over; what rings for nothing we dialled is picked up by nobody.
    simulator.ask("/sim/inbound", {"from": "0977000122", "to": "101"}, of=CRM)
    window.wait_for("Incoming call")
    until(lambda: decided(window, "r"))
    record = told_of(alice, "0977000122")
    assert (record["account"], record["control_account"]) == ("alice", f"alice-{CRM}")
    assert (record["incoming"], record["result"]) == (True, "rejected")


@pytest.mark.timeout(240)
def test_an_engine_killed_before_or_after_the_pbx_rang_leaves_one_row(simulator: Simulator, tmp_path: Path) -> None:
    bob = phone(tmp_path / "bob", simulator, "bob")
    try:
        start(bob)
        # The PBX is asked and does not hear of it yet.
        simulator.process.send_signal(signal.SIGSTOP)
        bob.begin("dial", "0977000123", "--account", f"bob-{CRM}")
        until(lambda: rows_on_disk(bob, "0977000123") == [f"bob-{CRM}"], what="its row")
        bob.kill_engine()
        simulator.process.send_signal(signal.SIGCONT)
        start(bob)
        call = bob.begin("dial", "0977000124", "--account", f"bob-{CRM}")
        bob.until(lambda state: [one["state"] for one in state["calls"]] == ["active"])
        assert rows_on_disk(bob, "0977000124") == ["bob"]
        bob.kill_engine()
        call.communicate(timeout=20)
        simulator.ask("/sim/hangup", {"callId": there(simulator, "0977000124")["id"]}, of=CRM)
        until(lambda: there(simulator, "0977000124")["ended"], what="the end of the second call there")
        start(bob)
        for number in ("0977000123", "0977000124"):
            assert len([one for one in bob.history() if _is_with(one, number)]) == 1
        record = told_of(bob, "0977000124")
        assert (record["account"], record["placed_by"], record["incoming"]) == ("bob", f"bob-{CRM}", False)
        assert record["lost_at_crash"]
    finally:
        os.kill(simulator.process.pid, signal.SIGCONT)
        bob.close()


def there(simulator: Simulator, number: str) -> dict[str, Any]:
    """The call to this number as its PBX has it."""
    (call,) = (one for one in simulator.ask("/sim/state", of=CRM)["calls"] if one["to"] == number)
    return call


def rows_on_disk(one: Handset, number: str) -> list[str]:
    """The accounts of all rows there are of calls with this number."""
    with closing(sqlite3.connect(f"file:{find(one.profile).database}?mode=ro", uri=True)) as connection:
        found = connection.execute("SELECT account FROM calls WHERE peer = ?", (number,)).fetchall()
    return [account for (account,) in found]

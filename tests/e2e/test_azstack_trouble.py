"""AZStack's server dies at every step of a call: no call is left over, the screen says why, and the next call works."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.test_azstack_keys import dial
from tests.rigs.stage import Handset, Simulator
from tests.rigs.terminal import Terminal


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    """One that may be killed; 500 to 84900000000 gets no reply, and 84900000180 rings for ever."""
    settings = ("ping_interval=1", "ping_timeout=1", f"key_file={tmp_path}/key.pem")
    running = Simulator(tmp_path / "accounts", *(f"azstack.{one}" for one in settings), only="azstack")
    yield running
    running.close()


@pytest.mark.timeout(240)
def test_a_server_that_is_killed_leaves_no_call_behind_and_is_found_again(
    phone_of: Callable[..., Handset], open_app: Callable[..., Terminal], simulator: Simulator
) -> None:
    alice = phone_of("alice")
    window = open_app(alice, columns=100, rows=30)

    def lose_the_server(reason: str) -> None:
        port = simulator.port
        simulator.kill()
        window.wait_for(lambda screen: reason in screen and "○ alice" in screen)
        simulator.start(port)
        window.wait_for("● alice", 40)

    dial(window, "84900000000")
    window.wait_for("calling…")
    lose_the_server("connection lost")
    dial(window, "84900000180")
    window.wait_for("ringing")
    lose_the_server("connection lost")
    simulator.ask("/sim/robot", {"robot": "echo", "to": "alice"})
    window.wait_for("a answer")
    lose_the_server("ended: connection lost")
    window.wait_gone("a answer")
    dial(window, "84900000200")
    window.wait_for("in call")
    lose_the_server("▶")
    alice.until(lambda state: all(call["state"] in ("active", "ended") for call in state["calls"]))
    window.press("F9", "x")
    window.wait_for("you hung up")
    dial(window, "echo")
    window.wait_for("in call")
    window.press("x")
    window.wait_for("you hung up")
    assert "Traceback" not in alice.log

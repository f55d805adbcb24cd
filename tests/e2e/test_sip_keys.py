"""SIP by keys in a real terminal: what rings elsewhere is picked up, voicemail heard, a question answered."""

from collections.abc import Callable, Iterator

import pytest

from tests.rigs.stage import Handset, Simulator, until
from tests.rigs.terminal import Terminal

Phones = Callable[..., Handset]
Open = Callable[..., Terminal]


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """SIP's in place of the usual one; two messages wait for everybody."""
    running = Simulator(tmp_path_factory.mktemp("sip") / "accounts", "sip.voicemail=2", "sip.pace=0.3", only="sip")
    yield running
    running.close()


def hang_up(window: Terminal) -> None:
    """End the call that is in focus."""
    window.press("M-x")
    window.wait_gone("in call")


def answer_question(window: Terminal) -> bool:
    """Keys right after a question came up are not heard: somebody was typing."""
    window.press("y")
    return "hands you on to" not in window.screen()


def test_a_line_a_mailbox_and_a_question(phone_of: Phones, open_app: Open, simulator: Simulator) -> None:
    phone_of("bob")
    window = open_app(phone_of("alice"))
    window.wait_for("✉ 2")
    window.wait_for("○ bob")
    simulator.ask("/sim/robot", {"robot": "callme", "to": "bob"})
    window.wait_for("ringing: ")
    window.wait_for("pick up bob")
    window.press("M-g")
    window.wait_for("picked up for bob")
    window.wait_for("in call")
    hang_up(window)

    window.press("M-l")
    window.wait_for("in call")
    window.wait_gone("✉")
    hang_up(window)

    window.press("F2")
    window.wait_for("number or name")
    window.type("refer-me")
    window.press("Enter")
    window.wait_for("hands you on to")
    until(lambda: answer_question(window))
    window.wait_for("call from alice")
    window.wait_for(lambda screen: "echo" in screen and "in call" in screen)
    hang_up(window)

"""The whole phone and a browser call each other by a real SIP server; who speaks at one end is heard at the other."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rigs.island import needs_island
from tests.rigs.jssip import Browser
from tests.rigs.kamailio import DOMAIN, Kamailio
from tests.rigs.pulse import Card, loudness, sine
from tests.rigs.stage import Handset, until

ACCOUNT = """
provider = "sip"
user = "alice"
domain = "{domain}"
password = "pw-alice"
server = "{url}"
display_name = "Alice"
"""


@pytest.fixture
def own_card(tmp_path: Path) -> Iterator[Card]:
    """The phone's."""
    with Card(tmp_path / "card") as card:
        yield card


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Kamailio]:
    """A real one."""
    with Kamailio(tmp_path / "kamailio") as running:
        yield running


@pytest.fixture
def alice(tmp_path: Path, server: Kamailio, own_card: Card) -> Iterator[Handset]:
    """Our phone, registered."""
    file = tmp_path / "alice.toml"
    file.write_text(ACCOUNT.format(domain=DOMAIN, url=server.url))
    phone = Handset(tmp_path / "phone", file, env=own_card.env)
    phone.start()
    yield phone
    phone.close()


@pytest.mark.timeout(180)
@needs_island
async def test_the_phone_calls_a_browser_and_is_called_back(alice: Handset, server: Kamailio, own_card: Card) -> None:
    own_card.play(sine(500, 120))
    with Browser() as browser:
        async with browser.phone(server.url, "bob", display_name="Bob") as bob:
            call = alice.begin("dial", "bob", "--for", "90")
            incoming = await bob.hear("incoming")
            assert (incoming["from"], incoming["name"]) == ("alice", "Alice")
            await bob.do("answer")
            await bob.until_sound()
            await asyncio.to_thread(until, lambda: loudness(own_card.listen(0.5)) > 0.003, 25, "the browser's beeps")
            await asyncio.to_thread(alice.run, "hold")
            await bob.hear("hold", originator="remote")
            await bob.until_sound(False)
            await asyncio.to_thread(alice.run, "hold", "--off")
            await bob.until_sound()
            await bob.do("hangUp")
            assert "ended: the other side hung up\n" in (await asyncio.to_thread(call.communicate, timeout=20))[0]

            await bob.do("dial", "alice")
            await asyncio.to_thread(alice.run, "answer", "--wait", "20")
            await bob.until_sound()
            await asyncio.to_thread(alice.run, "hangup")
            await bob.hear("ended", originator="remote")
    records = await asyncio.to_thread(alice.until_history, lambda records: len(records) == 2 and records[0]["ended_at"])
    assert [(one["incoming"], one["peer"]["text"], one["result"]) for one in records] == [
        (True, "bob", "answered"),
        (False, "bob", "answered"),
    ]
    assert "Traceback" not in alice.log

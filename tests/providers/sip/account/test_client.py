"""SIP as a provider kept by the phone: what an account can do without a link, and how it comes back."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.fakes import FakeMemory, soon, until
from tests.providers.rig import Account, account
from tests.providers.sip.account.registrar import Registrar, registrar
from tuiphone.core.call import EndReason
from tuiphone.core.errors import ConnectionLost, NotPossible
from tuiphone.core.events import CallEnded, ConnectionChanged, Link
from tuiphone.core.keeper import Backoff, Keeper
from tuiphone.core.model import Address, AddressKind, Presence
from tuiphone.core.secret import Secret
from tuiphone.providers.registry import find
from tuiphone.providers.sip.client import Sip
from tuiphone.providers.sip.settings import Settings
from tuiphone.simulator.sip import Sip as Simulated

BOB = Address(AddressKind.USER, "bob")


def settings(url: str, **more: Any) -> Settings:
    given = {"user": "alice", "domain": "pbx.example", "password": Secret("wonderland"), "server": url} | more
    return Settings(**given)


@pytest.fixture
async def alice() -> AsyncIterator[Account]:
    async with account(settings("ws://127.0.0.1:1/", numbers=("+84240000001",)), kind=Sip) as made:
        yield made


def test_sip_is_found_by_its_name() -> None:
    assert find("sip") is Sip


async def test_an_account_says_who_it_is_before_it_is_connected(alice: Account) -> None:
    assert alice.provider.identity == "alice@pbx.example"
    assert tuple(alice.provider.numbers) == ("+84240000001",)
    assert alice.provider.hosts == {"127.0.0.1"}


async def test_what_needs_a_server_says_that_there_is_none(alice: Account) -> None:
    sip = alice.provider
    for attempt in (sip.dial(BOB), sip.send_text(BOB, "hello"), sip.publish(Presence()), sip.pickup(BOB)):
        with pytest.raises(ConnectionLost, match=r"alice@pbx\.example is not registered now"):
            await attempt


async def test_what_needs_a_call_says_that_it_is_over(alice: Account) -> None:
    sip = alice.provider
    for attempt in (sip.answer("x"), sip.hold("x", True), sip.dtmf("x", "1"), sip.transfer("x", BOB), sip.stay("x")):
        with pytest.raises(NotPossible, match="That call is over"):
            await attempt
    await sip.hangup("x")
    await sip.reject("y")
    await sip.busy("z")
    await sip.ringing("x", None)
    assert [event.reason for event in alice.all(CallEnded)] == [
        EndReason.HUNG_UP,
        EndReason.REJECTED,
        EndReason.REJECTED,
    ]


class Kept:
    """An account as the phone keeps it."""

    def __init__(self, chosen: Settings) -> None:
        self.told: list[ConnectionChanged] = []
        self.provider = Sip(chosen, self._heard, FakeMemory())
        self.keeper = Keeper("home", self.provider, lambda _, event: self.told.append(event), lambda: 0.0)

    def _heard(self, event: object) -> None:
        if isinstance(event, ConnectionChanged):
            self.told.append(event)
            self.keeper.came_online()

    async def is_(self, link: Link) -> None:
        await until(lambda: self.told and self.told[-1].link is link)

    def count(self, link: Link) -> int:
        return sum(event.link is link for event in self.told)


@pytest.fixture
async def kept() -> AsyncIterator[Any]:
    made: list[Kept] = []

    def keep(chosen: Settings) -> Kept:
        made.append(Kept(chosen))
        made[-1].keeper.start()
        return made[-1]

    yield keep
    for each in made:
        await each.keeper.stop()


async def test_a_server_that_is_started_anew_has_us_again(kept: Any) -> None:
    first = Simulated("127.0.0.1", {"port": 0})
    await first.start()
    about = first.account("alice")
    phone = kept(settings(about["server"], domain=about["domain"], password=Secret(about["password"])))
    await phone.is_(Link.ONLINE)
    await first.close()
    await phone.is_(Link.WAITING)
    second = Simulated("127.0.0.1", {"port": first.port})
    await second.start()
    try:
        await phone.is_(Link.ONLINE)
        assert len(second.registrar.of("alice")) == 1
    finally:
        await phone.keeper.stop()
        assert not second.registrar.of("alice")
        await second.close()


async def test_a_broken_connection_is_made_again(kept: Any) -> None:
    async with registrar() as server:
        phone = kept(settings(server.url))
        await phone.is_(Link.ONLINE)
        server.drop()
        await until(lambda: phone.count(Link.ONLINE) == 2)
        waiting = next(event for event in phone.told if event.link is Link.WAITING)
        assert waiting.detail is not None
        assert "broke off" in waiting.detail
        assert waiting.retry_at is not None, "the screen counts the seconds"
        await phone.keeper.stop()


async def test_a_password_that_is_refused_stops_the_account_until_somebody_says_so(kept: Any) -> None:
    async with registrar() as server:
        server.answer = lambda asked: asked.reply("403 No")
        phone = kept(settings(server.url))
        await phone.is_(Link.FAILED)
        assert phone.told[-1].detail is not None
        assert "does not let alice@pbx.example register" in phone.told[-1].detail
        server.answer = Registrar().answer
        phone.keeper.retry()
        await phone.is_(Link.ONLINE)
        await phone.keeper.stop()


async def test_a_machine_that_wakes_tries_again_at_once(kept: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.core.keeper.Backoff", lambda: Backoff(first_s=600.0, longest_s=600.0))
    async with registrar() as gone:
        pass
    phone = kept(settings(gone.url))
    await phone.is_(Link.WAITING)
    port = int(gone.url.split(":")[2].split("/")[0])
    async with registrar(port=port) as server:
        phone.keeper.stirred()
        await soon(phone.is_(Link.ONLINE))
        assert server.opened == 1
        await phone.keeper.stop()


async def test_several_accounts_do_not_know_of_each_other(kept: Any) -> None:
    async with registrar() as server:
        phones = [kept(settings(server.url, user=user)) for user in ("alice", "bob")]
        for phone in phones:
            await phone.is_(Link.ONLINE)
        contacts = {asked.get("Contact").split("@")[0] for asked in server.registers()}
        assert len(contacts) == 2
        await phones[0].keeper.stop()
        assert phones[1].told[-1].link is Link.ONLINE
        await phones[1].keeper.stop()

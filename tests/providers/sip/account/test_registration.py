"""Being registered: what is asked for and kept, what refusals come to, and which server is next."""

import asyncio
import re

import pytest

from tests.fakes import FakeMemory, soon, until
from tests.providers.sip.account.name_server import name_server
from tests.providers.sip.account.registrar import Asked, Registrar, device, registrar
from tuiphone.core.errors import AccessDenied, ConnectionLost, RequestFailed, TryLater
from tuiphone.core.secret import Secret
from tuiphone.providers.sip import registration
from tuiphone.providers.sip.lookup import Lookup
from tuiphone.simulator.sip import Sip

CHALLENGE = 'WWW-Authenticate: Digest realm="pbx", nonce="n1", algorithm=MD5, qop="auth"'


async def test_a_device_says_who_it_is_and_that_it_holds_its_connection_open() -> None:
    async with registrar() as server, device(server.url) as alice:
        await alice.online()
        (asked,) = server.registers()
        assert asked.text.startswith("REGISTER sip:pbx.example SIP/2.0\r\n")
        assert asked.get("To") == "<sip:alice@pbx.example>"
        contact = asked.get("Contact")
        assert re.fullmatch(
            r'<sip:\w+@\w+\.invalid;transport=ws>;\+sip\.instance="<urn:uuid:[0-9a-f-]{36}>";reg-id=1;expires=600',
            contact,
        )
        assert {"path", "outbound", "gruu"} <= set(asked.get("Supported").split(", "))
        assert asked.get("Via").startswith("SIP/2.0/WS ")
        assert asked.get("User-Agent").startswith("tuiphone/")
    assert alice.told == ["online", "lost"]


async def test_the_same_device_is_known_again_after_a_new_start() -> None:
    memory = FakeMemory()
    async with registrar() as server:
        for _ in range(2):
            async with device(server.url, memory=memory) as alice:
                await alice.online()
        async with device(server.url) as other:
            await other.online()
    first, second, strange = (
        {asked.get("Contact").split(";expires")[0] for asked in each} for each in _by_start(server)
    )
    assert first == second != strange


def _by_start(server: Registrar) -> list[list[Asked]]:
    """The registers of each device: what was asked for, and then taken back."""
    found: list[list[Asked]] = [[]]
    for asked in server.registers():
        found[-1].append(asked)
        if not asked.expires:
            found.append([])
    return found[:-1]


async def test_going_takes_the_registration_back() -> None:
    async with registrar() as server:
        async with device(server.url) as alice:
            await alice.online()
        last = server.registers()[-1]
        assert last.expires == 0
        assert last.get("Contact").endswith(";expires=0")
        assert last.get("Call-ID") == server.registers()[0].get("Call-ID")


async def test_a_server_that_does_not_let_us_go_is_left_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration, "LEAVE_SECONDS", 0.2)
    async with registrar() as server, device(server.url) as alice:
        await alice.online()
        server.answer = lambda asked: None
        await soon(alice.stop())


async def test_a_registration_is_refreshed_at_four_fifths(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def wait(self: registration.Registration, seconds: float) -> None:
        waits.append(seconds)
        if len(waits) > 2:
            await asyncio.Event().wait()

    monkeypatch.setattr(registration.Registration, "_until_due", wait)
    async with registrar() as server, device(server.url) as alice:
        server.answer = lambda asked: asked.granted(seconds=100 if len(server.asked) == 1 else 3)
        await alice.online()
        await until(lambda: len(waits) == 3)
        assert waits == [80, registration.SHORTEST_REFRESH_SECONDS, registration.SHORTEST_REFRESH_SECONDS]
        numbers = [int(asked.get("CSeq").split()[0]) for asked in server.registers()]
        assert numbers == sorted(set(numbers))
        assert len({asked.get("Call-ID") for asked in server.registers()}) == 1
        assert alice.told == ["online"]


async def test_a_longer_registration_is_asked_for_where_the_server_wants_one() -> None:
    async with registrar() as server, device(server.url, expires=60) as alice:
        server.answer = lambda asked: (
            asked.reply("423 Interval Too Brief", "Min-Expires: 1800") if asked.expires < 1800 else asked.granted()
        )
        await alice.online()
        assert [asked.expires for asked in server.registers()] == [60, 1800]


async def test_a_server_that_always_wants_longer_is_not_asked_for_ever() -> None:
    async with registrar() as server, device(server.url) as alice:
        server.answer = lambda asked: asked.reply("423 Too Brief", f"Min-Expires: {asked.expires + 1}")
        assert isinstance(await alice.fails(), RequestFailed)
        assert len(server.registers()) == 3


async def test_a_server_without_flows_is_asked_again_without_them() -> None:
    async with registrar() as server, device(server.url) as alice:
        server.answer = lambda asked: (
            asked.reply("439 First Hop Lacks Outbound Support") if "reg-id" in asked.get("Contact") else asked.granted()
        )
        await alice.online()
        assert len(server.registers()) == 2


async def test_the_way_the_server_wants_and_the_address_it_gives_are_taken() -> None:
    async with registrar() as server, device(server.url, routes=("sip:edge.pbx.example;lr",)) as alice:
        server.answer = lambda asked: asked.reply(
            "200 OK",
            f'Contact: {asked.get("Contact")};pub-gruu="sip:alice@pbx.example;gr=1"',
            "Service-Route: <sip:orig.pbx.example;lr>",
            "Require: outbound",
        )
        await alice.online()
        assert server.registers()[0].get("Route") == "<sip:edge.pbx.example;lr>"
        agent = alice.registration.agent
        assert [str(route) for route in agent.routes] == ["<sip:orig.pbx.example;lr>"]
        assert str(agent.identity.contact) == "<sip:alice@pbx.example;gr=1>"


async def test_without_a_gruu_the_contact_says_that_the_connection_is_to_stay() -> None:
    async with registrar() as server, device(server.url) as alice:
        server.answer = lambda asked: asked.granted("Require: outbound")
        await alice.online()
        assert str(alice.registration.agent.identity.contact).endswith(".invalid;transport=ws;ob>")


# -- credentials ----------------------------------------------------------------------------------------------------


async def test_a_wrong_password_is_refused_in_words_and_not_tried_again() -> None:
    async with registrar() as server, device(server.url) as alice:
        server.answer = lambda asked: asked.reply("401 Unauthorized", CHALLENGE)
        error = await alice.fails()
        assert isinstance(error, AccessDenied)
        assert re.match(r"127\.0\.0\.1:\d+: .*user name or password", str(error))
        assert "wonderland" not in str(error)
        assert len(server.registers()) == 2


async def test_a_server_that_wants_a_password_of_an_account_without_one_says_so() -> None:
    async with registrar() as server, device(server.url, password=None) as alice:
        server.answer = lambda asked: asked.reply("401 Unauthorized", CHALLENGE)
        with pytest.raises(AccessDenied, match=r"wants a password for alice@pbx\.example, and the account has none"):
            raise await alice.fails()


async def test_a_server_without_passwords_needs_none() -> None:
    async with registrar() as server, device(server.url, password=None) as alice:
        await alice.online()
        assert "Authorization" not in server.registers()[0].text


async def test_a_password_that_a_command_gives_is_asked_for_again_when_it_is_refused() -> None:
    given = iter(["stale", "stale", "fresh", "fresh", "fresh"])

    async def command() -> str:
        return next(given)

    async with registrar() as server, device(server.url, password=Secret(command)) as alice:
        refused: list[str] = []

        def answer(asked: Asked) -> str:
            proof = asked.get("Authorization")
            if not proof or len(refused) < 2:
                refused.append(proof)
                return asked.reply("401 Unauthorized", CHALLENGE.replace("n1", f"n{len(server.asked)}"))
            return asked.granted()

        server.answer = answer
        with pytest.raises(AccessDenied):
            raise await alice.fails()
        alice.task = None
        await alice.online()


async def test_403_ends_the_tries() -> None:
    async with registrar() as server, device(server.url, server.url.replace("/ws", "/other")) as alice:
        server.answer = lambda asked: asked.reply("403 Not You")
        with pytest.raises(AccessDenied, match=r"does not let alice@pbx\.example register \(403 Not You\)"):
            raise await alice.fails()
        assert server.opened == 1


# -- servers --------------------------------------------------------------------------------------------------------


async def test_a_server_that_is_down_is_passed_over() -> None:
    async with registrar() as gone:
        pass
    async with registrar() as server, device(gone.url, server.url) as alice:
        await alice.online()
        assert server.opened == 1


@pytest.mark.parametrize("status", ["503 Service Unavailable", "500 Server Internal Error", "504 Server Time-out"])
async def test_a_server_that_fails_is_passed_over(status: str) -> None:
    async with registrar() as broken, registrar() as server, device(broken.url, server.url) as alice:
        broken.answer = lambda asked: asked.reply(status)
        await alice.online()
        assert (broken.opened, server.opened) == (1, 1)


async def test_a_server_that_says_nothing_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration, "REGISTER_SECONDS", 0.3)
    async with registrar() as silent, registrar() as server, device(silent.url, server.url) as alice:

        def say_nothing(asked: Asked) -> None:
            # The other server has all the time it needs.
            monkeypatch.setattr(registration, "REGISTER_SECONDS", 15.0)

        silent.answer = say_nothing
        await alice.online()
        assert silent.registers()


async def test_the_only_server_that_is_busy_is_left_alone_as_long_as_it_wants() -> None:
    async with registrar() as server, device(server.url) as alice:
        server.answer = lambda asked: asked.reply("503 Busy", "Retry-After: 33")
        error = await alice.fails()
        assert isinstance(error, TryLater)
        assert error.seconds == 33
        assert re.match(r"127\.0\.0\.1:\d+ wants to be left alone for 33 seconds \(503 Busy\)\.", str(error))
        alice.task = None
        with pytest.raises(TryLater, match=r"left alone for \d+ seconds"):
            raise await alice.fails()
        assert server.opened == 1


async def test_a_domain_alone_leads_to_the_next_server_when_the_first_of_its_records_is_down() -> None:
    async with registrar() as gone:
        pass
    async with registrar() as server:
        ports = [int(each.url.split(":")[2].split("/")[0]) for each in (gone, server)]
        records = {
            ("localhost", "NAPTR"): ('10 10 "s" "SIP+D2W" "" _sip._ws.localhost.',),
            ("_sip._ws.localhost", "SRV"): tuple(f"{at} 1 {port} localhost." for at, port in enumerate(ports)),
        }
        async with name_server(records) as names:
            lookup = Lookup(name_servers=("127.0.0.1",), port=names.port)
            async with device(domain="localhost", lookup=lookup) as alice:
                await alice.online()
                assert server.registers()[0].text.startswith("REGISTER sip:localhost SIP/2.0")


async def test_what_all_servers_said_is_told() -> None:
    async with registrar() as first, registrar() as second, device(first.url, second.url) as alice:
        first.answer = lambda asked: asked.reply("500 One")
        second.answer = lambda asked: asked.reply("500 Two")
        with pytest.raises(ConnectionLost, match=r"\(500 One\).*\(500 Two\)"):
            raise await alice.fails()


async def test_a_server_one_was_registered_at_is_the_first_to_be_tried_again() -> None:
    async with registrar() as first, registrar() as second, device(first.url, second.url) as alice:
        first.answer = lambda asked: asked.reply("500 No")
        await alice.online()
        first.answer = Asked.granted
        second.drop()
        with pytest.raises(ConnectionLost, match="broke off"):
            raise await alice.fails()
        await alice.online()
        assert (first.opened, second.opened) == (1, 2)
        assert alice.told == ["online", "lost", "online"]


async def test_a_loss_is_told_before_anything_else_is_tried() -> None:
    async with registrar() as first, registrar() as second, device(first.url, second.url) as alice:
        await alice.online()
        first.drop()
        with pytest.raises(ConnectionLost, match="broke off"):
            raise await alice.fails()
        assert second.opened == 0


async def test_a_server_that_has_had_enough_of_us_leaves_us_to_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    due = asyncio.Event()

    async def wait(self: registration.Registration, seconds: float) -> None:
        await due.wait()

    monkeypatch.setattr(registration.Registration, "_until_due", wait)
    async with registrar() as first, registrar() as second, device(first.url, second.url) as alice:
        await alice.online()
        first.answer = lambda asked: asked.reply("503 Busy", "Retry-After: 3600")
        due.set()
        error = await alice.fails()
        assert type(error) is ConnectionLost, "and no wish to wait for an hour"
        due.clear()
        await alice.online()
        assert (first.opened, second.opened) == (1, 1)


async def test_a_refresh_that_fails_is_tried_again_while_the_old_one_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration, "AGAIN_SECONDS", 0.05)
    due = asyncio.Event()

    async def wait(self: registration.Registration, seconds: float) -> None:
        await due.wait()
        due.clear()

    monkeypatch.setattr(registration.Registration, "_until_due", wait)
    async with registrar() as server, device(server.url) as alice:
        await alice.online()
        server.answer = lambda asked: asked.reply("500 No") if len(server.asked) < 4 else asked.granted()
        due.set()
        await until(lambda: len(server.asked) == 4)
        assert alice.told == ["online"]


async def test_a_lost_password_is_noticed_at_the_next_refresh(monkeypatch: pytest.MonkeyPatch) -> None:
    due = asyncio.Event()

    async def wait(self: registration.Registration, seconds: float) -> None:
        await due.wait()

    monkeypatch.setattr(registration.Registration, "_until_due", wait)
    async with registrar() as server, device(server.url) as alice:
        await alice.online()
        server.answer = lambda asked: asked.reply("403 Gone")
        due.set()
        assert isinstance(await alice.fails(), AccessDenied)
        assert alice.told == ["online", "lost"]


# -- against the simulator, which was written by another reading of the same RFCs -----------------------------------


@pytest.mark.parametrize("auth", ["md5", "sha256", "both", "none"])
async def test_the_simulator_knows_us(auth: str) -> None:
    server = Sip("127.0.0.1", {"port": 0, "auth": auth})
    await server.start()
    try:
        account = server.account("alice")
        async with device(account["server"], domain=account["domain"], password=Secret(account["password"])) as alice:
            await alice.online()
            (binding,) = server.registrar.of("alice")
            assert binding.reg_id == "1"
            assert "gr=urn:uuid:" in str(alice.registration.agent.identity.contact)
        assert not server.registrar.of("alice")
    finally:
        await server.close()


@pytest.mark.parametrize(
    ("switches", "kind", "words"),
    [
        ({"auth": "auth-int"}, AccessDenied, "auth-int"),
        ({"wrong_password": 403, "password": "wrong"}, AccessDenied, "does not let"),
        ({"password": "wrong"}, AccessDenied, "user name or password"),
        ({"refuse": "REGISTER:503", "retry_after": 7}, TryLater, "7 seconds"),
    ],
)
async def test_the_simulator_refuses_us_in_words(
    switches: dict[str, object], kind: type[Exception], words: str
) -> None:
    password = switches.pop("password", None)
    server = Sip("127.0.0.1", {"port": 0, **switches})
    await server.start()
    try:
        account = server.account("alice")
        secret = Secret(str(password or account["password"]))
        async with device(account["server"], domain=account["domain"], password=secret) as alice:
            with pytest.raises(kind, match=words):
                raise await alice.fails()
    finally:
        await server.close()

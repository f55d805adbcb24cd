"""RemotePhone: its verbs reach the phone, its errors come back as what they are, and a broken line hurts nobody."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.control.conftest import Attach, Engine
from tests.control.test_protocol import GARBAGE
from tests.fakes import soon, until
from tuiphone.control import client, protocol
from tuiphone.control.accounts import ReloadAccounts, SwitchAccount
from tuiphone.control.client import EngineGone, NoEngine, RemotePhone
from tuiphone.control.history import ReadHistory, SeeMissed, Suggest
from tuiphone.control.protocol import CallMeter, Failure, Goodbye, Meters, Reply, StateChanged
from tuiphone.control.recordings import Play, StopPlaying
from tuiphone.control.settings import SetPreference
from tuiphone.control.sound import ListDevices
from tuiphone.core import errors
from tuiphone.core.call import Attendance, CallId, CallState, Participant
from tuiphone.core.errors import NotPossible, RequestTimeout
from tuiphone.core.events import CallAnswered, ParticipantsChanged
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import MediaStats
from tuiphone.core.state import PhoneState

ID = CallId("home", "1")
WELCOME = protocol.Welcome(
    version=1,
    pid=1,
    release="0",
    profile=None,
    owned=False,
    log_file="",
    recordings="",
    preferences=protocol.Preferences(),
)


# -- verbs ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "asked"),
    [
        (lambda phone: phone.hangup(ID), ("hangup", "1")),
        (lambda phone: phone.hold(ID, on=True), ("hold", "1", True)),
        (lambda phone: phone.mute(ID, on=True), ("mute", "1", True, True)),
        (lambda phone: phone.camera(ID, on=True), ("camera", "1", True)),
        (lambda phone: phone.dtmf(ID, "#"), ("dtmf", "1", "#")),
        (lambda phone: phone.transfer(ID, "carol"), ("transfer", "1", Address(AddressKind.USER, "carol"))),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
async def test_a_verb_in_a_call_reaches_the_provider(
    engine: Engine, attach: Attach, verb: Callable[[RemotePhone], Awaitable[None]], asked: tuple[Any, ...]
) -> None:
    phone = await attach()
    await engine.ring(video=True)
    engine.provider.emit(CallAnswered("1"))
    await until(lambda: engine.phone.state.calls[0].state is CallState.ACTIVE)
    await soon(verb(phone))
    assert engine.provider.log[-1] == asked


async def test_a_group_is_called_added_to_and_taken_from(engine: Engine, attach: Attach) -> None:
    phone = await attach()
    id = await soon(phone.start_group(("bob", "carol"), account="home", video=True, record=True))
    bob, carol, dave = (Address(AddressKind.USER, name) for name in ("bob", "carol", "dave"))
    engine.provider.emit(CallAnswered(id.ref))
    engine.provider.emit(ParticipantsChanged(id.ref, (Participant(bob, Attendance.JOINED),)))
    await until(lambda: phone.state.calls and phone.state.calls[0].company)
    await soon(phone.invite(id, ("dave",)))
    await soon(phone.take_out(id, ("bob",)))
    assert engine.provider.asked("start_group") == [((bob, carol), True)]
    assert engine.provider.asked("invite") == [(id.ref, (dave,))]
    assert engine.provider.asked("remove") == [(id.ref, (bob,))]
    assert engine.factory.last.recording == "/recordings/bob, carol.ogg"


@pytest.mark.parametrize(
    ("verb", "asked"),
    [
        (lambda phone: phone.answer(ID, video=True), ("answer", "1", True)),
        (lambda phone: phone.reject(ID), ("reject", "1")),
        (lambda phone: phone.reject(ID, True), ("busy", "1")),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
async def test_a_verb_on_what_rings_reaches_the_provider(
    engine: Engine, attach: Attach, verb: Callable[[RemotePhone], Awaitable[None]], asked: tuple[Any, ...]
) -> None:
    phone = await attach()
    await engine.ring(video=True)
    await soon(verb(phone))
    assert engine.provider.log[-1] == asked


@pytest.mark.parametrize(
    ("verb", "asked"),
    [
        (
            lambda phone: phone.history("bo", account="home", missed=True, before=7, limit=3),
            ReadHistory(text="bo", account="home", missed=True, before=7, limit=3),
        ),
        (lambda phone: phone.see_missed(), SeeMissed()),
        (lambda phone: phone.suggest("bo", 3), Suggest("bo", 3)),
        (lambda phone: phone.devices(), ListDevices()),
        (lambda phone: phone.play(7), Play(7)),
        (lambda phone: phone.stop_playing(), StopPlaying()),
        (lambda phone: phone.switch_account("home", on=False), SwitchAccount("home", on=False)),
        (lambda phone: phone.reload_accounts(), ReloadAccounts()),
        (
            lambda phone: phone.set_preference("app", "theme", "paper"),
            SetPreference("app", "theme", "paper"),
        ),
    ],
    ids=lambda value: "" if callable(value) else type(value).__name__,
)
async def test_a_verb_beside_calls_reaches_the_engine(
    engine: Engine, attach: Attach, verb: Callable[[RemotePhone], Awaitable[Any]], asked: object
) -> None:
    await soon(verb(await attach()))
    assert engine.desk.log == [asked]


async def test_answers_of_the_engine_come_back(engine: Engine, attach: Attach) -> None:
    phone = await attach()
    assert (await phone.history()).total == 7
    assert (await phone.devices()).microphones[0].name == "mic"
    assert phone.welcome is not None
    assert phone.welcome.preferences.theme == "midnight"


async def test_dialing_returns_the_call(engine: Engine, attach: Attach) -> None:
    phone = await attach()
    id = await phone.dial("bob", account="home", record=True)
    assert id == ID
    engine.provider.emit(CallAnswered(id.ref))
    await until(lambda: phone.state.calls and phone.state.calls[0].recording)
    assert phone.state.calls[0].recording == "/recordings/bob.ogg"


async def test_where_every_call_is_recorded_the_provider_is_told_so_when_it_dials(
    engine: Engine, attach: Attach
) -> None:
    phone = await attach()
    engine.desk.records_every_call = True
    await phone.dial("bob", account="home")
    assert "recorded" in engine.provider.asked("dial")[0]


async def test_recording_and_silence_go_on_and_off(engine: Engine, attach: Attach) -> None:
    phone = await attach()
    id = await engine.ring()
    await phone.silence(id)
    await phone.answer(id)
    await until(lambda: phone.state.calls[0].state is CallState.ACTIVE)
    assert phone.state.calls[0].silenced
    await phone.record(id, on=True)
    await until(lambda: phone.state.calls[0].recording == "/recordings/bob.ogg")
    await phone.record(id, on=False)
    await until(lambda: phone.state.calls[0].recording is None)


async def test_an_account_can_be_told_to_connect_now(engine: Engine, attach: Attach) -> None:
    phone = await attach()
    engine.provider.lose(errors.AccessDenied("The token has expired."))
    await until(lambda: phone.state.accounts[0].detail == "The token has expired.")
    await phone.retry_account("home")
    await until(lambda: engine.provider.runs == 2)


@pytest.mark.parametrize(
    "error",
    [
        kind(1, "It said no.") if kind is errors.RequestFailed else kind("It said no.")
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.PhoneError)
    ],
    ids=lambda error: type(error).__name__,
)
async def test_an_error_of_the_phone_comes_back_as_what_it_is(
    engine: Engine, attach: Attach, error: errors.PhoneError
) -> None:
    phone = await attach()
    engine.desk.fails[SeeMissed] = error
    with pytest.raises(errors.PhoneError) as raised:
        await soon(phone.see_missed())
    assert type(raised.value) is type(error)
    assert str(raised.value) == "It said no."


@pytest.mark.parametrize("kind", ["Nonsense", "PhoneError", "log", "__doc__", "Exception", ""])
def test_an_error_nobody_knows_is_an_error_of_the_phone(kind: str) -> None:
    assert type(client._error(kind, "It said no.")) is errors.PhoneError


async def test_requests_that_overlap_get_their_own_answers(engine: Engine, attach: Attach) -> None:
    phone = await attach()
    gates = [asyncio.Event() for _ in range(3)]

    async def play(command: Play) -> None:
        await gates[command.record].wait()
        raise NotPossible(f"No record {command.record}.")

    engine.desk.carry_out = play  # type: ignore[method-assign]
    waiting = [asyncio.ensure_future(phone.play(number)) for number in range(3)]
    for number in (1, 2, 0):
        gates[number].set()
        with pytest.raises(NotPossible, match=f"No record {number}"):
            await soon(waiting[number])


async def test_what_is_too_long_for_the_line_is_not_sent(engine: Engine, attach: Attach) -> None:
    phone = await attach()
    with pytest.raises(NotPossible, match="the engine takes at most 65,536"):
        await phone.dial("9" * 1_000_000)
    await soon(phone.see_missed())


async def test_an_argument_that_is_no_text_is_refused_by_the_phone(engine: Engine, attach: Attach) -> None:
    phone = await attach()
    await soon(phone.dial("\udcff"))
    assert engine.phone.state.calls[0].peer.text == "\N{REPLACEMENT CHARACTER}"


# -- a line that breaks ---------------------------------------------------------------------------------------------


@asynccontextmanager
async def pretender(
    run_dir: Path, serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
) -> AsyncIterator[RemotePhone]:
    """A line to something at the socket that is not quite an engine."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    listening = await asyncio.start_unix_server(once, str(run_dir / "socket"))
    phone = RemotePhone(run_dir / "socket", screen=True)
    yield phone
    await phone.close()
    listening.close()
    await listening.wait_closed()


def hello(writer: asyncio.StreamWriter, *more: Any) -> None:
    for message in (WELCOME, StateChanged(PhoneState(), 1), *more):
        writer.write(protocol.line(message))


async def test_no_engine_is_said_so(run_dir: Path) -> None:
    phone = RemotePhone(run_dir / "socket", screen=True)
    with pytest.raises(NoEngine, match="tuiphone engine"):
        await phone.attach()
    assert not phone.is_attached


async def test_a_socket_nobody_listens_at_is_no_engine(run_dir: Path) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(run_dir / "socket"))
    with pytest.raises(NoEngine):
        await RemotePhone(run_dir / "socket", screen=True).attach()


async def test_a_path_no_socket_can_have_is_said_so(run_dir: Path) -> None:
    with pytest.raises(NoEngine, match="cannot be opened"):
        await RemotePhone(run_dir / ("x" * 200), screen=True).attach()


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", b'{"type":"wel', *GARBAGE[1:9]], ids=repr)
async def test_a_socket_that_is_not_ours_is_left_alone(run_dir: Path, said: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)

    async with pretender(run_dir, serve) as phone:
        with pytest.raises(EngineGone):
            await soon(phone.attach())
        assert not phone.is_attached


async def test_an_engine_that_says_something_else_than_welcome_is_left_alone(run_dir: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(protocol.line(Goodbye("x")))

    async with pretender(run_dir, serve) as phone:
        with pytest.raises(EngineGone, match="did not say welcome"):
            await soon(phone.attach())


async def test_an_engine_that_does_not_answer_is_not_waited_for(run_dir: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        await reader.read()

    async with pretender(run_dir, serve) as phone:
        with pytest.raises(EngineGone, match="tuiphone stop"):
            await soon(phone.attach(timeout=0.05))


async def test_a_refusal_is_told_in_the_engines_words(run_dir: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(protocol.line(protocol.Refused("Refused: this engine is older.")))

    async with pretender(run_dir, serve) as phone:
        with pytest.raises(EngineGone, match="this engine is older"):
            await soon(phone.attach())


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (b"", "The phone's engine has ended."),
        (b'{"type":"rep', "The phone's engine has ended."),
        (protocol.line(Goodbye("It was told to stop.")), "It was told to stop."),
        (b'{"type":"nonsense"}\n', "different versions"),
        (b"x" * (protocol.MAX_UPDATE * 3), "engine"),
    ],
    ids=["killed", "half a line", "goodbye", "garbage", "endless"],
)
async def test_an_engine_that_goes_lets_nobody_wait(run_dir: Path, last: bytes, said: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello(writer)
        for _ in range(4):
            await reader.readline()
        writer.write(last)
        with contextlib.suppress(ConnectionError):  # the other side gives up on an endless line, as it should
            await writer.drain()

    async with pretender(run_dir, serve) as phone:
        await phone.attach()
        waiting = [asyncio.ensure_future(phone.play(number)) for number in range(3)]
        for request in waiting:
            with pytest.raises(EngineGone) as gone:
                await soon(request)
            assert said in str(gone.value)
        assert [type(item) for item in [item async for item in phone.news()]][:1] == [StateChanged]
        assert not phone.is_attached
        with pytest.raises(EngineGone):
            await phone.see_missed()


async def test_a_request_nobody_answers_times_out_and_the_line_stays(run_dir: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello(writer)
        await reader.readline()
        await reader.readline()
        await reader.readline()
        writer.write(protocol.line(Reply(1)))
        writer.write(protocol.line(Failure(99, "BadAddress", "nobody asked")))
        writer.write(protocol.line(Reply(2)))
        await reader.read()

    async with pretender(run_dir, serve) as phone:
        await phone.attach()
        with pytest.raises(RequestTimeout):
            await phone.request(SeeMissed(), timeout=0.05)
        await soon(phone.request(SeeMissed()))
        assert phone.is_attached


async def test_one_can_attach_again_when_the_engine_is_back(run_dir: Path) -> None:
    lines = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal lines
        lines += 1
        hello(writer, *([Goodbye("It was told to stop.")] if lines == 1 else []))
        if lines > 1:
            await reader.read()

    async with pretender(run_dir, serve) as phone:
        await phone.attach()
        await until(lambda: not phone.is_attached)
        await phone.attach()
        assert phone.is_attached
        assert phone.farewell is None
        assert await anext(phone.news()) == StateChanged(PhoneState(), 1), "not what the first engine said"


async def test_a_reader_that_was_away_gets_the_newest_meters_once(run_dir: Path) -> None:
    def meters(number: int) -> Meters:
        return Meters((CallMeter(ID, MediaStats(received=number)),))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello(writer, *(meters(number) for number in range(100)), Goodbye("x"))

    async with pretender(run_dir, serve) as phone:
        await phone.attach()
        await until(lambda: not phone.is_attached)
        items = [item async for item in phone.news()]
        assert [type(item) for item in items] == [StateChanged, Meters, Goodbye]
        assert phone.meters[ID].received == 99


async def test_a_reader_that_keeps_up_gets_every_meter(run_dir: Path) -> None:
    gate = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello(writer)
        for number in range(5):
            writer.write(protocol.line(Meters((CallMeter(ID, MediaStats(received=number)),))))
            await gate.wait()
            gate.clear()

    async with pretender(run_dir, serve) as phone:
        await phone.attach()
        seen: list[int] = []
        async for item in phone.news():
            if isinstance(item, Meters):
                seen.append(phone.meters[ID].received)
                gate.set()
        assert seen == [0, 1, 2, 3, 4]


async def test_leaving_ends_what_waits_and_what_reads(engine: Engine, attach: Attach) -> None:
    phone = await attach()
    engine.provider.stalls.add("dial")
    waiting = asyncio.ensure_future(phone.dial("bob"))
    await until(lambda: engine.provider.asked("dial"))
    await phone.close()
    with pytest.raises(EngineGone):
        await soon(waiting)
    await soon(all_of(phone))


async def all_of(phone: RemotePhone) -> list[Any]:
    return [item async for item in phone.news()]

"""The engine's side of the socket: who may open it, what is refused, and that nobody's misbehaviour reaches others."""

import asyncio
import os
import socket
import stat
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.control.conftest import Attach, Engine, Line
from tests.control.test_protocol import GARBAGE
from tests.fakes import soon, until
from tuiphone.control import protocol, server
from tuiphone.control.calls import Answer, Transfer
from tuiphone.control.client import EngineGone, RemotePhone
from tuiphone.control.history import ReadHistory, SeeMissed
from tuiphone.control.protocol import Failure, Goodbye, Happened, Meters, Refused, Reply, StateChanged, Welcome
from tuiphone.core.call import CallId, CallState, EndReason
from tuiphone.core.errors import PhoneError
from tuiphone.core.events import CallAnswered, CallEnded, InfoReceived
from tuiphone.core.ports import MediaStats

Raw = Callable[[], Awaitable[Line]]
HELLO = protocol.line(protocol.Attach(version=protocol.VERSION, screen=True))


async def refused(line: Line, raw: bytes) -> str:
    """The reason for which the engine hangs up on who says this."""
    await line.say(raw)
    heard = await line.hear_out()
    assert isinstance(heard[-1], Refused), heard
    return heard[-1].reason


async def greeted(line: Line) -> Line:
    """The line after a proper introduction."""
    await line.say(HELLO)
    assert isinstance(await line.hear(), Welcome)
    assert isinstance(await line.hear(), StateChanged)
    return line


# -- the socket -----------------------------------------------------------------------------------------------------


async def test_the_socket_is_born_for_its_user_alone(run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(run_dir / "socket")
    born: list[int] = []
    listen = asyncio.start_unix_server

    async def look_first(*arguments: Any, **options: Any) -> asyncio.Server:
        born.append(stat.S_IMODE(engine.socket.stat().st_mode))
        return await listen(*arguments, **options)

    monkeypatch.setattr(asyncio, "start_unix_server", look_first)
    before = os.umask(0)
    try:
        await engine.start()
        assert os.umask(0) == 0, "the process's mask is as it was"
    finally:
        os.umask(before)
    assert born == [0o600]
    assert stat.S_IMODE(engine.socket.stat().st_mode) == 0o600
    await engine.close()


async def test_a_socket_left_over_by_an_engine_that_died_is_replaced(run_dir: Path, attach: Attach) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(run_dir / "socket"))
    engine = Engine(run_dir / "socket")
    await engine.start()
    assert (await attach()).is_attached
    await engine.close()


async def test_a_socket_that_cannot_be_made_is_an_error_of_the_system(run_dir: Path) -> None:
    engine = Engine(run_dir / "no" / "such" / "folder")
    before = os.umask(0o22)
    with pytest.raises(OSError, match="No such file"):
        await engine.server.start(engine.socket)
    assert os.umask(before) == 0o22


@pytest.mark.parametrize(("uid", "may"), [(os.getuid(), True), (0, True), (os.getuid() + 4711, False)])
def test_another_user_is_not_let_in_even_with_the_socket_open(uid: int, may: bool) -> None:
    class Socket:
        def getsockopt(self, *_: object) -> bytes:
            return struct.pack("3i", 1, uid, uid)

    class Writer:
        def get_extra_info(self, _: str) -> Socket:
            return Socket()

    assert server._is_same_user(Writer()) is may  # type: ignore[arg-type]


async def test_another_user_is_told_so(engine: Engine, raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_is_same_user", lambda writer: False)
    assert "belongs to another user" in await refused(await raw(), HELLO)


# -- who is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [0, protocol.VERSION + 1, -1, 2**80])
async def test_another_version_is_refused_with_what_to_do(engine: Engine, raw: Raw, version: int) -> None:
    reason = await refused(
        await raw(),
        protocol.line(protocol.Attach(version=protocol.VERSION, screen=True)).replace(
            b'"version":%d' % protocol.VERSION, b'"version":%d' % version
        ),
    )
    if version < 2**62:
        assert f"version {protocol.VERSION}" in reason
        assert f"version {version}" in reason
        assert "tuiphone stop" in reason


@pytest.mark.parametrize("garbage", [raw for raw in GARBAGE if raw.endswith(b"\n")], ids=lambda raw: repr(raw[:40]))
@pytest.mark.parametrize("when", ["first", "later"])
async def test_garbage_is_refused_and_harms_nobody(
    engine: Engine, attach: Attach, raw: Raw, garbage: bytes, when: str
) -> None:
    other = await attach()
    line = await raw()
    if when == "later":
        await greeted(line)
    assert (await refused(line, garbage)).startswith("Refused: ")
    await soon(other.see_missed())
    assert (await attach()).is_attached


@pytest.mark.parametrize("ends", [True, False])
@pytest.mark.parametrize("when", ["first", "later"])
async def test_a_line_without_end_is_refused_before_it_fills_the_memory(
    engine: Engine, raw: Raw, attach: Attach, ends: bool, when: str
) -> None:
    line = await raw()
    if when == "later":
        await greeted(line)
    endless = b'{"type":"' + b"x" * (3 * protocol.MAX_REQUEST) + (b'"}\n' if ends else b"")
    assert f"longer than {protocol.MAX_REQUEST:,} bytes" in await refused(line, endless)
    assert (await attach()).is_attached


async def test_half_a_line_and_then_nothing_is_forgotten(engine: Engine, attach: Attach, raw: Raw) -> None:
    other = await attach()
    for begin in (b"", b'{"type":"att'):
        line = await raw()
        await line.say(begin)
        line.writer.close()
    late = await greeted(await raw())
    await until(lambda: other.screens == 2)
    await late.say(b'{"type":"request","id":1,"comm')
    late.writer.close()
    await until(lambda: other.screens == 1)
    await soon(other.see_missed())


async def test_who_says_nothing_is_not_waited_for(engine: Engine, raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "ATTACH_SECONDS", 0.05)
    silent, slow = await raw(), await raw()
    await slow.say(HELLO[:10])
    for line in (silent, slow):
        assert [type(update) for update in await line.hear_out()] == [Refused]


async def test_who_does_not_introduce_themselves_is_refused(engine: Engine, raw: Raw) -> None:
    reason = await refused(await raw(), protocol.line(protocol.Request(1, protocol.Stop())))
    assert "attach" in reason
    assert not engine.desk.stopped


async def test_a_second_introduction_is_refused(engine: Engine, raw: Raw) -> None:
    line = await greeted(await raw())
    assert "only one attach" in await refused(line, HELLO)


async def test_one_more_than_can_be_attached_is_refused(engine: Engine, raw: Raw) -> None:
    lines = [await greeted(await raw()) for _ in range(server.MAX_ATTACHED)]
    assert "32 programs are attached" in await refused(await raw(), HELLO)
    lines[0].writer.close()
    await until(lambda: engine.server.screens == server.MAX_ATTACHED - 1)
    await greeted(await raw())


# -- those who misbehave --------------------------------------------------------------------------------------------


async def test_a_flood_of_requests_is_held_back_and_others_are_served(engine: Engine, attach: Attach, raw: Raw) -> None:
    other = await attach()
    id = await engine.ring()
    engine.provider.emit(CallAnswered(id.ref))
    engine.provider.stalls.add("transfer")
    line = await greeted(await raw())
    flood = b"".join(protocol.line(protocol.Request(n, Transfer(id, "carol"))) for n in range(2000))
    line.writer.write(flood)

    async def too_much() -> Failure:
        while True:
            if isinstance(heard := await line.hear(), Failure):
                return heard

    first = await soon(too_much())
    assert first.id == server.MAX_UNDER_WAY
    assert "Too much at once" in first.text
    await soon(other.mute(id, on=True))
    assert len(engine.provider.asked("transfer")) == server.MAX_UNDER_WAY


async def test_who_never_reads_is_dropped_and_others_hear_everything(
    engine: Engine, attach: Attach, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "DEAD_READER", 256 * 1024)
    other = await attach()
    line = await greeted(await raw())
    line.stop_reading()
    await until(lambda: other.screens == 2)
    id = await engine.ring()
    heard = 0
    while other.screens == 2:
        heard += 1
        assert heard < 200, "the one that never reads is still attached"
        engine.provider.emit(InfoReceived(id.ref, f"{heard} " + "x" * 4000))
        await until(lambda expected=f"{heard} ": told(other, id).startswith(expected))
    assert other.is_attached
    # What the system had taken already may come; the rest was thrown away.
    line.read_on()
    rest = len(await soon(line.reader.read()))
    assert rest < 1024 * 1024


def told(phone: RemotePhone, id: CallId) -> str:
    call = phone.state.call(id)
    return call.notices[-1] if call is not None and call.notices else ""


async def test_who_reads_slowly_misses_meters_but_no_news(
    engine: Engine, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "METER_SECONDS", 0.0)
    monkeypatch.setattr(server, "SLOW_READER", 64 * 1024)
    id = await engine.ring()
    await until(lambda: engine.factory.made)
    sampled = 0

    def stats() -> MediaStats:
        nonlocal sampled
        sampled += 1
        return MediaStats(received=sampled)

    monkeypatch.setattr(engine.factory.last, "stats", stats)
    line = await raw()
    line.stop_reading()
    await line.say(HELLO)
    await until(lambda: sampled > 10_000, seconds=20)
    engine.provider.emit(CallEnded(id.ref, EndReason.REMOTE_HUNG_UP))
    line.read_on()
    meters = 0
    while True:
        heard = await line.hear()
        meters += isinstance(heard, Meters)
        if isinstance(heard, Happened) and heard.event == "ended":
            break
    assert 0 < meters < 5_000


async def test_a_command_that_fails_in_a_way_nobody_thought_of_is_told_and_logged(
    engine: Engine, attach: Attach, caplog: pytest.LogCaptureFixture
) -> None:
    phone = await attach()
    engine.desk.fails[ReadHistory] = ZeroDivisionError("secret detail")
    with pytest.raises(PhoneError) as failure:
        await phone.history()
    assert str(failure.value) == "Something unexpected went wrong; the log has the details."
    assert "secret detail" in caplog.text
    await soon(phone.see_missed())


async def test_who_leaves_in_the_middle_of_a_command_does_not_stop_it(engine: Engine, raw: Raw) -> None:
    id = await engine.ring()
    gate = asyncio.Event()

    async def answer(ref: str, *, video: bool = False) -> None:
        await gate.wait()
        engine.provider.emit(CallAnswered(ref))

    engine.provider.answer = answer  # type: ignore[method-assign]
    line = await greeted(await raw())
    await line.say(protocol.line(protocol.Request(1, Answer(id))))
    await until(lambda: engine.phone.state.calls[0].pending)
    line.writer.transport.abort()
    await until(lambda: not engine.server.screens)
    gate.set()
    await until(lambda: engine.phone.state.calls[0].state is CallState.ACTIVE)


async def test_a_caller_whose_name_is_no_text_is_still_shown(engine: Engine, attach: Attach) -> None:
    phone = await attach()
    await engine.ring(name="[red]\x1b[2J\ud800")
    await until(lambda: phone.state.incoming)
    assert phone.state.calls[0].peer.name == "[red]\x1b[2J\N{REPLACEMENT CHARACTER}"


# -- who is told ----------------------------------------------------------------------------------------------------


async def test_everybody_attached_hears_it_ring(engine: Engine, attach: Attach) -> None:
    first, second = await attach(), await attach()
    id = await engine.ring()
    for phone in (first, second):
        await until(lambda phone=phone: phone.state.incoming)
        assert phone.state.incoming is not None
        assert phone.state.incoming.id == id
    await second.answer(id)
    for phone in (first, second):
        await until(lambda phone=phone: phone.state.calls[0].state is CallState.ACTIVE)


async def test_a_newcomer_sees_the_calls_that_are_up(engine: Engine, attach: Attach) -> None:
    id = await engine.ring()
    phone = await attach()
    assert phone.state.incoming is not None
    assert phone.state.incoming.id == id


async def test_screens_are_counted_and_tools_are_not(engine: Engine, attach: Attach) -> None:
    first = await attach()
    second = await attach()
    tool = await attach(screen=False)
    await until(lambda: first.screens == 2)
    assert (tool.screens, engine.server.screens) == (2, 2)
    await second.close()
    await until(lambda: first.screens == tool.screens == 1)


async def test_many_events_of_one_moment_make_one_state(engine: Engine, raw: Raw) -> None:
    id = await engine.ring()
    line = await raw()
    await line.say(HELLO.replace(b'"screen":true', b'"screen":false'))
    await line.hear()
    await line.hear()
    for number in range(50):
        engine.provider.emit(InfoReceived(id.ref, str(number)))
    engine.provider.emit(CallEnded(id.ref, EndReason.REMOTE_HUNG_UP))
    await until(lambda: not engine.phone.state.live_calls)
    await line.say(protocol.line(protocol.Request(1, SeeMissed())))
    told: list[Any] = []
    while not (told and isinstance(told[-1], Reply)):
        told.append(await line.hear())
    assert sum(isinstance(update, Happened) for update in told) == 51
    states = [update for update in told if isinstance(update, StateChanged)]
    assert len(states) == 1
    assert states[0].state.calls[0].state is CallState.ENDED


async def test_meters_are_told_while_there_is_a_call_and_no_longer(
    engine: Engine, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "METER_SECONDS", 0.005)
    line = await greeted(await raw())
    id = await engine.ring()
    await until(lambda: engine.factory.made)
    engine.factory.last.figures = MediaStats(far_level=0.5)
    heard: Any = None
    while not (isinstance(heard, Meters) and heard.calls[0].stats.far_level):
        heard = await line.hear()
    assert [meter.call for meter in heard.calls] == [id]
    engine.provider.emit(CallEnded(id.ref, EndReason.REMOTE_HUNG_UP))
    while not (isinstance(heard, StateChanged) and not heard.state.live_calls):
        heard = await line.hear()
    await asyncio.sleep(0.05)
    await line.say(protocol.line(protocol.Request(1, SeeMissed())))
    after: list[Any] = []
    while not isinstance(heard, Reply):
        after.append(heard := await line.hear())
    assert len(after) <= 2, "at most one more meter was under way"
    assert "meters" not in {task.get_name() for task in asyncio.all_tasks()}, "nothing ticks while nobody calls"


async def test_the_end_of_a_call_comes_with_the_figures_of_that_call(engine: Engine, raw: Raw) -> None:
    id = await engine.ring()
    await until(lambda: engine.factory.made)
    engine.factory.last.figures = MediaStats(received=123, lost=4, mos=4.2)
    line = await greeted(await raw())
    engine.provider.emit(CallEnded(id.ref, EndReason.REMOTE_HUNG_UP))
    heard: Any = None
    while not (isinstance(heard, Happened) and heard.event == "ended"):
        heard = await line.hear()
    assert heard.call == id
    assert (heard.data["rx_packets"], heard.data["lost"], heard.data["mos"]) == (123, 4, 4.2)
    assert (heard.data["reason"], heard.data["answered"]) == ("missed", False)


# -- the end of the engine ------------------------------------------------------------------------------------------


async def test_the_last_screen_that_quits_ends_an_engine_a_screen_started(engine: Engine, attach: Attach) -> None:
    first, second = await attach(), await attach()
    tool = await attach(screen=False)
    await first.quit()
    assert not engine.desk.stopped
    await second.quit()
    assert engine.desk.stopped == ["The last screen quit."]
    assert tool.is_attached


async def test_a_tool_that_quits_leaves_the_engine_to_the_screen(engine: Engine, attach: Attach) -> None:
    await attach()
    await (await attach(screen=False)).quit()
    assert not engine.desk.stopped


async def test_a_tool_that_started_the_engine_leaves_it_to_the_tools_still_at_work(
    engine: Engine, attach: Attach
) -> None:
    starter, other = await attach(screen=False), await attach(screen=False)
    await starter.quit()
    assert engine.desk.stopped == []
    await other.close()
    await until(lambda: engine.desk.stopped == ["The last command is done."])


async def test_a_call_that_goes_on_keeps_the_engine_its_starter_left(engine: Engine, attach: Attach) -> None:
    id = await engine.ring()
    await (await attach(screen=False)).quit()
    await asyncio.sleep(0.05)
    assert engine.desk.stopped == []
    await engine.phone.reject(id)
    await until(lambda: engine.desk.stopped == ["The last command is done."])


async def test_a_screen_that_comes_after_the_starter_left_may_detach(engine: Engine, attach: Attach) -> None:
    starter, other = await attach(screen=False), await attach(screen=False)
    await starter.quit()
    screen = await attach()
    await other.close()
    await screen.close()
    await until(lambda: engine.server.screens == 0)
    assert engine.desk.stopped == []


async def test_a_tool_that_quits_alone_ends_the_engine_it_started(engine: Engine, attach: Attach) -> None:
    await (await attach(screen=False)).quit()
    assert engine.desk.stopped


async def test_an_engine_nobody_owns_outlives_its_screens(run_dir: Path, attach: Attach) -> None:
    engine = Engine(run_dir / "socket", owned=False)
    await engine.start()
    await (await attach()).quit()
    assert not engine.desk.stopped
    await engine.close()


async def test_leaving_without_a_word_ends_nothing(engine: Engine, attach: Attach, raw: Raw) -> None:
    id = await engine.ring()
    await (await attach()).close()
    (await greeted(await raw())).writer.transport.abort()
    await until(lambda: not engine.server.screens)
    assert not engine.desk.stopped
    again = await attach()
    assert again.state.incoming is not None
    assert again.state.incoming.id == id


async def test_stop_ends_any_engine(run_dir: Path, attach: Attach) -> None:
    engine = Engine(run_dir / "socket", owned=False)
    await engine.start()
    await attach()
    await (await attach(screen=False)).stop()
    assert engine.desk.stopped == ["It was told to stop."]
    await engine.close()


async def test_an_engine_that_ends_says_goodbye_to_everybody(engine: Engine, attach: Attach, raw: Raw) -> None:
    phones = [await attach(), await attach(screen=False)]
    line = await greeted(await raw())
    engine.provider.stalls.add("dial")
    waiting = asyncio.ensure_future(phones[0].dial("bob"))
    await until(lambda: engine.provider.asked("dial"))
    await engine.server.close("It was told to stop.")
    assert [update for update in await line.hear_out() if isinstance(update, Goodbye)] == [
        Goodbye("It was told to stop.")
    ]
    with pytest.raises(EngineGone, match="It was told to stop"):
        await soon(waiting)
    for phone in phones:
        assert isinstance([item async for item in phone.news()][-1], Goodbye)
        assert phone.farewell == "It was told to stop."
        assert not phone.is_attached

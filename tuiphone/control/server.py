"""The engine's side of the control socket: who is attached, what they ask for, and telling them all what changed."""

import asyncio
import logging
import os
import socket
import struct
from pathlib import Path
from typing import Any, Protocol

from tuiphone.control import protocol
from tuiphone.control.accounts import RetryAccount
from tuiphone.control.calls import (
    Answer,
    Camera,
    Dial,
    Dtmf,
    Forward,
    Hangup,
    Hold,
    Mute,
    Record,
    Reject,
    Silence,
    Started,
    SwitchCamera,
    Transfer,
)
from tuiphone.control.describe import alert, happened
from tuiphone.control.groups import Invite, StartGroup, TakeOut
from tuiphone.control.links import LinkOpened, Opened, OpenLink
from tuiphone.control.protocol import Attach, Garbled, Request, Result
from tuiphone.core.call import Call, CallId
from tuiphone.core.errors import NotPossible, PhoneError
from tuiphone.core.events import CallEnded
from tuiphone.core.ledger import Change
from tuiphone.core.model import MAX_ADDRESS
from tuiphone.core.phone import Phone

log = logging.getLogger(__name__)

ATTACH_SECONDS = 5.0
MAX_ATTACHED = 32
MAX_UNDER_WAY = 32
"""Commands of one client that may be under way at once."""
FLOOD_SECONDS = 0.01
"""How long a client that asks for too much is left unread."""
METER_SECONDS = 0.1
SLOW_READER = 256 * 1024
"""Bytes waiting for a client beyond which it gets no meters."""
DEAD_READER = 16 * 1024 * 1024
"""Bytes waiting for a client beyond which it is dropped."""


class Services(Protocol):
    """What the engine can do beside the phone itself."""

    def welcome(self) -> protocol.Welcome:
        """What a newcomer is told first."""
        ...

    @property
    def records_every_call(self) -> bool:
        """The preferences want calls recorded from the answer on."""
        ...

    def recording_path(self, call: Call) -> str:
        """A new file for this call's recording."""
        ...

    async def carry_out(self, command: Any) -> Result | None:
        """Do what has nothing to do with live calls; returns the result of the command. Raises: PhoneError."""
        ...

    def stop(self, reason: str) -> None:
        """End the engine soon."""
        ...


class _Client:
    """One that is attached."""

    def __init__(self, writer: asyncio.StreamWriter, introduction: Attach) -> None:
        self.is_screen = introduction.screen
        self.program = introduction.program
        self.under_way: set[asyncio.Task[None]] = set()
        self._writer = writer

    def send(self, raw: bytes, *, may_skip: bool = False) -> None:
        """Queue a line; a reader that is far behind misses meters, one that does not read at all is dropped."""
        waiting = self._writer.transport.get_write_buffer_size()
        if self._writer.is_closing() or (may_skip and waiting > SLOW_READER):
            return
        if waiting > DEAD_READER:
            log.warning("%s does not read what it is told; dropped", self.program or "a client")
            self._writer.transport.abort()
            return
        self._writer.write(raw)


class ControlServer:
    """Listens on a Unix socket that only its user may open; a listener of the phone."""

    def __init__(self, phone: Phone, services: Services, *, owned: bool) -> None:
        self._phone = phone
        self._services = services
        self._owned = owned
        self._clients: set[_Client] = set()
        self._connections: set[asyncio.Task[None]] = set()
        self._commands: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._metering: asyncio.Task[None] | None = None
        self._state_is_due = False
        self._starter_left = False
        """The command that started this engine is done, and no screen has come: it ends with its last user."""

    async def start(self, path: Path) -> None:
        """Listen; the caller made sure that no other engine does. Raises: OSError."""
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # The socket is born with its mode: chmod after bind would leave a moment for others. Nothing is awaited in
        # between, because the mask is the whole process's.
        before = os.umask(0o177)
        try:
            listener.bind(str(path))
        except OSError:
            listener.close()
            raise
        finally:
            os.umask(before)
        self._server = await asyncio.start_unix_server(self._serve, sock=listener, limit=protocol.MAX_REQUEST)

    async def close(self, reason: str) -> None:
        """Say goodbye to everybody and stop listening."""
        self._broadcast(protocol.line(protocol.Goodbye(reason)))
        if self._metering is not None:
            self._metering.cancel()
        if self._server is not None:
            self._server.close()
        ending = [*self._connections, *self._commands]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    @property
    def screens(self) -> int:
        """How many screens are attached."""
        return sum(client.is_screen for client in self._clients)

    async def __call__(self, change: Change) -> None:
        """Tell everybody attached what changed."""
        stats = None
        if isinstance(change.event, CallEnded):
            stats = self._phone.stats(CallId(change.account, change.event.ref))
        for message in (happened(change, stats), alert(change)):
            if message is not None:
                self._broadcast(protocol.line(message))
        if change.before is not change.after or change.after is not self._phone.state:
            self._tell_state_soon()
        if isinstance(change.event, CallEnded):
            self._end_if_deserted(self._clients)
        if self._clients and change.after.live_calls and (self._metering is None or self._metering.done()):
            self._metering = asyncio.create_task(self._send_meters(), name="meters")

    # -- one client ---------------------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        client: _Client | None = None
        try:
            client = await self._attach(reader, writer)
            if client is not None:
                await self._obey(client, reader)
        except (Garbled, ConnectionError) as error:
            log.info("a client left or was refused: %s", error)
            if isinstance(error, Garbled) and not writer.is_closing():
                writer.write(protocol.line(protocol.Refused(f"Refused: {error}")))
        except asyncio.CancelledError:
            pass  # the engine is ending; a cancelled handler would be logged as a fault by asyncio
        finally:
            self._connections.discard(task)
            if client is not None:
                # What it asked for goes on: a call must not be left half answered because a terminal was closed.
                self._clients.discard(client)
                self._tell_state_soon()
                self._end_if_deserted(self._clients)
            writer.close()

    async def _attach(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> _Client | None:
        if not _is_same_user(writer):
            raise Garbled("this phone belongs to another user.")
        try:
            async with asyncio.timeout(ATTACH_SECONDS):
                first = protocol.read_from_client(await _line(reader))
        except TimeoutError:
            raise Garbled("nobody introduced themselves.") from None
        if not isinstance(first, Attach):
            raise Garbled("the first line has to be an attach message.")
        if first.version != protocol.VERSION:
            raise Garbled(
                f"this engine speaks version {protocol.VERSION} of the control protocol, the program version "
                f"{first.version}; end the older one (tuiphone stop) and start again."
            )
        if len(self._clients) >= MAX_ATTACHED:
            raise Garbled(f"{MAX_ATTACHED} programs are attached already.")
        client = _Client(writer, first)
        client.send(protocol.line(self._services.welcome()))
        self._clients.add(client)
        client.send(self._state_line())
        if client.is_screen:
            self._starter_left = False
            self._tell_state_soon()
        if self._phone.state.live_calls and (self._metering is None or self._metering.done()):
            self._metering = asyncio.create_task(self._send_meters(), name="meters")
        return client

    async def _obey(self, client: _Client, reader: asyncio.StreamReader) -> None:
        while raw := await _line(reader, may_end=True):
            message = protocol.read_from_client(raw)
            if not isinstance(message, Request):
                raise Garbled("only one attach message, please.")
            if len(client.under_way) >= MAX_UNDER_WAY:
                client.send(_failure(message.id, PhoneError("Too much at once; wait for what is under way.")))
                # Reading a full buffer never waits, and calls share this loop.
                await asyncio.sleep(FLOOD_SECONDS)
                continue
            task = asyncio.create_task(self._carry_out(client, message))
            for under_way in (client.under_way, self._commands):
                under_way.add(task)
                task.add_done_callback(under_way.discard)

    async def _carry_out(self, client: _Client, request: Request) -> None:
        try:
            result = await self._run(client, request.command)
        except PhoneError as error:
            log.info("%s: %s", type(request.command).__name__, error, extra={"diary": "warning"})
            client.send(_failure(request.id, error))
        except Exception:
            # A fault of ours must be answered: whoever asked would wait for it, and its task would die unheard.
            log.exception("%s failed", type(request.command).__name__)
            client.send(_failure(request.id, PhoneError("Something unexpected went wrong; the log has the details.")))
        else:
            client.send(protocol.line(protocol.Reply(request.id, result)))

    async def _run(self, client: _Client, command: protocol.Command) -> Result | None:
        phone, services = self._phone, self._services
        match command:
            case Dial():
                record = services.recording_path if command.record or services.records_every_call else None
                return Started(
                    await phone.dial(
                        command.to,
                        account=command.account,
                        video=command.video,
                        caller=command.caller,
                        record=record,
                        camera=command.camera,
                    )
                )
            case StartGroup(people=people, account=account, video=video, camera=camera):
                path_of = services.recording_path if command.record or services.records_every_call else None
                return Started(
                    await phone.start_group(people, account=account, video=video, record=path_of, camera=camera)
                )
            case Invite(call, people):
                await phone.invite(call, people)
            case TakeOut(call, people):
                await phone.remove(call, people)
            case Answer(call, video, record, camera):
                path_of = services.recording_path if record else None
                await phone.answer(call, video=video, record=path_of, camera=camera)
            case Reject(call, busy):
                await phone.reject(call, busy=busy)
            case Hangup(call, reason):
                await phone.hangup(call, reason)
            case Hold(call, on):
                await phone.hold(call, on)
            case Mute(call, on):
                await phone.mute(call, on)
            case Camera(call, on):
                await phone.camera(call, on)
            case SwitchCamera(call, name):
                await phone.switch_camera(call, name)
            case Record(id, on=True):
                if (known := phone.state.call(id)) is None:
                    raise NotPossible("That call is over.")
                phone.record(id, services.recording_path(known))
            case Record(id):
                await phone.stop_recording(id)
            case Silence(call):
                phone.silence(call)
            case Dtmf(call, digits):
                await phone.dtmf(call, digits)
            case Forward(call, to):
                await phone.forward(call, to)
            case Transfer(call, to):
                await phone.transfer(call, to)
            case RetryAccount(account):
                phone.retry_account(account)
            case OpenLink(to):
                return LinkOpened(self._tell_screens(Opened(to)))
            case protocol.Quit():
                self._quit(client)
            case protocol.Stop():
                services.stop("It was told to stop.")
            case _:
                return await services.carry_out(command)
        return None

    def _quit(self, client: _Client) -> None:
        others = self._clients - {client}
        if not self._owned or any(other.is_screen for other in others):
            return
        if client.is_screen:
            self._services.stop("The last screen quit.")
        else:
            # A command started this engine and is done, but others may have come to use it meanwhile.
            self._starter_left = True
            self._end_if_deserted(others)

    def _end_if_deserted(self, attached: set[_Client]) -> None:
        if self._starter_left and not attached and not self._phone.state.live_calls:
            self._starter_left = False
            self._services.stop("The last command is done.")

    # -- telling ------------------------------------------------------------------------------------------------

    def _broadcast(self, raw: bytes, *, may_skip: bool = False) -> None:
        for client in self._clients:
            client.send(raw, may_skip=may_skip)

    def _tell_screens(self, message: Opened) -> int:
        if len(message.to) > MAX_ADDRESS or not message.to.isprintable():
            raise NotPossible("That link is no number or name anybody could call.")
        raw = protocol.line(message)
        for client in self._clients:
            if client.is_screen:
                client.send(raw)
        return self.screens

    def _state_line(self) -> bytes:
        return protocol.line(protocol.StateChanged(self._phone.state, self.screens))

    def _tell_state_soon(self) -> None:
        # Several events of one moment make one line.
        if not self._state_is_due:
            self._state_is_due = True
            asyncio.get_running_loop().call_soon(self._tell_state)

    def _tell_state(self) -> None:
        self._state_is_due = False
        if self._clients:
            self._broadcast(self._state_line())

    async def _send_meters(self) -> None:
        while self._clients and self._phone.state.live_calls:
            calls = tuple(protocol.CallMeter(id, stats) for id, stats in self._phone.meters())
            if calls:
                self._broadcast(protocol.line(protocol.Meters(calls)), may_skip=True)
            await asyncio.sleep(METER_SECONDS)


def _failure(id: int, error: PhoneError) -> bytes:
    return protocol.line(protocol.Failure(id, type(error).__name__, str(error)))


async def _line(reader: asyncio.StreamReader, *, may_end: bool = False) -> bytes:
    try:
        raw = await reader.readline()
    except ValueError:
        raise Garbled(f"a line is longer than {protocol.MAX_REQUEST:,} bytes.") from None
    if not raw.endswith(b"\n"):
        if may_end:
            return b""
        raise Garbled("the line broke off.")
    return raw


def _is_same_user(writer: asyncio.StreamWriter) -> bool:
    """The socket's mode keeps others out already; where the system tells who connected, look at that too."""
    line = writer.get_extra_info("socket")
    if line is None or not hasattr(socket, "SO_PEERCRED"):
        return True
    _, uid, _ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return uid in (os.getuid(), 0)

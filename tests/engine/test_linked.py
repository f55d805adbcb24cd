"""What the engine does by itself with calls of linked accounts: once, and nothing where there is nothing to do."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.core.test_linked import COMMANDS, NUMBER, Pbx
from tests.engine.conftest import AddAccount
from tests.engine.test_attention import Rig
from tests.fakes import soon, until
from tuiphone.core.call import CallId, CallState, EndReason
from tuiphone.core.events import CallEnded, DeskCallChanged, Link, ProviderEvent, ProviderFaulted
from tuiphone.core.ledger import Change
from tuiphone.core.model import Account, Address, AddressKind, DeskCall, DeskState
from tuiphone.core.phone import Phone
from tuiphone.core.policy import FOREVER
from tuiphone.engine import running
from tuiphone.engine.chronicle import told
from tuiphone.engine.hooks import Hooks
from tuiphone.engine.service import NoDirectory
from tuiphone.store.db import Database
from tuiphone.store.hooks import Hook


async def add_pbx(phone: Phone) -> Pbx:
    """An account that commands the PBX; `sip` has its sound."""
    made: list[Pbx] = []

    def make(emit: Callable[[ProviderEvent], None]) -> Pbx:
        made.append(Pbx(emit, capabilities=COMMANDS))
        return made[0]

    phone.add_account(Account("pbx", "pbx", COMMANDS), make)
    await until(lambda: (known := phone.state.account("pbx")) is not None and known.link is Link.ONLINE)
    return made[0]


async def test_what_somebody_took_is_picked_up_although_other_calls_are_refused(
    phone: Phone, tmp_path: Path, add_account: AddAccount
) -> None:
    database = await Database.open(tmp_path / "phone.db")
    rig = Rig(phone, database, tmp_path)
    await rig.service.start()
    sip, pbx = await add_account("sip"), await add_pbx(phone)
    rig.settle(dnd="reject")
    await rig.disturb(FOREVER)
    caller = Address(AddressKind.PHONE, NUMBER)
    pbx.emit(DeskCallChanged(DeskCall("7", caller, DeskState.WAITING, 100.0)))
    await until(lambda: (known := phone.state.account("pbx")) is not None and known.desk)
    await phone.take("7")
    pbx.rings()
    await until(lambda: any(phone.is_wanted(call) for call in phone.state.live_calls))
    own = CallId("sip", sip.incoming(NUMBER))
    await until(lambda: (call := phone.state.call(own)) is not None and call.state is not CallState.INCOMING)
    taken = phone.state.call(own)
    assert taken is not None
    assert taken.state is CallState.ACTIVE
    other = CallId("sip", sip.incoming("0907777777"))
    await until(lambda: sip.asked("reject"))
    assert sip.asked("reject") == [(other.ref,)]
    await rig.service.close()
    await database.close()


async def test_whoever_is_not_to_be_disturbed_is_rung_for_what_they_dialled_and_desk_phones_are_left_alone(
    phone: Phone, tmp_path: Path, add_account: AddAccount
) -> None:
    database = await Database.open(tmp_path / "phone.db")
    rig = Rig(phone, database, tmp_path)
    changes: list[Change] = []

    async def hear(change: Change) -> None:
        changes.append(change)

    await rig.service.start()
    phone.listen(hear)
    sip, pbx = await add_account("sip"), await add_pbx(phone)
    pbx.picks_up = False
    rig.settle(dnd="reject", auto_answer_from=(NUMBER,), auto_answer_after=0.0)
    await rig.disturb(FOREVER)
    dialling = asyncio.create_task(phone.dial(NUMBER, account="pbx"))
    await until(lambda: any(call.awaits for call in phone.state.calls))
    ours = CallId("sip", sip.incoming("101"))
    assert await soon(dialling) == ours
    pbx.linked = None
    told_of = pbx.rings()
    await until(lambda: phone.state.call(CallId("pbx", told_of.ref)) is not None)
    # Somebody else's call after them is refused, so there was time to refuse these.
    other = sip.incoming("carol")
    await until(lambda: sip.asked("reject"))
    assert sip.asked("reject") == [(other,)]
    assert not rig.call(ours).silenced
    assert rig.call(ours).state is CallState.INCOMING
    assert not [change for change in changes if isinstance(change.event, ProviderFaulted)]
    await rig.service.close()
    await database.close()


async def test_a_call_that_two_accounts_tell_of_runs_its_hooks_once(
    phone: Phone, add_account: AddAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[tuple[str, str, str, str | None, str | None]] = []
    said: list[str] = []

    async def run(hook: Hook, told: dict[str, Any], _: object) -> None:
        ran.append((told["event"], told["id"], told["call"], told["control"], told["control_account"]))

    monkeypatch.setattr(running, "run", run)
    hook = (Hook(("lamp",)),)
    hooks = Hooks(
        lambda: dict.fromkeys(("ringing", "answered", "ended"), hook),
        directory=NoDirectory,
        say=print,
        environment={},
    )
    phone.listen(hooks)

    async def write(change: Change) -> None:
        said.extend(line.text for line in told(change, None) if "call" in line.text)

    phone.listen(write)
    sip, pbx = await add_account("sip"), await add_pbx(phone)
    first = pbx.rings()
    id = CallId("sip", sip.incoming(NUMBER))
    await until(lambda: phone.state.call(id) is not None)
    await phone.answer(id)
    sip.emit(CallEnded(id.ref, EndReason.REMOTE_HUNG_UP))
    pbx.emit(CallEnded(first.ref, EndReason.REMOTE_HUNG_UP))
    await phone.settled()
    await hooks.close()
    its = f"pbx/{first.ref}"
    assert ran == [
        ("ringing", its, its, None, None),
        ("answered", str(id), its, its, "pbx"),
        ("ended", str(id), its, its, "pbx"),
    ]
    assert said == [
        f"A call from {NUMBER}.",
        f"The call with {NUMBER} has its sound at sip.",
        f"The call with {NUMBER} was answered.",
        f"The call with {NUMBER} ended after 0:00: the other side hung up.",
    ]

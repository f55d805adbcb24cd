"""Notes on calls, as the engine keeps them."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.engine.desk import EngineDesk, desk
from tests.fakes import until
from tuiphone.control.calls import Note
from tuiphone.core.call import CallDirection, CallId
from tuiphone.core.events import CallEnded, CallForgotten, CallStarted, EndReason
from tuiphone.core.model import Address, AddressKind
from tuiphone.engine.calls import CallService

ID = CallId("work", "1")


def noted(its: EngineDesk) -> list[str | None]:
    """The notes as another program would read them."""
    with closing(sqlite3.connect(its.parts.paths.database)) as connection:
        return [note for (note,) in connection.execute("SELECT note FROM calls")]


async def test_a_note_is_on_the_disk_when_it_is_reported_kept_whatever_the_call_is_doing(tmp_path: Path) -> None:
    async with desk(tmp_path, CallService) as its:
        keep = CallService(its.parts).note
        provider = await its.add()
        provider.emit(CallStarted(ID.ref, Address(AddressKind.USER, "bob"), CallDirection.INCOMING))
        await until(lambda: its.phone.state.call(ID) is not None)
        await keep(Note(ID, "rings"))
        assert noted(its) == ["rings"]
        provider.emit(CallEnded(ID.ref, EndReason.REMOTE_HUNG_UP))
        await keep(Note(ID, "has ended"))
        assert noted(its) == ["has ended"]
        its.phone.emit(CallForgotten(ID.ref), account=ID.account)
        await keep(Note(ID, "is no longer shown"))
        assert noted(its) == ["is no longer shown"]

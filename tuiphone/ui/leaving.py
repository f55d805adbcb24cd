"""Quitting and detaching: what is asked first, and what the engine is told."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from tuiphone.core.errors import PhoneError
from tuiphone.ui.words import counted, who

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone


def ask(app: "TuiPhone") -> None:
    """Quit; with a call up or another screen attached, after asking what is to become of the phone."""
    from tuiphone.ui.screens.dialogs import QuitDialog

    if not app.phone.is_attached:
        app.exit("lost")
        return
    if any(isinstance(screen, QuitDialog) for screen in app.screen_stack):
        return
    calls, others = app.state.live_calls, max(0, app.phone.screens - 1)
    if not calls and not others:
        leave(app, "quit")
        return
    said: list[str] = []
    if len(calls) == 1:
        said.append(f"A call is up: {who(calls[0].peer, 60)}.")
    elif calls:
        said.append(f"{counted(len(calls), 'call')} are up.")
    if others:
        said.append(f"{counted(others, 'other screen')} {'is' if others == 1 else 'are'} attached to this phone.")
    end = "Quit and end the call" if len(calls) == 1 else "Quit and end the calls" if calls else "Quit this screen"
    app.push_screen(QuitDialog("\n".join(said), end), lambda how: leave(app, how))


def leave(app: "TuiPhone", how: str | None) -> None:
    """`quit` or `detach`; with None one stays."""
    if how is not None:
        app.is_leaving = True
        app.run_worker(_quit(app) if how == "quit" else _detach(app))


async def _quit(app: "TuiPhone") -> None:
    with suppress(PhoneError):
        # An engine with other screens, or one that was there before us, lives on, but our calls do not.
        await asyncio.gather(*(app.phone.hangup(call.id) for call in app.state.live_calls))
    with suppress(PhoneError):
        await app.phone.quit()
    await app.pictures.end()
    await app.attention.withdraw()
    app.exit("quit")


async def _detach(app: "TuiPhone") -> None:
    await app.phone.close()
    await app.pictures.end()
    await app.attention.withdraw()
    app.exit("detached")

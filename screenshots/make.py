"""Draws the pictures of the README from a running demo: every page, as SVG and PNG. Run: make screenshots

The app is the real one, on a real engine with a virtual sound card, calling the simulator's robots; what is typed here
is what a person would press.
"""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

# Started as a script, the checkout is not where Python looks for `tests`.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.rigs.pulse import Card
from tests.ui.stage import Stage
from tuiphone.commands.demo import DemoProcesses
from tuiphone.control.client import RemotePhone
from tuiphone.core.call import CallState
from tuiphone.core.events import Link
from tuiphone.store.paths import Paths, find
from tuiphone.ui import numbers
from tuiphone.ui.app import TuiPhone

HERE = Path(__file__).resolve().parent
SIZE = (100, 28)
RINGS_S, TALKS_S = 30.0, 20.0


class Painter:
    """The app on the demo's engine, and its pictures."""

    def __init__(self, stage: Stage, wanted: set[str]) -> None:
        self.stage = stage
        self.app = stage.app
        self.wanted = wanted

    async def until(self, fits: Callable[[], object], what: str) -> None:
        """Wait for the real phone. Raises: AssertionError."""
        try:
            async with asyncio.timeout(RINGS_S):
                while not fits():
                    await self.stage.pilot.pause(0.05)
        except TimeoutError:
            raise AssertionError(f"{what} did not happen within {RINGS_S:g} s") from None

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self.stage.press(*keys)

    async def draw(self, name: str, *, theme: str = "midnight") -> None:
        """Keep what is on the screen as a picture."""
        if self.wanted and name not in self.wanted:
            return
        self.app.theme = theme
        self.app.clear_notifications()
        await self.stage.settle()
        await self.stage.pilot.pause(0.3)
        svg = HERE / f"{name}.svg"
        svg.write_text(plain(self.app.export_screenshot(title="tuiphone")), encoding="utf-8")
        self.app.theme = "midnight"
        print(f"screenshots/{name}.svg")

    async def dial(self, to: str) -> None:
        """Call somebody and wait until they talk."""
        await self.press("f2", *to, "enter")
        await self.until(lambda: self.states().count(CallState.ACTIVE) == 1 and not self.is_calling, f"{to}")

    def states(self) -> list[CallState]:
        """How the calls stand."""
        return [call.state for call in self.app.state.calls]

    @property
    def is_calling(self) -> bool:
        """A call is not answered yet."""
        return bool({CallState.DIALING, CallState.RINGING} & set(self.states()))


async def pages(painter: Painter) -> None:
    """The pages of a phone nobody talks on."""
    await painter.stage.sees("Last calls")
    await painter.draw("dial")
    await painter.press("f3")
    await painter.stage.sees("Nguyễn Văn An")
    await painter.draw("contacts")
    await painter.press("f4")
    await painter.stage.sees(" calls")
    await painter.press("down")
    await painter.stage.sees("talked 00:19")
    await painter.draw("history")
    await painter.press("f5")
    await painter.stage.sees(" recordings")
    await painter.press("enter")
    await asyncio.sleep(4.0)
    await painter.draw("recordings")
    await painter.press("escape", "f6")
    await painter.stage.sees("14 boxes")
    await painter.draw("messages", theme="mist")
    await painter.press("f7")
    await painter.stage.sees("registered, since")
    await painter.draw("accounts", theme="paper")
    await painter.press("f1")
    await painter.draw("help", theme="moss")
    await painter.press("escape")


async def calls(painter: Painter) -> None:
    """The pages of a phone with calls."""
    await painter.dial("voice")
    await painter.press("alt+h")
    await painter.dial("+84901234567")
    await painter.press("f9")
    await asyncio.sleep(TALKS_S)
    await painter.draw("call")
    await painter.press("c")
    await asyncio.sleep(3.0)
    await painter.draw("conference", theme="ember")
    await painter.press("c")
    await painter.press("f2", *"callme", "enter")
    await painter.until(lambda: painter.app.state.incoming is not None, "the call back")
    await painter.stage.sees("Incoming call")
    await painter.draw("incoming")
    await asyncio.sleep(2.0)
    await painter.press("r")
    await painter.until(lambda: painter.app.state.incoming is None, "the rejection")
    for call in painter.app.state.live_calls:
        await painter.app.phone.hangup(call.id)
    await painter.until(lambda: not painter.app.state.calls, "the end of the calls")
    await painter.press("f8")
    await asyncio.sleep(1.0)
    await painter.draw("log")
    await painter.press("t")
    await asyncio.sleep(1.0)
    await painter.draw("trace", theme="contrast-dark")


async def operator(painter: Painter) -> None:
    """The operator's desk while telephones call the company."""
    name = "alice-prostiezvonki"
    known = painter.app.state.account
    await painter.until(lambda: (pbx := known(name)) is not None and pbx.link is Link.ONLINE, name)
    await painter.app.phone.dial("700", account=name)
    for call in painter.app.state.live_calls:
        await painter.app.phone.hangup(call.id)
    await painter.until(lambda: not painter.app.state.calls, "the end of the call")
    await painter.press("f10")
    await painter.stage.sees("1 waiting, 2 ringing")
    await painter.draw("desk")


STEPS: tuple[Callable[[Painter], Awaitable[None]], ...] = (pages, calls, operator)


async def paint(paths: Paths, demo: DemoProcesses, wanted: set[str]) -> None:
    """Draw them all on this demo."""
    await demo.start_engine().wait()
    phone = RemotePhone(paths.socket, screen=True, program="pictures")
    app = TuiPhone(phone, launch=None)
    async with app.run_test(size=SIZE) as pilot:
        stage = Stage(app, phone, pilot)  # type: ignore[arg-type]
        await stage.until(lambda: app.has_engine)
        for steps in STEPS:
            await steps(Painter(stage, wanted))
    await phone.close()


def plain(svg: str) -> str:
    """The picture without fonts from elsewhere; spaces at a line's beginning count, also outside browsers."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL).replace("Fira Code", "DejaVu Sans Mono")
    svg = svg.replace("<text ", '<text xml:space="preserve" ')
    return re.sub(r"terminal-\d+-", "terminal-", svg).rstrip() + "\n"


def main() -> None:
    """Draw all of them, or those named."""
    numbers.load()
    home = Path(tempfile.mkdtemp(prefix="tuiphone-pictures-"))
    try:
        with Card(home / "card") as card:
            os.environ.update(card.env)
            paths = find(home / "demo")
            paths.make()
            with DemoProcesses(paths) as demo:
                asyncio.run(paint(paths, demo, set(sys.argv[1:])))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    for picture in HERE.glob("*.svg"):
        subprocess.run(["rsvg-convert", "-o", str(picture.with_suffix(".png")), str(picture)], check=True)


if __name__ == "__main__":
    main()

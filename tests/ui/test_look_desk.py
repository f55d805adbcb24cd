"""The operator's desk as it looks. With --snapshot-update it is drawn anew."""

from dataclasses import replace

from tests.ui.fake_phone import FakePhone
from tests.ui.look import EVERY_LOOK, Compare, Look
from tests.ui.samples import AN, NOW, OLGA, RECORDS, account, state
from tests.ui.stage import Stage
from tests.ui.test_desk import CAROL, LOST, LOST_AGAIN, RINGS, WAITS, pbx
from tuiphone.core.model import DeskCall, DeskState, Line, LineState


@EVERY_LOOK
def test_the_desk(looks_as_before: Compare, look: Look) -> None:
    aiko = replace(AN, text="+81312345678", name="佐藤 愛子")
    calls = (
        WAITS,
        DeskCall("w2", aiko, DeskState.WAITING, NOW - 3),
        RINGS,
        LOST,
        LOST_AGAIN,
        DeskCall("m3", OLGA, DeskState.MISSED, NOW - 90_000, CAROL),
    )
    lines = (Line(CAROL, LineState.RINGING, OLGA, incoming=True), Line(replace(CAROL, text="103"), LineState.BUSY, AN))
    accounts = (pbx(*calls, redirect_to="105", lines=lines), account("work"))

    async def steps(stage: Stage) -> None:
        await stage.press("f10")
        await stage.sees("Desk: 2 waiting, 1 ringing, 2 missed")
        await stage.press("down")

    assert looks_as_before(FakePhone(state(accounts=accounts), records=RECORDS), look, steps)

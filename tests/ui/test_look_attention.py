"""Do not disturb and the incoming call as they look. With --snapshot-update these pictures are drawn anew."""

from dataclasses import replace

from tests.ui.fake_phone import FakePhone
from tests.ui.look import EVERY_LOOK, Compare, Look
from tests.ui.samples import ACCOUNTS, AN, EVERYTHING, NOW, OLGA, RECORDS, SATO, account, call, state
from tests.ui.stage import Stage
from tuiphone.core.call import CallState
from tuiphone.core.capability import Capability
from tuiphone.ui.screens.incoming import IncomingPopup


@EVERY_LOOK
def test_do_not_disturb(looks_as_before: Compare, look: Look) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("alt+d")
        await stage.sees("Until tomorrow 08:00")

    quiet = call(CallState.INCOMING, OLGA, "in", silenced=True, account="home")
    auto = call(CallState.ACTIVE, AN, "c1", auto_answered=True, muted=True)
    phone = FakePhone(state(auto, quiet, accounts=ACCOUNTS, missed=2, do_not_disturb=NOW + 7000), records=RECORDS)
    assert looks_as_before(phone, look, steps)


@EVERY_LOOK
def test_a_call_that_can_be_forwarded(looks_as_before: Compare, look: Look) -> None:
    accounts = (account("home", capabilities=EVERYTHING | Capability.FORWARD), *ACCOUNTS[1:])
    before = state(call(), accounts=accounts)

    async def steps(stage: Stage) -> None:
        ringing = call(CallState.INCOMING, SATO, "in", video=True, account="home", caller="+842473000001")
        await stage.tell(replace(before, calls=(*before.calls, ringing)))
        await stage.until(lambda: isinstance(stage.app.screen, IncomingPopup))
        await stage.sees("1 earlier call")

    assert looks_as_before(FakePhone(before, records=RECORDS), look, steps)

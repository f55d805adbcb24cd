"""Lines, voicemail and the question of the far side as they look. With --snapshot-update these are drawn anew."""

from dataclasses import replace

from tests.ui.fake_phone import FakePhone
from tests.ui.look import EVERY_LOOK, Compare, Look
from tests.ui.samples import AN, OLGA, RECORDS, account, call, state
from tests.ui.stage import Stage
from tests.ui.test_lines import CAROL, DAVE, MAILBOX, PBX, RINGS, pbx
from tuiphone.core.call import Referral
from tuiphone.core.model import Line, LineState, Voicemail
from tuiphone.ui.screens.referral import ReferralDialog


@EVERY_LOOK
def test_lines_and_voicemail(looks_as_before: Compare, look: Look) -> None:
    lines = (
        RINGS,
        Line(DAVE, LineState.IDLE),
        Line(replace(DAVE, text="104"), LineState.BUSY, AN),
        Line(replace(DAVE, text="105", name="佐藤 愛子"), LineState.RINGING, OLGA),
        Line(replace(DAVE, text="106")),
    )
    accounts = (pbx(*lines, voicemail=Voicemail(2, 5, MAILBOX)), account("work"))

    async def steps(stage: Stage) -> None:
        await stage.sees("pick up Carol")
        await stage.press("down")
        await stage.press(*["down"] * 5)

    assert looks_as_before(FakePhone(state(accounts=accounts), records=RECORDS), look, steps)


@EVERY_LOOK
def test_the_question_whether_to_call_somebody_else(looks_as_before: Compare, look: Look) -> None:
    before = state(call(), accounts=(account(capabilities=PBX),))

    async def steps(stage: Stage) -> None:
        asked = replace(before.calls[0], referral=Referral(CAROL, "redirect"))
        await stage.tell(replace(before, calls=(asked,)))
        await stage.until(lambda: isinstance(stage.app.screen, ReferralDialog))

    assert looks_as_before(FakePhone(before, records=RECORDS), look, steps)

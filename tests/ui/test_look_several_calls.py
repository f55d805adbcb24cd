"""Several calls as they look: a conference with long names, a consultation, the keypad, the sound devices."""

from tests.ui.fake_phone import FakePhone
from tests.ui.look import EVERY_LOOK, SMALL_DARK, Compare, Look
from tests.ui.samples import ACCOUNTS, AN, EVERYTHING, NOW, OLGA, SATO, account, call, state
from tests.ui.stage import Stage
from tests.ui.test_look import meter
from tests.ui.test_several_calls import DEVICES
from tuiphone.core.call import CallState
from tuiphone.core.capability import Capability
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import MediaStats

LONG = Address(AddressKind.PHONE, "+84900000002", "Nguyễn Thị Phương Thảo, Công ty Cổ phần Vận tải Biển Đông")
CONFERENCE = (
    call(peer=LONG, conference=True, note="Wants the offer by Monday; send it to her assistant as well.", muted=True),
    call(peer=OLGA, ref="c2", conference=True, account="home", muted=True, recording="/r/x.ogg"),
    call(CallState.HELD, SATO, "c3"),
)


@EVERY_LOOK
def test_a_conference(looks_as_before: Compare, look: Look) -> None:
    phone = FakePhone(state(*CONFERENCE, accounts=ACCOUNTS))

    async def steps(stage: Stage) -> None:
        await meter(stage)
        await stage.press("alt+1")
        for second in range(40):
            stage.app._scores.take({CONFERENCE[0].id: MediaStats(mos=4.3 - (second % 9) / 4)}, NOW + 2 + second)
        stage.app.redraw()

    assert looks_as_before(phone, look, steps)


def test_a_conference_with_the_keypad(looks_as_before: Compare) -> None:
    async def steps(stage: Stage) -> None:
        await meter(stage)
        await stage.press("alt+1", "k", "1", "2")
        await stage.until(lambda: stage.app.query_one("#call-pad Keypad").pressed is None)  # type: ignore[attr-defined]

    assert looks_as_before(FakePhone(state(*CONFERENCE, accounts=ACCOUNTS)), SMALL_DARK, steps)


@EVERY_LOOK
def test_asking_before_a_transfer(looks_as_before: Compare, look: Look) -> None:
    attended = (account(capabilities=EVERYTHING | Capability.TRANSFER_ATTENDED),)
    calls = (call(CallState.HELD, LONG), call(peer=AN, ref="c2", consults="c1"))

    async def steps(stage: Stage) -> None:
        await stage.sees("asked before")

    assert looks_as_before(FakePhone(state(*calls, accounts=attended)), look, steps)


@EVERY_LOOK
def test_the_sound_devices(looks_as_before: Compare, look: Look) -> None:
    phone = FakePhone(state(call(), accounts=ACCOUNTS))
    phone.found_devices = DEVICES

    async def steps(stage: Stage) -> None:
        await stage.press("s")
        await stage.sees("Ringer")

    assert looks_as_before(phone, look, steps)


def test_which_calls_to_join(looks_as_before: Compare) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("c")
        await stage.sees("all 3 calls")

    phone = FakePhone(state(call(peer=LONG), call(CallState.HELD, OLGA, "c2"), call(CallState.HELD, SATO, "c3")))
    assert looks_as_before(phone, SMALL_DARK, steps)


@EVERY_LOOK
def test_a_note(looks_as_before: Compare, look: Look) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("n")
        await stage.type(" 2")

    assert looks_as_before(FakePhone(state(call(note="Gọi lại thứ hai"))), look, steps)

"""Several calls by keys: swapping, joining, asking before a transfer; notes, pasted digits, the sound devices."""

import pytest
from textual import events

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import AN, EVERYTHING, HELP_DESK, HOSTILE, OLGA, SATO, account, call, changed, state
from tests.ui.stage import Stage, opened
from tuiphone.control.sound import Devices, SoundDevice
from tuiphone.core.call import CallState, EndReason
from tuiphone.core.capability import Capability
from tuiphone.core.errors import NoDevice
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.state import Sound
from tuiphone.ui.alt_digits import AltDigits

HELD = CallState.HELD
ATTENDED = (account(capabilities=EVERYTHING | Capability.TRANSFER_ATTENDED),)
TWO = (call(), call(HELD, OLGA, "c2"))
THREE = (*TWO, call(HELD, SATO, "c3"))


async def test_w_swaps_and_keys_mean_the_call_that_is_taken_back() -> None:
    phone = FakePhone(state(*TWO))
    async with opened(phone) as stage:
        await stage.press("w")
        await stage.hears("swap")
        await stage.tell(state(call(HELD), call(peer=OLGA, ref="c2")))
        await stage.press("m")
        await stage.hears("mute", "c2", True)
        await stage.press("f2", "alt+w")
        await stage.until(lambda: len(phone.told("swap")) == 2)


async def test_keys_for_several_calls_are_not_offered_with_one() -> None:
    phone = FakePhone(state(call()))
    async with opened(phone, size=(120, 40)) as stage:
        await stage.press("w", "c", "T")
        for word in ("w swap", "c join", "T ask"):
            assert word not in stage.text
        assert not {command[0] for command in phone.commands} & {"swap", "join", "consult"}


async def test_two_calls_are_joined_with_c_and_split_with_c_again() -> None:
    phone = FakePhone(state(*TWO))
    async with opened(phone, size=(120, 40)) as stage:
        await stage.sees("c join")
        await stage.press("c")
        await stage.hears("join", "c1", "c2")
        await stage.tell(state(call(conference=True), call(peer=OLGA, ref="c2", conference=True)))
        await stage.sees("in conference with Ольга Петрова")
        await stage.sees("c split")
        await stage.press("c")
        await stage.hears("split", "c1")


async def test_a_second_call_is_announced_with_what_answering_does_to_the_conference() -> None:
    joined = (call(conference=True), call(peer=OLGA, ref="c2", conference=True))
    async with opened(FakePhone(state(*joined))) as stage:
        await stage.tell(state(*joined, call(CallState.INCOMING, SATO, "c3")))
        await stage.sees("Answering puts the conference on hold.")


async def test_with_three_calls_one_says_which_and_a_third_is_added_to_a_conference() -> None:
    phone = FakePhone(state(*THREE))
    async with opened(phone, size=(120, 40)) as stage:
        await stage.press("c")
        await stage.sees("all 3 calls")
        await stage.press("down", "down", "enter")
        await stage.hears("join", "c1", "c3")
        joined = [call(one.state, one.peer, one.id.ref, conference=True) for one in TWO]
        await stage.tell(state(*joined, call(HELD, SATO, "c3")))
        await stage.press("alt+3", "c")
        await stage.hears("join", "c3")


async def test_a_number_with_alt_and_the_strip_say_which_call_is_meant() -> None:
    phone = FakePhone(state(*THREE))
    async with opened(phone) as stage:
        await stage.press("f2", "alt+2")
        assert stage.page == "dial"
        await stage.sees("2›‖")
        await stage.press("alt+h")
        await stage.hears("hold", "c2", False)


async def test_a_number_with_alt_as_terminals_send_it_is_no_digit_for_the_other_side() -> None:
    phone = FakePhone(state(*THREE))
    async with opened(phone) as stage:
        assert stage.page == "call"
        for sent in AltDigits().feed("\x1b2"):
            assert isinstance(sent, events.Key)
            stage.app.post_message(sent)
        await stage.sees("2›‖")
        assert not phone.told("dtmf")


async def test_asking_before_a_transfer_goes_from_the_question_to_the_connection() -> None:
    phone = FakePhone(state(call(), accounts=ATTENDED))
    async with opened(phone, size=(120, 40)) as stage:
        await stage.press("T")
        await stage.sees("Transfer Nguyễn Văn An after asking")
        await stage.type("100")
        await stage.press("enter")
        await stage.hears("consult", "c1", "100")
        asked = call(CallState.RINGING, OLGA, "new", consults="c1")
        await stage.tell(state(call(HELD), asked, accounts=ATTENDED))
        await stage.sees("asked before Nguyễn Văn An is handed over")
        await stage.press("alt+1", "T")
        await stage.until(lambda: any("has not answered yet" in said for said in stage.toasts))
        await stage.tell(state(call(HELD), call(peer=OLGA, ref="new", consults="c1"), accounts=ATTENDED))
        await stage.press("alt+2")
        await stage.sees("T connect them")
        await stage.press("T")
        await stage.hears("connect", "new", "c1")


async def test_escape_in_a_consultation_hangs_up_and_leads_back_to_the_first_call() -> None:
    asked = call(peer=OLGA, ref="c2", consults="c1")
    phone = FakePhone(state(call(HELD), asked, accounts=ATTENDED))
    async with opened(phone) as stage:
        await stage.press("escape")
        await stage.hears("hangup", "c2")
        over = changed(state(call(), asked, accounts=ATTENDED), "c2", state=CallState.ENDED, reason=EndReason.HUNG_UP)
        await stage.tell(over)
        await stage.press("m")
        await stage.hears("mute", "c1", True)
        await stage.press("escape")
        assert phone.told("hangup") == [("c2",)], "in a plain call escape ends nothing"


async def test_two_calls_that_are_up_can_be_connected_without_asking() -> None:
    phone = FakePhone(state(*TWO, accounts=ATTENDED))
    async with opened(phone, size=(120, 40)) as stage:
        await stage.press("T")
        await stage.sees("Connect Nguyễn Văn An with")
        await stage.press("enter")
        await stage.hears("connect", "c1", "c2")


async def test_a_blind_transfer_suggests_the_other_calls_first() -> None:
    phone = FakePhone(state(call(), call(HELD, HELP_DESK, "c2")))
    async with opened(phone) as stage:
        await stage.press("t")
        await stage.sees("Help desk")
        await stage.press("down", "enter")
        await stage.hears("transfer", "c1", HELP_DESK.text)


async def test_a_note_is_written_changed_and_taken_back_also_after_the_end() -> None:
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        await stage.press("n")
        await stage.type("Gọi lại")
        await stage.press("enter")
        await stage.hears("note", "c1", "Gọi lại")
        noted = state(call(note="Gọi lại"))
        await stage.tell(noted)
        await stage.sees("note  Gọi lại")
        await stage.tell(changed(noted, "c1", state=CallState.ENDED, reason=EndReason.REMOTE_HUNG_UP))
        await stage.press("n")
        await stage.type(" thứ hai")
        await stage.tell(state())  # the dialog outlives the call
        await stage.press("enter")
        await stage.hears("note", "c1", "Gọi lại thứ hai")


@pytest.mark.parametrize(
    ("pasted", "sent"),
    [
        ("1234", "1234"),
        (" 4-3 (2)\n", "432"),
        ("12p34,5", "12,34,5"),
        ("call me", None),
        ("1" * 65, None),
        (",", None),
        ("9" * 100_000, None),
        ("12\x1b[31m", None),
    ],
)
async def test_pasted_digits_go_out_in_one_piece_and_garbage_not_at_all(pasted: str, sent: str | None) -> None:
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        stage.app.screen.post_message(events.Paste(pasted))
        if sent is None:
            await stage.until(lambda: any("nothing was sent" in said for said in stage.toasts))
            assert not phone.told("dtmf")
        else:
            await stage.hears("dtmf", "c1", sent)


async def test_digits_typed_while_others_are_on_their_way_go_out_together_after_them() -> None:
    phone = FakePhone(state(call()))
    phone.waits_for = {"dtmf"}
    async with opened(phone) as stage:
        await stage.press("1", "2", "3")
        assert phone.told("dtmf") == [("c1", "1")]
        phone.slow.set()
        await stage.until(lambda: phone.told("dtmf") == [("c1", "1"), ("c1", "23")])
        await stage.sees("sent 1 2 3")


DEVICES = Devices(
    (SoundDevice("Headset", True, True), SoundDevice("Desk [red]mic")),
    (SoundDevice("Headset", True, True), SoundDevice("Bell")),
    {"microphone": "default", "speaker": "Headset", "ringer": "Jabra 75"},
)


async def opened_audio(stage: Stage) -> None:
    await stage.press("s")
    await stage.sees("Microphone")


async def test_devices_are_chosen_by_keys_in_three_groups_and_tested() -> None:
    phone = FakePhone(state(call()))
    phone.found_devices = DEVICES
    async with opened(phone) as stage:
        await opened_audio(stage)
        await stage.sees("● the system's choice")
        await stage.sees("○ Desk [red]mic")
        await stage.press("down", "down", "enter")
        await stage.hears("use_device", "microphone", "Desk [red]mic")
        await stage.press("t")
        await stage.sees("this is what the microphone hears")
        await stage.press("down", "down", "down", "down", "enter", "t")
        await stage.hears("use_device", "speaker", "Bell")
        await stage.hears("probe_device", "speaker")
        await stage.press("end", "enter")
        await stage.hears("use_device", "ringer", "none")
        await stage.press("up", "up")
        await stage.sees("● Jabra 75, which is not there now")
        await stage.press("escape")
        assert len(stage.app.screen_stack) == 1


async def test_what_is_wrong_with_a_device_is_said_in_the_dialog() -> None:
    phone = FakePhone(state(call(), sound=Sound("Headset", None, "No speaker: you cannot hear the other side.")))
    phone.refusals["use_device"] = NoDevice("There is no microphone 'x'. See `tuiphone devices`.")
    async with opened(phone) as stage:
        await opened_audio(stage)
        await stage.sees("No speaker: you cannot hear")
        await stage.press("enter")
        await stage.sees("There is no microphone 'x'.")


async def test_hostile_names_are_text_in_every_question() -> None:
    mallory = Address(AddressKind.USER, "mallory", HOSTILE)
    calls = [call(peer=mallory), call(HELD, mallory, "c2"), call(HELD, AN, "c3", note=HOSTILE)]
    async with opened(FakePhone(state(*calls, accounts=ATTENDED)), size=(120, 40)) as stage:
        titles = {"c": "Join", "T": "Connect", "t": "Transfer", "n": "Note on"}
        for key, title in titles.items():
            await stage.press(key)
            await stage.until(lambda: len(stage.app.screen_stack) == 2)
            await stage.sees(f"{title} [red]␛[2J")
            assert "\x1b" not in stage.text
            await stage.press("escape")

"""The In-call page and the calls strip: what a call is doing, and what its keys do."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from textual import events
from textual.widget import Widget

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import (
    AN,
    EVERYTHING,
    HELP_DESK,
    HOSTILE,
    NOW,
    OLGA,
    RECORDS,
    SATO,
    account,
    call,
    changed,
    state,
)
from tests.ui.stage import opened
from tuiphone.core.call import CallState, EndReason
from tuiphone.core.capability import Action, Capability
from tuiphone.core.errors import RequestTimeout
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import MediaStats
from tuiphone.core.state import Sound
from tuiphone.ui.verbs import TALKING
from tuiphone.ui.widgets.keypad import Keypad
from tuiphone.ui.widgets.level_meter import LevelBar, QualityPlot

GOOD = MediaStats(0.2, 0.4, "Opus", 2100, 3, 0.4, 4.2, 24.0, 41.0, 120.0, 4.3)


@pytest.mark.parametrize(
    ("key", "command"),
    [
        ("m", ("mute", "c1", True)),
        ("h", ("hold", "c1", True)),
        ("r", ("record", "c1", True)),
        ("v", ("camera", "c1", True)),
        ("x", ("hangup", "c1")),
    ],
)
async def test_a_letter_on_the_in_call_page_is_a_command(key: str, command: tuple[object, ...]) -> None:
    phone = FakePhone(state(call(video=True)))
    async with opened(phone) as stage:
        assert stage.page == "call"
        await stage.press(key)
        await stage.hears(*command)


@pytest.mark.parametrize(
    ("key", "command"),
    [
        ("m", ("mute", "c1", False)),
        ("h", ("hold", "c1", False)),
        ("r", ("record", "c1", False)),
        ("v", ("camera", "c1", False)),
    ],
)
async def test_the_same_letter_takes_it_back(key: str, command: tuple[object, ...]) -> None:
    held = call(CallState.HELD, video=True, muted=True, camera=True, recording="/r/1.ogg")
    phone = FakePhone(state(held))
    async with opened(phone) as stage:
        await stage.press(key)
        await stage.hears(*command)


@pytest.mark.parametrize("page", ["f2", "f4", "f7"])
async def test_with_alt_the_letters_work_on_every_page(page: str) -> None:
    phone = FakePhone(state(call()), records=RECORDS)
    async with opened(phone) as stage:
        await stage.press(page, "alt+h")
        await stage.hears("hold", "c1", True)
        await stage.press("alt+x")
        await stage.hears("hangup", "c1")


async def test_what_the_account_cannot_do_is_not_offered_and_its_key_does_nothing() -> None:
    few = Capability.HANGUP | Capability.DIAL_USER
    phone = FakePhone(state(call(), accounts=(account(capabilities=few),)))
    async with opened(phone) as stage:
        await stage.sees("x hang up")
        for word in ("m mute", "h hold", "k keypad", "t transfer", "r record", "i info"):
            assert f" {word}" not in stage.text
        await stage.press("m", "h", "t", "r", "i", "k")
        verbs = {command[0] for command in phone.commands}
        assert not verbs & {"mute", "hold", "transfer", "record", "info"}


async def test_a_transfer_that_needs_a_telephone_is_offered_only_with_one() -> None:
    accounts = (account(capabilities=EVERYTHING | Capability.TRANSFER_PHONE_ONLY),)
    phone = FakePhone(state(call(peer=OLGA), accounts=accounts))
    async with opened(phone) as stage:
        await stage.sees("x hang up")
        assert "transfer" not in stage.text
        await stage.tell(state(call(peer=AN), accounts=accounts))
        await stage.sees("t transfer")


SAID = [
    (call(CallState.DIALING), "calling…"),
    (call(CallState.RINGING), "ringing"),
    (call(CallState.RINGING, early_media=True), "ringing; you can already hear them"),
    (call(), "in call"),
    (call(CallState.HELD), "on hold"),
    (call(held_by_peer=True), "on hold by the other side"),
    (call(CallState.HELD, held_by_peer=True), "on hold on both sides"),
    (call(media=None), "connecting the sound…"),
    (call(media="disconnected"), "The sound broke off; waiting for it."),
    (call(muted_by_peer=True), "they muted themselves"),
    (call(pending=Action.HANGUP), "hanging up…"),
    (call(pending=Action.TRANSFER), "transferring…"),
    (call(muted=True), "muted"),
    (call(recording="/recordings/a.ogg"), "●REC"),
    (call(detail="The call is not being recorded: no room."), "The call is not being recorded: no room."),
    (call(facts=(("Answered on another device", "no"),)), "Answered on another device  no"),
    (call(notices=('{"ticket": 1}', "second")), "‹ second"),
]


async def test_every_state_of_a_call_is_said_in_words() -> None:
    async with opened(FakePhone(state(call())), size=(120, 40)) as stage:
        for one, words in SAID:
            await stage.tell(state(one))
            await stage.sees(words)


async def test_without_sound_here_nothing_is_said_of_it() -> None:
    silent = account(capabilities=EVERYTHING & ~Capability.MEDIA)
    async with opened(FakePhone(state(call(media=None), accounts=(silent,)))) as stage:
        await stage.sees("in call")
        assert "connecting the sound" not in stage.text
        assert "jitter" not in stage.text


async def test_an_ended_call_shows_its_reason_and_then_one_is_back_where_one_was() -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.press("f7", "f2", "f4")
        await stage.press("f2")
        await stage.type("100")
        await stage.press("enter")
        live = state(call(CallState.RINGING, OLGA, "new"))
        await stage.tell(live)
        assert stage.page == "call"
        over = changed(live, "new", state=CallState.ENDED, ended_at=NOW, reason=EndReason.BUSY, detail="486 Busy Here")
        await stage.tell(over)
        await stage.sees("ended: busy")
        await stage.sees("486 Busy Here")
        assert stage.page == "call"
        await stage.tell(state())
        assert stage.page == "dial"


async def test_digits_typed_go_out_as_dtmf_and_are_shown() -> None:
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        await stage.press("1", "asterisk", "number_sign")
        await stage.until(lambda: phone.told("dtmf") == [("c1", "1"), ("c1", "*"), ("c1", "#")])
        await stage.sees("sent 1 * #")


async def test_the_keypad_comes_with_k_and_sends_what_is_clicked() -> None:
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        await stage.press("k")
        await stage.pilot.click("#call-pad Keypad", offset=(10, 0))
        await stage.hears("dtmf", "c1", "2")
        assert stage.app.query_one("#call-pad Keypad", Keypad).size.height == 7
        await stage.press("escape")
        assert not stage.app.query_one("#call-pad").display


async def test_what_is_typed_right_after_a_key_that_asks_is_the_answer() -> None:
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        await stage.press("f9")
        for key in "n12x":
            stage.app.post_message(events.Key(key, key))
        await stage.sees("│ 12x")
        assert phone.told("dtmf") == phone.told("hangup") == []


async def test_digits_without_dtmf_say_so_and_send_nothing() -> None:
    phone = FakePhone(state(call(), accounts=(account(capabilities=EVERYTHING & ~Capability.DTMF),)))
    async with opened(phone) as stage:
        await stage.press("1")
        await stage.until(lambda: stage.toasts == ["Digits cannot be sent in this call now."])
        assert phone.told("dtmf") == []


async def test_a_transfer_asks_whom_to_and_refuses_what_cannot_be_called() -> None:
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        await stage.press("t")
        await stage.sees("Transfer Nguyễn Văn An to")
        await stage.type("+1x")
        await stage.press("enter")
        await stage.sees("+1x is not a telephone number")
        assert phone.told("transfer") == []
        await stage.press("ctrl+u")
        await stage.type("100")
        await stage.press("enter")
        await stage.hears("transfer", "c1", "100")


@pytest.mark.parametrize("key", ["t", "i"])
async def test_escape_leaves_a_prompt_and_nothing_is_sent(key: str) -> None:
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        await stage.press(key)
        await stage.type("100")
        await stage.press("escape")
        assert len(stage.app.screen_stack) == 1
        assert not phone.told("transfer")
        assert not phone.told("info")


@pytest.mark.parametrize(
    ("typed", "payload"),
    [('{"a": [1]}', {"a": [1]}), ("hello there", "hello there"), ("{broken", "{broken"), ("42", "42")],
)
async def test_a_side_message_goes_out_as_json_or_as_text(typed: str, payload: object) -> None:
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        await stage.press("i")
        await stage.type(typed)
        await stage.sees("Goes out as plain text." if isinstance(payload, str) else "Goes out as JSON.")
        await stage.press("enter")
        await stage.hears("info", "c1", payload)


async def test_a_call_says_for_whom_it_was_picked_up_and_that_its_caller_wanted_that_it_answers_by_itself() -> None:
    taken = replace(call(), picked_up_for=replace(SATO, name="[b]Sales"), answered_as_asked=True)
    async with opened(FakePhone(state(taken)), size=(120, 40)) as stage:
        await stage.press("f9")
        await stage.sees("call from work, picked up for [b]Sales")
        await stage.sees("by itself: the caller asked for it")


@pytest.mark.parametrize("key", ["X", "shift+x"])
async def test_a_reason_is_asked_for_where_the_far_side_can_be_told_one(key: str) -> None:
    able = account(capabilities=EVERYTHING | Capability.FAREWELL)
    phone = FakePhone(state(call(), accounts=(able,)))
    async with opened(phone) as stage:
        await stage.press(key)
        await stage.sees("saying why")
        await stage.press("enter")
        await stage.sees("Type why")
        await stage.type("  tea ")
        await stage.press("enter")
        await stage.hears("hangup", "c1", "tea")


async def test_nobody_is_asked_for_a_reason_that_cannot_be_told() -> None:
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        await stage.press("X")
        assert "saying why" not in stage.text
        assert not phone.told("hangup")


def test_the_order_of_the_call_keys_has_hanging_up_where_no_screen_is_too_narrow_for_it() -> None:
    assert [verb.name for verb in TALKING][:4] == ["mute", "hold", "swap", "hangup"]


async def test_meters_move_bars_figures_and_the_strip() -> None:
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        phone.meter(c1=GOOD)
        await stage.sees("good 4.3")
        for text in ("Opus", "0.4 %", "24 ms", "41 ms"):
            assert text in stage.text
        assert stage.app.query_one("#level-theirs", LevelBar).level == 0.4
        phone.meter(c1=MediaStats(mos=2.9))
        await stage.sees("poor 2.9")


def _noting(painted: list[str], widget: Widget) -> Callable[[], None]:
    original = widget._render_content

    def render() -> None:
        painted.append(type(widget).__name__)
        original()

    return render


async def test_ten_meters_a_second_repaint_the_small_widgets_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        phone.meter(c1=GOOD)
        await stage.sees("good 4.3")
        await stage.settle()
        painted: list[str] = []
        for widget in stage.app.screen.walk_children(Widget):
            # Textual asks this of a widget whenever something about it has to be drawn anew.
            monkeypatch.setattr(widget, "_render_content", _noting(painted, widget))
        for level in (0.1, 0.6, 0.05):
            phone.meter(c1=MediaStats(level, level, "Opus", 2100, 3, 0.4, 4.2, 24.0, 41.0, 120.0, 4.3))
            await stage.settle()
        assert set(painted) <= {"LevelTrace", "LevelBar"}
        assert painted


async def test_the_quality_of_the_last_minute_is_kept_a_score_a_second() -> None:
    now = NOW
    phone = FakePhone(state(call()))
    async with opened(phone, now=lambda: now) as stage:
        for second in range(70):
            now = NOW + second
            phone.meter(c1=MediaStats(mos=4.0 if second < 40 else 2.0))
            await stage.pilot.pause()
        await stage.until(lambda: len(stage.app.scores_of(phone.state.calls[0].id)) == 60)
        assert stage.app.scores_of(phone.state.calls[0].id)[-1] == 2.0
        stage.app._main.page.tick(now)
        bars = stage.app.query_one(QualityPlot).render().plain
        assert {"▃", "▇"} <= set(bars)


async def test_the_far_sides_picture_is_counted_in_words() -> None:
    phone = FakePhone(state(call(video=True)))
    async with opened(phone) as stage:
        await stage.press("p")  # at this size the picture itself takes the place of the figures
        phone.meter(c1=MediaStats(video="640x480, 30/s"))
        await stage.sees("video     640x480, 30/s")


CAMERAS = ("front pattern", "back pattern")


@pytest.mark.parametrize("key", ["V", "alt+V"])
async def test_a_capital_v_shows_the_other_camera(key: str) -> None:
    shown = call(video=True, camera=True, cameras=CAMERAS)
    async with opened(FakePhone(state(shown))) as stage:
        await stage.sees("V other camera")
        if key != "V":
            await stage.press("f4")
        await stage.press(key)
        await stage.hears("switch_camera", "c1")


@pytest.mark.parametrize("changes", [{"camera": False}, {"cameras": CAMERAS[:1]}], ids=["off", "the only one"])
async def test_a_camera_that_cannot_be_switched_is_not_offered(changes: dict[str, object]) -> None:
    shown: dict[str, object] = {"video": True, "camera": True, "cameras": CAMERAS}
    phone = FakePhone(state(call(**shown | changes)))
    async with opened(phone) as stage:
        await stage.sees("v camera")
        await stage.press("V")
        assert "other camera" not in stage.text
        assert not [command for command in phone.commands if command[0] == "switch_camera"]


async def test_what_our_picture_is_of_and_what_is_wrong_with_it_is_said() -> None:
    shown = state(call(video=True, camera=True, cameras=CAMERAS))
    async with opened(FakePhone(shown)) as stage:
        await stage.sees("in call  ·  ◉ front pattern")
        await stage.tell(changed(shown, "c1", cameras=CAMERAS[::-1]))
        await stage.sees("in call  ·  ◉ back pattern")
        gone = "The camera back pattern is not there; plug it in."
        await stage.tell(changed(shown, "c1", cameras=CAMERAS[::-1], camera_problem=gone))
        await stage.sees("◉ back pattern, no picture")
        await stage.sees(gone)
        await stage.tell(changed(shown, "c1", camera=False))
        await stage.sees("in call  ·  camera off")


async def test_a_missing_sound_card_is_said_during_the_call() -> None:
    quiet = Sound(None, None, "No sound card: calls are silent.")
    async with opened(FakePhone(state(call(), sound=quiet))) as stage:
        await stage.sees("No sound card: calls are silent.")


async def test_keys_act_on_the_call_in_focus_and_alt_down_moves_it() -> None:
    phone = FakePhone(state(call(), call(CallState.HELD, OLGA, "c2")))
    async with opened(phone) as stage:
        await stage.press("alt+down", "h")
        await stage.hears("hold", "c2", False)
        await stage.press("alt+down", "m")
        await stage.hears("mute", "c1", True)


@pytest.mark.parametrize(
    ("width", "strip"),
    [
        (40, ["1›▶ 00:42 Nguyễn Văn… ●REC muted", "2 ‖ 00:42 Ольга Петр…"]),
        (52, ["1›▶ 00:42 Nguyễn Vă… ●REC muted [m] [h] [x]", "2 ‖ 00:42 Ольга Пет… [m] [h] [x]"]),
        (62, ["1›▶ 00:42 Nguyễn Vă… good 4.3 ●REC muted [m] [h] [x]", "2 ‖ 00:42 Ольга Пет… on hold [m] [h] [x]"]),
        (72, ["1›▶ 00:42 Nguyễn Vă… ▆ ▇ good 4.3 ●REC muted [m] [h] [x]", "2 ‖ 00:42 Ольга Пет… on hold [m] [h] [x]"]),
    ],
)
async def test_who_and_how_long_is_the_last_thing_to_give_way_in_the_strip(width: int, strip: list[str]) -> None:
    calls = call(recording="/r/1.ogg", muted=True), call(CallState.HELD, OLGA, "c2")
    phone = FakePhone(state(*calls))
    async with opened(phone, size=(width, 10)) as stage:
        phone.meter(c1=GOOD)

        def rows() -> list[str]:
            shown = [row.strip(" │").replace("▁", "") for row in stage.text.splitlines() if "00:42" in row][:2]
            return [" ".join(row.split()) for row in shown]

        with suppress(TimeoutError):
            await stage.until(lambda: rows() == strip)
        assert rows() == strip


async def test_a_click_on_a_line_of_the_strip_puts_that_call_in_focus() -> None:
    phone = FakePhone(state(call(), call(CallState.HELD, HELP_DESK, "c2")))
    async with opened(phone) as stage:
        await stage.press("f2")
        line = list(stage.app.query("CallLine"))[1]
        await stage.pilot.click(line, offset=(10, 0))
        await stage.settle()
        assert stage.page == "call"
        await stage.press("x")
        await stage.hears("hangup", "c2")


async def test_a_click_on_a_button_of_the_strip_does_what_it_says() -> None:
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        await stage.press("f2")
        row = next(at for at, line in enumerate(stage.text.splitlines()) if "[x]" in line)
        await stage.pilot.click(offset=(stage.text.splitlines()[row].index("[x]") + 1, row))
        await stage.hears("hangup", "c1")
        assert stage.page == "dial"


async def test_a_click_in_the_footer_is_the_key() -> None:
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        lines = stage.text.splitlines()
        row = next(at for at, line in enumerate(lines) if "h hold" in line)
        await stage.pilot.click(offset=(lines[row].index("h hold") + 3, row))
        await stage.hears("hold", "c1", True)


async def test_attaching_to_a_phone_with_a_call_shows_the_call() -> None:
    async with opened(FakePhone(state(call()))) as stage:
        assert stage.page == "call"
        await stage.sees("00:42")


async def test_a_hostile_name_is_text_on_the_page_and_in_the_strip() -> None:
    mallory = Address(AddressKind.USER, "mallory", HOSTILE)
    one = call(peer=mallory, facts=(("[b]x", "\x1b]0;title\x07"),), notices=("\x1b[31mred",), detail="\x1b[2Jgone")
    async with opened(FakePhone(state(one))) as stage:
        assert stage.text.count("[red]␛[2J") == 2
        await stage.sees("[b]x")
        await stage.sees("‹ ␛[31mred")
        await stage.sees("␛[2Jgone")
        assert "\x1b" not in stage.text


async def test_what_a_repeating_key_gets_for_an_answer_is_shown_once() -> None:
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        for _ in range(5):
            stage.app.say_not_now("That call is over.")
        stage.app.say("That call is over, too.")
        await stage.settle()
        stage.app.say_not_now("That call is over.")
        await stage.settle()
        assert stage.toasts == ["That call is over.", "That call is over, too."]
        stage.app.clear_notifications()
        await stage.settle()
        stage.app.say_not_now("That call is over.")
        await stage.settle()
        assert stage.toasts == ["That call is over."]


async def test_a_command_that_fails_is_told_in_its_own_words() -> None:
    phone = FakePhone(state(call()))
    phone.refusals["hold"] = RequestTimeout("The server did not answer within 15 seconds; [b]try[/b] again.")
    async with opened(phone) as stage:
        await stage.press("h")
        await stage.until(lambda: stage.toasts)
        assert stage.toasts == ["The server did not answer within 15 seconds; [b]try[/b] again."]
        await stage.sees("[b]try[/b]")

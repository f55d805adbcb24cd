"""The Accounts page and the chips on the top line."""

from dataclasses import replace

from textual.content import Content

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import ACCOUNTS, HOSTILE, NOW, account, state
from tests.ui.stage import opened
from tuiphone.core.capability import Capability
from tuiphone.core.errors import NotPossible
from tuiphone.core.events import Link
from tuiphone.ui.screens.accounts import AccountLines
from tuiphone.ui.widgets.account_chips import Chip, fitting
from tuiphone.ui.widgets.plain import Plain

CHIPS = [
    (account(), "● work·oncaller"),
    (account(link=Link.CONNECTING), "◌ work·oncaller (connecting)"),
    (account(link=Link.WAITING, retry_at=NOW + 4), "○ work·oncaller (reconnecting in 4 s)"),
    (account(link=Link.FAILED, detail="The token is wrong."), "✕ work·oncaller (failed)"),
    (account(link=Link.OFF), "– work·oncaller (switched off)"),
    (account(link=Link.BROKEN, detail="x"), "! work·oncaller (broken settings)"),
]


async def test_every_state_of_an_account_has_a_symbol_and_a_word() -> None:
    async with opened(FakePhone(state())) as stage:
        for known, chip in CHIPS:
            await stage.tell(state(accounts=(known,)))
            await stage.sees(chip)


async def test_the_seconds_until_the_next_try_count_down() -> None:
    now = NOW
    waiting = account(link=Link.WAITING, retry_at=NOW + 4)
    async with opened(FakePhone(state(accounts=(waiting,))), now=lambda: now) as stage:
        await stage.sees("reconnecting in 4 s")
        now = NOW + 3
        await stage.sees("reconnecting in 1 s")


async def test_while_a_lost_link_is_made_again_the_seconds_since_its_loss_are_counted() -> None:
    now = NOW + 2
    lost = replace(account(link=Link.CONNECTING), lost_at=NOW)
    async with opened(FakePhone(state(accounts=(lost,))), now=lambda: now) as stage:
        await stage.sees("◌ work·oncaller (reconnecting, 2 s)")
        now = NOW + 31
        await stage.sees("reconnecting, 31 s")
    assert fitting([(lost, "reconnecting, 31 s")], 20) == ["work 31 s"]


async def test_the_reason_of_a_failed_account_is_shown_while_its_chip_has_the_focus() -> None:
    failed = account(link=Link.FAILED, detail="The server refused the token; put a fresh one into work.toml.")
    async with opened(FakePhone(state(accounts=(failed,)))) as stage:
        chip = stage.app.query_one(Chip)
        chip.focus()
        await stage.sees("work: failed. The server refused the token; put a fresh one into work.toml.")
        await stage.press("enter")
        assert stage.page == "accounts"


def test_many_accounts_are_shortened_until_they_fit() -> None:
    five = [(account(f"account-number-{at}"), "registered") for at in range(5)]
    wide, narrow = fitting(five, 200), fitting(five, 60)
    assert wide[0] == "account-number-0·oncaller"
    assert len(narrow) == 5
    assert sum(len(label) + 4 for label in narrow) <= 60 + 5


def test_accounts_without_room_for_their_names_are_told_apart() -> None:
    names = ["alice", "alice-azstack", "alice-prostiezvonki", "alice-sip", "work", "al"]
    six = [(account(name), "registered") for name in names]
    assert fitting(six, 66) == ["alice", "…azstack", "…prostiezvonki", "…sip", "work", "al"]
    assert fitting(six, 51) == ["alice", "…azst…", "…pros…", "…sip", "work", "al"]
    assert fitting(six, 5)[1:3] == ["…a…", "…p…"]


async def test_the_page_says_all_there_is_to_know_of_an_account() -> None:
    async with opened(FakePhone(state(accounts=ACCOUNTS))) as stage:
        await stage.press("f7", "end")
        for text in ("registered, since 13:02", "work-user", "Desk phone", "calls telephones", "+84 24 7300 0001"):
            await stage.sees(text)
        await stage.press("up")
        await stage.sees("The server closed the connection.")


async def test_an_account_without_sound_says_where_its_calls_are_heard() -> None:
    sip = Capability.MEDIA | Capability.ANSWER | Capability.EXTENSION
    silent = account("pbx", capabilities=Capability.DIAL_PHONE)
    linked = replace(silent, account=replace(silent.account, linked="work"))
    said = [
        ((silent,), "at your desk phone; with sip_account"),
        ((linked,), "at your desk phone: there is no account work"),
        (
            (linked, account(capabilities=sip & ~Capability.EXTENSION)),
            "at your desk phone: work, which sip_account names, is no",
        ),
        ((linked, account(link=Link.WAITING, capabilities=sip)), "at your desk phone until work is registered"),
        ((linked, account(capabilities=sip)), "by work"),
    ]
    async with opened(FakePhone(state(accounts=(silent,)))) as stage:
        await stage.press("f7")
        for accounts, sentence in said:
            await stage.tell(state(accounts=accounts))
            await stage.sees(sentence)


async def test_every_mistake_of_a_broken_account_is_shown() -> None:
    mistakes = "work.toml: user_id: is missing.\nwork.toml: tokn: unknown; did you mean token?\nwork.toml: urls: empty."
    broken = account(link=Link.BROKEN, detail=mistakes, capabilities=account().account.capabilities)
    async with opened(FakePhone(state(accounts=(broken,)))) as stage:
        await stage.press("f7")
        for line in mistakes.splitlines():
            await stage.sees(line)
        await stage.press("o")
        assert stage.phone.told("switch_account") == []


async def test_sentences_break_where_the_panel_ends_also_beside_a_scrollbar() -> None:
    async with opened(FakePhone(state(accounts=ACCOUNTS))) as stage:
        await stage.press("f7")
        panel, text = stage.app.query_one("#account-about"), stage.app.query_one("#account-text", Plain)

        def is_within() -> bool:
            assert isinstance(text.content, Content)
            widest = max(line.cell_length for line in text.content.split("\n"))
            return panel.show_vertical_scrollbar and widest <= text.size.width

        for length in range(47, 52):
            detail = f"{'x' * length} {'y' * 9} " * 12
            await stage.tell(state(accounts=(account(link=Link.FAILED, detail=detail),)))
            await stage.until(is_within)
            await stage.tell(state(accounts=(account(link=Link.OFF),)))
            await stage.until(lambda: not panel.show_vertical_scrollbar)


async def test_an_account_is_switched_on_and_off() -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.press("f7")
        for key in ("space", "o", "enter"):
            for link, on in ((Link.ONLINE, False), (Link.OFF, True), (Link.FAILED, False)):
                await stage.tell(state(accounts=(account(link=link),)))
                phone.commands.clear()
                await stage.press(key)
                await stage.hears("switch_account", "work", on)


async def test_r_connects_now_where_that_makes_sense() -> None:
    phone = FakePhone(state(accounts=ACCOUNTS))
    async with opened(phone) as stage:
        await stage.press("f7", "r")
        assert phone.told("retry_account") == []
        await stage.press("down", "r")
        await stage.hears("retry_account", "pbx")


async def test_capital_r_reads_the_files_again() -> None:
    phone = FakePhone(state(accounts=ACCOUNTS))
    async with opened(phone) as stage:
        await stage.press("f7", "R")
        await stage.hears("reload_accounts")
        await stage.sees("The account files have been read again.")
        await stage.sees("config.toml")


async def test_a_refused_switch_is_told() -> None:
    phone = FakePhone(state())
    phone.refusals["switch_account"] = NotPossible("work has a call; hang up first.")
    async with opened(phone) as stage:
        await stage.press("f7", "o")
        await stage.until(lambda: stage.toasts == ["work has a call; hang up first."])


async def test_the_cursor_stays_on_its_account_when_others_come() -> None:
    phone = FakePhone(state(accounts=ACCOUNTS[1:]))
    async with opened(phone) as stage:
        await stage.press("f7", "end")
        await stage.tell(state(accounts=ACCOUNTS))
        chosen = stage.app.query_one(AccountLines).chosen
        assert chosen is not None
        assert chosen.account.name == "work"


async def test_without_accounts_the_page_says_how_to_add_one() -> None:
    async with opened(FakePhone(state(accounts=()))) as stage:
        await stage.press("f7")
        await stage.sees("press a to add one")


async def test_what_a_server_says_is_text() -> None:
    hostile = account(identity=HOSTILE, link=Link.FAILED, detail=f"refused: {HOSTILE}\x1b]0;x\x07")
    async with opened(FakePhone(state(accounts=(hostile,)))) as stage:
        await stage.press("f7")
        await stage.sees("refused: [red]␛[2J␛]0;x␇")

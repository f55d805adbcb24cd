"""Accounts made, changed, edited and removed on their page."""

from pathlib import Path
from typing import Any

import pytest

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import account, call, state
from tests.ui.stage import Stage, opened
from tuiphone.control.accounts import AccountFile, FilledForm, FormField, ProviderForm, Verdict
from tuiphone.core.events import Link
from tuiphone.ui import editor
from tuiphone.ui.editor import NoEditor, command

FORM = ProviderForm(
    "oncaller",
    "OnCaller",
    (
        FormField("addresses", "list", "WebSocket addresses of the servers.", '["wss://v1.example.com/"]'),
        FormField("token", "secret", "Access token of your server."),
        FormField("country", "text", "Country whose numbers need no +.", "VN"),
        FormField("key_sid", "text", "For development.", "SK...", asked=False),
        FormField("auto_answer", "switch", "Calls are picked up by themselves.", asked=False),
    ),
)
WORK = AccountFile(
    account="work",
    path="/accounts/work.toml",
    provider="oncaller",
    values={"addresses": ("wss://a.example.com/",), "country": "VN", "auto_answer": True},
    kept=("token",),
)


def phone(**more: Any) -> FakePhone:
    made = FakePhone(state(accounts=(account(), account("home"))))
    made.forms = (FORM,)
    made.files = {"work": WORK}
    for name, value in more.items():
        setattr(made, name, value)
    return made


async def on_page(stage: Stage) -> None:
    await stage.press("f7")
    await stage.sees("work-user")


async def test_an_account_is_added_corrected_and_saved() -> None:
    refused = Verdict(problem="The token was refused; get a new one.")
    async with opened(phone(verdicts=[Verdict(mistakes=(("country", "VX is no country."),)), refused])) as stage:
        await on_page(stage)
        await stage.press("a")
        await stage.sees("New OnCaller account")
        assert "key sid" not in stage.text
        await stage.type("desk")
        await stage.press("down")
        await stage.type("wss://b.example.com/")
        await stage.press("down")
        await stage.type("s3cret")
        await stage.press("down")
        await stage.type("VX")
        await stage.press("ctrl+s")
        await stage.sees("VX is no country.")
        await stage.press("backspace", "N", "ctrl+s")
        await stage.sees("The token was refused; get a new one.")
        await stage.sees("Save it untried")
        assert not stage.phone.told("save_account")
        assert "s3cret" not in stage.text
        await stage.press("ctrl+s")
        await stage.tell(state(accounts=(account(), account("desk", Link.CONNECTING))))
        await stage.until(lambda: stage.phone.told("save_account"))
        (form,) = stage.phone.told("save_account")[0]
        assert form == FilledForm(
            account="desk",
            provider="oncaller",
            values={
                "addresses": ("wss://b.example.com/",),
                "token": "s3cret",
                "country": "VN",
                "auto_answer": False,
            },
        )
        await stage.until(lambda: stage.app.screen.query("#account-about")[0].border_title == "desk")


async def test_the_name_of_the_account_is_not_the_setting_that_is_called_name() -> None:
    form = ProviderForm(
        "vox",
        "Vox",
        (
            FormField("username", "text", "User of the project.", required=True),
            FormField("name", "text", "Your name as others see it.", asked=False),
        ),
    )
    async with opened(phone(forms=(form,))) as stage:
        await on_page(stage)
        await stage.press("a")
        await stage.sees("New Vox account")
        await stage.type("desk")
        await stage.press("down")
        await stage.type("alice")
        await stage.press("ctrl+s")
        await stage.until(lambda: stage.phone.told("save_account"))
        (filled,) = stage.phone.told("save_account")[0]
        assert filled == FilledForm(account="desk", provider="vox", values={"username": "alice"})


async def test_what_the_server_refuses_may_be_saved_untried() -> None:
    async with opened(phone(verdicts=[Verdict(problem="It does not answer.")])) as stage:
        await on_page(stage)
        await stage.press("a")
        await stage.type("desk")
        await stage.press("ctrl+s")
        await stage.sees("It does not answer.")
        await stage.press("ctrl+y")
        await stage.until(lambda: stage.phone.told("save_account"))
        assert len(stage.phone.told("try_account")) == 1


async def test_an_account_is_changed_by_its_form_and_its_secret_stays() -> None:
    async with opened(phone(postponed=("work",))) as stage:
        await on_page(stage)
        await stage.press("E")
        await stage.sees("Account work")
        await stage.sees("kept; type to replace it")
        await stage.sees("[x] yes")
        await stage.press("down", "down", "backspace", "backspace")
        await stage.type("US")
        await stage.press("ctrl+s")
        await stage.until(lambda: stage.phone.told("save_account"))
        (form,) = stage.phone.told("save_account")[0]
        assert form.values == {"addresses": ("wss://a.example.com/",), "country": "US", "auto_answer": True}
        assert (form.keep, form.is_new) == (("token",), False)
        assert any("when the call on it is over" in toast for toast in stage.toasts)


async def test_an_edited_file_is_read_again_and_its_mistakes_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    paths: list[str] = []
    stage: Stage

    async def edit(app: object, path: str) -> None:
        paths.append(path)
        wrong = ("accounts/work.toml: tokn is no setting here; did you mean token?",) if len(paths) == 1 else ()
        stage.phone.files["work"] = AccountFile(account="work", path=WORK.path, problems=wrong)

    monkeypatch.setattr(editor, "edit", edit)
    async with opened(phone()) as stage:
        await on_page(stage)
        await stage.press("e")
        await stage.sees("work has a mistake")
        await stage.sees("did you mean")
        await stage.press("e")
        await stage.until(lambda: any("in order" in toast for toast in stage.toasts))
        assert paths == [WORK.path, WORK.path]
        assert len(stage.phone.told("reload_accounts")) == 2


async def test_an_account_is_removed_after_a_question_that_says_what_stays() -> None:
    async with opened(phone()) as stage:
        await on_page(stage)
        await stage.tell(state(call(), accounts=(account("home"), account())))
        await stage.press("down", "delete")
        await stage.sees("The call on it ends.")
        await stage.sees("stay in the history")
        await stage.press("n")
        assert not stage.phone.told("remove_account")
        await stage.press("delete")
        await stage.sees("Remove the account work?")
        await stage.press("y")
        await stage.hears("remove_account", "work")


async def test_the_last_trouble_stays_with_its_time() -> None:
    troubled = account(trouble="The server closed the connection.", trouble_at=1_795_269_000.0)
    async with opened(FakePhone(state(accounts=(troubled,)))) as stage:
        await stage.press("f7")
        await stage.sees("last trouble")
        await stage.sees("13:50: The server closed the connection.")


def test_the_editor_is_the_persons_own_or_a_usual_one(tmp_path: Path) -> None:
    for name in ("nano", "my-editor"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    here = {"PATH": str(tmp_path)}
    assert command(here) == [str(tmp_path / "nano")]
    assert command({**here, "EDITOR": "my-editor -w"}) == ["my-editor", "-w"]
    assert command({**here, "EDITOR": "my-editor", "VISUAL": " "}) == ["my-editor"]
    with pytest.raises(NoEditor, match="no such program"):
        command({**here, "VISUAL": "gone", "EDITOR": "nano"})
    with pytest.raises(NoEditor, match="no command"):
        command({**here, "EDITOR": "my-editor 'x"})
    with pytest.raises(NoEditor, match="set EDITOR"):
        command({"PATH": str(tmp_path / "nothing")})

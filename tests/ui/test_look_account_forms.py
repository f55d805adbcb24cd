"""The form of an account and the mistakes of its file, as they look."""

from tests.ui.fake_phone import FakePhone
from tests.ui.look import EVERY_LOOK, SMALL_DARK, Compare, Look
from tests.ui.samples import ACCOUNTS, NOW, account, state
from tests.ui.stage import Stage
from tests.ui.test_account_forms import FORM, WORK
from tuiphone.control.accounts import AccountFile, Verdict


def phone(*verdicts: Verdict) -> FakePhone:
    troubled = account(trouble="The server closed the connection.", trouble_at=NOW - 720)
    others = (known for known in ACCOUNTS if known.account.name != "work")
    made = FakePhone(state(accounts=(troubled, *others)))
    made.forms = (FORM,)
    made.files = {"work": WORK}
    made.verdicts = list(verdicts)
    return made


@EVERY_LOOK
def test_a_new_account(looks_as_before: Compare, look: Look) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("f7", "a")
        await stage.sees("New OnCaller account")
        await stage.type("desk")
        await stage.press("down", "down", "x", "y", "z", "ctrl+s")
        await stage.sees("Save it untried")

    refused = Verdict(problem="The token was refused (it ended yesterday at 14:02); get a new one.")
    assert looks_as_before(phone(refused), look, steps)


@EVERY_LOOK
def test_an_account_with_all_its_settings_and_mistakes(looks_as_before: Compare, look: Look) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("f7")
        await stage.sees("last trouble")
        await stage.press("E")
        await stage.sees("Account work")
        await stage.press("ctrl+o", "ctrl+s")
        await stage.sees("key_sid signs nothing")

    wrong = Verdict(mistakes=(("key_sid", "key_sid signs nothing without its key_secret."),))
    assert looks_as_before(phone(wrong), look, steps)


def test_the_mistakes_of_an_edited_file(looks_as_before: Compare) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("f7")
        await stage.sees("last trouble")
        from tuiphone.ui.screens.mistakes import MistakesDialog

        problems = tuple(
            f"accounts/work.toml: {what}"
            for what in (
                "tokn is no setting here; did you mean token?",
                "line 3 is not TOML (expected '=' after a key); correct it.",
                "numbers: '12x' is not a telephone number: 2 to 15 digits, with or without a + in front.",
            )
        )
        stage.app.push_screen(MistakesDialog("work", problems, "Until then the account is out of use."))
        await stage.sees("3 mistakes")

    assert looks_as_before(phone(), SMALL_DARK, steps)


def test_removing_an_account_whose_secret_is_in_the_keyring(looks_as_before: Compare) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("f7")
        await stage.sees("last trouble")
        await stage.press("delete")
        await stage.sees("Remove the account work?")

    made = phone()
    made.files["work"] = AccountFile(account="work", path=WORK.path, values={"token_keyring": True}, kept=("token",))
    assert looks_as_before(made, SMALL_DARK, steps)

"""What the keys of the Accounts page begin: adding, changing, editing and removing an account."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tuiphone.control.accounts import AccountFile, ProviderForm, ProviderForms, Reloaded
from tuiphone.ui import editor
from tuiphone.ui.text import safe
from tuiphone.ui.widgets.picker import Option

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

READ_AGAIN = (
    "The account files have been read again. What config.toml says is taken when the engine starts: for a change "
    "there, tuiphone stop, and start it anew."
)


def reload(app: "TuiPhone") -> None:
    """Have the account files read again."""

    def done(reloaded: Reloaded) -> None:
        app.say(" ".join([READ_AGAIN, *_postponed(reloaded)]))

    app.do(app.phone.reload_accounts(), done)


def add(app: "TuiPhone", then: Callable[[str], object]) -> None:
    """Ask whose account it is, and for its settings; `then` gets the name of what was saved."""

    def described(forms: ProviderForms) -> None:
        for problem in forms.problems:
            app.say_not_now(safe(problem))
        by_name = {form.name: form for form in forms.providers}
        if not by_name:
            app.say_not_now("No provider is installed; install tuiphone again with pip.")
        elif len(by_name) == 1:
            _fill_in(app, forms.providers[0], None, then)
        else:

            def chosen(name: str | None) -> None:
                if name is not None:
                    _fill_in(app, by_name[name], None, then)

            options = tuple(Option(form.name, safe(form.title)) for form in forms.providers)
            app.choose("Whose account is it?", options, None, chosen)

    app.do(app.phone.describe_providers(), described)


def _fill_in(app: "TuiPhone", form: ProviderForm, file: AccountFile | None, then: Callable[[str], object]) -> None:
    from tuiphone.ui.screens.account_form import account_dialog

    def saved(name: str | None) -> None:
        if name is not None:
            then(name)

    app.push_screen(account_dialog(app, form, file), saved)


def change(app: "TuiPhone", account: str, then: Callable[[str], object]) -> None:
    """Show the form of an account, filled in."""

    async def read() -> tuple[ProviderForms, AccountFile]:
        return await app.phone.describe_providers(), await app.phone.read_account(account)

    def show(both: tuple[ProviderForms, AccountFile]) -> None:
        forms, file = both
        form = next((form for form in forms.providers if form.name == file.provider), None)
        if form is None:
            key = app.key_of("accounts.edit")
            app.say_not_now(f"The file of {safe(account)} cannot be shown as a form; press {key} to edit it.")
        else:
            _fill_in(app, form, file, then)

    app.do(read(), show)


def edit(app: "TuiPhone", account: str) -> None:
    """Open the account's file in the person's editor, read it again, and say what is wrong with it."""
    from tuiphone.ui.screens.mistakes import MistakesDialog

    async def edited() -> tuple[AccountFile, Reloaded]:
        await editor.edit(app, (await app.phone.read_account(account)).path)
        reloaded = await app.phone.reload_accounts()
        return await app.phone.read_account(account), reloaded

    def judge(both: tuple[AccountFile, Reloaded]) -> None:
        file, reloaded = both
        if file.problems and app.is_ringing:
            # Nothing comes over a call that rings; the page has the mistakes as well.
            app.say_not_now(f"The file of {safe(account)} has mistakes now; {app.key_of('accounts.edit')} edits it.")
        elif file.problems:
            until_then = _postponed(reloaded) or ["Until then the account is out of use; the others are not touched."]
            app.push_screen(MistakesDialog(account, file.problems, until_then[0]), answered)
        else:
            app.say(" ".join([f"The settings of {safe(account)} are in order.", *_postponed(reloaded)]))

    def answered(again: bool | None) -> None:
        if again:
            edit(app, account)

    app.do(edited(), judge)


def remove(app: "TuiPhone", account: str) -> None:
    """Ask, then delete the account's file."""
    from tuiphone.ui.screens.dialogs import Confirm

    name = safe(account)

    def ask(file: AccountFile) -> None:
        talking = any(call.id.account == account for call in app.state.live_calls)
        said = [f"{name} is logged out and its file deleted: {safe(file.path)}"]
        said += ["The call on it ends."] if talking else []
        said += ["Its calls stay in the history, and so do recordings, messages and contacts."]
        said += [
            f"Its secret stays in the keyring; take it out with: python -m keyring del tuiphone {name}/{key}"
            for key in file.kept
            if file.values.get(f"{key}_keyring")
        ]
        app.push_screen(Confirm(f"Remove the account {name}?", "\n\n".join(said), yes="Remove it"), answered)

    def answered(yes: bool | None) -> None:
        if yes:
            app.do(app.phone.remove_account(account), lambda _: app.say(f"{name} is removed; its history stays."))

    app.do(app.phone.read_account(account), ask)


def _postponed(reloaded: Reloaded) -> list[str]:
    return [f"{safe(name)} goes on as it was until the call on it is over." for name in reloaded.postponed]

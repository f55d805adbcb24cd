"""The form of an account, made from its provider's settings: tried before it is kept."""

import json
from typing import TYPE_CHECKING

from tuiphone.control.accounts import AccountFile, FilledForm, FormField, ProviderForm, Verdict
from tuiphone.ui.screens.form import Entry, FormDialog, FormResult, Values
from tuiphone.ui.text import safe

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

MAX_NAME = 64
MAX_VALUE = 16 * 1024
KEEP = "{} kept"
"""Entry of a switch that says whether a secret of the file stays."""
NAME = Entry(
    # With a space, which no key of a provider's settings has: one may be called name.
    "account name",
    "name",
    "How the account is called here, for example work; letters, digits, dots, _ and -.",
    required=True,
    placeholder="e.g. work",
    max_length=MAX_NAME,
)


def account_dialog(app: "TuiPhone", form: ProviderForm, file: AccountFile | None = None) -> FormDialog:
    """A form for a new account of this provider, or for the one of `file`; its result is the name, or None."""
    title = f"Account {safe(file.account, 30)}" if file else f"New {safe(form.title, 30)} account"

    def filled(values: Values) -> FilledForm:
        keys = {field.key for field in form.fields}
        return FilledForm(
            account=file.account if file else str(values[NAME.key]),
            provider=form.name,
            values={key: value for key, value in values.items() if key in keys and value not in ("", ())},
            keep=tuple(key for key in (file.kept if file else ()) if values.get(KEEP.format(key))),
            is_new=file is None,
        )

    async def submit(values: Values) -> FormResult:
        verdict = await app.phone.try_account(filled(values))
        if verdict.mistakes or verdict.problem:
            return _result(verdict)
        return await save(values)

    async def save(values: Values) -> FormResult:
        what = filled(values)
        verdict = await app.phone.save_account(what)
        if verdict.postponed:
            app.say(f"{safe(what.account)} is saved; its new settings count when the call on it is over.")
        return _result(verdict, what.account)

    return FormDialog(
        title,
        entries(form, file),
        submit,
        save="Try and save",
        doing="Logging in to try it…",
        force=save,
        force_label="Save it untried",
    )


def _result(verdict: Verdict, account: str | None = None) -> FormResult:
    unfit = bool(verdict.mistakes)
    return FormResult(dict(verdict.mistakes), verdict.problem, account, can_force=not unfit and bool(verdict.problem))


def entries(form: ProviderForm, file: AccountFile | None = None) -> tuple[Entry, ...]:
    """The fields of the form; those of an account that is there hold its values."""
    found = [] if file else [NAME]
    for field in form.fields:
        is_kept = file is not None and field.kind == "secret" and field.key in file.kept
        found.append(_entry(field, file, is_kept=is_kept))
        if is_kept:
            help = f"Whether {field.key} stays as it is while nothing else is typed for it."
            key = KEEP.format(field.key)
            found.append(Entry(key, safe(f"keep {field.key}"), help, "switch", value=True, more=True))
    return tuple(found)


def _entry(field: FormField, file: AccountFile | None, *, is_kept: bool) -> Entry:
    value = (file.values if file else {}).get(field.key, field.default if field.kind == "switch" else "")
    example = _example(field)
    help = safe(field.help, 200)
    return Entry(
        field.key,
        safe(field.key.replace("_", " "), 40),
        f"{help} One a line." if field.kind == "list" else help,
        field.kind,
        value=tuple(value) if isinstance(value, list | tuple) else value,
        required=field.required and not is_kept,
        placeholder="kept; type to replace it" if is_kept else example and f"e.g. {example}",
        # What has a value is never hidden.
        more=not (field.asked or field.required) and (value in ("", (), field.default)),
        max_length=MAX_VALUE,
    )


def _example(field: FormField) -> str:
    """The example as it would be typed here: without the marks TOML wants around it."""
    try:
        value = json.loads(field.example)
    except ValueError:
        return safe(field.example, 60)
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, str)), "")
    return safe(str(value), 60)

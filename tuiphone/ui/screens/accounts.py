"""Accounts: how each stands with its server, what it can do, what went wrong last."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from tuiphone.core.capability import Capability
from tuiphone.core.carrier import mistake
from tuiphone.core.events import Link
from tuiphone.core.model import Account
from tuiphone.core.state import AccountState, PhoneState
from tuiphone.ui import account_acts, lines, own_presence, words
from tuiphone.ui.numbers import pretty
from tuiphone.ui.screens.page import Page
from tuiphone.ui.text import fit, labelled, safe, safe_lines
from tuiphone.ui.widgets.line_list import LineList
from tuiphone.ui.widgets.panel import Panel
from tuiphone.ui.widgets.plain import Plain

_CALLS = Capability.DIAL_PHONE | Capability.DIAL_USER | Capability.RECEIVE


class AccountLines(LineList):
    """An account a line."""

    ENTER = "on/off"

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.accounts: tuple[AccountState, ...] = ()
        self.now = 0.0

    @property
    def chosen(self) -> AccountState | None:
        """The account under the cursor."""
        return self.accounts[self.cursor] if self.cursor < len(self.accounts) else None

    def can_choose(self) -> bool:
        return self.chosen is not None and self.chosen.link is not Link.BROKEN

    def show(self, accounts: tuple[AccountState, ...], now: float) -> None:
        """Show these accounts."""
        kept = self.chosen.account.name if self.chosen else None
        self.accounts, self.now = accounts, now
        at = next((at for at, known in enumerate(accounts) if known.account.name == kept), self.cursor)
        self.set_count(len(accounts), keep=at)

    def draw(self, index: int, width: int) -> Content:
        known = self.accounts[index]
        account = known.account
        colour = words.LINK_COLOUR[known.link]
        room = max(0, width - 3 - 14 - 14 - 2)
        state_width = min(24, room)
        return Content.assemble(
            (f" {words.LINK_SYMBOL[known.link]} ", colour),
            (fit(safe(account.name), 13), "bold"),
            " ",
            (fit(safe(account.provider), 14), "$text-muted"),
            (fit(words.link_words(known, self.now), state_width), colour),
            " ",
            fit(safe(account.identity or ""), room - state_width),
        )


class AccountsPage(Page):
    """A list, and below it everything about the account under the cursor."""

    NAME = "accounts"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,o", "switch", "on/off", id="accounts.switch", tooltip="Switch the account on or off"),
        Binding("a", "add", "add", id="accounts.add", tooltip="Add an account with a form that tries it first"),
        Binding("E,shift+e", "form", "change", id="accounts.form", tooltip="Change the account's settings in a form"),
        Binding("e", "edit", "edit file", id="accounts.edit", tooltip="Open the account's file in $EDITOR"),
        Binding("delete", "remove", "remove", id="accounts.remove", tooltip="Remove the account; its history stays"),
        Binding("r", "retry", "connect now", id="accounts.retry", tooltip="Connect now instead of after the pause"),
        Binding("R,shift+r", "reload", "reload files", id="accounts.reload", tooltip="Read the account files again"),
    ]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._wanted: str | None = None
        """An account that was just made; the cursor goes there when the phone has it."""

    def compose(self) -> ComposeResult:
        yield AccountLines(id="account-lines")
        with Panel(id="account-about"):
            yield Plain("", id="account-text")

    def opened(self) -> None:
        self.take_focus(self.query_one(AccountLines))

    def show(self, state: PhoneState) -> None:
        self.query_one(AccountLines).show(state.accounts, self.app.now())
        if self._wanted is not None and state.account(self._wanted) is not None:
            self.select(self._wanted)
            self._wanted = None
        self._describe()

    def tick(self, now: float) -> None:
        if any(known.link is Link.WAITING for known in self.app.state.accounts):
            self.show(self.app.state)

    def select(self, account: str) -> None:
        """Put the cursor on this account."""
        listed = self.query_one(AccountLines)
        for at, known in enumerate(listed.accounts):
            if known.account.name == account:
                listed.cursor = at

    @on(Panel.LaidOut)
    @on(AccountLines.Moved)
    def _describe(self) -> None:
        known = self.query_one(AccountLines).chosen
        about = self.query_one("#account-about")
        text = self.query_one("#account-text", Plain)
        if known is None:
            about.border_title = "Accounts"
            text.update(
                "There is no account yet: press a to add one, which asks for what it needs and tries it.\n\n"
                "To try tuiphone without an account: tuiphone demo"
                if self.app.has_engine
                else ""
            )
        else:
            about.border_title = safe(known.account.name, 40).replace("[", "\\[")
            text.update(_about(known, self.app.state, self.app.now(), about.scrollable_content_region.width))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        known = self.query_one(AccountLines).chosen
        match action:
            case "switch":
                return known is not None and known.link is not Link.BROKEN
            case "retry":
                return known is not None and known.link in (Link.WAITING, Link.FAILED)
            case "form" | "edit" | "remove":
                return known is not None
            case _:
                return True

    def action_switch(self) -> None:
        if (known := self.query_one(AccountLines).chosen) is not None and known.link is not Link.BROKEN:
            self.app.do(self.app.phone.switch_account(known.account.name, known.link is Link.OFF))

    @on(AccountLines.Chosen)
    def _entered(self) -> None:
        self.action_switch()

    def action_retry(self) -> None:
        if (known := self.query_one(AccountLines).chosen) is not None:
            self.app.do(self.app.phone.retry_account(known.account.name))

    def action_reload(self) -> None:
        account_acts.reload(self.app)

    def action_add(self) -> None:
        account_acts.add(self.app, self._will_be_there)

    def _will_be_there(self, account: str) -> None:
        self._wanted = account
        self.show(self.app.state)

    def action_form(self) -> None:
        if (known := self.query_one(AccountLines).chosen) is not None:
            account_acts.change(self.app, known.account.name, self._will_be_there)

    def action_edit(self) -> None:
        if (known := self.query_one(AccountLines).chosen) is not None:
            account_acts.edit(self.app, known.account.name)

    def action_remove(self) -> None:
        if (known := self.query_one(AccountLines).chosen) is not None:
            account_acts.remove(self.app, known.account.name)


def _sound(account: Account, state: PhoneState) -> Content | None:
    """Where the calls of an account are heard that has no sound of its own; None for the others."""
    if account.capabilities & (Capability.MEDIA | Capability.ANSWER) or not account.capabilities & _CALLS:
        return None
    if account.linked is None:
        return Content("at your desk phone; with sip_account, the name of a SIP account, here")
    carrier, name = state.account(account.linked), safe(account.linked, 40)
    wrong = mistake(account.name, account.linked, None if carrier is None else carrier.account)
    # What an account could do that has mistakes itself is not known.
    if wrong is not None and not (carrier is not None and carrier.link is Link.BROKEN):
        return Content.styled(f"at your desk phone: {safe_lines(wrong)}", "$warning")
    if carrier is None or carrier.link is not Link.ONLINE:
        return Content.styled(f"at your desk phone until {name} is registered", "$warning")
    return Content(f"by {name}")


def _about(known: AccountState, state: PhoneState, now: float, width: int) -> Content:
    account = known.account
    rows: list[tuple[str, Content]] = []
    since = f", since {words.when(known.since, now)}" if known.since else ""
    rows.append(("state", Content.assemble((words.link_words(known, now), words.LINK_COLOUR[known.link]), since)))
    if known.detail:
        rows.append(("mistakes" if known.link is Link.BROKEN else "why", Content(safe_lines(known.detail))))
    if known.trouble and known.trouble_at is not None and known.trouble != known.detail:
        when = words.when(known.trouble_at, now)
        rows.append(("last trouble", Content(f"{when}: {safe_lines(known.trouble)}")))
    if account.identity:
        rows.append(("logged in as", Content(safe(account.identity))))
    if account.numbers:
        numbers = ", ".join(safe(pretty(number, account.country)) for number in account.numbers)
        rows.append(("numbers", Content(numbers)))
    if account.auto_answer is not None:
        rows.append(("answers", Content.styled(f"by itself, after {account.auto_answer:g} s", "$warning")))
    if account.redirect_to is not None:
        rows.append(("sends on to", Content(safe(account.redirect_to, 60))))
    rows.append(("provider", Content(safe(account.provider))))
    if known.link is not Link.BROKEN:
        rows.append(("can do", Content(", ".join(words.capability_words(account.capabilities)))))
    if (sound := _sound(account, state)) is not None:
        rows.append(("sound", sound))
    if known.voicemail is not None:
        box = known.voicemail.mailbox
        where = f", heard at {safe(box.text, 60)}" if box is not None else ""
        rows.append(("voicemail", Content(f"{lines.waiting_words(known.voicemail)}{where}")))
    if known.lines:
        rows.append(("watches", Content(", ".join(words.who(line.address, 30) for line in known.lines))))
    if known.presence is not None:
        rows.append(("others see", Content(own_presence.shown(known.presence))))
    if known.devices:
        rows.append(("also on", Content(", ".join(safe(device.name or device.id, 60) for device in known.devices))))
    return labelled(rows, width)

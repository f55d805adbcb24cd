"""Every key of the app by its id: for the help, and to check what the settings' [keys] table wants moved."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from textual.binding import Binding
from textual.keys import KEY_ALIASES, KEY_TO_UNICODE_NAME, Keys

_NAMED = {key.value for key in Keys} | set(KEY_ALIASES) | set(KEY_TO_UNICODE_NAME)
_MODIFIERS = {"ctrl", "alt", "shift", "super", "hyper", "meta"}
_SHOWN = {
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "escape": "esc",
    "delete": "del",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "asterisk": "*",
    "number_sign": "#",
    "question_mark": "?",
    "slash": "/",
}


@dataclass(frozen=True, slots=True)
class Key:
    """A binding with the place it works in."""

    scope: str
    binding: Binding

    @property
    def id(self) -> str:
        """What `[keys]` calls it."""
        return self.binding.id or ""


def catalogue() -> list[Key]:
    """All keys that have an id, by where they work."""
    from tuiphone.ui.app import TuiPhone
    from tuiphone.ui.screens.accounts import AccountsPage
    from tuiphone.ui.screens.audio import AudioDialog
    from tuiphone.ui.screens.call import CallPage
    from tuiphone.ui.screens.contacts import ContactsPage
    from tuiphone.ui.screens.desk import DeskPage
    from tuiphone.ui.screens.dialogs import Choice, Confirm, EngineGoneDialog, Prompt, QuitDialog
    from tuiphone.ui.screens.dialpad import DialPage
    from tuiphone.ui.screens.form import FormDialog, FormLine
    from tuiphone.ui.screens.help import HelpScreen
    from tuiphone.ui.screens.history import HistoryPage
    from tuiphone.ui.screens.incoming import IncomingPopup
    from tuiphone.ui.screens.log import LogPage
    from tuiphone.ui.screens.main import MainScreen
    from tuiphone.ui.screens.messages import MessagesPage
    from tuiphone.ui.screens.mistakes import MistakesDialog
    from tuiphone.ui.screens.reading import ReadDialog
    from tuiphone.ui.screens.recordings import RecordingsPage
    from tuiphone.ui.screens.referral import ReferralDialog
    from tuiphone.ui.screens.report import ReportDialog
    from tuiphone.ui.widgets.account_chips import Chip
    from tuiphone.ui.widgets.conversation_view import ConversationView
    from tuiphone.ui.widgets.filter_field import FilterField
    from tuiphone.ui.widgets.journal_view import JournalView
    from tuiphone.ui.widgets.line_list import LineList
    from tuiphone.ui.widgets.message_field import MessageField
    from tuiphone.ui.widgets.picker import Picker
    from tuiphone.ui.widgets.toggle import Toggle
    from tuiphone.ui.widgets.wire_view import WireView

    places = (
        ("Everywhere", (*TuiPhone.BINDINGS, *MainScreen.BINDINGS)),
        ("Dial", DialPage.BINDINGS),
        ("In call", CallPage.BINDINGS),
        ("Incoming call", IncomingPopup.BINDINGS),
        ("Contacts", ContactsPage.BINDINGS),
        ("History", (*HistoryPage.BINDINGS, *FilterField.BINDINGS)),
        ("Recordings", RecordingsPage.BINDINGS),
        ("Messages", (*MessagesPage.BINDINGS, *MessageField.BINDINGS[:3], *ConversationView.BINDINGS)),
        ("Accounts", AccountsPage.BINDINGS),
        ("Desk", DeskPage.BINDINGS),
        ("Log", (*LogPage.BINDINGS, *JournalView.BINDINGS)),
        ("Wire trace", WireView.BINDINGS),
        ("Something to read", ReadDialog.BINDINGS),
        ("Bug report", ReportDialog.BINDINGS),
        ("Lists", LineList.BINDINGS),
        ("Choices", (*Picker.BINDINGS, *Chip.BINDINGS, *Toggle.BINDINGS)),
        ("Forms", (*FormDialog.BINDINGS, *FormLine.BINDINGS)),
        ("Questions", (*Prompt.BINDINGS, *Choice.BINDINGS, *Confirm.BINDINGS, *HelpScreen.BINDINGS)),
        ("Reached elsewhere, or handed on", ReferralDialog.BINDINGS),
        ("Mistakes in an account's file", MistakesDialog.BINDINGS),
        ("Audio", AudioDialog.BINDINGS),
        ("When quitting", QuitDialog.BINDINGS),
        ("When the engine is gone", EngineGoneDialog.BINDINGS),
    )
    return [
        Key(scope, binding)
        for scope, bindings in places
        for binding in bindings
        if isinstance(binding, Binding) and binding.id
    ]


def moved(keys: Iterable[Key], wanted: Mapping[str, str]) -> list[Key]:
    """The keys as they are once the wanted ones have moved."""
    return [replace(key, binding=key.binding.with_key(wanted.get(key.id, key.binding.key))) for key in keys]


def check(wanted: Mapping[str, str], known: list[Key]) -> tuple[dict[str, str], list[str]]:
    """Which of the wanted moves can be made, and a sentence for each that cannot."""
    good: dict[str, str] = {}
    problems: list[str] = []
    ids = {key.id for key in known}
    for id, keys in wanted.items():
        if id not in ids:
            close = difflib.get_close_matches(id, ids, 1)
            hint = f"; did you mean {close[0]}?" if close else "; f1 lists what there is."
            problems.append(f"[keys] {id}: there is no such action{hint}")
        elif wrong := [key for key in _split(keys) if not is_key(key)]:
            problems.append(f"[keys] {id}: {wrong[0]!r} is not a key; write for example f5, ctrl+k or alt+m.")
        elif not _split(keys):
            problems.append(f"[keys] {id}: no key is given.")
        else:
            good[id] = ",".join(_split(keys))
    for first, second, key in list(_clashes(moved(known, good), set(good))):
        # The one the person moved gives way; of two moved ones the later.
        loser = second if second in good else first
        if good.pop(loser, None) is not None:
            other = first if loser == second else second
            problems.append(f"[keys] {loser}: {key} is already {other}; {loser} keeps its own key.")
    return good, problems


def _clashes(keys: list[Key], changed: set[str]) -> Iterator[tuple[str, str, str]]:
    seen: dict[tuple[str, str], str] = {}
    everywhere: dict[str, str] = {}
    # What works everywhere is compared with each place, because the place would take the key away from it.
    for key in sorted(keys, key=lambda key: key.scope != "Everywhere"):
        for name in _split(key.binding.key):
            other = seen.get((key.scope, name)) or everywhere.get(name)
            if other is not None and other != key.id and {other, key.id} & changed:
                yield other, key.id, name
            seen.setdefault((key.scope, name), key.id)
            if key.scope == "Everywhere":
                everywhere.setdefault(name, key.id)


def _split(keys: str) -> list[str]:
    return [key.strip() for key in keys.split(",") if key.strip()]


def is_key(key: str) -> bool:
    """Whether Textual could ever report such a key."""
    *modifiers, name = key.split("+")
    return set(modifiers) <= _MODIFIERS and (len(name) == 1 or name.lower() in _NAMED or key in _NAMED)


def shown(keys: str) -> str:
    """A key as the footer writes it."""
    first = _split(keys)[0]
    *modifiers, name = first.split("+")
    return "+".join((*modifiers, _SHOWN.get(name, name)))

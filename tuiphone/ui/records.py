"""A past call in full, and what is asked before a note, a deletion and an export."""

import os
import time
from collections.abc import Callable
from pathlib import PurePath
from typing import TYPE_CHECKING

from textual.content import Content

from tuiphone.control.history import Exported
from tuiphone.core.capability import Capability
from tuiphone.core.commands import MAX_NOTE
from tuiphone.core.model import AddressKind, CallRecord, Download
from tuiphone.core.state import PhoneState
from tuiphone.core.twins import at_vendors
from tuiphone.ui import words
from tuiphone.ui.numbers import pretty
from tuiphone.ui.text import safe

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

MAX_PATH = 1000
MANY = 5000
"""Calls that take a while to be written."""


def details(record: CallRecord, state: PhoneState, country: str | None, *, note_first: bool = False) -> Content:
    """Everything that is known of the call; with `note_first` for a place that has room for one line."""
    number = pretty(record.peer.text, country) if record.peer.kind is AddressKind.PHONE else record.peer.text
    who = " · ".join(part for part in (safe(record.peer.name or ""), safe(number)) if part) or "anonymous"
    kind = f"{'video' if record.video else 'audio'} call {'from' if record.incoming else 'to'}"
    end = [words.result(record, whole=True)]
    if record.detail and record.detail != record.result.value:
        end.append(safe(record.detail))
    facts = [": ".join(end), _times(record), _accounts(record, state)]
    download = download_of(record, state)
    # What is under way is what one looks for, and low windows show only the beginning.
    facts = [_coming(download), *facts] if download is not None else [*facts, *_recording(record)]
    lines = [Content.assemble((kind.capitalize(), "$text-muted"), " ", (who, "bold"))]
    if record.note:
        # Who it was stands in the list as well.
        lines.insert(0 if note_first else 1, Content.assemble(("¶ ", "$accent"), safe(record.note, 1000)))
    return Content("\n").join([*lines, Content(" · ".join(facts))])


def _accounts(record: CallRecord, state: PhoneState) -> str:
    """Whose call it was, and which other account had a part in it."""

    def named(account: str) -> str:
        return safe(account) if state.account(account) is not None else f"{safe(account)} (no longer there)"

    if record.control_account is None:
        return f"account {named(record.account)}"
    if record.placed_by is None:
        return f"account {named(record.account)}, known to {named(record.control_account)} too"
    return f"placed by {named(record.placed_by)}, sound over {named(record.account)}"


def may_be_heard(record: CallRecord, state: PhoneState) -> bool:
    """There is a recording of the call, here or at the vendor, or the vendor has to be asked whether it has one."""
    servers = (state.account(one.account) for one in at_vendors(record, (known.account for known in state.accounts)))
    asks = any(known is not None and Capability.RECORDINGS in known.account.capabilities for known in servers)
    return bool(record.recording or record.recording_url) or (asks and record.answered_at is not None)


def download_of(record: CallRecord, state: PhoneState) -> Download | None:
    """The recording of this call on its way here, or what became of that."""
    return next((one for one in state.downloads if one.id == record.id), None)


def _coming(download: Download) -> str:
    if download.problem is not None:
        return f"the recording did not come: {safe(download.problem)} p tries again"
    total = f" of {download.total / 1e6:.1f} MB" if download.total else " MB"
    return f"fetching the recording: {download.done / 1e6:.1f}{total}"


def _times(record: CallRecord) -> str:
    then = time.localtime(record.started_at)
    day = f"{words.DAYS[then.tm_wday]} {then.tm_mday} {words.MONTHS[then.tm_mon - 1]} {then.tm_year}"
    began = time.strftime("%H:%M:%S", then)
    if record.answered_at is None:
        rang = (record.ended_at or record.started_at) - record.started_at
        return f"{day} {began}" + (f", rang {rang:.0f} s" if rang >= 1 else "")
    ended = time.strftime("%H:%M:%S", time.localtime(record.ended_at or record.answered_at))
    talked = words.length(record.talk_s)
    rang = record.answered_at - record.started_at
    waited = f" after {rang:.0f} s" if rang >= 1 else ""
    return f"{day} {began}–{ended}, talked {talked}{waited}"


def _recording(record: CallRecord) -> list[str]:
    if record.recording:
        return [f"recorded: {safe(PurePath(record.recording).name, 60)}"]
    return ["the vendor has a recording"] if record.recording_url else []


def note(app: "TuiPhone", record: CallRecord) -> None:
    """Write or change the note on a past call."""
    from tuiphone.ui.screens.dialogs import Prompt

    def typed(text: str | None) -> None:
        if text is not None and text.strip() != (record.note or ""):
            said = "The note is kept with the call." if text.strip() else "The note is gone."
            app.do(app.phone.note_record(record.id, text.strip() or None), lambda _: app.say(said))

    prompt = Prompt(
        f"Note on the call with {words.who(record.peer, 40)}",
        placeholder="what it was about; the filter finds it",
        check=lambda text: None,
        max_length=MAX_NOTE,
        value=" ".join((record.note or "").split()),
    )
    app.push_screen(prompt, typed)


def remove(app: "TuiPhone", record: CallRecord) -> None:
    """Delete a past call, if the person means it."""
    from tuiphone.ui.screens.dialogs import Confirm

    def answered(yes: bool | None) -> None:
        if yes:
            app.do(app.phone.remove_record(record.id), lambda _: app.say("The call is deleted from the history."))

    kept = " Its recording stays." if record.recording else ""
    when = words.when(record.started_at, app.now())
    question = f"Delete the call with {words.who(record.peer, 60)} ({when}) from the history?{kept}"
    app.push_screen(Confirm("Delete", question, yes="Delete it"), answered)


def export(app: "TuiPhone", text: str, count: int) -> None:
    """Write what a filter shows into a file; nothing is overwritten unasked."""
    from tuiphone.ui.screens.dialogs import Prompt

    def typed(path: str | None) -> None:
        if path is not None:
            if count > MANY:
                app.say(f"Writing {words.counted(count, 'call')}…")
            # The engine stands somewhere else than this terminal.
            write(os.path.abspath(os.path.expanduser(path.strip())), replace=False)

    def write(path: str, *, replace: bool) -> None:
        app.do(app.phone.export_history(path, text, replace=replace), written)

    def written(result: Exported) -> None:
        if result.done:
            app.say(f"{words.counted(result.calls, 'call')} in {safe(result.path)}.")
            return
        _ask_to_replace(app, result.path, lambda: write(result.path, replace=True))

    day = time.strftime("%Y-%m-%d", time.localtime(app.now()))
    prompt = Prompt(
        f"Export {words.counted(count, 'call')}",
        placeholder="a file that ends with .csv or .json",
        check=_refusal,
        hint=lambda typed: "" if not typed.strip() else "As JSON." if typed.strip().endswith(".json") else "As CSV.",
        max_length=MAX_PATH,
        value=f"~/calls-{day}.csv",
    )
    app.push_screen(prompt, typed)


def _refusal(path: str) -> str | None:
    if not path.strip():
        return "Where to? Type the name of a file."
    return None if path.strip().lower().endswith((".csv", ".json")) else "The name has to end with .csv or .json."


def _ask_to_replace(app: "TuiPhone", path: str, replace: Callable[[], None]) -> None:
    from tuiphone.ui.screens.dialogs import Confirm

    def answered(yes: bool | None) -> None:
        if yes:
            replace()

    app.push_screen(Confirm("Export", f"{safe(path)} is there already. Overwrite it?", yes="Overwrite it"), answered)

"""Section [hooks] of config.toml: commands and addresses that are told of calls.

    [hooks]
    ringing  = "~/bin/lights on"                                # a command, split at its spaces as a shell would
    answered = ["notify-send", "--", "In a call"]               # the same, part by part
    missed   = ["https://desk.example.org/missed", ["~/bin/note", "missed"]]      # several: begins with an address or
    ended    = "https://desk.example.org/calls"                                   # has lists in it

`ringing` is a call that comes in, `answered` and `ended` are calls either way, `missed` follows `ended`. No shell has a
part in it; whoever wants one writes ["sh", "-c", "..."], and takes the call from its standard input, not from there.
What the command or the address gets is written down in `engine/hooks.py`.

    crm_url  = "https://crm.example.org/search?phone={number}"  # opened by the app for a call that comes in
    crm_when = "answered"                                       # or "ringing", which is the default, or "key"

`{number}`, which has to be there, is the caller's in the form +84901234567 where that can be told; `{account}` and
`{direction}` may stand in it too.
"""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args
from urllib.parse import urlsplit

from tuiphone.core.crm import PLACEHOLDERS, CrmWhen, placeholders_in
from tuiphone.store.fields import MAX_TEXT, Unfit, called
from tuiphone.store.mistakes import Problem, about, shown, unknown

EVENTS = ("ringing", "answered", "ended", "missed")
CRM_KEYS = ("crm_url", "crm_when")
MAX_HOOKS = 10
"""Of one event."""
MAX_PARTS = 100


@dataclass(frozen=True, slots=True)
class Hook:
    """What is run: a command as it is, or an address to post to."""

    command: tuple[str, ...] = ()
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Crm:
    """The page of a customer database that the app opens for a caller."""

    url: str
    """With `{number}` in it, and perhaps `{account}` and `{direction}`."""
    when: CrmWhen = "ringing"


def read_hooks(file: Path, content: Mapping[str, object], problems: list[Problem]) -> dict[str, tuple[Hook, ...]]:
    """The hooks of the section by event; what is wrong with one costs that one."""
    found: dict[str, tuple[Hook, ...]] = {}
    for key, value in content.items():
        where = f"hooks.{shown(key)}"
        if key in CRM_KEYS:
            continue
        if key not in EVENTS:
            problems.append(about(file, where, unknown(key, (*EVENTS, *CRM_KEYS), prefix="hooks.")))
            continue
        try:
            found[key] = _hooks(value)
        except Unfit as unfit:
            problems.append(about(file, where, f"{where} {unfit}"))
    return found


def read_crm(file: Path, content: Mapping[str, object], problems: list[Problem]) -> Crm | None:
    """The page that is opened for a caller; None without one, or with one that is wrong."""
    values: dict[str, str] = {}
    for key, read in zip(CRM_KEYS, (_crm_url, _crm_when), strict=True):
        if key in content:
            where = f"hooks.{key}"
            try:
                values[key] = read(content[key])
            except Unfit as unfit:
                problems.append(about(file, where, f"{where} {unfit}"))
    if "crm_url" in values:
        return Crm(values["crm_url"], cast("CrmWhen", values.get("crm_when", "ringing")))
    if "crm_when" in content and "crm_url" not in content:
        problems.append(about(file, "hooks.crm_when", "hooks.crm_when needs hooks.crm_url, the page that is opened."))
    return None


def _crm_url(value: object) -> str:
    if not isinstance(value, str):
        raise Unfit(f'must be an address in quotes, like "https://crm.example/?phone={{number}}", not {called(value)}.')
    text = _checked(value).strip()
    if not _is_url(text):
        raise Unfit("must begin with https:// or http://; nothing else is opened.")
    _url(text)
    parts = urlsplit(text)
    if "{" in parts.netloc or "}" in parts.netloc:
        raise Unfit("has a brace in the name of its host; what a caller says must not choose where the link leads.")
    names = placeholders_in(text)
    if text.count("{") != len(names) or text.count("}") != len(names):
        raise Unfit("has a brace without its other half; write {number}, and %7B for a brace that is meant.")
    if wrong := [name for name in names if name not in PLACEHOLDERS]:
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise Unfit(f"has {{{shown(wrong[0])}}} in it; what can be put in is {known}.")
    if "number" not in names:
        raise Unfit("has no {number} in it, so that every caller would open the same page.")
    return text


def _crm_when(value: object) -> str:
    if value not in get_args(CrmWhen):
        raise Unfit('must be "ringing", "answered" or "key".')
    return str(value)


def _hooks(value: object) -> tuple[Hook, ...]:
    if not isinstance(value, list):
        return (_hook(value),)
    items = cast("list[object]", value)
    is_several = bool(items) and (_is_url(items[0]) or any(isinstance(item, list) for item in items))
    if not is_several:
        return (_hook(items),)
    if len(items) > MAX_HOOKS:
        raise Unfit(f"has {len(items)} commands; at most {MAX_HOOKS} are run.")
    return tuple(_hook(item) for item in items)


def _hook(value: object) -> Hook:
    if isinstance(value, str):
        text = _checked(value).strip()
        if _is_url(text):
            return Hook(url=_url(text))
        try:
            parts = shlex.split(text)
        except ValueError as error:
            raise Unfit("has a quote that is not closed; close it, or write the command as a list.") from error
    elif isinstance(value, list):
        items = cast("list[object]", value)
        if wrong := [item for item in items if not isinstance(item, str)]:
            raise Unfit(f"must be a list of texts, but has {called(wrong[0])} in it; put that in quotes.")
        parts = [_checked(str(item)) for item in items]
    else:
        raise Unfit(f"must be a command, a list of its parts or an address, not {called(value)}.")
    if not parts or not parts[0].strip():
        raise Unfit("is empty; write a command or an address, or take the line out.")
    if len(parts) > MAX_PARTS:
        raise Unfit(f"has {len(parts)} parts; at most {MAX_PARTS} make sense.")
    return Hook(command=tuple(os.path.expanduser(part) if part.startswith("~/") else part for part in parts))


def _checked(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise Unfit(f"is {len(text):,} characters long; put it into a script and name that.")
    if "\0" in text:
        raise Unfit("has a zero character in it; type it again without.")
    return text


def _is_url(value: object) -> bool:
    return isinstance(value, str) and value.strip().lower().startswith(("http://", "https://"))


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or not text.isprintable() or " " in text:
        # Not repeated: what comes after the host is often a secret.
        raise Unfit("is no address; it begins with https:// and the name of a host.")
    return text

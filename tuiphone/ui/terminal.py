"""What a terminal is told beside what it draws: the window's title and notifications. Texts have to be safe already."""

import os
from collections.abc import Mapping

from tuiphone.core import programs
from tuiphone.ui.text import safe

KEEP_TITLE = "\x1b[22;2t"
GIVE_TITLE_BACK = "\x1b]2;\x07\x1b[23;2t"
"""First an empty one, for terminals that keep none."""
MAX_TITLE = 120
MAX_NOTICE = 200
TMUX_SECONDS = 2.0
MAX_OUTPUT = 4096
_CAN_NOTHING = ("linux", "dumb", "vt100", "vt220", "")
"""Terminals (by TERM) that would print such things, or stumble over them."""
_ONLY_9 = ("KITTY_WINDOW_ID", "WEZTERM_PANE", "WEZTERM_EXECUTABLE", "GHOSTTY_RESOURCES_DIR", "ITERM_SESSION_ID")
_ONLY_9_TERMS = ("foot", "xterm-kitty", "xterm-ghostty", "wezterm")
_ONLY_9_PROGRAMS = ("iTerm.app", "WezTerm", "ghostty", "vscode", "iTerm2")


def is_able(environment: Mapping[str, str]) -> bool:
    """Whether the terminal understands operating system commands."""
    return environment.get("TERM", "") not in _CAN_NOTHING


def title(text: str) -> str:
    """Sets the title of the window."""
    return f"\x1b]2;{safe(text, MAX_TITLE)}\x07"


def notice(head: str, body: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Shows a notification: by OSC 9, by OSC 777, or both where nobody knows which of them the terminal understands.

    Terminals that are known to understand both get one, so that there is one to be seen.
    """
    # A semicolon would begin the next parameter, which to some terminals is a command of another kind.
    head, body = (safe(text, MAX_NOTICE).replace(";", ",") for text in (head, body))
    nine = f"\x1b]9;tuiphone: {head}{' - ' if body else ''}{body}\x07"
    seven = f"\x1b]777;notify;{head};{body}\x07"
    program = environment.get("TERM_PROGRAM", ""), environment.get("LC_TERMINAL", "")
    term = environment.get("TERM", "")
    known = term.startswith(_ONLY_9_TERMS) or any(name in environment for name in _ONLY_9)
    if known or set(program) & set(_ONLY_9_PROGRAMS):
        return (nine,)
    if term.startswith("rxvt") or "VTE_VERSION" in environment:
        return (seven,)
    return (nine, seven)


def through_tmux(sequence: str) -> str:
    """The sequence as tmux hands it on to the terminal it runs in."""
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"


async def tmux_lets_pass(environment: Mapping[str, str]) -> bool | None:
    """Whether tmux hands sequences on; None where it would reach nobody: no terminal is attached to this session."""
    attached, _, passthrough = (await _ask_tmux("#{session_attached} #{allow-passthrough}", environment)).partition(" ")
    # As a word or as a number, by its version.
    return None if attached == "0" else passthrough not in ("", "0", "off")


async def tmux_has_sixels(environment: Mapping[str, str]) -> bool:
    """Whether the terminal that tmux runs in has sixels; else tmux would show words in their place."""
    return "sixel" in (await _ask_tmux("#{client_termfeatures}", environment)).split(",")


async def _ask_tmux(format: str, environment: Mapping[str, str]) -> str:
    command = ["tmux", "display-message", "-p", "-t", environment.get("TMUX_PANE", ""), format]
    try:
        _, said = await programs.run(
            command, seconds=TMUX_SECONDS, most=MAX_OUTPUT, environment={**os.environ, **environment}
        )
    except (OSError, ValueError):
        return ""
    return said.decode("utf-8", "replace").strip()

"""`tuiphone man` and `tuiphone help`: the manual, made from the parser, the bindings and the paths in use."""

import argparse
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tuiphone import __version__
from tuiphone.core.links import SCHEMES
from tuiphone.store.paths import Paths, find

DESCRIPTION = """\
tuiphone is a softphone for the terminal: one window for accounts at several vendors, with calls, contacts, history, \
recordings and messages. Everything it does can be done by keys; f1 lists them, ctrl+p finds them by name.

Without a command it opens the phone. What rings and talks is the engine, a process of its own without a screen: the \
window may be closed or opened twice, and calls go on. An engine that a window started ends with the last window that \
quits (ctrl+q); alt+z leaves it running. One started by `tuiphone engine` stays until `tuiphone stop`.

`tuiphone demo` is a phone to try, which needs no account and reaches nobody outside this machine."""
EXIT = (
    ("0", "It was done; a call was answered and ended well."),
    ("1", "Not answered, or something else failed; a sentence on standard error says what."),
    ("2", "Wrong usage."),
    ("3", "Busy or rejected."),
    ("4", "There is no such account, or the number was refused."),
    ("5", "Not connected, or the credentials were refused."),
    ("6", "The call was lost."),
    ("7", "No engine is running."),
)
ENVIRONMENT = (
    ("TUIPHONE_PROFILE", "A directory for settings, history and socket, as --profile."),
    ("TUIPHONE_SOUND", "With the value none no sound card is touched; calls work and are silent."),
    ("VISUAL, EDITOR", "The editor that e opens on the Accounts page."),
    ("TERMINAL", "The terminal in which a link opens the phone when none runs."),
    ("XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME, XDG_RUNTIME_DIR", "Where the files below are."),
    ("NO_COLOR", "With any value the window has no colours."),
)
EXAMPLES = (
    ("tuiphone demo", "Try it."),
    ("tuiphone account add work --provider oncaller --set user_id=alice --ask token", "Add an account; f7 a asks."),
    ("tuiphone account check work", "Log in once, and say what is wrong if anything is."),
    ("tuiphone dial +84901234567 --account work --record", "Call, and stay until the call is over."),
    ("tuiphone answer --wait 60 --stay", "Pick up the next call of this minute."),
    ("tuiphone state --follow --json", "What happens, a line of JSON each, for scripts."),
    ("tuiphone history --missed --json | jq -r .peer.text", "Who called in vain."),
    ("tuiphone install-handler", "Have the browser's tel: links come here."),
    ('eval "$(tuiphone completion bash)"', "Complete commands and accounts; in ~/.bashrc."),
    ("tuiphone man > ~/.local/share/man/man1/tuiphone.1", "Keep this manual where man finds it."),
)
SHOWN_SCOPES = ("Everywhere", "Dial", "In call", "Incoming call")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, paragraphs, and terms with what they mean; `level` 2 is a heading within the one before."""

    title: str
    paragraphs: tuple[str, ...] = ()
    terms: tuple[tuple[str, str], ...] = ()
    level: int = 1


def man(options: argparse.Namespace) -> int:
    """Print the man page."""
    print(roff(manual(find(options.profile), options.parser)), end="")
    return 0


def help(options: argparse.Namespace) -> int:
    """Show how a command is used, or the whole manual."""
    parser: argparse.ArgumentParser = options.parser
    if options.topic == ["simulator"]:
        # It has a parser of its own.
        from tuiphone.simulator.run import main as simulator

        return simulator(["--help"])
    if options.topic:
        # argparse prints it, and says which commands there are when there is none of this name.
        parser.parse_args([*options.topic, "--help"])
    sections = manual(find(options.profile), parser)
    if sys.stdout.isatty() and shutil.which("man"):
        with tempfile.TemporaryDirectory(prefix="tuiphone-") as folder:
            page = Path(folder, "tuiphone.1")
            page.write_text(roff(sections), encoding="utf-8")
            if subprocess.run(["man", str(page)], check=False).returncode == 0:
                return 0
    print(plain(sections, min(100, shutil.get_terminal_size().columns)), end="")
    return 0


# -- what is in it ------------------------------------------------------------------------------------------------


def manual(paths: Paths, parser: argparse.ArgumentParser) -> list[Section]:
    """The whole manual."""
    links = ", ".join(f"{scheme}:" for scheme in SCHEMES)
    return [
        Section("NAME", ("tuiphone - a softphone that lives in your terminal",)),
        Section("SYNOPSIS", ("tuiphone [--profile DIR] [COMMAND ...]",)),
        Section("DESCRIPTION", tuple(DESCRIPTION.split("\n\n"))),
        Section("OPTIONS", terms=tuple(_options(parser))),
        Section("COMMANDS"),
        *_commands(parser),
        *_keys(),
        Section(
            "LINKS",
            (
                f"tuiphone opens {links} links: the number is put on the Dial page of the phone that runs, or of one "
                "that is opened, and nothing is called until somebody presses enter (or --dial was given). Parameters "
                "of a link are left out, and service codes such as *#06# are refused. Of a sip: address the user "
                "counts: the account that calls looks it up at its own vendor.",
            ),
        ),
        Section("FILES", terms=tuple(_files(paths))),
        Section("ENVIRONMENT", terms=ENVIRONMENT),
        Section("EXIT STATUS", terms=EXIT),
        Section("EXAMPLES", terms=EXAMPLES),
    ]


def _commands(parser: argparse.ArgumentParser, before: tuple[str, ...] = ()) -> Iterator[Section]:
    for name, sub, help in _subparsers(parser):
        words = (*before, name)
        yield Section(_synopsis(words, sub), (_sentence(sub.description or help),), tuple(_options(sub)), level=2)
        yield from _commands(sub, words)


def _subparsers(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser, str]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, sub in cast("dict[str, argparse.ArgumentParser]", action.choices).items():
                yield name, sub, helps.get(name, "")


def _synopsis(words: tuple[str, ...], parser: argparse.ArgumentParser) -> str:
    parts = ["tuiphone", *words]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            parts.append("[COMMAND ...]" if parser.get_default("run") else "COMMAND ...")
        elif not action.option_strings:
            name = _metavar(action)
            parts.append({"?": f"[{name}]", "*": f"[{name} ...]"}.get(str(action.nargs), name))
    return " ".join(parts)


def _options(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction | argparse._HelpAction):
            continue
        takes = "" if action.nargs == 0 else f" {_metavar(action)}"
        term = ", ".join(f"{option}{takes}" for option in action.option_strings) or _metavar(action)
        help = (action.help or "").replace("%(prog)s", "tuiphone").replace("%%", "%")
        if help or action.option_strings:
            yield term, _sentence(help or "See the description.")


def _metavar(action: argparse.Action) -> str:
    if action.choices is not None and action.metavar is None:
        return "|".join(map(str, action.choices))
    return str(action.metavar or action.dest.upper())


def _keys() -> Iterator[Section]:
    from tuiphone.ui import keys

    yield Section("KEYS", ("The main ones; f1 has all of them, and config.toml can move each: see `tuiphone keys`.",))
    known = keys.catalogue()
    for scope in SHOWN_SCOPES:
        terms = (
            (", ".join(key.binding.key.split(",")), _sentence(key.binding.tooltip or key.binding.description))
            for key in known
            if key.scope == scope
        )
        yield Section(scope, terms=tuple(terms), level=2)


def _files(paths: Paths) -> Iterator[tuple[str, str]]:
    home = str(Path.home())
    for file, what in (
        (paths.config_file, "Settings; the README lists them."),
        (paths.accounts_dir / "NAME.toml", "An account; readable by its owner alone, because of its secrets."),
        (paths.themes_dir / "NAME.toml", "Palettes of your own."),
        (paths.database, "History, contacts and messages."),
        (paths.recordings_dir, "Recordings."),
        (paths.log_file, "What the engine has to say; no secrets are in it."),
        (paths.socket, "The engine's socket; only its user may open it."),
    ):
        text = str(file)
        yield f"~{text[len(home) :]}" if text.startswith(f"{home}/") else text, what


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


# -- how it is written --------------------------------------------------------------------------------------------


def roff(sections: list[Section]) -> str:
    """The sections as a man page, in the man(7) macros."""
    lines = [f'.TH TUIPHONE 1 "" "tuiphone {__version__}" "User Commands"', ".nh", ".ad l"]
    for section in sections:
        lines.append(f'.{"SH" if section.level == 1 else "SS"} "{_escaped(section.title)}"')
        for number, paragraph in enumerate(section.paragraphs):
            lines += [".PP"] * bool(number) + [_escaped(paragraph)]
        for term, meaning in section.terms:
            lines += [".TP", f"\\fB{_escaped(term)}\\fR", _escaped(meaning)]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    for character, escape in (
        ("\\", "\\e"),
        ("-", "\\-"),
        ("'", "\\(aq"),
        ("`", "\\(ga"),
        ("^", "\\(ha"),
        ("~", "\\(ti"),
    ):
        text = text.replace(character, escape)
    text = text.replace('"', "\\(dq")
    return f"\\&{text}" if text.startswith((".", "'")) else text


def plain(sections: list[Section], width: int) -> str:
    """The sections as text of at most this width."""
    lines: list[str] = []

    def wrap(text: str, indent: int) -> None:
        space = " " * indent
        lines.extend(textwrap.wrap(text, max(20, width), initial_indent=space, subsequent_indent=space))

    for section in sections:
        lines.append("")
        wrap(section.title, 0 if section.level == 1 else 2)
        for number, paragraph in enumerate(section.paragraphs):
            lines.extend([""] * bool(number))
            wrap(paragraph, 4)
        for term, meaning in section.terms:
            wrap(term, 4)
            wrap(meaning, 10)
    return "\n".join(lines[1:]) + "\n"

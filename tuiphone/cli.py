"""The command line: arguments, and which function of `tuiphone.commands` each subcommand is."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import Any

from tuiphone import __version__

EPILOG = """\
Without a command tuiphone opens the phone: it attaches to the engine of the profile, or starts one.

exit codes of calls:
  0 answered and ended well      4 no such account, or the number was refused
  1 not answered                 5 not connected, or the credentials were refused
  2 wrong usage                  6 lost during the call
  3 busy or rejected             7 no engine

The whole manual, with files, environment, keys and examples: tuiphone help
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run `tuiphone` with these arguments; returns the exit code."""
    try:
        return _run(argv)
    except KeyboardInterrupt:
        # At any moment, also while what a command needs is still being imported.
        return 130


def _run(argv: Sequence[str] | None) -> int:
    for stream in (sys.stdout, sys.stderr):
        # Names have all the world's letters, and not every terminal's encoding has; None when it was closed.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    parser = make_parser()
    options, left = parser.parse_known_args(argv)
    if left and "rest" not in options:
        parser.error(f"unrecognized arguments: {' '.join(left)}")
    options.rest, options.parser = left, parser
    module, function = options.run.split(":")
    run: Callable[[argparse.Namespace], int] = getattr(import_module(f"tuiphone.commands.{module}"), function)
    from tuiphone.commands.output import say_no_more
    from tuiphone.core.errors import PhoneError

    try:
        code = run(options)
        if sys.stdout is not None:  # None when it was closed before we began
            # What cannot be written must be known here; at exit Python could only complain.
            sys.stdout.flush()
        return code
    except PhoneError as error:
        print(f"tuiphone: {error}", file=sys.stderr)
        return getattr(error, "exit_code", 1)
    except BrokenPipeError:
        # The reader of our output has gone: `tuiphone history | head`.
        say_no_more()
        return 0
    except OSError as error:
        say_no_more()
        where = f"{error.filename}: " if error.filename else ""
        print(f"tuiphone: {where}{error.strerror or error}.", file=sys.stderr)
        return 1


def make_parser() -> argparse.ArgumentParser:
    """The whole command line; completion and the manual are made from it as well."""
    parser = argparse.ArgumentParser(
        prog="tuiphone",
        description="A softphone that lives in your terminal.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"tuiphone {__version__}")
    parser.add_argument(
        "--profile",
        metavar="DIR",
        default=os.environ.get("TUIPHONE_PROFILE") or None,
        help="keep settings, history and the engine's socket in DIR (also: TUIPHONE_PROFILE)",
    )
    _camera_option(parser)
    parser.set_defaults(run="phone:app")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def command(name: str, run: str, help: str, **more: Any) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".", **more)
        sub.set_defaults(run=run)
        return sub

    _phone_commands(command)
    _call_commands(command)
    _look_commands(command)
    people = command("contacts", "contacts:list_all", "list, add, remove, import and export contacts")
    people.set_defaults(text="", json=False, limit=1000, all=False)
    _contact_commands(people.add_subparsers(title="contacts commands", metavar="COMMAND"))
    listed = command("recordings", "recordings:list_all", "list recordings, play, fetch, copy and remove them")
    _recording_commands(listed.add_subparsers(title="recordings commands", metavar="COMMAND"))
    listed.set_defaults(text="", json=False, limit=50)
    _shell_commands(command)
    account = command("account", "account:overview", "add, list, check, remove and provision accounts")
    _account_commands(account.add_subparsers(title="account commands", metavar="COMMAND"))
    return parser


def _camera_option(parser: argparse.ArgumentParser) -> None:
    # Where it is left out the option of a command must not undo what was given before the command.
    parser.add_argument(
        "--camera",
        metavar="NAME|FILE|pattern",
        type=_camera,
        default=argparse.SUPPRESS,
        help="what your picture in video calls is of: a camera, a video or picture file, or a test pattern",
    )


def _camera(text: str) -> str:
    """A file by its whole path: the engine's working directory is another one."""
    return os.path.abspath(text) if os.path.isfile(text) else text


def _phone_commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    engine = command("engine", "phone:engine", "run the phone without a screen until it is told to stop")
    engine.add_argument("--background", action="store_true", help="return as soon as it is ready")
    _camera_option(engine)
    command("stop", "phone:stop", "end the engine of this profile, calls and all")
    demo = command("demo", "demo:demo", "open a phone that needs no account: everything on this machine")
    demo.add_argument("--keep", metavar="DIR", help="keep the demo's profile in DIR")
    simulator = command(
        "simulator", "demo:simulator", "run the loopback stand-ins for the vendors' servers", add_help=False
    )
    # The simulator has a parser of its own; argparse.REMAINDER would not take options that come first.
    simulator.set_defaults(rest=[])


def _call_commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    dial = command("dial", "calls:dial", "call a number or a user and stay until the call is over")
    dial.add_argument("number")
    dial.add_argument("--account", metavar="A", help="which account calls; by default the first that can")
    dial.add_argument("--from", dest="caller", metavar="N", help="the number to call from")
    dial.add_argument(
        "--for", dest="seconds", type=_seconds, metavar="SECONDS", help="hang up so long after the answer"
    )
    dial.add_argument(
        "--ring", type=_seconds, default=90.0, metavar="SECONDS", help="give up ringing after this time (90)"
    )
    dial.add_argument("--video", action="store_true", help="a video call")
    _camera_option(dial)
    dial.add_argument("--record", action="store_true", help="record from the answer on")
    dial.add_argument("--json", action="store_true", help="one JSON line per event, and a result line at the end")

    group = command("group", "calls:group", "call several people together and stay until the call is over")
    group.add_argument("people", nargs="+", metavar="NAME", help="whom to call; who ends this call ends it for all")
    group.add_argument("--account", metavar="A", help="which account calls; by default the first that has group calls")
    group.add_argument(
        "--for", dest="seconds", type=_seconds, metavar="SECONDS", help="hang up so long after the first one came"
    )
    group.add_argument(
        "--ring", type=_seconds, default=90.0, metavar="SECONDS", help="give up after this time, if nobody comes (90)"
    )
    group.add_argument("--video", action="store_true", help="a video call")
    _camera_option(group)
    group.add_argument("--record", action="store_true", help="record from then on")
    group.add_argument("--json", action="store_true", help="one JSON line per event, and a result line at the end")
    invite = command("invite", "calls:invite", "ask more people into a group call, or take some out")
    invite.add_argument("people", nargs="+", metavar="NAME")
    invite.add_argument("--remove", action="store_true", help="take them out; only who began the call can")
    invite.add_argument(
        "--call", metavar="ACCOUNT/REF", help="which call, as `state` names it; by default the one in focus"
    )

    answer = command("answer", "calls:answer", "pick up the call that rings")
    answer.add_argument("--wait", type=_seconds, default=0.0, metavar="SECONDS", help="wait so long for one to ring")
    answer.add_argument("--call", metavar="ACCOUNT/REF", help="which call, as `state` names it; by default the oldest")
    answer.add_argument("--video", action="store_true", help="with our picture")
    _camera_option(answer)
    answer.add_argument("--record", action="store_true", help="record it")
    answer.add_argument(
        "--stay", action="store_true", help="stay until the call is over; its result decides the exit code"
    )
    answer.add_argument(
        "--for", dest="seconds", type=_seconds, metavar="SECONDS", help="stay, and hang up after this time"
    )
    answer.add_argument("--json", action="store_true", help="one JSON line per event, and a result line at the end")

    for name, help in (
        ("reject", "refuse the call that rings"),
        ("hangup", "hang up, or cancel, the call in focus"),
        ("hold", "put the call on hold (--off: take it back)"),
        ("mute", "close the microphone (--off: open it)"),
        ("record", "record the call (--off: stop)"),
        ("camera", "send our picture (--off: stop), or that of another camera"),
        ("dtmf", "send digits in the call; a comma is a pause of two seconds"),
        ("note", "keep a line about the call (an empty one takes it back)"),
        ("info", "send a side message, any JSON value, in the call"),
    ):
        sub = command(name, f"calls:{name}", help)
        how = sub.add_mutually_exclusive_group()
        if name in ("hold", "mute", "record", "camera"):
            how.add_argument("--off", dest="on", action="store_false", help="the other way round")
        if name == "reject":
            sub.add_argument("--busy", action="store_true", help="for now: to voicemail or to who is next, at a PBX")
        if name == "camera":
            how.add_argument("--next", action="store_true", help="of the next camera")
            how.add_argument("--use", metavar="NAME|FILE|pattern", type=_camera, help="of this one")
        if name == "hangup":
            sub.add_argument("--reason", metavar="TEXT", help="why, for the far side to read; where the account can")
        if name in ("dtmf", "note", "info"):
            sub.add_argument({"dtmf": "digits", "note": "text", "info": "payload"}[name])
        sub.add_argument(
            "--call", metavar="ACCOUNT/REF", help="which call, as `state` names it; by default the one in focus"
        )

    dnd = command("dnd", "attention:dnd", "say whether calls ring, or have nobody disturbed for a while")
    dnd.add_argument(
        "words", nargs="*", metavar="on | off | for 30m | until 17:00", help="nothing: say how it is; on: until off"
    )
    dnd.add_argument("--json", action="store_true", help="as JSON")

    transfer = command("transfer", "calls:transfer", "hand the call to somebody else")
    transfer.add_argument("to", nargs="?", help="whom to; not with --complete")
    how = transfer.add_mutually_exclusive_group()
    how.add_argument("--attended", action="store_true", help="ask them first: hold the call and call them")
    how.add_argument("--complete", action="store_true", help="connect the call with the one who was asked, and leave")
    transfer.add_argument("--call", metavar="ACCOUNT/REF", help="which call; by default the one in focus")
    command("swap", "calls:swap", "put the call on hold and take back the next one that is")
    conference = command("conference", "calls:conference", "join all answered calls, so that everybody hears everybody")
    conference.add_argument("calls", nargs="*", metavar="ACCOUNT/REF", help="only these, and those joined already")
    conference.add_argument(
        "--split", action="store_true", help="end it: go on with the call in focus, hold the others"
    )

    _line_commands(command)
    _desk_commands(command)

    message = command("message", "texts:message", "send a text message to a user")
    message.add_argument("to")
    message.add_argument("text", help="the message; - reads it from standard input")
    message.add_argument("--account", metavar="A", help="which account sends; by default the first that can")
    message.add_argument(
        "--no-wait", dest="wait", action="store_false", help="go when the server has it, whatever becomes of it then"
    )
    message.add_argument("--json", action="store_true", help="the message as a JSON line, with what became of it")


def _desk_commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    forward = command("forward", "desk:forward", "send the call that rings on to somebody else")
    forward.add_argument("to", nargs="?", help="where to; by default where redirect_to of its account says")
    forward.add_argument("--call", metavar="ACCOUNT/REF", help="which call; by default the oldest that rings")
    listed = command("desk", "desk:desk", "list the calls of your group that wait, ring at others or were missed")
    acts = listed.add_subparsers(title="desk commands", metavar="COMMAND")
    subs = [listed]
    for name, run, help in (
        ("take", "take", "have a call that waits or rings at somebody ring here"),
        ("redirect", "redirect", "send a call that waits or rings at somebody on"),
        ("call", "call_back", "call back who was missed, and stay until the call is over"),
        ("done", "done", "be done with the missed calls of a number"),
    ):
        sub = acts.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".")
        sub.set_defaults(run=f"desk:{run}")
        sub.add_argument("ref", help="its ref, its number or its name, as `desk` lists them")
        subs.append(sub)
    _, _, redirect, call_back, _ = subs
    redirect.add_argument("to", nargs="?", help="where to; by default where redirect_to of its account says")
    call_back.add_argument(
        "--for", dest="seconds", type=_seconds, metavar="SECONDS", help="hang up so long after the answer"
    )
    call_back.add_argument(
        "--ring", type=_seconds, default=90.0, metavar="SECONDS", help="give up ringing after this time (90)"
    )
    for sub in subs:
        # What is given before the command must not be undone by the command's own default.
        default = None if sub is listed else argparse.SUPPRESS
        sub.add_argument("--account", metavar="A", default=default, help="of this account only")
        default = False if sub is listed else argparse.SUPPRESS
        sub.add_argument("--json", action="store_true", default=default, help="as JSON, a line each")


def _line_commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    listed = command("lines", "lines:lines", "list the telephones of others that are watched, and what they do")
    pickup = command("pickup", "lines:pickup", "take the call that rings at a watched telephone")
    pickup.add_argument("line", help="its number or name, as `lines` lists it")
    voicemail = command("voicemail", "lines:voicemail", "say what waits in the mailboxes, or call one")
    voicemail.add_argument("--call", action="store_true", help="call the mailbox and stay until the call is over")
    presence = command("presence", "lines:presence", "say what others are told of you, or tell them something else")
    presence.add_argument("how", nargs="?", choices=("online", "offline", "none"), help="none: tell nothing any more")
    presence.add_argument("note", nargs="?", default="", help="a few words for others to see")
    for sub in (listed, pickup, voicemail, presence):
        sub.add_argument("--account", metavar="A", help="of this account only")
        sub.add_argument("--json", action="store_true", help="as JSON, a line each")
    pickup.add_argument("--stay", action="store_true", help="stay until the call is over; its result is the exit code")
    for sub in (pickup, voicemail):
        sub.add_argument(
            "--for", dest="seconds", type=_seconds, metavar="SECONDS", help="stay, hang up after this time"
        )
        sub.set_defaults(ring=90.0)
    voicemail.set_defaults(stay=False)
    for name, help in (
        ("follow", "call who the far side named: after a redirect or a transfer"),
        ("stay", "do not call who the far side named"),
    ):
        sub = command(name, f"lines:{name}", help)
        sub.add_argument("--call", metavar="ACCOUNT/REF", help="which call; by default the first that is asked")


def _look_commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    state = command("state", "look:state", "show accounts and calls")
    state.add_argument("--json", action="store_true", help="as JSON")
    state.add_argument("--follow", action="store_true", help="stay, and print what happens as it happens")
    history = command("history", "look:history", "list past calls, newest first")
    history.add_argument("--json", action="store_true", help="one JSON line per call")
    history.add_argument("--missed", action="store_true", help="missed calls only")
    history.add_argument("--account", metavar="A", help="calls of one account only")
    history.add_argument("--limit", type=_count, default=50, metavar="N", help="at most so many (50)")
    history.add_argument("--export", metavar="FILE", help="write them all into a file that ends with .csv or .json")
    history.add_argument("--replace", action="store_true", help="overwrite FILE")
    history.add_argument(
        "text",
        nargs="?",
        default="",
        metavar="FILTER",
        help="only those meant: 'bob missed from:today min:60s'; as on the History page",
    )
    card = command("card", "card:card", "show who a number is, the last calls with it on all accounts, and their notes")
    card.add_argument("number", help="in any form, or a user")
    card.add_argument("--account", metavar="A", help="where it is a user or an extension; by default any")
    card.add_argument("--json", action="store_true", help="as JSON")
    messages = command("messages", "texts:messages", "list conversations, or the messages of one, newest last")
    messages.add_argument("to", nargs="?", help="the messages to and from this user or number")
    messages.add_argument("--account", metavar="A", help="the account by which TO is understood")
    messages.add_argument("--find", metavar="TEXT", default="", help="only people whose name or messages have this")
    messages.add_argument("--unread", action="store_true", help="only people with unread messages")
    messages.add_argument("--limit", type=_count, default=50, metavar="N", help="at most so many (50)")
    messages.add_argument("--json", action="store_true", help="one JSON line each")
    devices = command("devices", "look:devices", "list microphones, speakers and cameras")
    devices.add_argument("--json", action="store_true", help="as JSON")
    device = command("device", "sound:device", "choose a sound device, in the middle of a call too")
    device.add_argument("kind", choices=("microphone", "speaker", "ringer"))
    device.add_argument(
        "name",
        nargs="?",
        help="its name or a part of it; default: the system's choice; none: silence; left out: say which it is",
    )
    device.add_argument("--test", action="store_true", help="play a tone there, or show how loud the microphone is")
    keys = command("keys", "keys:keys", "list every key and the id by which [keys] in config.toml moves it")
    keys.add_argument("--json", action="store_true", help="one JSON line per key")
    _logbook_commands(command)
    doctor = command("doctor", "doctor:doctor", "check what the phone needs, and say what to do about what is missing")
    doctor.add_argument("--account", metavar="A", help="look at the way to this account's server, and to its calls")


def _logbook_commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    log = command("log", "logbook:log", "print what happened, the newest last")
    log.add_argument("--follow", action="store_true", help="stay, and print what happens as it happens")
    log.add_argument("--account", metavar="A", help="what happened to one account only")
    log.add_argument(
        "--level", choices=("info", "warning", "error"), default="info", help="what is of this level or worse (info)"
    )
    log.add_argument("--limit", type=_count, default=100, metavar="N", help="at most so many (100)")
    log.add_argument("--verbose", action="store_true", help="with figures and tracebacks")
    log.add_argument("--json", action="store_true", help="one JSON line per entry")
    log.add_argument("text", nargs="?", default="", help="only what has these words in it")
    trace = command("trace", "logbook:trace", "print what went over the wire of an account, without secrets")
    trace.add_argument("account")
    trace.add_argument("--follow", action="store_true", help="stay, and print frames as they come and go")
    trace.add_argument("--verbose", action="store_true", help="with the frames themselves")
    trace.add_argument("--json", action="store_true", help="one JSON line per frame")
    trace.add_argument(
        "--save", metavar="FILE", help="write it into a new file instead: .pcap for Wireshark, .json, else a ladder"
    )
    trace.add_argument("--call", metavar="ACCOUNT/REF", help="with --save: only what belongs to this call")
    bundle = command("bundle", "logbook:bundle", "write an archive for a bug report, without secrets")
    bundle.add_argument("file", nargs="?", help="where to; a new file in this folder by default")
    names = bundle.add_mutually_exclusive_group()
    names.add_argument(
        "--anonymous", action="store_true", default=None, help="with stand-ins for names and numbers; by default asks"
    )
    names.add_argument("--names", dest="anonymous", action="store_false", help="with names and numbers as they are")
    bundle.add_argument("--yes", action="store_true", help="ask nothing")


def _shell_commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    link = command("open", "links:open_link", "show the number of a tel:, sip: or callto: link, ready to be called")
    link.add_argument("link", nargs="?", help="the link, or a plain number; without one the phone is opened")
    link.add_argument("--dial", action="store_true", help="call it at once")
    link.add_argument("--account", metavar="A", help="with --dial: which account calls; by default the first that can")
    link.add_argument("--pause", action="store_true", help="wait for enter when the link is refused")
    handler = command("install-handler", "handler:install", "have the desktop open tel:, sip: and callto: links here")
    handler.add_argument("--remove", action="store_true", help="take it back")
    completion = command("completion", "shell:completion", "print what completes these commands in a shell")
    completion.add_argument("shell", choices=("bash", "zsh", "fish"))
    helped = command("help", "manual:help", "show the manual, or how one command is used")
    helped.add_argument("topic", nargs="*", metavar="COMMAND", help="for example: account add")
    command("man", "manual:man", "print the manual as a man page, for a file tuiphone.1")


def _contact_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    def command(name: str, help: str, run: str | None = None) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".")
        sub.set_defaults(run=f"contacts:{run or name}")
        return sub

    listed = command("list", "list contacts, favourites first", "list_all")
    listed.add_argument("--json", action="store_true", help="one JSON line per contact")
    listed.add_argument("--limit", type=_count, default=1000, metavar="N", help="at most so many (1000)")
    listed.add_argument(
        "--all", action="store_true", help="people of rosters too who are in the address book as well, by book"
    )
    listed.add_argument("text", nargs="?", default="", help="only those with this in name, number or label")
    add = command("add", "put somebody into the address book; prints the id")
    add.add_argument("name")
    add.add_argument(
        "numbers", nargs="+", metavar="NUMBER", help="`NUMBER`, or `LABEL: NUMBER @ACCOUNT` with label, account or both"
    )
    add.add_argument("--favourite", action="store_true", help="stands first in the list")
    add.add_argument("--note", help="whatever is worth knowing")
    add.add_argument("--roster", metavar="ACCOUNT", help="put the numbers on this account's roster instead")
    remove = command("remove", "remove a contact, one of a roster at its server")
    remove.add_argument("who", metavar="ID|NAME")
    read = command("import", "read a file of vCards or CSV into the address book", "import_file")
    read.add_argument("file")
    read.add_argument("--json", action="store_true", help="the figures as JSON")
    export = command("export", "write contacts into a file of vCards or CSV")
    export.add_argument("file")
    export.add_argument("text", nargs="?", default="", help="only those with this in name, number or label")
    export.add_argument("--format", choices=("vcard3", "vcard4", "csv"), help="by default CSV for .csv, else vCard 3.0")
    export.add_argument("--replace", action="store_true", help="overwrite what is there")
    command("merge", "make one contact of those in the address book who have a number in common")


def _recording_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    def command(name: str, help: str, run: str | None = None) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".")
        sub.set_defaults(run=f"recordings:{run or name}")
        return sub

    listed = command("list", "list recordings, newest first, those at vendors too", "list_all")
    listed.add_argument("--json", action="store_true", help="one JSON line per recording")
    listed.add_argument("--limit", type=_count, default=50, metavar="N", help="at most so many (50)")
    listed.add_argument(
        "text", nargs="?", default="", help="only those with this in name, number, account, date or note"
    )
    play = command("play", "play a recording to its end")
    play.add_argument("--speed", type=_speed, default=1.0, metavar="X", help="0.5 to 2 times as fast, at its pitch")
    play.add_argument("--begin", type=_seconds, default=0.0, metavar="SECONDS", help="begin there")
    download = command("download", "fetch a recording from its vendor")
    export = command("export", "copy a recording to a file or folder, as WAV where the name ends so")
    remove = command("remove", "put a recording into the trash, where it stays for a week")
    for sub in (play, download, export, remove):
        sub.add_argument("which", help="name of the file as `recordings list` shows it, or the number of the call")
    export.add_argument("to")
    export.add_argument("--replace", action="store_true", help="overwrite what is there")
    command("restore", "bring back what was removed last")


def _account_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    add = commands.add_parser("add", help="write a new account file")
    add.add_argument("name")
    add.add_argument("--provider", required=True, metavar="P", help="whose account it is")
    add.add_argument(
        "--set", dest="settings", action="append", default=[], metavar="KEY=VALUE", help="a setting; may repeat"
    )
    add.add_argument(
        "--ask", action="append", default=[], metavar="KEY", help="a secret: typed unseen, or a line of standard input"
    )
    add.add_argument("--replace", action="store_true", help="overwrite an account of this name")
    add.set_defaults(run="account:add")
    listed = commands.add_parser("list", help="list accounts and how they stand")
    listed.add_argument("--json", action="store_true", help="as JSON")
    listed.set_defaults(run="account:list_all")
    check = commands.add_parser("check", help="read an account's settings and log in once")
    check.add_argument("name", nargs="?", help="all of them when left out")
    check.add_argument("--offline", action="store_true", help="only read the settings")
    check.set_defaults(run="account:check")
    remove = commands.add_parser("remove", help="delete an account's file")
    remove.add_argument("name")
    remove.set_defaults(run="account:remove")
    status = commands.add_parser("status", help="have the others at an account's vendor see a status message")
    status.add_argument("name")
    status.add_argument("text", nargs="?", default="", help="what they see; the message is taken back when left out")
    status.set_defaults(run="account:status")
    provision = commands.add_parser(
        "provision",
        help="make a user at the vendor, with the keys of an account",
        description="Make a user at the vendor, with the keys of an account. The password is typed unseen, or a line "
        "of standard input; the account's own user gets the one in its file.",
    )
    provision.add_argument("name", help="the account that has the keys")
    provision.add_argument("user", nargs="?", help="the user to make; the account's own when left out")
    provision.add_argument("--save", metavar="NAME", help="also write an account file for the new user")
    provision.set_defaults(run="provision:create")
    unprovision = commands.add_parser("unprovision", help="delete a user at the vendor, with the keys of an account")
    unprovision.add_argument("name", help="the account that has the keys")
    unprovision.add_argument("user", help="the user to delete")
    unprovision.add_argument("--yes", action="store_true", help="do not ask")
    unprovision.set_defaults(run="provision:delete")
    for name, help in (("on", "switch an account on"), ("off", "switch an account off")):
        switch = commands.add_parser(name, help=help)
        switch.add_argument("name")
        switch.set_defaults(run=f"account:switch_{name}")


def _speed(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0.5 <= value <= 2:
        raise argparse.ArgumentTypeError("speeds go from 0.5 to 2")
    return value


def _count(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if value < 1:
        raise argparse.ArgumentTypeError("it has to be 1 at least")
    return value


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds") from None
    if not 0 <= value <= 7 * 24 * 3600:
        raise argparse.ArgumentTypeError("seconds go from 0 to a week")
    return value


if __name__ == "__main__":
    sys.exit(main())

"""What the command line gives a shell: completion, the manual, and the desktop's way of calling it."""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rigs.stage import TUIPHONE
from tuiphone.cli import make_parser
from tuiphone.commands import links, manual
from tuiphone.commands.handler import entry, quoted
from tuiphone.store.paths import find


def run(*arguments: str, **more: str) -> str:
    env = os.environ | more
    done = subprocess.run([*TUIPHONE, *arguments], env=env, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


COMPLETES = """
source "$1"
shift
COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMPREPLY=()
function=$(complete -p tuiphone | sed 's/.*-F \\([^ ]*\\).*/\\1/')
"$function" tuiphone "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def completion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("completion") / "tuiphone.bash"
    file.write_text(run("completion", "bash"))
    return file


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["acc"], {"account"}),
        (["account", ""], {"add", "list", "check", "remove", "on", "off", "provision", "unprovision", "status"}),
        (["account", "check", "w"], {"work", "we"}),
        (["dial", "--account", ""], {"work", "we", "home"}),
        (["dial", "--vid"], {"--video"}),
        (["completion", ""], {"bash", "zsh", "fish"}),
    ],
)
def test_bash_completes_commands_options_and_accounts(
    completion: Path, tmp_path: Path, words: list[str], found: set[str]
) -> None:
    accounts = tmp_path / "config" / "accounts"
    accounts.mkdir(parents=True)
    for name in ("work", "we", "home"):
        (accounts / f"{name}.toml").touch()
    done = subprocess.run(
        ["bash", "--norc", "-c", COMPLETES, "bash", str(completion), "tuiphone", *words],
        env={"PATH": os.environ["PATH"], "TUIPHONE_PROFILE": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert set(done.stdout.split()) == found


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_shells_get_theirs(shell: str) -> None:
    text = run("completion", shell)
    assert "install-handler" in text
    assert "accounts" in text


def commands(parser: argparse.ArgumentParser, before: tuple[str, ...] = ("tuiphone",)) -> Iterator[tuple[str, ...]]:
    for _, sub, name in ((None, sub, name) for name, sub, _ in manual._subparsers(parser)):
        yield (*before, name)
        yield from commands(sub, (*before, name))


def test_every_command_and_every_option_is_in_the_manual() -> None:
    sections = manual.manual(find("/p"), make_parser())
    text = manual.plain(sections, 80)
    for words in commands(make_parser()):
        assert " ".join(words) in text
    by_title = {section.title: section for section in sections}
    assert ("--ask KEY" in text, "--account A" in text, "/p/config/accounts/NAME.toml" in text) == (True, True, True)
    assert len(by_title["EXIT STATUS"].terms) == 8
    assert "alt+m" in text
    assert max(map(len, text.splitlines())) <= 80


def test_help_shows_one_command_or_the_manual() -> None:
    assert run("help", "account", "add").startswith("usage: tuiphone account add")
    assert run("help").startswith("NAME\n    tuiphone - a softphone")
    assert "tuiphone help" in run("--help")


def test_the_man_page_is_one(tmp_path: Path) -> None:
    page = tmp_path / "tuiphone.1"
    page.write_text(run("man", TUIPHONE_PROFILE=str(tmp_path)))
    assert page.read_text().startswith(".TH TUIPHONE 1")
    done = subprocess.run(
        ["groff", "-man", "-Tascii", "-ww", "-P-cbou", str(page)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    # The paths of a test are longer than a line.
    assert [line for line in done.stderr.splitlines() if "can't break line" not in line] == []
    assert 'eval "$(tuiphone completion bash)"' in done.stdout
    assert "tuiphone account add NAME" in done.stdout


@pytest.mark.parametrize(
    ("argument", "written"),
    [
        ("/usr/bin/tuiphone", "/usr/bin/tuiphone"),
        ("/home/an b/tuiphone", '"/home/an b/tuiphone"'),
        ("/50%/t", "/50%%/t"),
        ("/$x/t", '"/\\\\$x/t"'),
        ('/a"b', '"/a\\\\"b"'),
        ("/a\\b", '"/a\\\\\\\\b"'),
    ],
)
def test_a_path_stands_in_the_desktop_entry_as_its_specification_wants(argument: str, written: str) -> None:
    assert quoted(argument) == written
    assert f"\nExec={written} open --pause %u\n" in entry([argument])


def test_the_terminal_for_a_link_is_the_persons_own_or_the_systems(tmp_path: Path) -> None:
    for name in ("x-terminal-emulator", "kitty", "gnome-terminal"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o700)
    here = {"PATH": str(tmp_path), "DISPLAY": ":0"}
    assert links.find_terminal(here) == [str(tmp_path / "x-terminal-emulator"), "-e"]
    assert links.find_terminal({**here, "TERMINAL": "kitty --single"}) == [str(tmp_path / "kitty"), "--single"]
    assert links.find_terminal({**here, "TERMINAL": "gnome-terminal"}) == [str(tmp_path / "gnome-terminal"), "--"]
    assert links.find_terminal({**here, "TERMINAL": "gone"}) == [str(tmp_path / "x-terminal-emulator"), "-e"]
    assert links.find_terminal({"PATH": str(tmp_path)}) is None


@pytest.mark.parametrize("link", ["tel:+84%0a1", "tel:" + "1" * 100_000, "mailto:a@b", "tel:*#06#"])
def test_a_hostile_link_ends_in_a_sentence_and_starts_nothing(tmp_path: Path, link: str) -> None:
    done = subprocess.run(
        [*TUIPHONE, "--profile", str(tmp_path / "p"), "open", link], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("tuiphone: ")
    assert len(done.stderr) < 200
    assert not (tmp_path / "p").exists()
    assert sys.executable not in done.stderr

"""`tuiphone completion`: shell completion, made by shtab from the one parser."""

import argparse
from collections.abc import Iterator
from typing import Any, cast

ACCOUNTS = {
    "bash": "_tuiphone_accounts",
    "zsh": "_tuiphone_accounts",
    "fish": "(__tuiphone_accounts)",
}
PREAMBLE = {
    "bash": """\
_tuiphone_accounts() {
  local folder="${TUIPHONE_PROFILE:+$TUIPHONE_PROFILE/config}" word
  for ((word = 1; word < COMP_CWORD; word++)); do
    [[ ${COMP_WORDS[word]} == --profile ]] && folder="${COMP_WORDS[word + 1]}/config"
  done
  folder="${folder:-${XDG_CONFIG_HOME:-$HOME/.config}/tuiphone}/accounts"
  local file
  for file in "$folder"/*.toml; do
    file="${file##*/}"
    [[ $file != '*.toml' ]] && compgen -W "${file%.toml}" -- "$1"
  done
}
""",
    "zsh": """\
_tuiphone_accounts() {
  local folder="${TUIPHONE_PROFILE:+$TUIPHONE_PROFILE/config}"
  local at=${words[(I)--profile]}
  (( at )) && folder="${words[at + 1]}/config"
  folder="${folder:-${XDG_CONFIG_HOME:-$HOME/.config}/tuiphone}/accounts"
  local -a accounts=($folder/*.toml(N:t:r))
  compadd -a accounts
}
""",
    "fish": """\
function __tuiphone_accounts
    set -l folder (set -q XDG_CONFIG_HOME; and echo $XDG_CONFIG_HOME; or echo ~/.config)/tuiphone
    set -q TUIPHONE_PROFILE; and test -n "$TUIPHONE_PROFILE"; and set folder $TUIPHONE_PROFILE/config
    for file in $folder/accounts/*.toml
        string replace -r '\\\\.toml$' '' (basename $file)
    end
end
""",
}
FILES = {"file", "to"}
FOLDERS = {"profile", "keep"}


def completion(options: argparse.Namespace) -> int:
    """Print the completion for a shell, to be sourced by it."""
    import shtab

    parser: argparse.ArgumentParser = options.parser
    for path, action in _actions(parser):
        if _names_an_account(path, action):
            cast(Any, action).complete = ACCOUNTS
        elif action.dest in FOLDERS:
            cast(Any, action).complete = shtab.DIRECTORY
        elif action.dest in FILES and path[:1] not in (("message",), ("transfer",)):
            cast(Any, action).complete = shtab.FILE
    print(shtab.complete(parser, shell=options.shell, preamble=cast(Any, PREAMBLE)))
    return 0


def _names_an_account(path: tuple[str, ...], action: argparse.Action) -> bool:
    if action.dest == "account":
        return True
    return action.dest == "name" and path[:1] == ("account",) and path[1:] != ("add",)


def _actions(
    parser: argparse.ArgumentParser, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], argparse.Action]]:
    """Every argument of every command, with the command's words."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in cast("dict[str, argparse.ArgumentParser]", action.choices).items():
                yield from _actions(sub, (*path, name))
        else:
            yield path, action

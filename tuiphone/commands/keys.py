"""`tuiphone keys`: every key with the id by which `[keys]` in config.toml moves it, as it is now."""

import argparse
import sys

from tuiphone.commands.attach import BAD_NUMBER, say
from tuiphone.store.config import load_preferences
from tuiphone.store.paths import find


def keys(options: argparse.Namespace) -> int:
    """List the keys, and say what is wrong with those the settings move; 4 when something is."""
    from tuiphone.ui import keys as bindings

    preferences, _ = load_preferences(find(options.profile).config_file)
    known = bindings.catalogue()
    moved, problems = bindings.check(preferences.keys, known)
    scope = ""
    for key in bindings.moved(known, moved):
        does = key.binding.tooltip or key.binding.description
        if options.json:
            say({"id": key.id, "key": key.binding.key, "where": key.scope, "does": does, "moved": key.id in moved})
            continue
        if key.scope != scope:
            scope = key.scope
            print(f"\n{scope}")
        print(f"  {key.id:24} {key.binding.key:22} {does}")
    for problem in problems:
        print(problem, file=sys.stderr)
    return BAD_NUMBER if problems else 0

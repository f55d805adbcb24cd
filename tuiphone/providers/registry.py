"""Finds the providers that are installed, ours and other people's, and imports only the one asked for."""

import difflib
from importlib.metadata import EntryPoint, entry_points

from tuiphone.core.errors import ConfigError
from tuiphone.core.provider import Provider

GROUP = "tuiphone.providers"
"""Entry points of this group name a subclass of Provider each."""


def names() -> tuple[str, ...]:
    """What `provider = "..."` may say, in alphabetical order; nothing is imported."""
    return tuple(sorted(_installed()))


def find(name: str) -> type[Provider]:
    """The provider class of this name.

    Raises: ConfigError when there is none, or when it does not load.
    """
    installed = _installed()
    if (entry := installed.get(name)) is None:
        raise ConfigError(_unknown(name, sorted(installed)))
    try:
        found = entry.load()
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"The provider {name} is installed but does not load: {error}") from error
    if not (isinstance(found, type) and issubclass(found, Provider)):
        raise ConfigError(f"The provider {name} is installed wrongly: {entry.value} is not a Provider class.")
    return found


def _installed() -> dict[str, EntryPoint]:
    # An editable install next to a built one lists a name twice; both are the same code, the first one wins.
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=GROUP):
        found.setdefault(entry.name, entry)
    return found


def _unknown(name: str, known: list[str]) -> str:
    if not known:
        return f"There is no provider {name!r}: none is installed; install tuiphone again with pip."
    near = difflib.get_close_matches(name.lower(), known, n=1)
    guess = f" Did you mean {near[0]}?" if near else ""
    return f"There is no provider {name!r}.{guess} There are: {', '.join(known)}."

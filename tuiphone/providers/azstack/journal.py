"""The log of one account, as much of it as its settings want."""

import logging

LEVELS = {"none": logging.CRITICAL + 1, "error": logging.ERROR, "info": logging.INFO, "debug": logging.DEBUG}
"""The vendor's words for it (LOG_LEVEL_...)."""


def account_log(user_id: str, level: str) -> logging.Logger:
    """Where an account tells what it does; entries below its level go nowhere, whatever the phone's own level is."""
    # A dot in the name of a logger would begin another one below it.
    named = "".join(character if character.isalnum() else "_" for character in user_id[:40])
    log = logging.getLogger(f"{__package__}.{named}")
    log.setLevel(LEVELS.get(level, logging.INFO))
    if not log.handlers:
        # Where the phone keeps no log, as when an account is only tried, errors would be printed beside its result.
        log.addHandler(logging.NullHandler())
    return log

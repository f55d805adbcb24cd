"""What the engine's services have in common: each answers the commands of one matter, beside the calls themselves."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tuiphone.core.model import Address
from tuiphone.core.phone import Phone
from tuiphone.core.ports import Directory
from tuiphone.media.cameras import Cameras
from tuiphone.media.mixer import Mixer
from tuiphone.media.player import Player
from tuiphone.media.sound import Sound
from tuiphone.store.config import Preferences
from tuiphone.store.contacts import ContactBook
from tuiphone.store.db import Database
from tuiphone.store.history import History
from tuiphone.store.paths import Paths

Handlers: TypeAlias = Mapping[type, Callable[[Any], Awaitable[Any]]]
"""Command of the control protocol -> what carries it out and returns its result."""


class NoDirectory:
    """A directory with nobody in it."""

    def name_of(self, address: Address, account: str | None = None) -> str | None:
        """Nobody is known."""
        return None

    def is_favourite(self, address: Address, account: str | None = None) -> bool:
        """Nobody is known."""
        return False


@dataclass(slots=True)
class Parts:
    """What the engine is made of, for its services; `preferences` is replaced when the settings change."""

    paths: Paths
    preferences: Preferences
    database: Database
    phone: Phone
    sound: Sound
    mixer: Mixer
    player: Player
    history: History
    directory: Directory = field(default_factory=NoDirectory)
    """Whose number this is; put in place by the contacts service."""
    cameras: Cameras = field(default_factory=Cameras)
    contacts: ContactBook = field(init=False)
    """Everybody one can call."""
    changing_settings: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while config.toml is read, changed and written."""

    def __post_init__(self) -> None:
        self.contacts = ContactBook(self.database)


class Service:
    """One matter of the engine. `start` comes before the phone's accounts connect, `close` after they are gone."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    @property
    def handlers(self) -> Handlers:
        """What this service answers."""
        return {}

    async def start(self) -> None:
        """Begin; the phone takes events already, and no account is there yet."""

    async def close(self) -> None:
        """Finish what is under way."""

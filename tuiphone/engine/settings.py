"""Settings: keeps single values in config.toml, and the engine's copy of it in step."""

import asyncio

from tuiphone.control import settings
from tuiphone.engine.service import Handlers, Parts, Service
from tuiphone.store import config, editing


class SettingService(Service):
    """Answers what is asked of the settings."""

    @property
    def handlers(self) -> Handlers:
        return {settings.SetPreference: self.set}

    async def set(self, command: settings.SetPreference) -> None:
        """Keep a value. Raises: ConfigError when it does not fit, or cannot be written."""
        await set_preference(self.parts, command.section, command.key, command.value)


async def set_preference(parts: Parts, section: str, key: str, value: object) -> None:
    """Keep a value in config.toml and take it over; for every service.

    Raises: ConfigError when it does not fit, or cannot be written; the file is as it was then.
    """
    file = parts.paths.config_file
    if isinstance(value, tuple):
        value = list(value)
    if value is not None:
        config.check_preference(file, section, key, value)
    # One after the other: each reads the whole file and writes it anew.
    async with parts.changing_settings:
        await asyncio.to_thread(editing.set_preference, parts.paths, section, key, value)
        parts.preferences, _ = await asyncio.to_thread(config.load_preferences, file)

"""Settings: keeps single values in config.toml, and the engine's copy of it in step."""

import asyncio

from tuiphone.control import settings
from tuiphone.core.errors import ConfigError
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
    """Keep a value in config.toml and take it over; for every service. Raises: ConfigError."""
    if isinstance(value, tuple):
        value = list(value)
    await asyncio.to_thread(editing.set_preference, parts.paths, section, key, value)
    parts.preferences, problems = config.load_preferences(parts.paths.config_file)
    wrong = next((problem for problem in problems if f"{section}.{key}" in str(problem)), None)
    if wrong is not None:
        raise ConfigError(str(wrong))

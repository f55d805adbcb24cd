"""Settings: one value of config.toml at a time."""

from typing import TypeAlias

from tuiphone.control.base import Asking, Message


class SetPreference(Message, frozen=True):
    """Keep a value in config.toml; None takes it out, so that the default holds again."""

    section: str
    key: str
    value: bool | float | str | tuple[str, ...] | None


Command: TypeAlias = SetPreference


class SettingVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""

    async def set_preference(self, section: str, key: str, value: bool | float | str | tuple[str, ...] | None) -> None:
        """Keep a value in config.toml; None takes it out."""
        await self.request(SetPreference(section, key, value))

"""A password or token that never shows itself by accident."""

from collections.abc import Awaitable, Callable

from tuiphone.core.redact import learn


class Secret:
    """Where a secret can be read; asked anew each time, because a command may give a fresh token."""

    __slots__ = ("_source", "is_fixed")

    def __init__(self, source: str | Callable[[], Awaitable[str]]) -> None:
        self._source = source
        self.is_fixed = isinstance(source, str)
        """Reading it again will give the same value, so trying again with it is of no use."""

    async def read(self) -> str:
        """The secret itself; from then on it is blacked out wherever it turns up.

        Raises: ConfigError when its command or keyring does not give it.
        """
        secret = self._source if isinstance(self._source, str) else await self._source()
        learn(secret)
        return secret

    @property
    def size(self) -> int | None:
        """Its length in bytes; None when that is known only once it is read."""
        return len(self._source.encode()) if isinstance(self._source, str) else None

    @property
    def length(self) -> int | None:
        """Its length in characters; None when that is known only once it is read."""
        return len(self._source) if isinstance(self._source, str) else None

    def __repr__(self) -> str:
        return "Secret(•••)"

"""Placeholder."""

from collections.abc import Callable

from tuiphone.media.resample import Samples


class Recorder:
    """Placeholder."""

    def __init__(self, path: str, about: dict[str, object], *, failed: Callable[[str], None]) -> None:
        self.path = path

    def write(self, near: Samples, far: Samples) -> None:
        """Placeholder."""

    def finish(self) -> None:
        """Placeholder."""

    async def close(self) -> None:
        """Placeholder."""

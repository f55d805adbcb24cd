"""Who is listened to in one group call: a subscription for each, begun and ended as they come and go."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from tuiphone.providers.vox.subscription import Stage, Subscription

MAX_STREAMS = 16
"""Others who are heard and seen at once; a conference of more is no call any more."""
FRESH_SECONDS = 5.0
"""A server may tell of one publisher in two ways at once; whoever joins again does so later."""


class Scene(Stage, Protocol):
    """What streams need of their call."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something until it is through or the call is over."""
        ...


class Streams:
    """The subscriptions by name; `lost` is told of one that was given up, and why."""

    def __init__(self, scene: Scene, lost: Callable[[str, str], None]) -> None:
        self._scene = scene
        self._lost = lost
        self._open: dict[str, tuple[Subscription, asyncio.Task[None], float]] = {}

    def find(self, name: str) -> Subscription | None:
        """Whoever has this name, if they are listened to."""
        found = self._open.get(name)
        return None if found is None else found[0]

    def open(self, name: str) -> None:
        """Listen to somebody, unless that is so already."""
        if name not in self._open and len(self._open) < MAX_STREAMS:
            subscription = Subscription(self._scene, name)
            following = self._scene.spawn(self._follow(subscription))
            self._open[name] = subscription, following, time.monotonic()

    def close(self, name: str) -> None:
        """Listen to them no longer."""
        if (found := self._open.pop(name, None)) is not None:
            found[1].cancel()

    def renew(self, name: str) -> None:
        """They publish anew: what there was of them before is of no use any more."""
        found = self._open.get(name)
        if found is not None and time.monotonic() - found[2] > FRESH_SECONDS:
            self.close(name)

    async def _follow(self, subscription: Subscription) -> None:
        why = await subscription.run()
        if self.find(subscription.name) is subscription:
            del self._open[subscription.name]
        self._lost(subscription.name, why)

"""A room of a group call in this process: what each peer publishes goes to the others as it is."""

import asyncio

from tests.media.peers import Side, until
from tuiphone.core.ports import Description, MediaLink
from tuiphone.media.branch import Branch
from tuiphone.providers.sdp import with_candidates
from tuiphone.simulator.vox.relay import Publication, Subscription


class Room:
    """Who is in it, what they publish and who is subscribed to whom."""

    def __init__(self) -> None:
        self.publications: dict[str, Publication] = {}
        self.subscriptions: dict[tuple[str, str], Subscription] = {}
        self.branches: dict[tuple[str, str], Branch] = {}
        """By who listens and who is listened to."""
        self.lost: list[tuple[str, str]] = []

    async def publish(self, name: str, side: Side) -> None:
        """One comes, and is connected."""
        publication = self.publications[name] = Publication()
        answer = await publication.answer(with_candidates(await side.peer.offer()))
        await side.peer.apply(Description("answer", answer))
        side.peer.start()
        await until(lambda: side.link is MediaLink.CONNECTED)

    async def subscribe(self, name: str, side: Side, other: str) -> None:
        """One listens to another from now on."""
        pair = (name, other)
        taps = self.publications[other].taps.values()
        subscription = self.subscriptions[pair] = Subscription([tap.outlet() for tap in taps])
        branch = self.branches[pair] = side.peer.branch(other, lambda: self.lost.append(pair))
        answer = await branch.answer(Description("offer", await subscription.offer()))
        await subscription.accept(with_candidates(answer))
        await until(lambda: branch.link.state == "connected")

    async def gather(self, **sides: Side) -> None:
        """Everybody comes, and listens to everybody."""
        await asyncio.gather(*(self.publish(name, side) for name, side in sides.items()))
        pairs = [(name, other) for name in sides for other in sides if name != other]
        await asyncio.gather(*(self.subscribe(name, sides[name], other) for name, other in pairs))

    async def close(self) -> None:
        """The server ends."""
        every = (*self.subscriptions.values(), *self.publications.values())
        await asyncio.gather(*(one.close() for one in every))

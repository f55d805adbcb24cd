"""One Kamailio and one Chromium for all of these tests; each test has users of its own."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.providers.sip.real.ours import Ours
from tests.rigs.island import needs_island
from tests.rigs.jssip import Browser, JsPhone
from tests.rigs.kamailio import Kamailio
from tests.rigs.plain_rtp import Rtpengine

Names = Callable[[str], str]
Phones = Callable[..., Awaitable[JsPhone]]
Other = Callable[..., Awaitable[Ours]]
HERE = Path(__file__).parent
_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each step of these tests may wait for a browser, which would talk from every address of the machine."""
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.timeout(300))
            item.add_marker(needs_island)


@pytest.fixture(scope="package")
def rtpengine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rtpengine]:
    """For calls with telephones that know no WebRTC."""
    with Rtpengine(tmp_path_factory.mktemp("rtpengine")) as running:
        yield running


@pytest.fixture(scope="package")
def kamailio(tmp_path_factory: pytest.TempPathFactory, rtpengine: Rtpengine) -> Iterator[Kamailio]:
    """The server."""
    with Kamailio(tmp_path_factory.mktemp("kamailio"), defines=rtpengine.defines) as running:
        yield running


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser."""
    with Browser() as running:
        yield running


@pytest.fixture
def user() -> Names:
    """Makes a name of this test's out of one that others have too."""
    number = next(_numbers)
    return lambda name: f"{name}{number}"


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """What is in it goes with the test."""
    async with AsyncExitStack() as made:
        yield made


@pytest.fixture
def other(stack: AsyncExitStack, kamailio: Kamailio, user: Names) -> Other:
    """Makes our phone of a user, registered."""

    async def make(name: str, **settings: Any) -> Ours:
        url = settings.pop("server", kamailio.url)
        return await stack.enter_async_context(Ours.at(url, user(name), **settings))

    return make


@pytest.fixture
async def ours(other: Other) -> Ours:
    """Our phone, alice's, registered."""
    return await other("alice")


@pytest.fixture
def phones(stack: AsyncExitStack, kamailio: Kamailio, chromium: Browser, user: Names) -> Phones:
    """Makes JsSIP of a user, registered."""

    async def make(name: str, **more: Any) -> JsPhone:
        return await stack.enter_async_context(chromium.phone(kamailio.url, user(name), **more))

    return make

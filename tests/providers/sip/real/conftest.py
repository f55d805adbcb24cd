"""One Kamailio and one Chromium for all of these tests; each test has users of its own."""

import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.providers.sip.real.ours import Ours
from tests.rigs.jssip import Browser, JsPhone
from tests.rigs.kamailio import Kamailio
from tests.rigs.plain_rtp import Rtpengine

_numbers = itertools.count(1)


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
def user() -> Callable[[str], str]:
    """Makes a name of this test's out of one that others have too."""
    number = next(_numbers)
    return lambda name: f"{name}{number}"


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """What is in it goes with the test."""
    async with AsyncExitStack() as made:
        yield made


@pytest.fixture
async def ours(stack: AsyncExitStack, kamailio: Kamailio, user: Callable[[str], str]) -> Ours:
    """Our phone, alice's, registered."""
    return await stack.enter_async_context(Ours.at(kamailio, user("alice")))


@pytest.fixture
def theirs(
    stack: AsyncExitStack, kamailio: Kamailio, chromium: Browser, user: Callable[[str], str]
) -> Callable[..., Any]:
    """Makes JsSIP of a user, registered."""

    async def make(name: str, **more: Any) -> JsPhone:
        return await stack.enter_async_context(chromium.phone(kamailio.url, user(name), **more))

    return make

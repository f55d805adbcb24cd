"""How a real server asks who we are, and what it then knows of us."""

from pathlib import Path

import pytest

from tests.fakes import soon
from tests.providers.sip.real.conftest import Names
from tests.providers.sip.real.ours import Ours
from tests.rigs.kamailio import Kamailio
from tuiphone.core.errors import AccessDenied
from tuiphone.core.secret import Secret


async def test_we_are_known_while_we_are_there_and_no_longer(kamailio: Kamailio, user: Names) -> None:
    async with Ours.at(kamailio.url, user("alice")) as ours:
        (contact,) = kamailio.contacts(ours.user)
        assert contact["Reg-Id"] == 1
        assert contact["Instance"].startswith("<urn:uuid:")
    assert not kamailio.contacts(ours.user)


async def test_a_wrong_password_is_refused_in_words(kamailio: Kamailio, user: Names) -> None:
    ours = Ours(kamailio.url, user("alice"), password=Secret("not this one"))
    with pytest.raises(AccessDenied, match="password"):
        await soon(ours.start())


async def test_a_server_that_asks_for_sha_256_is_answered(tmp_path: Path, user: Names) -> None:
    with Kamailio(tmp_path, defines={"WITH_SHA256": ""}) as server:
        async with Ours.at(server.url, user("alice")):
            assert server.contacts(user("alice"))

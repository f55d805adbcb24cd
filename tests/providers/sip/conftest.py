"""For all of SIP's tests: the robots of its simulator are in this process, and stay on this machine."""

import aioice.ice
import pytest

from tuiphone.simulator.loopback import keep_to_loopback


@pytest.fixture(autouse=True)
def _robots_keep_to_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aioice.ice, "get_host_addresses", aioice.ice.get_host_addresses)
    keep_to_loopback()

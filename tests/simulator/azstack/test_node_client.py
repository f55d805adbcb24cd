"""The socket.io-client that the vendor's SDK is built on, against the simulator."""

from tests.rigs.node_server import node
from tests.simulator.azstack.conftest import Serve


async def test_the_vendors_own_library_logs_in_stays_and_is_answered(serve: Serve) -> None:
    simulator = await serve(ping_interval=0.5, ping_timeout=2.0)
    async with node("azstack_client.js", simulator.url.rstrip("/"), "test_user_1") as client:
        slave = await client.hear("29")
        assert (type(slave["ip"]), type(slave["port"])) == (str, int)
        welcome = await client.hear("162")
        assert (welcome["username"], welcome["fullname"]) == ("test_user_1", "Người dùng")
        # Beyond twice the time in which the server, or the library, would have given the other up.
        for _ in range(11):
            assert await client.hear("pong") == "slave"
        client.tell(send=[165, {"purpose": 51235, "usernameList": ["test_user_1", "nobody"]}])
        found = await client.hear("165")
        assert (found["r"], found["done"], found["purpose"]) == (1, 1, 51235)
        assert [(user["userId"], user["status"]) for user in found["userInfoList"]] == [(welcome["userId"], 1)]
        client.tell(send=[509, {}])
        assert await client.hear("509") == {"r": 1, "data": []}
        assert [said["connected"] for said in client.said if "connected" in said] == ["master", "slave"]
        assert [said["disconnected"] for said in client.said if "disconnected" in said] == ["master"]
        assert not [said for said in client.said if "failed" in said]


async def test_the_simulators_end_reaches_the_vendors_own_library(serve: Serve) -> None:
    simulator = await serve()
    async with node("azstack_client.js", simulator.url.rstrip("/"), "test_user_1") as client:
        await client.hear("162")
        await simulator.close()
        assert await client.hear("disconnected") == "slave"

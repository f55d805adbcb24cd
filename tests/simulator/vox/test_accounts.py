"""Accounts over HTTP (section 3), and what the others see of it."""

import httpx
import pytest

from tests.simulator.vox.conftest import LogIn, Serve
from tests.simulator.vox.test_conferences import create as create_conference
from tests.simulator.vox.test_conferences import join
from tuiphone.simulator.vox import Vox

KEYS = {"projectid": "pid_demo", "authtoken": "sim-token"}


async def create(vox: Vox, name: str, password: str = "pw", **more: str) -> httpx.Response:
    """POST a form."""
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.post(vox.rest_url, data={**KEYS, "username": name, "password": password, **more})


async def delete(vox: Vox, name: str, **more: str) -> httpx.Response:
    """DELETE with a query."""
    async with httpx.AsyncClient(trust_env=False) as client:
        parameters = {**KEYS, "username": name, **more}
        return await client.delete(vox.rest_url, params=parameters, headers={"Accept": "application/json"})


async def test_a_user_is_made_logs_in_and_is_deleted(vox: Vox, connect: LogIn) -> None:
    made = await create(vox, "dave+1@x.y", "secret")
    assert (made.status_code, made.json()) == (200, {"data": {"code": 200, "message": "User created"}})
    dave = await connect(vox, "dave+1@x.y")
    assert (await dave.log_in(password="secret")).num(2) == 1
    gone = await delete(vox, "dave+1@x.y")
    assert (gone.status_code, gone.json()) == (200, {"data": {"code": 200, "message": "User deleted"}})
    await dave.lost()
    again = await connect(vox, "dave+1@x.y")
    assert (await again.log_in(password="secret")).num(2) == 3


@pytest.mark.parametrize(
    ("name", "password"),
    [("alice", "x"), ("echo", "x"), ("", "x"), ("dave", ""), ("a b", "x"), ("é", "x"), ("x" * 65, "x"), ("a/b", "x")],
)
async def test_names_that_are_taken_or_none_and_empty_passwords_are_401(vox: Vox, name: str, password: str) -> None:
    reply = await create(vox, name, password)
    assert reply.status_code == 401
    assert reply.json()["data"]["code"] == 401


async def test_wrong_keys_are_404_and_tell_nothing(vox: Vox) -> None:
    for wrong in ({"authtoken": "x"}, {"projectid": "x"}, {"authtoken": ""}, {"authtoken": "é"}):
        assert (await create(vox, "dave", **wrong)).json() == {
            "data": {"code": 404, "message": "Project or token not found"}
        }
        assert (await delete(vox, "alice", **wrong)).status_code == 404


async def test_only_users_can_be_deleted(vox: Vox) -> None:
    assert (await delete(vox, "nobody")).status_code == 401
    assert (await delete(vox, "echo")).status_code == 401


async def test_blanks_around_the_values_of_a_deletion_are_forgiven(vox: Vox) -> None:
    assert (await delete(vox, " carol ", authtoken=" sim-token")).status_code == 200


async def test_a_form_that_is_too_long_is_a_failure_like_others(vox: Vox) -> None:
    assert (await create(vox, "dave", "x" * 100_000)).status_code == 401


async def test_the_switch_makes_it_a_server_error(serve: Serve) -> None:
    reply = await create(await serve(rest_fails=1), "dave")
    assert (reply.status_code, reply.json()["data"]["code"]) == (500, 500)


async def test_the_other_shape_of_the_vendors_document(serve: Serve) -> None:
    vox = await serve(rest_shape="flat")
    assert (await create(vox, "dave")).json() == {"code": 200, "status": "User created", "resp": "User created"}
    again = await create(vox, "dave")
    assert (again.status_code, again.json()["code"]) == (401, 401)


async def test_who_listed_the_name_before_hears_of_the_new_user(vox: Vox, log_in: LogIn) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    assert await alice.ret(19, [(2, 1), (3, "dave"), (4, 1)]) == 6
    await create(vox, "dave")
    assert (await alice.expect(5)).text(2) == "dave"
    await bob.settled()
    assert bob.got(5) == []


async def test_a_deleted_user_goes_offline_hangs_up_and_stays_a_contact(vox: Vox, log_in: LogIn) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    await alice.ret(19, [(2, 1), (3, "bob"), (4, 1)])
    ref = await alice.call("bob")
    await bob.expect(195)
    await bob.answer(ref, "alice")
    assert (await delete(vox, "bob")).status_code == 200
    await alice.expect(199, f4=ref)
    assert (await alice.expect(293)).part(2).text(2) == "OFFLINE"
    await bob.lost()
    assert (await alice.ask(23)).texts(2) == ["bob"]


async def test_a_deleted_user_leaves_the_conference(vox: Vox, log_in: LogIn) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    room, _ = await create_conference(alice, "bob")
    await join(alice, room)
    await join(bob, room)
    await delete(vox, "bob")
    assert (await alice.alert(6, "bob")).text(3) == room
    await bob.lost()


def test_the_account_file_fits_the_demo() -> None:
    vox = Vox("127.0.0.1", {})
    assert vox.account("alice") == {
        "provider": "vox",
        "project_id": "pid_demo",
        "auth_token": "sim-token",
        "rest_url": "http://127.0.0.1:8990/api/user",
        "iml_url": "ws://127.0.0.1:8989/",
        "username": "alice",
        "password": "pw1",
        "from_user": "18005550100",
    }
    assert vox.account("bob")["password"] == "pw2"

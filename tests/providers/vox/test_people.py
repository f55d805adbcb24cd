"""Contacts, who is there, and what people say of themselves at Vox."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from tests.providers.vox.server import Connection, ScriptedServer, connected, told, vox
from tuiphone.core.errors import NotPossible, RequestFailed
from tuiphone.core.events import ConnectionChanged, ContactsChanged, PresenceChanged
from tuiphone.core.model import Address, AddressKind, Availability, Contact, ContactAddress, Presence
from tuiphone.providers.vox import people

BOB = Address(AddressKind.USER, "bob")
CAROL = Address(AddressKind.USER, "carol")
NUMBER = Address(AddressKind.PHONE, "+8490555001")
ONLINE, OFFLINE = Availability.ONLINE, Availability.OFFLINE


async def roster(client: Connection, *names: str, types: tuple[int, ...] | None = None, **profiles: Any) -> None:
    """Answer the next question for the contacts; `profiles` are of those who are users."""
    await client.take("getContactsReq", sPhoneNums=names, stContactTypes=types or [1] * len(names))
    if names:
        users = list(profiles)
        asked = await client.take("isAppContactReq", sPhoneNums=users, stProfile=[profiles[user] for user in users])
        assert (list(asked.sPhoneNums), asked.uCount) == (list(names), len(names))


async def while_(work: Awaitable[Any], *steps: Awaitable[Any]) -> Any:
    """The result of a command whose requests these steps answer."""
    task = asyncio.ensure_future(work)
    for step in steps:
        await step
    return await task


def person(name: str, address: Address, note: str | None = None) -> Contact:
    """Somebody of the roster."""
    return Contact(0, name, (ContactAddress(address),), note=note)


async def test_contacts_have_the_names_that_people_gave_themselves_and_their_pictures_as_text():
    async with ScriptedServer() as server, vox(server.url) as alice:
        alice.start()
        client = await server.accept(sBucketName="vox-media")
        await told(alice, ConnectionChanged)
        listed = await while_(
            alice.provider.contacts(),
            roster(
                client,
                "bob",
                "carol",
                "+8490555001",
                "+8490555002",
                types=(1, 1, 0, 0),
                **{
                    "bob": {"sUserName": "Bob B", "sProfilePicId": "abc.jpg"},
                    "+8490555002": {"sUserName": "Dave"},
                },
            ),
        )
    assert list(listed) == [
        person("Bob B", BOB, "Picture: https://vox-media.s3.ap-southeast-1.amazonaws.com/abc.jpg"),
        person("carol", CAROL),
        person("+8490555001", NUMBER),
        # A telephone number by which somebody is a user of the project is called as a user.
        person("Dave", Address(AddressKind.USER, "+8490555002")),
    ]


async def test_a_roster_of_hundreds_is_looked_up_in_pieces_of_200():
    names = [f"user{n}" for n in range(450)]
    async with connected() as (_, client, alice):
        task = asyncio.ensure_future(alice.provider.contacts())
        await client.take("getContactsReq", sPhoneNums=names)
        sizes = []
        for _ in range(3):
            asked = await client.take("isAppContactReq")
            assert asked.uCount == len(asked.sPhoneNums)
            sizes.append(asked.uCount)
        assert sizes == [200, 200, 50]
        assert [contact.name for contact in await task] == names


async def test_names_that_nobody_can_have_are_left_out():
    async with connected() as (_, client, alice):
        names = ["bob", "", "two words", "x" * 65, "esc\x1b[31m", "bob"]
        task = asyncio.ensure_future(alice.provider.contacts())
        await client.take("getContactsReq", sPhoneNums=names)
        await client.take("isAppContactReq")
        assert list(await task) == [person("bob", BOB)]


@pytest.mark.parametrize("ret", [1, 2, 6])
async def test_whoever_is_added_is_on_the_roster_even_if_they_were_or_vox_does_not_know_them(ret: int):
    async with connected() as (_, client, alice):
        task = asyncio.ensure_future(alice.provider.add_contact(BOB))
        said = await client.take("addNumReq", ret=ret)
        await roster(client, "bob")
        await task
        assert (said.uCount, list(said.sPhoneNums), list(said.stContactTypes)) == (1, ["bob"], [1])
        assert alice.all(ContactsChanged) == [ContactsChanged((person("bob", BOB),))]


async def test_a_telephone_is_added_as_one():
    async with connected() as (_, client, alice):
        task = asyncio.ensure_future(alice.provider.add_contact(NUMBER))
        said = await client.take("addNumReq")
        await roster(client, NUMBER.text, types=(0,))
        await task
        assert list(said.stContactTypes) == [0]
        assert alice.all(ContactsChanged) == [ContactsChanged((person(NUMBER.text, NUMBER),))]


async def test_a_refusal_to_add_is_told_and_changes_nothing():
    async with connected() as (_, client, alice):
        task = asyncio.ensure_future(alice.provider.add_contact(Address(AddressKind.USER, "alice")))
        await client.take("addNumReq", ret=4)
        with pytest.raises(RequestFailed, match=r"does not allow that now. \(409\)"):
            await task
        assert not alice.count(ContactsChanged)


@pytest.mark.parametrize("name", ["two words", "x" * 65])
async def test_a_name_that_cannot_be_one_is_refused_here(name: str):
    async with connected() as (_, client, alice):
        with pytest.raises(NotPossible):
            await alice.provider.add_contact(Address(AddressKind.USER, name))
        await client.beat()
        assert not client.heard("addNumReq")


async def test_whoever_is_removed_is_named_as_a_single_text():
    async with connected() as (_, client, alice):
        task = asyncio.ensure_future(alice.provider.remove_contact(BOB))
        said = await client.take("deleteNumReq")
        await roster(client)
        await task
        assert said.sPhoneNums == "bob"
        assert alice.all(ContactsChanged) == [ContactsChanged(())]


async def test_who_is_asked_about_is_told_of_and_offline_is_the_one_word_for_it():
    async with connected() as (_, client, alice):
        listed = [
            {"sPhoneNum": "bob", "sStatus": "ONLINE", "sTime": 1, "sPresenceStatusMsg": "lunch"},
            {"sPhoneNum": "carol", "sStatus": "OFFLINE", "sTime": 1},
            {"sPhoneNum": "dave", "sStatus": "BUSY", "sTime": 1},
        ]
        dave, eve = Address(AddressKind.USER, "dave"), Address(AddressKind.USER, "eve")
        task = asyncio.ensure_future(alice.provider.presence([BOB, CAROL, dave, eve, NUMBER]))
        asked = await client.take("getPresenceReq", stPresence=listed)
        await task
        assert list(asked.sPhoneNums) == ["bob", "carol", "dave", "eve"]
        assert alice.all(PresenceChanged) == [
            PresenceChanged(BOB, Presence(ONLINE, "lunch")),
            PresenceChanged(CAROL, Presence(OFFLINE)),
            PresenceChanged(dave, Presence(ONLINE)),
        ]


async def watched(client: Connection, alice: Any, *names: str) -> None:
    """Have these people watched, who are there."""
    users = [Address(AddressKind.USER, name) for name in names]
    listed = [{"sPhoneNum": name, "sStatus": "ONLINE", "sTime": 1} for name in names]
    await while_(alice.provider.presence(users), client.take("getPresenceReq", stPresence=listed))


async def test_somebody_goes_and_says_why():
    async with connected() as (_, client, alice):
        await watched(client, alice, "bob")
        gone = {"sPhoneNum": "bob", "sStatus": "OFFLINE", "sTime": 5, "sPresenceStatusMsg": "back at two"}
        reply = await client.ask("userPresenceChangedReq", stPresence=gone)
        assert (reply.sMobNu, reply.ret) == ("alice", 1)
        # Without a word the message stays as it was.
        await client.ask("userPresenceChangedReq", stPresence={"sPhoneNum": "bob", "sStatus": "ONLINE", "sTime": 6})
        assert alice.all(PresenceChanged)[1:] == [
            PresenceChanged(BOB, Presence(OFFLINE, "back at two")),
            PresenceChanged(BOB, Presence(ONLINE, "back at two")),
        ]


async def test_a_profile_that_changed_is_told_by_what_changed_alone():
    async with connected() as (_, client, alice):
        profiles = {"bob": {"sUserName": "Bob", "sPresenceStatusMsg": "here"}}
        await while_(alice.provider.contacts(), roster(client, "bob", **profiles))
        await watched(client, alice, "bob")
        changes = {"sProfileUserMobNu": "bob", "stProfile": {"sPresenceStatusMsg": "gone fishing"}}
        reply = await client.ask("userProfileChangedReq", **changes)
        assert (reply.sMobNu, reply.sProfileUserMobNu, reply.ret) == ("alice", "bob", 1)
        assert alice.all(PresenceChanged)[-1] == PresenceChanged(BOB, Presence(ONLINE, "gone fishing"))
        assert not alice.count(ContactsChanged)
        await client.ask("userProfileChangedReq", sProfileUserMobNu="bob", stProfile={"sUserName": "Robert"})
        assert alice.all(ContactsChanged) == [ContactsChanged((person("Robert", BOB),))]
        assert alice.all(PresenceChanged)[-1] == PresenceChanged(BOB, Presence(ONLINE, "gone fishing"))
        # What was cleared comes empty.
        await client.ask("userProfileChangedReq", sProfileUserMobNu="bob", stProfile={"sPresenceStatusMsg": ""})
        assert alice.all(PresenceChanged)[-1] == PresenceChanged(BOB, Presence(ONLINE))


async def test_a_picture_is_shown_as_text_and_never_fetched():
    async with connected() as (_, client, alice):
        await while_(alice.provider.contacts(), roster(client, "bob"))
        await client.ask("userProfileChangedReq", sProfileUserMobNu="bob", stProfile={"sProfilePicId": "p1"})
        assert alice.all(ContactsChanged)[-1].contacts == (person("bob", BOB, "Picture: p1"),)


async def test_whoever_joins_has_a_name_from_then_on_and_may_be_there():
    async with connected() as (_, client, alice):
        await while_(alice.provider.contacts(), roster(client, "bob"))
        reply = await client.ask("userJoinedReq", sJoinedUserMobNu="bob")
        assert (reply.sMobNu, reply.sJoinedUserMobNu, reply.ret) == ("alice", "bob", 1)
        await roster(client, "bob", bob={"sUserName": "Bob"})
        await client.take("getPresenceReq", stPresence=[{"sPhoneNum": "bob", "sStatus": "ONLINE", "sTime": 1}])
        assert await told(alice, PresenceChanged) == PresenceChanged(BOB, Presence(ONLINE))
        assert alice.all(ContactsChanged) == [ContactsChanged((person("Bob", BOB),))]


async def test_strangers_are_nobodys_news():
    async with connected() as (_, client, alice):
        for n in range(50):
            name = f"stranger{n}"
            await client.ask("userPresenceChangedReq", stPresence={"sPhoneNum": name, "sStatus": "ONLINE", "sTime": 1})
            await client.ask("userProfileChangedReq", sProfileUserMobNu=name, stProfile={"sUserName": "X"})
        assert not alice.count(PresenceChanged)
        assert not alice.count(ContactsChanged)
        assert not alice.provider._people._profiles


async def test_those_who_are_not_on_the_roster_are_asked_about_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(people, "POLL_SECONDS", 0.01)
    async with connected() as (_, client, alice):
        await while_(alice.provider.contacts(), roster(client, "bob"))
        await watched(client, alice, "bob", "carol")
        gone = [{"sPhoneNum": "carol", "sStatus": "OFFLINE", "sTime": 2}]
        asked = await client.take("getPresenceReq", stPresence=gone)
        assert list(asked.sPhoneNums) == ["carol"]
        assert await told(alice, PresenceChanged, 3) == PresenceChanged(CAROL, Presence(OFFLINE))


async def test_own_status_message_goes_out_with_all_that_is_known_of_us():
    async with connected() as (_, client, alice):
        task = asyncio.ensure_future(alice.provider.publish(Presence(note="at lunch")))
        known = {"sUserName": "Alice", "sPresenceStatusMsg": "here", "sProfilePicId": "a.png"}
        asked = await client.take("getProfileReq", stProfile=known)
        said = await client.take("setProfileReq")
        await task
        assert asked.sMobNum == "alice"
        profile = said.stProfile
        assert (profile.sUserName, profile.sPresenceStatusMsg, profile.sProfilePicId) == ("Alice", "at lunch", "a.png")


async def test_a_status_message_is_taken_back_with_an_empty_one():
    async with connected() as (_, client, alice):
        task = asyncio.ensure_future(alice.provider.publish(Presence()))
        await client.take("getProfileReq", stProfile={"sPresenceStatusMsg": "here"})
        said = await client.take("setProfileReq")
        await task
        assert said.stProfile.HasField("sPresenceStatusMsg")
        assert said.stProfile.sPresenceStatusMsg == ""


async def test_name_of_the_settings_is_told_after_the_log_in_unless_vox_has_it():
    async with connected(name="Alice Archer") as (_, client, _alice):
        await client.take("getProfileReq", stProfile={"sUserName": "alice", "sPresenceStatusMsg": "here"})
        said = await client.take("setProfileReq")
        assert (said.stProfile.sUserName, said.stProfile.sPresenceStatusMsg) == ("Alice Archer", "here")
    async with connected(name="Alice Archer") as (_, client, _alice):
        await client.take("getProfileReq", stProfile={"sUserName": "Alice Archer"})
        await client.beat()
        assert not client.heard("setProfileReq")


async def test_after_another_log_in_everybody_is_told_of_anew():
    async with ScriptedServer() as server, vox(server.url) as alice:
        for turn in (1, 2):
            running = alice.start()
            client = await server.accept()
            await told(alice, ConnectionChanged, turn)
            await watched(client, alice, "bob")
            assert alice.all(PresenceChanged) == [PresenceChanged(BOB, Presence(ONLINE))] * turn
            client.drop()
            await asyncio.wait([running])

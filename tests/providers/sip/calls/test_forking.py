"""Calls of ours that ring at several phones: the first description is applied, one phone wins, others are sent away."""

from tests.fakes import until
from tests.providers.sip.calls.rig import sdp, table
from tuiphone.core.call import EndReason
from tuiphone.core.events import CallAnswered, CallRang

ONE, OTHER = sdp("one", setup="active"), sdp("other", setup="active")


async def test_another_phone_than_the_one_heard_early_gets_a_connection_of_its_own() -> None:
    async with table() as at:
        call, invite, one = await at.invited()
        other = at.far(invite, "other-tag")
        one.reply(invite, 183, sdp=ONE)
        await until(lambda: at.media[0].applied() == [ONE])
        other.reply(invite, 200, sdp=OTHER)
        ack = await at.asked("ACK")
        assert ack.to.tag == "other-tag"
        again = await at.asked("INVITE")
        assert again.to.tag == "other-tag"
        assert "a=ice-ufrag:alice1" in again.text
        other.reply(again, 200, sdp=OTHER)
        await at.asked("ACK")
        await until(lambda: at.media[0].applied() == [ONE, OTHER])
        assert at.all(CallAnswered) == [CallAnswered(call.ref)]
        assert at.requests("BYE") == []


async def test_early_media_of_a_second_phone_changes_nothing() -> None:
    async with table() as at:
        _, invite, one = await at.invited()
        one.reply(invite, 183, sdp=ONE)
        at.far(invite, "other-tag").reply(invite, 183, sdp=OTHER)
        await at.idle()
        assert at.media[0].applied() == [ONE]
        assert len(at.all(CallRang)) == 1


async def test_who_picks_up_second_is_confirmed_and_sent_away() -> None:
    async with table() as at:
        call, invite, one = await at.invited()
        other = at.far(invite, "other-tag")
        other.reply(invite, 180)
        one.reply(invite, 200, sdp=ONE)
        other.reply(invite, 200, sdp=OTHER)
        assert [(await at.asked("ACK")).to.tag for _ in range(2)] == [one.tag, "other-tag"]
        bye = await at.asked("BYE")
        assert (bye.to.tag, str(bye.uri)) == ("other-tag", other.contact[1:-1])
        assert "completed elsewhere" in (bye.headers.get("Reason") or "")
        other.reply(bye, 200)
        await until(lambda: at.media[0].applied() == [ONE])
        assert at.call(call.ref).dialog.remote_tag == one.tag


async def test_copies_of_an_answer_are_confirmed_again_and_change_nothing() -> None:
    async with table() as at:
        _, invite, one = await at.invited()
        for _ in range(3):
            one.reply(invite, 200, sdp=ONE)
        await until(lambda: len(at.requests("ACK")) == 3)
        await at.idle()
        assert at.media[0].applied() == [ONE]
        assert len(at.all(CallAnswered)) == 1
        assert at.requests("BYE") == []


async def test_the_same_phone_with_other_keys_in_its_answer_gets_a_connection_of_its_own() -> None:
    # A server that played an announcement under the tag of the phone it then connects.
    async with table() as at:
        _, invite, one = await at.invited()
        one.reply(invite, 183, sdp=ONE)
        one.reply(invite, 200, sdp=OTHER)
        again = await at.asked("INVITE")
        one.reply(again, 200, sdp=OTHER)
        await until(lambda: at.media[0].applied() == [ONE, OTHER])


async def test_two_phones_behind_one_relay_share_their_connection() -> None:
    async with table() as at:
        _, invite, one = await at.invited()
        one.reply(invite, 183, sdp=ONE)
        at.far(invite, "other-tag").reply(invite, 200, sdp=ONE)
        await at.asked("ACK")
        await at.idle()
        assert at.requests("INVITE") == [invite]


async def test_a_winner_that_refuses_the_new_connection_is_left() -> None:
    async with table() as at:
        _, invite, one = await at.invited()
        other = at.far(invite, "other-tag")
        one.reply(invite, 183, sdp=ONE)
        other.reply(invite, 200, sdp=OTHER)
        other.reply(await at.asked("INVITE"), 488)
        await at.asked("BYE")
        assert at.ended().reason is EndReason.FAILED


async def test_a_flood_of_phones_is_borne() -> None:
    async with table() as at:
        call, invite, one = await at.invited()
        for number in range(500):
            at.far(invite, f"tag-{number}").reply(invite, 180)
        assert len(at.agent.dialogs) <= 16
        assert len(at.all(CallRang)) == 1
        one.reply(invite, 200, sdp=ONE)
        await at.asked("ACK")
        for number in range(500):
            at.far(invite, f"late-{number}").reply(invite, 200, sdp=OTHER)
        await at.idle()
        assert len(at.agent.dialogs) == 1
        assert len(at.requests("BYE")) <= 32
        assert at.desk.find(call.ref) is call

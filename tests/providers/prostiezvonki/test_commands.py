"""What a person asks for and what the PBX says to it, over a WebSocket of the test's."""

import asyncio
from typing import Any

import pytest

from tests.fakes import soon, until
from tests.providers.prostiezvonki.server import PARTY, Connection, connected, event
from tests.providers.rig import Account
from tuiphone.core.call import EndReason
from tuiphone.core.errors import BadAddress, ConnectionLost, NotPossible, RequestFailed, RequestTimeout, Unsupported
from tuiphone.core.events import (
    CallAnswered,
    CallEnded,
    CallRang,
    CallStarted,
    DeskCallChanged,
    DeskCallGone,
    LineChanged,
    ProviderFaulted,
    RecordLogged,
    TextStatusChanged,
)
from tuiphone.core.model import Address, AddressKind, DeskState, RecordResult, TextStatus
from tuiphone.providers.prostiezvonki import asking, call, group, requests, texts
from tuiphone.providers.prostiezvonki.client import Prostiezvonki

TO = Address(AddressKind.PHONE, f"+{PARTY}")
COLLEAGUE = Address(AddressKind.PHONE, "102")
ID = "18468"


async def ring(pbx: Connection, desk: Account) -> str:
    """Somebody calls; the ref."""
    await pbx.say(event(2, frm=PARTY, to="101"))
    return (await desk.told(CallStarted)).ref


async def talk(pbx: Connection, desk: Account) -> str:
    """We call and talk; the ref."""
    ref = await desk.provider.dial(TO)
    await pbx.respond("Call")
    await pbx.say(event(8, frm="101", to=PARTY), event(16, frm="101", to=PARTY))
    await desk.told(CallAnswered)
    return ref


async def test_a_call_is_asked_for_and_followed_to_its_end() -> None:
    async with connected() as (_, pbx, desk):
        ref = await desk.provider.dial(TO)
        assert desk.all(CallStarted)[0].ref == ref
        request = await pbx.respond("Call")
        assert request == {
            "ProtocolVersion": "1",
            "Method": "Call",
            "RequestID": "1",
            "From": "101",
            "To": f"+{PARTY}",
        }
        await pbx.say(event(8, frm="101", to=PARTY), event(16, frm="101", to=PARTY))
        await pbx.say(event(4, frm="101", to=PARTY, duration=7, direction=1, start=1000, end=1010))
        record = (await desk.told(RecordLogged)).record
        of_call = [one for one in desk.events if isinstance(one, CallStarted | CallRang | CallAnswered | CallEnded)]
        assert [type(one) for one in of_call] == [CallStarted, CallRang, CallAnswered, CallEnded]
        assert {one.ref for one in of_call} == {ref}
        assert (record.ref, record.talk_s, record.result) == (ref, 7.0, RecordResult.ANSWERED)
        await desk.provider.dial(COLLEAGUE)
        assert (await pbx.hear("Call"))["RequestID"] == "2"


async def test_a_call_that_is_refused_ends_with_what_the_pbx_said() -> None:
    async with connected() as (_, pbx, desk):
        await desk.provider.dial(TO)
        await pbx.respond("Call", 6, "no&#10;rights &lt;b&gt;")
        ended = await desk.told(CallEnded)
        assert (ended.reason, ended.detail) == (EndReason.FAILED, "The PBX does not allow this (6 no rights <b>).")


async def test_a_server_that_never_responds_is_not_needed_for_a_call() -> None:
    async with connected() as (_, pbx, desk):
        await desk.provider.dial(TO)
        await pbx.hear("Call")
        await pbx.say(event(8, frm="101", to=PARTY))
        await desk.told(CallRang)


async def test_a_number_without_a_digit_is_refused_here() -> None:
    async with connected() as (_, pbx, desk):
        nobody = Address(AddressKind.PHONE, "anonymous")
        for command in (desk.provider.dial(nobody), desk.provider.send_text(nobody, "x")):
            with pytest.raises(BadAddress, match="There is no digit in 'anonymous'"):
                await command
        assert desk.all(CallStarted) == []
        assert pbx.requests == []


# -- sending calls on -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", [
    event(4, frm="101", to=PARTY, duration=7, direction=1),
    event(2, frm=PARTY, to="102"),
    event(32, frm=PARTY, to="102"),
])  # fmt: skip
async def test_a_talk_is_handed_over_when_an_event_says_so(told: str) -> None:
    async with connected() as (_, pbx, desk):
        ref = await talk(pbx, desk)
        asked = asyncio.create_task(desk.provider.transfer(ref, COLLEAGUE))
        request = await pbx.hear("Transfer")
        assert (request["CallID"], request["To"]) == (ID, "102")
        await pbx.say(told)
        await soon(asked)
        ended = await desk.told(CallEnded)
        assert (ended.ref, ended.reason, ended.detail) == (ref, EndReason.TRANSFERRED, "Sent on to 102.")


async def test_a_ringing_call_is_sent_on_when_the_pbx_says_so_and_tells_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(call, "SENT_ON_SECONDS", 0.01)
    async with connected() as (_, pbx, desk):
        ref = await ring(pbx, desk)
        asked = asyncio.create_task(desk.provider.forward(ref, COLLEAGUE))
        await pbx.respond("Transfer")
        await soon(asked)
        assert (await desk.told(CallEnded)).reason is EndReason.TRANSFERRED
        await pbx.say(event(4, frm=PARTY, to="101", duration=0, direction=0, start=1000, end=1010))
        assert (await desk.told(RecordLogged)).record.ref == ref


async def test_a_transfer_that_is_refused_leaves_the_call_as_it_is() -> None:
    async with connected() as (_, pbx, desk):
        ref = await talk(pbx, desk)
        asked = asyncio.create_task(desk.provider.transfer(ref, COLLEAGUE))
        await pbx.respond("Transfer", 5, "no such call")
        with pytest.raises(RequestFailed, match=r"The PBX has no such call any more \(5 no such call\)"):
            await soon(asked)
        await pbx.say(event(4, frm="101", to=PARTY, duration=7, direction=1))
        assert (await desk.told(CallEnded)).reason is EndReason.OVER


async def test_a_transfer_nobody_says_a_word_to_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "REQUEST_SECONDS", 0.05)
    async with connected() as (_, pbx, desk):
        ref = await talk(pbx, desk)
        with pytest.raises(RequestTimeout, match="did not say within"):
            await soon(desk.provider.transfer(ref, COLLEAGUE))
        assert desk.all(CallEnded) == []


async def test_a_transfer_during_which_the_link_goes_is_told_as_such() -> None:
    async with connected() as (_, pbx, desk):
        ref = await talk(pbx, desk)
        asked = asyncio.create_task(desk.provider.transfer(ref, COLLEAGUE))
        await pbx.hear("Transfer")
        await pbx.socket.close(1001)
        with pytest.raises(ConnectionLost, match="is not known"):
            await soon(asked)
        assert desk.all(CallEnded) == []


async def test_what_the_pbx_has_not_begun_or_cannot_do_is_refused_in_a_sentence() -> None:
    async with connected() as (_, pbx, desk):
        ref = await desk.provider.dial(TO)
        with pytest.raises(NotPossible, match="has not begun this call"):
            await desk.provider.transfer(ref, COLLEAGUE)
        with pytest.raises(NotPossible, match="That call is over"):
            await desk.provider.transfer("dial-nothing", COLLEAGUE)
        await pbx.say(event(8, frm="101", to=PARTY))
        await desk.told(CallRang)
        with pytest.raises(NotPossible, match="do it at your telephone"):
            await desk.provider.hangup(ref)
        with pytest.raises(Unsupported, match="Prostiezvonki cannot answer"):
            await desk.provider.answer(ref)


# -- the group --------------------------------------------------------------------------------------------------------


async def test_a_waiting_call_is_sent_on_by_a_person() -> None:
    async with connected() as (_, pbx, desk):
        await pbx.say(event(1, frm=PARTY))
        waiting = (await desk.told(DeskCallChanged)).call
        asked = asyncio.create_task(desk.provider.redirect(waiting.ref, COLLEAGUE))
        assert (await pbx.respond("Transfer"))["CallID"] == ID
        await soon(asked)
        assert (await desk.told(DeskCallGone)).ref == waiting.ref
        with pytest.raises(NotPossible, match="neither waits nor rings"):
            await desk.provider.redirect(waiting.ref, COLLEAGUE)


async def test_a_redirect_that_an_event_confirms_shows_where_the_call_rings() -> None:
    async with connected() as (_, pbx, desk):
        await pbx.say(event(1, frm=PARTY))
        ref = (await desk.told(DeskCallChanged)).call.ref
        asked = asyncio.create_task(desk.provider.redirect(ref, COLLEAGUE))
        await pbx.hear("Transfer")
        await pbx.say(event(2, frm=PARTY, to="102"))
        await soon(asked)
        assert (await desk.told(DeskCallChanged, 2)).call.at == COLLEAGUE
        assert desk.all(DeskCallGone) == []


@pytest.mark.parametrize(("code", "is_gone"), [(6, False), (5, True)])
async def test_a_redirect_that_is_refused_leaves_the_call_where_it_is(code: int, is_gone: bool) -> None:
    async with connected() as (_, pbx, desk):
        await pbx.say(event(1, frm=PARTY))
        ref = (await desk.told(DeskCallChanged)).call.ref
        asked = asyncio.create_task(desk.provider.redirect(ref, COLLEAGUE))
        await pbx.respond("Transfer", code, "no")
        with pytest.raises(RequestFailed, match=f"{code} no"):
            await soon(asked)
        assert desk.count(DeskCallGone) == is_gone


@pytest.mark.parametrize("responds", [True, False])
async def test_a_call_that_is_redirected_from_where_it_rings_was_not_missed_there(
    responds: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group, "GOES_ON_SECONDS", 0.0)
    async with connected() as (_, pbx, desk):
        await pbx.say(event(2, frm=PARTY, to="102"))
        ref = (await desk.told(DeskCallChanged)).call.ref
        asked = asyncio.create_task(desk.provider.redirect(ref, Address(AddressKind.PHONE, "103")))
        await (pbx.respond("Transfer") if responds else pbx.hear("Transfer"))
        await pbx.say(event(4, frm=PARTY, to="102", duration=0, direction=0))
        await soon(asked)
        assert (await desk.told(DeskCallGone)).ref == ref
        await pbx.say(event(2, frm=PARTY, to="103"))
        assert (await desk.told(DeskCallChanged, 2)).call.at == Address(AddressKind.PHONE, "103")
        await pbx.say(event(4, frm=PARTY, to="103", duration=0, direction=0))
        assert (await desk.told(DeskCallChanged, 3)).call.state is DeskState.MISSED


async def test_what_rings_at_another_extension_is_picked_up() -> None:
    async with connected() as (_, pbx, desk):
        with pytest.raises(NotPossible, match="Nothing rings at 102"):
            await desk.provider.pickup(COLLEAGUE)
        await pbx.say(event(2, frm=PARTY, to="102"))
        await desk.told(LineChanged)
        ref = await desk.provider.pickup(COLLEAGUE)
        request = await pbx.respond("Transfer")
        assert (request["CallID"], request["To"]) == (ID, "101")
        assert (await desk.told(CallStarted)).peer.text == PARTY
        await pbx.say(event(4, frm=PARTY, to="102", duration=0, direction=0))  # its end at who had it
        await pbx.say(event(2, frm=PARTY, to="101"), event(32, frm=PARTY, to="101"))
        assert (await desk.told(CallAnswered)).ref == ref
        assert desk.all(CallEnded) == []
        assert desk.count(CallStarted) == 1
        assert desk.count(DeskCallGone) == 1


@pytest.mark.parametrize("says", ["refused", "taken", "nothing"])
async def test_a_pickup_that_comes_to_nothing_ends_the_call(says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with connected() as (_, pbx, desk):
        await pbx.say(event(2, frm=PARTY, to="102"))
        await desk.told(LineChanged)
        monkeypatch.setattr(call, "START_SECONDS", 0.02 if says == "nothing" else 15.0)
        ref = await desk.provider.pickup(COLLEAGUE)
        match says:
            case "refused":
                await pbx.respond("Transfer", 5, "gone")
            case "taken":
                await pbx.say(event(32, frm=PARTY, to="102"))
            case _:
                pass
        ended = await desk.told(CallEnded)
        expected = EndReason.ELSEWHERE if says == "taken" else EndReason.FAILED
        assert (ended.ref, ended.reason) == (ref, expected)
        assert ended.detail


async def test_every_call_that_may_be_redirected_goes_where_the_settings_say() -> None:
    async with connected(auto_transfer_to="102") as (_, pbx, desk):
        await pbx.say(event(1, frm=PARTY), event(1, "9", frm=PARTY, missed=1))
        request = await pbx.respond("Transfer", 3, "too old")
        assert (request["CallID"], request["To"]) == (ID, "102")
        fault = await desk.told(ProviderFaulted)
        assert fault.detail.startswith(f"The call of {PARTY} was not sent on to 102: The PBX does not know this")
        await pbx.say(event(1, "10", frm=PARTY))
        assert (await pbx.respond("Transfer"))["CallID"] == "10"
        assert (await desk.told(DeskCallGone)).ref == "10", "it waits no more, whether or not that is told"
        await pbx.say(event(1, "11", frm=PARTY))
        await pbx.say(event(2, "11", frm=PARTY, to="102"))
        await pbx.respond("Transfer")
        await pbx.say(event(1, "12", frm=PARTY))
        await pbx.hear("Transfer")
        assert desk.count(DeskCallGone) == 1, "that it rings there is known"
        assert pbx.requests == []


@pytest.mark.parametrize("code", [5, 6])
async def test_that_somebody_else_was_first_to_send_a_call_on_is_no_fault(
    code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group, "GOES_ON_SECONDS", 0.0)
    async with connected(auto_transfer_to="102") as (_, pbx, desk):
        await pbx.say(event(1, frm=PARTY))
        await pbx.respond("Transfer", code, "Somebody else was first")
        await pbx.say(event(2, frm=PARTY, to="103"), event(4, frm=PARTY, to="103", duration=0, direction=0))
        await until(lambda: [one.call.state for one in desk.all(DeskCallChanged)][-1:] == [DeskState.MISSED])
        assert desk.all(DeskCallGone) == [], "it waited until something was told of it"
        assert desk.all(ProviderFaulted) == []


# -- texts ------------------------------------------------------------------------------------------------------------


async def send(pbx: Connection, desk: Account, to: str = PARTY, text: str = "Привет <&>") -> tuple[str, dict[str, Any]]:
    asked = asyncio.create_task(desk.provider.send_text(Address(AddressKind.PHONE, to), text))
    request = await pbx.respond("Generate")
    return await soon(asked), request


async def test_a_text_goes_in_base64_and_its_status_is_followed() -> None:
    async with connected() as (_, pbx, desk):
        ref, request = await send(pbx, desk)
        assert {key: request[key] for key in ("Event", "From", "To", "Smstext")} == {
            "Event": "128",
            "From": "101",
            "To": PARTY,
            "Smstext": "0J/RgNC40LLQtdGCIDwmPg==",
        }
        sms = {"frm": "101", "to": PARTY}
        await pbx.say(event(128, **sms), event(256, result=0, **sms), event(256, result=1, **sms))
        await desk.told(TextStatusChanged, 2)
        assert [(one.ref, one.status) for one in desk.all(TextStatusChanged)] == [
            (ref, TextStatus.SENDING),
            (ref, TextStatus.SENT),
        ]
        await pbx.say(event(256, result=2, **sms), event(2, frm=PARTY, to="101"))
        await desk.told(CallStarted)
        assert desk.count(TextStatusChanged) == 2, "its end was told"


async def test_texts_to_one_number_are_told_apart_by_their_callid_and_failures_say_so() -> None:
    async with connected() as (_, pbx, desk):
        (first, _), (second, _) = await send(pbx, desk), await send(pbx, desk)
        sms = {"frm": "101", "to": f"8{PARTY[1:]}"}
        await pbx.say(event(128, "1", **sms), event(256, "2", result=1, **sms), event(256, "1", result=2, **sms))
        await desk.told(TextStatusChanged, 2)
        sent, failed = desk.all(TextStatusChanged)
        assert (sent.ref, sent.status) == (second, TextStatus.SENT)
        assert (failed.ref, failed.status) == (first, TextStatus.FAILED)
        assert "result 2" in failed.detail


async def test_a_text_of_which_nobody_tells_is_given_up_in_words_and_may_be_told_of_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(texts, "WORD_SECONDS", 0.01)
    assert Prostiezvonki.texts_wait
    sms = {"frm": "101", "to": PARTY}
    async with connected() as (_, pbx, desk):
        first, _ = await send(pbx, desk)
        given_up = await desk.told(TextStatusChanged)
        assert (given_up.ref, given_up.status) == (first, TextStatus.FAILED)
        assert "it may have arrived" in given_up.detail
        monkeypatch.setattr(texts, "WORD_SECONDS", 60.0)
        second, _ = await send(pbx, desk)
        await pbx.say(
            event(256, "2", result=0, **sms), event(256, "2", result=1, **sms), event(256, "1", result=1, **sms)
        )
        await desk.told(TextStatusChanged, 4)
        assert [(one.ref, one.status) for one in desk.all(TextStatusChanged)][1:] == [
            (second, TextStatus.SENDING),
            (second, TextStatus.SENT),
            (first, TextStatus.SENT),
        ]


async def test_a_text_that_is_too_long_or_refused_was_not_sent() -> None:
    async with connected() as (_, pbx, desk):
        with pytest.raises(NotPossible, match="That has 671 characters; an SMS can have 670"):
            await desk.provider.send_text(TO, "x" * 671)
        asked = asyncio.create_task(desk.provider.send_text(TO, "x" * 670))
        await pbx.respond("Generate", 6, "no Android")
        with pytest.raises(RequestFailed, match="6 no Android"):
            await soon(asked)
        await pbx.say(event(256, frm="101", to=PARTY, result=1), event(2, frm=PARTY, to="101"))
        await desk.told(CallStarted)
        assert desk.all(TextStatusChanged) == []


async def test_a_server_that_does_not_respond_to_a_text_may_tell_its_status_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asking, "REQUEST_SECONDS", 0.01)
    async with connected() as (_, pbx, desk):
        ref = await soon(desk.provider.send_text(TO, "x"))
        await pbx.say(event(256, frm="101", to=PARTY, result=1))
        assert await desk.told(TextStatusChanged) == TextStatusChanged(ref, TextStatus.SENT)


async def test_requests_nobody_responds_to_fill_no_memory() -> None:
    async with connected() as (_, pbx, desk):
        for number in range(500):
            await pbx.say(event(1, str(number), frm=PARTY))
        await until(lambda: desk.count(DeskCallChanged) == 500)
        session = desk.provider._session
        asked = [session.ask(requests.transfer("1", "102")) for _ in range(500)]
        assert len(session._waiting) <= 200
        assert session._unsent.qsize() <= 200
        with pytest.raises(ConnectionLost):
            await soon(asking.accepted(asked[-1]))

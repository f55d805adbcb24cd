"""The switchboard by itself: who is told what."""

import asyncio
import re
from typing import Any

import pytest

from tuiphone.simulator.exchange import (
    ANSWERED,
    BUSY,
    RING_TIMEOUT,
    RINGING,
    TRYING,
    UNAVAILABLE,
    Call,
    Endpoint,
    Exchange,
    Outcome,
    Signal,
)

OFFER = Signal("sdp", {"type": "offer", "sdp": "..."})
FIRST = Signal("candidate", {"candidate": "candidate:1"})


class Device(Endpoint):
    """Writes down what it is told."""

    def __init__(self, user: str, device: str = "1") -> None:
        super().__init__(user, device)
        self.told: list[Any] = []

    def invited(self, call: Call) -> None:
        self.told.append("invited")

    def progressed(self, call: Call, status: int, by: Endpoint | None) -> None:
        self.told.append((status, by.device if by else None))

    def signalled(self, call: Call, signal: Signal, by: Endpoint) -> None:
        self.told.append((signal.kind, by.device))

    def informed(self, call: Call, info: Any) -> None:
        self.told.append(("info", info))

    def pressed(self, call: Call, digits: str) -> None:
        self.told.append(("digits", digits))

    def elsewhere(self, call: Call, status: int | None) -> None:
        self.told.append(("elsewhere", status))

    def ended(self, call: Call) -> None:
        self.told.append("ended")


class Telephone(Device):
    is_telephone = True

    def moved(self) -> Endpoint:
        self.next = Telephone(self.user, "moved")
        return self.next


class Town:
    """An exchange with alice on one device and bob on two."""

    def __init__(self, **settings: Any) -> None:
        self.exchange = Exchange(**settings)
        self.alice, self.bob, self.bob2 = Device("alice", "a"), Device("bob", "b1"), Device("bob", "b2")
        for device in (self.alice, self.bob, self.bob2):
            self.exchange.attach(device)

    def call(self, caller: Endpoint | None = None, callee: str | Endpoint = "bob") -> Call:
        caller = caller or self.alice
        to = callee if isinstance(callee, str) else callee.user
        call = self.exchange.place(caller, callee, from_number=caller.user, to_number=to)
        self.exchange.invite(call)
        return call

    def forget(self) -> None:
        for device in (self.alice, self.bob, self.bob2):
            device.told.clear()


@pytest.fixture
async def town() -> Town:
    return Town()


async def test_nobody_is_told_of_a_call_before_it_is_invited(town: Town) -> None:
    call = town.exchange.place(town.alice, "bob", from_number="alice", to_number="bob")
    assert re.fullmatch(r"call-[a-z]+-\d+-[A-Z0-9]{10}-\d{13}", call.ref)
    assert [town.alice.told, town.bob.told, town.bob2.told] == [[], [], []]


async def test_every_device_of_the_called_user_rings_and_the_caller_hears_it(town: Town) -> None:
    call = town.call()
    assert [town.bob.told, town.bob2.told, town.alice.told] == [["invited"], ["invited"], [(TRYING, None)]]
    town.forget()
    assert town.exchange.progress(call.ref, town.bob, RINGING) is Outcome.DONE
    assert [town.alice.told, town.bob.told, town.bob2.told] == [[(RINGING, "b1")], [], [("elsewhere", RINGING)]]


async def test_a_call_to_nobody_is_unavailable(town: Town) -> None:
    call = town.call(callee="carol")
    assert town.alice.told == [(UNAVAILABLE, None)]
    assert call.ended
    assert town.exchange.hang_up(call.ref, town.alice) is Outcome.NO_CALL


async def test_a_user_calling_their_own_name_rings_on_their_other_devices_only(town: Town) -> None:
    town.call(town.bob, "bob")
    assert [town.bob.told, town.bob2.told] == [[(TRYING, None)], ["invited"]]


async def test_the_first_device_to_answer_has_the_call_and_the_others_are_told(town: Town) -> None:
    call = town.call()
    town.forget()
    assert town.exchange.answer(call.ref, town.bob2) is Outcome.DONE
    assert [town.alice.told, town.bob.told, town.bob2.told] == [[(ANSWERED, "b2")], [("elsewhere", ANSWERED)], []]
    assert town.exchange.answer(call.ref, town.bob) is Outcome.OTHER_DEVICE
    assert town.exchange.reject(call.ref, town.bob) is Outcome.OTHER_DEVICE
    assert town.exchange.hang_up(call.ref, town.bob) is Outcome.OTHER_DEVICE
    assert not call.ended


async def test_one_device_rejects_for_all(town: Town) -> None:
    call = town.call()
    town.forget()
    assert town.exchange.reject(call.ref, town.bob, BUSY) is Outcome.DONE
    assert [town.alice.told, town.bob.told, town.bob2.told] == [[(BUSY, "b1")], [], [("elsewhere", BUSY)]]
    assert town.exchange.answer(call.ref, town.bob2) is Outcome.NO_CALL


async def test_a_caller_who_cancels_ends_it_on_every_device(town: Town) -> None:
    call = town.call()
    town.forget()
    assert town.exchange.hang_up(call.ref, town.alice) is Outcome.DONE
    assert [town.alice.told, town.bob.told, town.bob2.told] == [[], ["ended"], ["ended"]]


async def test_a_caller_who_hangs_up_is_heard_by_the_answering_device_alone(town: Town) -> None:
    call = town.call()
    town.exchange.answer(call.ref, town.bob)
    town.forget()
    town.exchange.hang_up(call.ref, town.alice)
    assert [town.bob.told, town.bob2.told] == [["ended"], []]


async def test_the_called_side_hangs_up_and_its_other_devices_learn_of_the_end(town: Town) -> None:
    call = town.call()
    town.exchange.answer(call.ref, town.bob)
    town.forget()
    assert town.exchange.hang_up(call.ref, town.bob) is Outcome.DONE
    assert [town.alice.told, town.bob.told, town.bob2.told] == [["ended"], [], [("elsewhere", None)]]


async def test_ringing_ends_for_everybody_when_the_ring_time_is_over() -> None:
    town = Town(ring_seconds=0.01)
    call = town.call()
    town.forget()
    await asyncio.sleep(0.05)
    assert [town.alice.told, town.bob.told, town.bob2.told] == [[(RING_TIMEOUT, None)], ["ended"], ["ended"]]
    assert call.ended


async def test_an_answered_call_outlives_the_ring_time() -> None:
    town = Town(ring_seconds=0.01)
    call = town.call()
    town.exchange.answer(call.ref, town.bob)
    await asyncio.sleep(0.05)
    assert not call.ended


async def test_a_device_that_comes_while_it_rings_gets_the_call_and_what_was_sent(town: Town) -> None:
    call = town.call()
    town.exchange.relay(call.ref, town.alice, OFFER)
    town.exchange.relay(call.ref, town.alice, FIRST)
    late = Device("bob", "b3")
    town.exchange.attach(late)
    assert late.told == ["invited", ("sdp", "a"), ("candidate", "a")]
    assert town.exchange.answer(call.ref, late) is Outcome.DONE


async def test_a_device_that_comes_again_is_not_invited_twice(town: Town) -> None:
    town.call()
    town.forget()
    town.exchange.detach(town.bob)
    town.exchange.attach(town.bob)
    assert town.bob.told == []


async def test_a_device_that_comes_after_the_answer_or_the_end_hears_nothing(town: Town) -> None:
    answered, ended = town.call(), town.call()
    town.exchange.answer(answered.ref, town.bob)
    town.exchange.hang_up(ended.ref, town.alice)
    late = Device("bob", "b3")
    town.exchange.attach(late)
    assert late.told == []


async def test_a_user_named_as_a_telephone_does_not_get_its_calls(town: Town) -> None:
    town.call(callee=Telephone("84905550001", "t"))
    impostor = Device("84905550001", "i")
    town.exchange.attach(impostor)
    assert impostor.told == []


async def test_while_it_rings_all_devices_negotiate_and_then_only_the_answering_one(town: Town) -> None:
    call = town.call()
    town.forget()
    town.exchange.relay(call.ref, town.alice, OFFER)
    assert town.exchange.relay(call.ref, town.bob, OFFER) is Outcome.DONE
    assert [town.alice.told, town.bob.told, town.bob2.told] == [[("sdp", "b1")], [("sdp", "a")], [("sdp", "a")]]
    town.exchange.answer(call.ref, town.bob2)
    town.forget()
    assert town.exchange.relay(call.ref, town.bob, FIRST) is Outcome.OTHER_DEVICE
    assert town.exchange.relay(call.ref, town.bob2, FIRST) is Outcome.DONE
    assert town.exchange.relay(call.ref, town.alice, FIRST) is Outcome.DONE
    assert [town.alice.told, town.bob.told, town.bob2.told] == [[("candidate", "b2")], [], [("candidate", "a")]]


async def test_side_messages_and_keys_reach_the_other_side(town: Town) -> None:
    call = town.call()
    town.exchange.answer(call.ref, town.bob)
    town.forget()
    town.exchange.inform(call.ref, town.alice, {"a": 1})
    town.exchange.press(call.ref, town.bob, "5")
    assert [town.alice.told, town.bob.told, town.bob2.told] == [[("digits", "5")], [("info", {"a": 1})], []]


async def test_a_stranger_can_do_nothing_to_a_call(town: Town) -> None:
    call = town.call()
    carol = Device("carol", "b1")
    town.exchange.attach(carol)
    town.forget()
    exchange, ref = town.exchange, call.ref
    assert exchange.hang_up(ref, carol) is Outcome.NO_CALL
    assert exchange.relay(ref, carol, OFFER) is Outcome.NO_CALL
    assert exchange.inform(ref, carol, {}) is Outcome.NO_CALL
    assert exchange.press(ref, carol, "1") is Outcome.NO_CALL
    assert exchange.may_transfer(ref, carol, "carol") is Outcome.NO_CALL
    for act in (exchange.answer, exchange.reject):
        assert act(ref, carol) is Outcome.NOT_CALLEE
        assert act(ref, town.alice) is Outcome.NOT_CALLEE
    assert exchange.progress(ref, carol, RINGING) is Outcome.NOT_CALLEE
    assert [town.alice.told, town.bob.told, call.ended] == [[], [], False]


async def test_an_unknown_call_is_no_call(town: Town) -> None:
    exchange = town.exchange
    assert exchange.answer("none", town.bob) is Outcome.NO_CALL
    assert exchange.progress("none", town.bob, RINGING) is Outcome.NO_CALL
    assert exchange.reject("none", town.bob) is Outcome.NO_CALL
    assert exchange.relay("none", town.bob, OFFER) is Outcome.NO_CALL


async def test_a_transfer_takes_the_telephone_to_another_user_and_ends_the_call(town: Town) -> None:
    telephone = Telephone("84905550001", "t")
    call = town.call(callee=telephone)
    town.exchange.answer(call.ref, telephone)
    town.forget()
    telephone.told.clear()
    assert town.exchange.transfer(call.ref, town.alice, "bob") is Outcome.DONE
    assert [town.alice.told, telephone.told, town.bob.told] == [["ended"], ["ended"], ["invited"]]
    (moved,) = [one for one in town.exchange.calls.values() if not one.ended]
    assert (moved.from_number, moved.to_number, moved.caller) == ("84905550001", "bob", telephone.next)
    assert telephone.next.told == [(TRYING, None)]


async def test_only_answered_telephone_calls_go_to_connected_users(town: Town) -> None:
    app = town.call()
    town.exchange.answer(app.ref, town.bob)
    assert town.exchange.transfer(app.ref, town.alice, "bob") is Outcome.NO_TELEPHONE
    telephone = Telephone("84905550001", "t")
    call = town.call(callee=telephone)
    assert town.exchange.transfer(call.ref, town.alice, "bob") is Outcome.NO_CALL
    town.exchange.answer(call.ref, telephone)
    assert town.exchange.transfer(call.ref, town.alice, "carol") is Outcome.NOT_CONNECTED
    assert not call.ended


async def test_a_lost_device_keeps_its_call_when_it_is_back_within_the_grace_time() -> None:
    town = Town(grace_seconds=0.05)
    call = town.call()
    town.exchange.answer(call.ref, town.bob)
    town.exchange.detach(town.bob)
    assert town.exchange.online("bob") == [town.bob2]
    assert town.exchange.find("bob", "b1") is town.bob
    town.exchange.attach(town.bob)
    await asyncio.sleep(0.1)
    assert not call.ended
    assert town.exchange.online("bob") == [town.bob, town.bob2]


@pytest.mark.parametrize("side", ["caller", "callee"])
async def test_a_device_lost_for_longer_has_hung_up(side: str) -> None:
    town = Town(grace_seconds=0.01)
    call = town.call()
    town.exchange.answer(call.ref, town.bob)
    town.forget()
    gone, left = (town.alice, town.bob) if side == "caller" else (town.bob, town.alice)
    town.exchange.detach(gone)
    await asyncio.sleep(0.05)
    assert call.ended
    assert left.told == ["ended"]
    assert town.exchange.find(gone.user, gone.device) is None


async def test_a_ringing_device_that_is_lost_leaves_the_call_to_the_others() -> None:
    town = Town(grace_seconds=0.01)
    call = town.call()
    town.exchange.detach(town.bob)
    await asyncio.sleep(0.05)
    assert town.exchange.answer(call.ref, town.bob) is Outcome.NOT_CALLEE
    assert town.exchange.answer(call.ref, town.bob2) is Outcome.DONE


async def test_old_calls_are_forgotten_and_running_ones_are_not(town: Town) -> None:
    ended = [town.call() for _ in range(3)]
    for call in ended:
        town.exchange.hang_up(call.ref, town.alice)
    running = town.call()
    for _ in range(1_100):
        town.exchange.hang_up(town.call().ref, town.alice)
    assert town.exchange.live(running.ref)
    assert not any(call.ref in town.exchange.calls for call in ended)


async def test_what_is_kept_for_late_devices_has_an_end(town: Town) -> None:
    call = town.call()
    for _ in range(1_000):
        town.exchange.relay(call.ref, town.alice, FIRST)
    assert len(call.signals) <= 200


async def test_a_closed_exchange_lets_nothing_happen_later() -> None:
    town = Town(ring_seconds=0.01, grace_seconds=0.01)
    town.call()
    town.exchange.detach(town.bob2)
    town.exchange.close()
    town.forget()
    await asyncio.sleep(0.05)
    assert [town.alice.told, town.bob.told, town.bob2.told] == [[], [], []]
    assert town.exchange.find("bob", "b2") is town.bob2

"""Messages with pieces changed at random, in every state of a call: nothing breaks, and each call ends once."""

import asyncio
import random
from collections.abc import Callable, Iterator

import pytest

from tests.providers.sip.calls.rig import Far, Table, sdp, table
from tuiphone.core.events import CallStarted
from tuiphone.providers.sip.message import Request, encode, reply

PIECES = (
    *("", "0", "-1", "99999999999", "\x00", "\x1b[2J", "é", "☃", ";", ",", "<", ">", '"', "\\", "%00", "%zz", "*"),
    *("sip:", "<sip:x@y>", ";tag=", "SIP/2.0", "Require: 100rel\r\n", "Replaces: a;to-tag=b;from-tag=c\r\n", "a" * 300),
    *("m=audio 0", "c=IN IP4 0.0.0.0", "a=inactive", "\r\n\r\n", "Content-Length: 5\r\n", "Session-Expires: 1\r\n"),
)
ROUNDS = 120


def mutated(text: str, dice: random.Random) -> str:
    """The text with one to four pieces put in, taken out or doubled."""
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(text) + 1)
        match dice.randrange(3):
            case 0:
                text = text[:at] + dice.choice(PIECES) + text[at:]
            case 1:
                text = text[:at] + text[at + dice.randrange(1, 30) :]
            case _:
                text = text[:at] + text[at : at + 40] + text[at:]
    return text


def spoken(far: Far, invite: Request | None) -> Iterator[Callable[[], str]]:
    """What the far side might say, each time with a number of its own."""
    notify = [("Event", "refer"), ("Subscription-State", "active;expires=60")]

    def written(method: str, **more: object) -> Callable[[], str]:
        def write() -> str:
            said: list[str] = []
            was, far.table.say = far.table.say, lambda message: said.append(encode(message))  # type: ignore[method-assign]
            try:
                far.ask(method, **more)  # type: ignore[arg-type]
            finally:
                far.table.say = was  # type: ignore[method-assign]
            return said[0]

        return write

    yield written("INVITE", sdp=sdp("fuzz"))
    yield written("INVITE")
    yield written("UPDATE", sdp=sdp("fuzz"), headers=[("Session-Expires", "600;refresher=uac")])
    yield written("ACK", sdp=sdp("fuzz"))
    yield written("INFO", body=b"Signal=5\r\nDuration=1\r\n", content_type="application/dtmf-relay")
    yield written("REFER", headers=[("Refer-To", "<sip:carol@pbx.example?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>")])
    yield written("NOTIFY", headers=notify, body=b"SIP/2.0 180 Ringing", content_type="message/sipfrag")
    yield written("PRACK", headers=[("RAck", "1 1 INVITE")])
    yield written("OPTIONS")
    yield written("BYE", headers=[("Reason", 'SIP;cause=200;text="x"')])
    if invite is not None:
        for status in (180, 183, 200, 302, 401, 422, 486):
            more = [("Contact", far.contact), ("Require", "100rel"), ("RSeq", "1"), ("Content-Type", "application/sdp")]
            said = reply(invite, status, to_tag=far.tag, headers=more, body=sdp("fuzz").encode())
            yield lambda said=said: encode(said)  # type: ignore[misc]


async def _in_calls(at: Table) -> list[tuple[Far, Request | None]]:
    """A call in each state."""
    _, invite, far = await at.invited()
    _, talking = await at.talk()
    _, _, ringing = await at.rings()
    _, answered = await at.picked_up(user="carol")
    return [(far, invite), (talking, None), (ringing, None), (answered, None)]


@pytest.mark.parametrize("seed", range(3))
async def test_nothing_that_comes_breaks_anything(seed: int, caplog: pytest.LogCaptureFixture) -> None:
    dice = random.Random(seed)
    async with table(max_calls=50) as at:
        calls = await _in_calls(at)
        for number in range(ROUNDS):
            if number % 40 == 39:
                calls = await _in_calls(at)
            far, invite = dice.choice(calls)
            write = dice.choice(list(spoken(far, invite)))
            at.agent.received(mutated(write(), dice))
            if number % 10 == 0:
                await asyncio.sleep(0)
        await at.idle()
        for started in at.all(CallStarted):
            if (call := at.desk.find(started.ref)) is not None and not call.is_over:
                await at.idle()
    assert [one for one in caplog.records if one.exc_info] == []

"""Users who each do one odd thing, for tests that want to see what a phone makes of it.

status-NNN           refuses with that status
redirect             302 to echo; redirect-NAME to NAME; redirect-two to echo and voice; redirect-loop to itself
early, early-rel     183 with sound, then an answer; early-rel demands PRACK, and answers without a description
early-update         the same, with an UPDATE in between
fork, fork-both      two devices: the first has early media and the second answers; both answer
late-again           asks for an offer by a re-INVITE without one after a second
hold-me              holds after a second, and takes the call up again after another
add-video            adds a picture after a second
refer-me             sends a REFER to echo after a second; refer-me-NAME to NAME
update               refreshes the session by UPDATE after a second
queue                181 and 182 before it rings
slow, drop, vanish   answers after five seconds; hangs up a second after it answered; responds to nothing after that
glare, no-hold       refuses the first re-INVITE with 491; all of them with 488
cseq, twice          sends a request whose number is old; sends its 200 once more after the ACK
odd-mid, odd-lines, odd-video, odd-mux, odd-plain, odd-junk, odd-none
                     answers without mid, without the picture's line, with the picture refused, without mux, with plain
                     RTP, with what is no description, and with nothing
timer                refreshes the session itself; timer-dies says so and does not; timer-uac has us do it
timer-422            takes no session shorter than an hour
paper                answers at once, and nobody is behind its description: for counting calls, not for hearing them
press-DIGITS         presses keys by INFO after a second; press-rtp-DIGITS in its sound
"""

import asyncio
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from tuiphone.simulator.exchange import EARLY_MEDIA
from tuiphone.simulator.sip.calls import SDP, RobotCall, require_timer
from tuiphone.simulator.sip.floor import Ring
from tuiphone.simulator.sip.odd import MUNGES, PAPER
from tuiphone.simulator.sip.robots import refuse, ring_a_moment, talk
from tuiphone.simulator.tracks import Pattern

STATUS = re.compile(r"status-([3-6][0-9]{2})")
_PRESS = re.compile(r"press-(rtp-)?([0-9*#A-D]{1,32})")
_WAIT_S = 1.0
_SLOW_S = 5.0
_HOUR_S = 3_600
_FORKS = ("fork", "fork-both")


def places(name: str) -> list[str]:
    """The devices of a robot."""
    return [f"{name}-1", f"{name}-2"] if name in _FORKS else [name]


def is_scripted(name: str) -> bool:
    """Whether there is a user of that name here."""
    return name in _FORKS or scripted(name, {"domain": "", "session_seconds": 0}) is not None


def scripted(name: str, settings: dict[str, Any]) -> Ring | None:
    """What the user of that name does when called; None when there is none."""
    domain, seconds = settings["domain"], float(settings["session_seconds"])
    if match := STATUS.fullmatch(name):
        return refuse(int(match[1]))
    if match := _PRESS.fullmatch(name):
        return _then(partial(_press, digits=match[2], in_sound=bool(match[1])))
    if name.startswith("odd-"):
        return partial(_odd, munge=MUNGES[name]) if name in MUNGES else None
    if name.startswith("redirect"):
        return _redirect(name, str(domain))
    if name == "refer-me" or name.startswith("refer-me-"):
        to = name.removeprefix("refer-me").removeprefix("-") or "echo"
        return _then(partial(_refer, to=f"sip:{to}@{domain}"))
    if name.startswith("timer"):
        return {
            "timer": partial(_timer, seconds=seconds, refreshes=True),
            "timer-dies": partial(_timer, seconds=seconds, refreshes=False),
            "timer-uac": partial(_timer_of_caller, seconds=seconds),
            "timer-422": _long_sessions,
        }.get(name)
    return _NAMED.get(name)


def _then(do: Callable[[RobotCall], Any]) -> Ring:
    """Answer, and a second later do something."""

    async def ring(call: RobotCall) -> None:
        await talk(call)
        await call.acknowledged.wait()
        await call.wait(_WAIT_S)
        await do(call)

    return ring


def _redirect(name: str, domain: str) -> Ring:
    to = name.removeprefix("redirect").removeprefix("-") or "echo"
    if to == "two":
        contacts = [f"<sip:voice@{domain}>;q=0.5", f"<sip:echo@{domain}>;q=0.9"]
    else:
        contacts = [f"<sip:{name if to == 'loop' else to}@{domain}>"]
    return refuse(302, *(("Contact", one) for one in contacts))


# -- before the answer ----------------------------------------------------------------------------------------------


async def _early(call: RobotCall) -> None:
    call.respond(EARLY_MEDIA, SDP, body=await call.describe())
    await call.wait(_WAIT_S)
    await call.answer(*call.timer())


async def _reliable(call: RobotCall, *, updates: bool) -> None:
    assert call.invite
    if "100rel" not in call.invite.tokens("supported") | call.invite.tokens("require"):
        call.refuse(421, ("Require", "100rel"))
        return
    call.reliably = True
    await call.ring(EARLY_MEDIA, sdp=await call.describe())
    await call.ring()
    if updates:
        await call.ask("UPDATE")
    await call.wait(_WAIT_S)
    await call.answer(*call.timer(), sdp="")


async def _early_for_ever(call: RobotCall) -> None:
    call.respond(EARLY_MEDIA, SDP, body=await call.describe())


async def _answers_anyway(call: RobotCall) -> None:
    call.takes_no_cancel = True
    await call.ring()
    await call.describe()


async def _queue(call: RobotCall) -> None:
    call.respond(181)
    call.respond(182, reason="Queued, 2 Before You")
    await talk(call)


async def _slow(call: RobotCall) -> None:
    await call.ring()
    await call.wait(_SLOW_S)
    await call.describe()
    await call.answer(*call.timer())


async def _on_paper(call: RobotCall) -> None:
    await call.answer(*call.timer(), sdp=PAPER)


async def _odd(call: RobotCall, *, munge: Callable[[str], str]) -> None:
    call.medium.munge = munge
    await talk(call)


# -- after the answer -----------------------------------------------------------------------------------------------


async def _press(call: RobotCall, *, digits: str, in_sound: bool) -> None:
    if not await call.press(digits, in_sound=in_sound):
        call.hang_up(("Reason", 'SIP;cause=488;text="keys were not taken"'))


async def _refer(call: RobotCall, *, to: str) -> None:
    assert call.dialog
    await call.ask("REFER", ("Refer-To", f"<{to}>"), ("Referred-By", call.dialog.local.partition(";tag=")[0]))


async def _hold(call: RobotCall) -> None:
    for direction in ("sendonly", "sendrecv"):
        if call.medium.peer:
            await call.invite_again(sdp=await call.medium.peer.offer_again(direction=direction))
        await call.wait(_WAIT_S)


async def _add_video(call: RobotCall) -> None:
    if call.medium.peer:
        await call.invite_again(sdp=await call.medium.peer.offer_again(picture=Pattern()))


async def _late_again(call: RobotCall) -> None:
    await call.invite_again()


async def _update(call: RobotCall) -> None:
    await call.ask("UPDATE", ("Supported", "timer"))


async def _drop(call: RobotCall) -> None:
    call.hang_up(("Reason", 'Q.850;cause=16;text="Normal call clearing"'))


async def _vanish(call: RobotCall) -> None:
    call.is_deaf = True


async def _old_number(call: RobotCall) -> None:
    assert call.dialog
    await call.ask("OPTIONS")
    call.dialog.cseq -= 2
    await call.ask("OPTIONS")
    call.dialog.cseq += 10


async def _twice(call: RobotCall) -> None:
    if call.last_answer:
        call.floor.out(call.last_answer)


async def _glare(call: RobotCall) -> None:
    call.refuses_again = [491]
    await talk(call)


async def _no_hold(call: RobotCall) -> None:
    call.refuses_again = [488] * 100
    await talk(call)


# -- session timers (RFC 4028) --------------------------------------------------------------------------------------


async def _timer(call: RobotCall, *, seconds: float, refreshes: bool) -> None:
    await ring_a_moment(call)
    await call.describe()
    assert call.invite
    await call.answer(("Session-Expires", f"{seconds:g};refresher=uas"), *require_timer(call.invite))
    if refreshes:
        await call.refresh(seconds)


async def _timer_of_caller(call: RobotCall, *, seconds: float) -> None:
    await ring_a_moment(call)
    await call.describe()
    await call.answer(("Session-Expires", f"{seconds:g};refresher=uac"), ("Require", "timer"))
    refreshed = call.refreshes
    while True:
        await asyncio.sleep(seconds)
        if call.refreshes == refreshed:
            call.hang_up(("Reason", 'SIP;cause=408;text="Session timer"'))
        refreshed = call.refreshes


async def _long_sessions(call: RobotCall) -> None:
    assert call.invite
    asked = call.invite.get("session-expires").partition(";")[0].strip()
    if asked.isdecimal() and int(asked) < _HOUR_S:
        call.refuse(422, ("Min-SE", str(_HOUR_S)))
    else:
        await talk(call)


_NAMED: dict[str, Ring] = {
    "early": _early,
    "early-rel": partial(_reliable, updates=False),
    "early-update": partial(_reliable, updates=True),
    "fork-1": _early_for_ever,
    "fork-2": talk,
    "fork-both-1": talk,
    "fork-both-2": _answers_anyway,
    "queue": _queue,
    "slow": _slow,
    "paper": _on_paper,
    "hold-me": _then(_hold),
    "add-video": _then(_add_video),
    "late-again": _then(_late_again),
    "update": _then(_update),
    "drop": _then(_drop),
    "vanish": _then(_vanish),
    "cseq": _then(_old_number),
    "twice": _then(_twice),
    "glare": _glare,
    "no-hold": _no_hold,
}

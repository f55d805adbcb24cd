"""What is told of a call by the account that commands it, as news of the call that has the sound; pure."""

from dataclasses import replace

from tuiphone.core.call import NOT_REACHED, Call, CallDirection, CallId, CallState, EndReason
from tuiphone.core.events import (
    CallAnswered,
    CallDescribed,
    CallEnded,
    CallNoted,
    CallRang,
    CallSilenced,
    CallStarted,
    CommandFinished,
    CommandStarted,
    InfoReceived,
    PhoneEvent,
    ProviderFaulted,
    TalkBegan,
)
from tuiphone.core.linking import Links, key_of, pair_of
from tuiphone.core.model import Address

FAR_SIDE = "Far side"
"""Label of the fact that says how it stands with them, while the PBX has us in the call already."""
_GIVEN_UP = frozenset({EndReason.MISSED, EndReason.REMOTE_HUNG_UP, EndReason.CANCELLED, EndReason.NO_ANSWER})


def handed_on(links: Links, control: CallId, to: Address | None) -> Links:
    """The PBX is asked to transfer the call to this address; None: it did not."""
    if to is None:
        return _changed(links, control, reason=None, detail=None)
    return _changed(links, control, reason=EndReason.TRANSFERRED, detail=f"Sent on to {to.text}.")


def attached(
    links: Links, control: CallId, event: PhoneEvent, call: Call | None
) -> tuple[Links, tuple[PhoneEvent, ...]]:
    """What an event of a control account's call means for the call that it is part of (`call`, if it is still known).

    The call itself is held, muted and ended by its own account alone.
    """
    pair = pair_of(links, control)
    if pair is None or call is None:
        return links, ()
    ref, is_ours = pair.into.ref, call.direction is CallDirection.OUTGOING
    match event:
        case CallRang() if is_ours:
            return links, (CallDescribed(ref, ((FAR_SIDE, "rings"),)),)
        case CallAnswered() if is_ours:
            return links, (TalkBegan(ref), CallDescribed(ref, ((FAR_SIDE, "answered"),)))
        case CallAnswered():
            return _changed(links, control, taken_there=True), ()
        case CallEnded(reason=EndReason.ELSEWHERE) if is_ours:
            return links, ()  # it goes on at the phone that took it, which is this one
        case CallEnded(_, reason, detail):
            if pair.reason is EndReason.TRANSFERRED:
                reason, detail = pair.reason, detail or pair.detail
            links = _changed(links, control, reason=reason, detail=detail)
            return links, (CallDescribed(ref, ((FAR_SIDE, reason.value),)),)
        case CallDescribed(_, facts, _, peer):
            name_it = peer if peer is not None and not is_ours and key_of(call.peer) is None else None
            return links, (CallDescribed(ref, facts, peer=name_it),)
        case CallStarted(facts=facts):
            return links, (CallDescribed(ref, facts),) if facts else ()
        case CallNoted() | CallSilenced() | CommandStarted() | CommandFinished() | ProviderFaulted() | InfoReceived():
            return links, (replace(event, ref=ref),)
        case _:
            return links, ()


def ending(links: Links, call: Call, event: CallEnded) -> CallEnded:
    """How a call is over that is one with a control account's, which may know better why."""
    pair = next((pair for pair in links.pairs if pair.into == call.id and pair.control == call.control), None)
    if pair is None:
        return event
    # A call that rings is taken away from us where one that is talked in is hung up.
    if pair.reason is EndReason.TRANSFERRED and event.reason in _GIVEN_UP | {EndReason.HUNG_UP, EndReason.OVER}:
        return replace(event, reason=pair.reason, detail=pair.detail or event.detail)
    if call.direction is CallDirection.INCOMING:
        is_elsewhere = pair.taken_there and not call.is_answered and event.reason in _GIVEN_UP
        return replace(event, reason=EndReason.ELSEWHERE, detail=None) if is_elsewhere else event
    if pair.reason in NOT_REACHED and not call.reached and event.reason in _GIVEN_UP:
        return replace(event, reason=pair.reason, detail=pair.detail)
    rings_here = call.state is CallState.INCOMING
    if event.reason is EndReason.MISSED or (rings_here and event.reason is EndReason.REJECTED):
        # The PBX stopped ringing us, or we did not pick up; the call is one of ours all the same.
        return replace(event, reason=EndReason.CANCELLED)
    return event


def _changed(links: Links, control: CallId, **changes: object) -> Links:
    pairs = tuple(replace(pair, **changes) if pair.control == control else pair for pair in links.pairs)  # type: ignore[arg-type]
    return replace(links, pairs=pairs)

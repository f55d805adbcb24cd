"""What OnCaller's frames say: `decode` and the readers of replies. What we send is in requests.py.

Pure: no socket, no clock. Section numbers are those of PROTOCOL.md. What result codes mean is in codes.py.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tuiphone.core.errors import BadFrame
from tuiphone.core.model import MAX_ADDRESS
from tuiphone.core.ports import Description
from tuiphone.providers import fields
from tuiphone.providers.fields import MAX_ID, Body, is_int, is_object
from tuiphone.providers.oncaller.fields import MAX_DEVICES, call_id, device
from tuiphone.providers.oncaller.messages import (
    CallMade,
    CandidateCame,
    DescriptionCame,
    DeviceSeen,
    DoneElsewhere,
    InfoCame,
    Invited,
    LoggedIn,
    MessageCame,
    Pinged,
    Progressed,
    Push,
    Reply,
    Stopped,
)
from tuiphone.providers.oncaller.requests import Service

DEFAULT_PING_MS = 45_000

REPLIES = frozenset(
    {
        Service.LOGIN,
        Service.CALL,
        Service.DESCRIBE,
        Service.STOP,
        Service.STATE,
        Service.DTMF,
        Service.INFO,
        Service.MESSAGE,
        Service.TRANSFER,
        Service.ATTRIBUTE,
        Service.CHECK,
    }
)
"""From the server these are answers to requests; everything else is a push."""


def decode(frame: Mapping[str, Any]) -> Iterator[Reply | Push]:
    """What a frame says; nothing for services that do not concern us.

    Raises: BadFrame when it lacks what its service needs, or has it in the wrong type.
    """
    service, body = frame.get("service"), frame.get("body")
    if not is_int(service) or service == 0 or not is_object(body):
        raise BadFrame("A frame has no service number or no body.")
    match service:
        case _ if service in REPLIES:
            yield _reply(service, body)
        case Service.PING:
            yield Pinged()
        case Service.DESCRIBED:
            yield from _media(body)
        case Service.STOPPED:
            yield Stopped(call_id(body))
        case Service.PROGRESSED:
            code, reason = fields.whole(body, "code"), fields.text(body, "reason")
            yield Progressed(call_id(body), code, reason, fields.text(body, "deviceId", MAX_ID) or None)
        case Service.INVITED:
            yield _invitation(body)
        case Service.INFORMED:
            yield InfoCame(call_id(body), fields.json_text(body.get("info")))
        case Service.ELSEWHERE:
            yield from _elsewhere(body)
        case Service.MESSAGED:
            sender = fields.text(body, "fromUser", MAX_ADDRESS) or "unknown"
            yield MessageCame(sender, fields.words(body.get("message")))
        case Service.TOPIC:
            topic = fields.text(body, "topic", MAX_ADDRESS) or "topic"
            yield MessageCame(topic, fields.words(body.get("message", body)), topic)
        case Service.DEVICE:
            if (seen := device(body)) is not None:
                yield DeviceSeen(seen, body.get("status") != "disconnected")
        case _:
            return


def _reply(service: int, body: Body) -> Reply:
    # Only a log-in has to say that it went well; the vendor's own client does not look at the others' `r`.
    code = fields.whole(body, "r", None if service == Service.LOGIN else 0)
    return Reply(service, fields.whole(body, "requestId"), code, fields.text(body, "message"), body)


def _media(body: Body) -> Iterator[Push]:
    call, sender = call_id(body), fields.text(body, "deviceId", MAX_ID) or None
    data = fields.inner(body, "data")
    match body.get("type"):
        case "sdp":
            if (kind := data.get("type")) not in ("offer", "answer"):
                raise BadFrame("A session description is neither offer nor answer.")
            yield DescriptionCame(call, sender, Description(kind, fields.sdp(data, "sdp")))
        case "candidate":
            if (candidate := fields.candidate(data, "candidate")) is not None:
                yield CandidateCame(call, sender, candidate)
        case _:
            return


def _elsewhere(body: Body) -> Iterator[Push]:
    match body.get("type"):
        case "CALL_STATE":
            data = fields.inner(body, "data")
            yield DoneElsewhere(call_id(data), fields.whole(data, "code"))
        case "CALL_END":
            yield DoneElsewhere(call_id(fields.inner(body, "data")), None)
        case _:
            return


def _invitation(body: Body) -> Invited:
    from_number = fields.text(body, "fromNumber", MAX_ADDRESS) or "anonymous"
    to_number = fields.text(body, "toNumber", MAX_ADDRESS)
    return Invited(
        call_id=call_id(body),
        from_number=from_number,
        to_number=to_number,
        from_alias=fields.text(body, "fromAlias", MAX_ADDRESS) or from_number,
        to_alias=fields.text(body, "toAlias", MAX_ADDRESS) or to_number,
        from_internal=body.get("fromInternal") is True,
        video=body.get("video") is True,
        custom=fields.text(body, "customDataFromYourServer"),
        ice_servers=fields.ice_servers(body.get("iceServers"), credential="credential"),
    )


# -- replies that say more than a code ------------------------------------------------------------------------------


def logged_in(reply: Reply) -> LoggedIn:
    """What a successful log-in says."""
    ping = reply.body.get("ping_after_ms")
    ping = int(ping) if isinstance(ping, int | float) and 0 < ping <= 3_600_000 else DEFAULT_PING_MS
    listed = (device(each) for each in fields.items(reply.body.get("clients"), MAX_DEVICES) if is_object(each))
    return LoggedIn(
        user_id=fields.text(reply.body, "userId", MAX_ADDRESS) or None,
        ping_after_ms=ping,
        devices=tuple(each for each in listed if each is not None),
    )


def standby_for(reply: Reply) -> str:
    """Where a log-in refused with 15 sends us; empty when it does not say."""
    return fields.text(reply.body, "change_to_server", MAX_ID)


def call_made(reply: Reply) -> CallMade:
    """What a successful call request says.

    Raises: BadFrame without a call id.
    """
    return CallMade(
        call_id=call_id(reply.body),
        to_type=fields.text(reply.body, "toType", MAX_ADDRESS),
        custom=fields.text(reply.body, "customDataFromYourServer"),
        ice_servers=fields.ice_servers(reply.body.get("iceServers"), credential="credential"),
    )


def is_gone(reply: Reply) -> bool:
    """A reply to `check` that says the call does not exist; anything less clear does not count."""
    return reply.body.get("exist") is False


def addresses_from_wire(reply: Any) -> tuple[str, ...] | int | None:
    """What the REST look-up says (section 2.1): addresses, or the code of a refusal, or nothing that makes sense."""
    if not is_object(reply) or not is_int(code := reply.get("r")):
        return None
    if code != 0:
        return code
    listed: Any = reply
    for key in ("data", "stringeeServerAddrs", "web"):
        listed = listed.get(key) if is_object(listed) else None
    found = (_address(entry) for entry in fields.items(listed, fields.MAX_SERVERS) if is_object(entry))
    return tuple(address for address in found if address)


def _address(entry: Body) -> str:
    host, port = fields.text(entry, "ip", 253), entry.get("port")
    named = host != "" and all(character.isalnum() or character in "-.:_" for character in host)
    if not named or not is_int(port) or not 0 < port < 65_536:
        return ""
    return f"wss://[{host}]:{port}" if ":" in host else f"wss://{host}:{port}"

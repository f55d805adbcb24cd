"""What AZStack's packets say: `decode`. What we send is in requests.py, what codes mean in codes.py.

Pure: no socket, no clock. Section numbers are those of PROTOCOL.md.
"""

from collections.abc import Iterator
from heapq import nlargest
from typing import Any, Literal, TypeGuard

import msgspec

from tuiphone.core.errors import BadFrame
from tuiphone.core.model import MAX_ADDRESS
from tuiphone.core.ports import Description
from tuiphone.providers import fields
from tuiphone.providers.azstack.messages import (
    CallinChanged,
    CallinChangedByMe,
    CallinStarted,
    CallNumber,
    CalloutBegun,
    CalloutGarbled,
    CalloutProgressed,
    CalloutReady,
    ChatServer,
    FreeCallAnswered,
    FreeCallCandidate,
    FreeCallChanged,
    FreeCallChangedByMe,
    FreeCallStarted,
    LogEntry,
    LoggedIn,
    LoginRefused,
    Message,
    RecordPushed,
    RecordsListed,
    UserInfo,
    UsersFound,
)
from tuiphone.providers.azstack.requests import Service
from tuiphone.providers.fields import MAX_ID, Body, is_int, is_object, whole

MAX_NUMBER = 2**63
"""Of ids; larger ones could not be sent back as they came."""
MAX_USERS = 1000
MAX_LISTED = 20_000
"""Calls of a list that are looked at; it has no room for more in one packet."""
MAX_ENTRIES = 5000
"""Calls of a list that are taken, the newest."""
MAX_ECHO = 1000
"""Characters of an opaque value that we have to send back."""
MAX_LINK = 2048
MAX_SECONDS = 366 * 86_400
MAX_MILLISECONDS = 10_000_000_000_000
"""The year 2286."""
CLOCK_FROM, CLOCK_TO = 1_400_000_000, 10_000_000_000
"""Call ids between these can be seconds since the epoch (section 6)."""

KNOWN = frozenset(Service) - {Service.PING}


def decode(service: int, body: Body | None) -> Iterator[Message]:
    """What a packet says; nothing for services that do not concern us. `body` is None when it cannot be read.

    Raises: BadFrame when it lacks what its service needs, or has it in the wrong type.
    """
    if body is None:
        if service in (Service.CALLOUT_BEGUN, Service.CALLOUT_READY):
            # There may be a call that waits for it, and would do so until it times out.
            yield CalloutGarbled(service)
        elif service in KNOWN:
            raise BadFrame(f"A packet of service {service} has no body that is JSON.")
        return
    match service:
        case Service.CHAT_SERVER:
            yield _chat_server(body)
        case Service.LOGGED_IN:
            yield _logged_in(body)
        case Service.CALLOUT_BEGUN:
            error = body.get("chargingError")
            yield CalloutBegun(_call_id(body), whole(body, "status"), error if is_int(error) else None)
        case Service.CALLOUT_READY:
            yield CalloutReady(_call_id(body))
        case Service.CALLOUT_PROGRESS:
            code = whole(body, "code")
            # A description anywhere else is not used (section 6.4), and none of it may keep a call from ending.
            yield CalloutProgressed(_call_id(body), code, _answer(body) if code == 200 else None)
        case Service.CALLIN_START:
            yield _callin(body)
        case Service.CALLIN_STATUS:
            yield CallinChanged(_call_id(body), whole(body, "code"))
        case Service.CALLIN_BY_ME:
            yield CallinChangedByMe(_call_id(body), whole(body, "code"))
        case Service.FREE_START:
            yield _free_call(body)
        case Service.FREE_DATA:
            yield from _free_data(body)
        case Service.FREE_STATUS:
            sender = body.get("from")
            yield FreeCallChanged(_call_id(body), whole(body, "status"), sender if is_int(sender) else None)
        case Service.FREE_BY_ME:
            yield FreeCallChangedByMe(_call_id(body), whole(body, "status"))
        case Service.LOG_PUSHED:
            yield RecordPushed(_entry(fields.inner(body, "data"), url="urlRecord"))
        case Service.LOGS:
            yield _listed(body)
        case Service.USERS_BY_ID | Service.USERS_BY_NAME:
            yield _users(service, body)
        case _:
            return


def _chat_server(body: Body) -> ChatServer:
    ip, port = body.get("ip"), body.get("port")
    if _is_short(ip) and (_is_short(port) or (is_int(port) and 0 <= port < 65_536)):
        return ChatServer(ip, port)
    raise BadFrame("The server names no chat server.")


def _is_short(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= MAX_ID


def _logged_in(body: Body) -> LoggedIn | LoginRefused:
    code, user_id, servers = body.get("resultCode", 0), body.get("userId"), body.get("ice_server")
    if code != 0:
        return LoginRefused(code if is_int(code) else None, "it says no")
    if not is_int(user_id) or not 0 < user_id < MAX_NUMBER:
        return LoginRefused(None, "it gives no user id")
    if not isinstance(servers, list):
        return LoginRefused(None, "it gives no list of ICE servers")
    return LoggedIn(
        user_id=user_id,
        username=fields.text(body, "username", MAX_ADDRESS),
        fullname=fields.text(body, "fullname", MAX_ADDRESS),
        ice_servers=fields.ice_servers(servers, credential="password"),
    )


# -- calls ----------------------------------------------------------------------------------------------------------


def _call_id(body: Body) -> CallNumber:
    value = body.get("callId")
    if is_int(value) and abs(value) < MAX_NUMBER:
        return value
    if _is_short(value):
        return value
    raise BadFrame("A packet has no call id.")


def _answer(body: Body) -> str | None:
    try:
        return fields.sdp(body, "sdp_candidate")
    except BadFrame:
        return None  # the call was answered all the same, and has to end


def _callin(body: Body) -> CallinStarted:
    return CallinStarted(
        call_id=_call_id(body),
        call_type=_echo(body.get("callType")),
        caller=fields.text(body, "from", MAX_ADDRESS),
        called=fields.text(body, "to", MAX_ADDRESS),
        sdp=fields.sdp(body, "sdp_candidate"),
    )


def _echo(value: Any) -> Any:
    try:
        size = len(msgspec.json.encode(value))
    except RecursionError as error:
        raise BadFrame("A packet is nested too deeply.") from error
    if size > MAX_ECHO:
        raise BadFrame(f"A packet has {size:,} bytes as callType, which would have to be sent back.")
    return value


def _free_call(body: Body) -> FreeCallStarted:
    caller, called = whole(body, "from"), body.get("to")
    if not 0 < caller < MAX_NUMBER:
        raise BadFrame("A call comes from no user.")
    return FreeCallStarted(
        call_id=_call_id(body),
        video=whole(body, "mediaType") == 2,
        caller=caller,
        called=called if is_int(called) else None,
        offer=_description(fields.inner(body, "sdp"), "offer"),
    )


def _free_data(body: Body) -> Iterator[FreeCallAnswered | FreeCallCandidate]:
    call_id, kind = _call_id(body), whole(body, "type")
    match kind:
        case 1:
            yield FreeCallAnswered(call_id, _description(fields.inner(body, "data"), "answer"))
        case 2:
            if (candidate := fields.candidate(fields.inner(body, "data"), "sdp")) is not None:
                yield FreeCallCandidate(call_id, candidate)
        case _:
            return


def _description(said: Body, kind: Literal["offer", "answer"]) -> Description:
    if said.get("type") != kind:
        raise BadFrame(f"A session description is no {kind}.")
    return Description(kind, fields.sdp(said, "sdp"))


# -- logs and users -------------------------------------------------------------------------------------------------


def _listed(body: Body) -> RecordsListed:
    listed = body.get("data")
    if not _is_one(body.get("r")) or not isinstance(listed, list):
        return RecordsListed(False, ())
    entries = [each for each in fields.items(listed, MAX_LISTED) if is_object(each)]
    if len(entries) > MAX_ENTRIES:
        # Their order is the server's own (section 9), and the calls that go on cannot wait until all are read.
        entries = nlargest(MAX_ENTRIES, entries, key=_newness)
    return RecordsListed(True, tuple(_good_entries(entries)))


def _good_entries(listed: list[dict[str, Any]]) -> Iterator[LogEntry]:
    for each in listed:
        try:
            yield _entry(each, url="url")
        except BadFrame:
            continue  # one bad row takes none of the others with it


def _entry(said: Body, *, url: str) -> LogEntry:
    call_id, milliseconds = _call_id(said), _time(said)
    if not milliseconds and not (is_int(call_id) and CLOCK_FROM <= call_id < CLOCK_TO):
        # The vendor calls it the time of the recording: a call without one may lack it, and its id is a clock as well.
        raise BadFrame("A call log has no time.")
    call_type, status, link = said.get("callType"), said.get("status"), said.get(url)
    return LogEntry(
        call_id=call_id,
        caller=fields.text(said, "from", MAX_ADDRESS),
        called=fields.text(said, "to", MAX_ADDRESS),
        tags=fields.text(said, "tags", MAX_ID),
        duration_s=_number(said, "duration", MAX_SECONDS) or 0.0,
        recorded_at=milliseconds / 1000 if milliseconds else None,
        url=link if isinstance(link, str) and len(link) <= MAX_LINK else "",
        call_type=call_type if is_int(call_type) else None,
        status=status if is_int(status) else None,
    )


def _newness(said: Body) -> float:
    call_id = said.get("callId")
    return _time(said) or (call_id * 1000.0 if is_int(call_id) and CLOCK_FROM <= call_id < CLOCK_TO else 0.0)


def _time(said: Body) -> float | None:
    return _number(said, "recordTime", MAX_MILLISECONDS)


def _users(service: int, body: Body) -> UsersFound:
    purpose, ok, listed = whole(body, "purpose"), _is_one(body.get("r")), body.get("userInfoList")
    done = body.get("done", 1)
    if ok and not isinstance(listed, list):
        raise BadFrame("An answer about users has no list of them.")
    found = (_user(each) for each in fields.items(listed, MAX_USERS) if is_object(each))
    users = tuple(user for user in found if user is not None) if ok else ()
    return UsersFound(service, purpose, ok, done=not (is_int(done) and done == 0), users=users)


def _user(said: Body) -> UserInfo | None:
    user_id, status, seen = said.get("userId"), said.get("status"), _number(said, "lastVisitDate", MAX_MILLISECONDS)
    name = fields.text(said, "username", MAX_ADDRESS)
    if not is_int(user_id) or not 0 < user_id < MAX_NUMBER or not name:
        return None
    return UserInfo(
        user_id=user_id,
        username=name,
        fullname=fields.text(said, "fullname", MAX_ADDRESS),
        online=status == 1 if is_int(status) else None,
        last_seen=seen / 1000 if seen else None,
    )


def _number(said: Body, key: str, limit: int) -> float | None:
    """A number of JSON between 0 and this limit."""
    value = said.get(key)
    return (
        float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= limit else None
    )


def _is_one(value: Any) -> bool:
    return is_int(value) and value == 1

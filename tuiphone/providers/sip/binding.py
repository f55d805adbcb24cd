"""What a registration asks for and what it was granted (RFC 3261 section 10, RFC 5626, RFC 5627, RFC 3608). Pure."""

# pyright: strict

from dataclasses import dataclass

from tuiphone.core.errors import AccessDenied, ConnectionLost, PhoneError, RequestFailed, TryLater
from tuiphone.providers.sip.fields import NameAddr
from tuiphone.providers.sip.message import BadMessage, Response
from tuiphone.providers.sip.uri import Uri

MAX_EXPIRES = 7 * 86_400
MAX_RETRY_AFTER = 86_400
MAX_FLOW_TIMER = 86_400
MAX_ROUTES = 16
SUPPORTED = "path, outbound, gruu"


@dataclass(frozen=True, slots=True)
class Granted:
    """What the server made of it."""

    seconds: int
    """How long it is good for."""
    gruu: Uri | None = None
    """The address that leads to this device and no other, from anywhere (RFC 5627)."""
    is_outbound: bool = False
    """Requests for us come over this connection (RFC 5626)."""
    flow_timer: int | None = None
    """Seconds after which the server drops a silent connection."""
    routes: tuple[NameAddr, ...] = ()
    """The way requests of ours are to go (Service-Route)."""


def contact(uri: Uri, *, instance: str, expires: int, with_flow: bool) -> NameAddr:
    """The Contact of a REGISTER; `with_flow` says that we hold this one connection open (RFC 5626 section 4.2)."""
    flow = (("reg-id", "1"),) if with_flow else ()
    return NameAddr(None, uri, (("+sip.instance", f"<{instance}>"), *flow, ("expires", str(expires))))


def granted(response: Response, ours: NameAddr, *, asked: int) -> Granted:
    """Read a 200 to our REGISTER.

    Raises: RequestFailed when it grants nothing, or cannot be read
    """
    try:
        found = _ours(response, ours)
        seconds = _whole(found.param("expires")) if found is not None else None
        if seconds is None:
            seconds = response.expires
        seconds = min(asked if seconds is None else seconds, MAX_EXPIRES)
        if seconds <= 0:
            raise RequestFailed(response.status, "The server took the registration and dropped it at once.")
        gruu = None if found is None else found.param("pub-gruu")
        routes = tuple(NameAddr.parse(value) for value in response.headers.values("Service-Route")[:MAX_ROUTES])
        timer = _whole(response.headers.get("Flow-Timer"))
        return Granted(
            seconds,
            None if not gruu else Uri.parse(gruu),
            "outbound" in response.required,
            None if timer is None or not 0 < timer <= MAX_FLOW_TIMER else timer,
            routes,
        )
    except BadMessage as error:
        raise RequestFailed(
            response.status, f"The server's answer to the registration cannot be read: {error}"
        ) from error


def at_least(response: Response) -> int | None:
    """The registration the server would take, in seconds, where ours was too short (423); None when it is absurd."""
    seconds = _whole(response.headers.get("Min-Expires"))
    return seconds if seconds is not None and 0 < seconds <= MAX_EXPIRES else None


def refusal(response: Response, *, aor: str, where: str) -> PhoneError:
    """What a final response to REGISTER comes to that is no success."""
    shown = "".join(letter for letter in response.reason if letter.isprintable())[:80]
    said = f"{response.status} {shown}".rstrip()
    retry = retry_after(response)
    match response.status:
        case 401 | 407:
            return AccessDenied(f"{where} refuses the user name or password of {aor} ({said}). Check both.")
        case 403:
            return AccessDenied(
                f"{where} does not let {aor} register ({said}). Check user name and password, or ask who runs it."
            )
        case 404 | 410 | 604:
            return AccessDenied(f"{where} knows no {aor} ({said}). Check user name and domain.")
        case 408 | 480 | 500 | 502 | 504 if retry is None:
            return ConnectionLost(f"{where} cannot register {aor} now ({said}). It is tried again.")
        case 503 if retry is None:
            return ConnectionLost(f"{where} is too busy to register {aor} ({said}). It is tried again.")
        case status if retry is not None and (status >= 500 or status in (408, 480)):
            return TryLater(f"{where} wants to be left alone for {retry} seconds ({said}).", retry)
        case 300 | 301 | 302 | 305 | 380:
            return RequestFailed(
                response.status,
                f"{where} sends us elsewhere to register ({said}), which is not done unasked. "
                "Check the server's address.",
            )
        case 405 | 501:
            return RequestFailed(response.status, f"{where} registers nobody ({said}). Check the server's address.")
        case _:
            return RequestFailed(response.status, f"{where} refuses to register {aor} ({said}).")


def retry_after(response: Response) -> int | None:
    """How many seconds the server wants to be left alone; None when it does not say."""
    value = (response.headers.get("Retry-After") or "").partition(";")[0].partition("(")[0]
    seconds = _whole(value)
    return None if seconds is None else min(seconds, MAX_RETRY_AFTER)


def _ours(response: Response, ours: NameAddr) -> NameAddr | None:
    instance = (ours.param("+sip.instance") or "").lower()
    for each in response.contacts:
        if each.uri.matches(ours.uri):
            return each
    return next((each for each in response.contacts if (each.param("+sip.instance") or "").lower() == instance), None)


def _whole(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text[:10]) if text.isascii() and text.isdecimal() else None

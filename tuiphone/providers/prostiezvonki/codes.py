"""What close codes, response codes and results mean: a sentence each, and whether another try is of use
(sections 4.3 and 9)."""

from collections.abc import Mapping

from tuiphone.core.errors import AccessDenied, ProviderError, TryLater

AGAIN_SECONDS = 60.0
"""The server is left alone for so long after a refusal that may pass (section 9)."""

STOPS: Mapping[int, str] = {
    4002: "The licence of the Prostiezvonki server is not valid. Ask who runs it.",
    4003: "The licence of the Prostiezvonki server has expired. Ask who runs it.",
    4004: "The licence of the Prostiezvonki server is for another kind of PBX. Ask who runs it.",
    4005: "The licence of the Prostiezvonki server is for another version of it. Ask who runs it.",
    4006: "The Prostiezvonki server has no licence for this kind of program. Check client_type in the settings.",
    4008: "The Prostiezvonki server refused the log-in. Check extension and password in the settings.",
    4009: (
        "Another program logged in with the same extension, and only one can be. Close it, then connect this account "
        "again; by itself it would only throw the other one out."
    ),
}
"""Of closing codes after which a person has to do something."""

PASSES: Mapping[int, str] = {
    4001: "The Prostiezvonki server could not check its licence. It is tried again in a minute.",
    4007: "Too many users are logged in at the Prostiezvonki server. It is tried again in a minute.",
}
"""Of closing codes that may be others the next time."""

NO_SUCH_CALL, NOT_ALLOWED = 5, 6
RESPONSES: Mapping[int, str] = {
    1: "The PBX could not read the request.",
    2: "The PBX misses the number of the request.",
    3: "The PBX does not know this command; its connector may be too old.",
    4: "The PBX misses something in the request.",
    NO_SUCH_CALL: "The PBX has no such call any more.",
    NOT_ALLOWED: "The PBX does not allow this.",
}
"""Of answers to requests (section 4.3); 0 is success."""


def refusal(code: int | None) -> ProviderError | None:
    """What a closing code of the vendor's comes to; None for any other."""
    match code:
        case int() if code in STOPS:
            return AccessDenied(f"{STOPS[code]} ({code})")
        case int() if code in PASSES:
            return TryLater(f"{PASSES[code]} ({code})", AGAIN_SECONDS)
        case _:
            return None


def sentence(code: int, details: str) -> str:
    """Why a request was refused, in our words and in the server's."""
    ours = RESPONSES.get(code, "The PBX refused the request.")
    said = f"{code} {details}".strip()
    return f"{ours[:-1]} ({said})."

"""Requests that belong to an INVITE of ours: the ACK of a refusal, and the CANCEL."""

# pyright: strict

from tuiphone.providers.sip.fields import CSeq
from tuiphone.providers.sip.message import Headers, Request, Response


def acknowledgement(request: Request, response: Response) -> Request:
    """The ACK for a 3xx-6xx: of the same transaction as its INVITE (section 17.1.1.3)."""
    pairs = [("Via", str(request.via))]
    pairs += [(name, value) for name, value in request.headers if name.lower() == "route"]
    pairs += [
        ("Max-Forwards", "70"),
        ("To", response.headers.get("To") or ""),
        ("From", request.headers.get("From") or ""),
        ("Call-ID", request.call_id),
        ("CSeq", str(CSeq(request.cseq.number, "ACK"))),
    ]
    return Request("ACK", request.uri, headers=Headers(pairs))


def cancellation(request: Request, *, reason: str | None = None) -> Request:
    """The CANCEL of an INVITE (section 9.1): all its names, the same branch, no credentials."""
    pairs = [("Via", str(request.via))]
    kept = ("route", "to", "from", "call-id")
    pairs += [(name, value) for name, value in request.headers if name.lower() in kept]
    pairs += [("Max-Forwards", "70"), ("CSeq", str(CSeq(request.cseq.number, "CANCEL")))]
    if reason is not None:
        pairs.append(("Reason", reason))
    return Request("CANCEL", request.uri, headers=Headers(pairs))

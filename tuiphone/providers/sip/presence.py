"""How somebody is, as a presence document says it (PIDF, RFC 3863; activities of RPID, RFC 4480), and ours."""

# pyright: strict

from xml.sax.saxutils import escape, quoteattr

from tuiphone.core.model import Availability, Presence
from tuiphone.providers.sip.documents import Element, child, children, name_of, read, text_of, tidy

PIDF = "application/pidf+xml"
EVENT = "presence"
_ACTIVITIES = {
    "appointment": "in an appointment",
    "away": "away",
    "breakfast": "having breakfast",
    "busy": "busy",
    "dinner": "having dinner",
    "holiday": "on holiday",
    "in-transit": "travelling",
    "lunch": "at lunch",
    "meal": "having a meal",
    "meeting": "in a meeting",
    "on-the-phone": "on the phone",
    "performance": "at a performance",
    "permanent-absence": "gone for good",
    "playing": "playing",
    "presentation": "giving a presentation",
    "shopping": "shopping",
    "sleeping": "asleep",
    "spectator": "watching something",
    "steering": "driving",
    "travel": "travelling",
    "tv": "watching television",
    "vacation": "on vacation",
    "working": "working",
    "worship": "at worship",
}
"""RFC 4480 section 3.2, in words; `other` and `unknown` say nothing."""


_MEANINGS = {"open": Availability.ONLINE, "closed": Availability.OFFLINE}
"""One open device decides, whatever the others are."""


def read_presence(body: bytes) -> Presence:
    """What a document says of somebody: reachable when one of their devices is.

    What they say themselves comes before what they are doing. Raises: BadFrame
    """
    document = read(body, "presence")
    tuples = [((text_of(child(one, "status", "basic")) or "").lower(), one) for one in children(document, "tuple")]
    said = {basic for basic, _ in tuples}
    decisive = next((basic for basic in _MEANINGS if basic in said), "")
    voices = (*children(document, "person"), *(one for basic, one in tuples if basic == decisive), document)
    notes = (text_of(note) for one in voices for note in children(one, "note"))
    doing = (words for one in voices for words in _doing(one))
    return Presence(_MEANINGS.get(decisive, Availability.UNKNOWN), next(filter(None, notes), None) or next(doing, None))


def _doing(element: Element) -> list[str]:
    holders = (child(element, "activities"), child(element, "status", "activities"))
    return [
        _ACTIVITIES[name]
        for holder in holders
        if holder is not None
        for one in holder
        if (name := name_of(one)) in _ACTIVITIES
    ]


def write_presence(entity: str, device: str, presence: Presence) -> bytes:
    """The document that says how we are; `device` names ours among those of the same person."""
    basic = "closed" if presence.availability is Availability.OFFLINE else "open"
    note = tidy(presence.note or "")
    said = "" if note is None else f"<note>{escape(note)}</note>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<presence xmlns="urn:ietf:params:xml:ns:pidf" entity={quoteattr(entity)}>'
        f"<tuple id={quoteattr(device)}><status><basic>{basic}</basic></status>{said}</tuple>"
        "</presence>\n"
    ).encode()

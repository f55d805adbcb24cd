"""Session descriptions as SIP carries them: whole, in bodies of messages, offered and answered many times a call."""

import re

from tuiphone.core.ports import Description
from tuiphone.providers import sdp
from tuiphone.providers.fields import MAX_SDP
from tuiphone.providers.negotiation import Negotiation
from tuiphone.providers.sip.message import Message

SDP = "application/sdp"
_BOUNDARY = re.compile(r'boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;]{1,70}))', re.IGNORECASE)
_PART_TYPE = re.compile(r"^content-type\s*:\s*application/sdp\b", re.IGNORECASE | re.MULTILINE)
_NO_ADDRESS = re.compile(r"(?m)^c=IN IP4 0\.0\.0\.0\s*$")
_AUDIO_PORT = re.compile(r"(?m)^m=audio ([0-9]{1,5})[ /]")
_FINGERPRINT = re.compile(r"(?im)^a=fingerprint:\s*sha-(?:256|384|512)\s")
_PLACE = re.compile(r"(?m)^a=(?:ice-ufrag|ice-pwd|fingerprint):.*$")


class Descriptions(Negotiation):
    """The negotiation of one call. Later descriptions name the candidates again (RFC 8839 section 4.4)."""

    def __init__(self, of: str) -> None:
        super().__init__(of)
        self.local = self.remote = ""
        """The last description of either side."""

    async def answer(self, offer: Description) -> Description:
        """Our answer. Raises: NegotiationFailed"""
        answer = await super().answer(offer)
        self.remote = offer.sdp
        return answer

    async def apply(self, answer: Description) -> None:
        """Take the far side's answer. Raises: NegotiationFailed"""
        await super().apply(answer)
        self.remote = answer.sdp

    def _complete(self, description: Description) -> Description:
        self.local = sdp.complete(description)
        return Description(description.kind, self.local)


def found_in(message: Message) -> str | None:
    """The description in a message's body, alone or among others; None without one."""
    if not message.body or len(message.body) > MAX_SDP:
        return None
    kind = message.content_type
    if kind == SDP:
        return message.text
    if kind is None or not kind.startswith("multipart/"):
        return None
    boundary = _BOUNDARY.search(message.headers.get("Content-Type") or "")
    if boundary is None:
        return None
    for part in message.text.split(f"--{boundary[1] or boundary[2]}")[1:]:
        head, _, body = part.replace("\r\n", "\n").lstrip("\n").partition("\n\n")
        if _PART_TYPE.search(head) and body.strip():
            return body.replace("\n", "\r\n")
    return None


def is_foreign(message: Message) -> bool:
    """It has a body, and no description in it: 415 is the answer where a description may stand."""
    return bool(message.body) and found_in(message) is None


def holds(description: str) -> bool:
    """Its writer does not want to hear us; some say so by an address of nowhere (RFC 2543 appendix B.5)."""
    if sdp.holds(description):
        return True
    port = _AUDIO_PORT.search(description)
    # Browsers write that address, always with port 9, before they know their own.
    return _NO_ADDRESS.search(description) is not None and port is not None and port[1] not in ("0", "9")


def shows(description: str) -> bool:
    """There is a picture in it, in either direction."""
    return sdp.direction(description, "video") not in (None, "inactive")


def is_hopeless(offer: str) -> bool:
    """No sound can come of it: none is offered, or none that is encrypted as WebRTC has it (RFC 8827 section 6.5).

    The transport's name says little: gateways of some years ago write RTP/SAVPF for DTLS.
    """
    sections = re.split(r"(?m)^m=", offer)[1:]
    audio = [words for section in sections if (words := section.split(None, 3))[:1] == ["audio"] and len(words) > 2]
    usable = [words for words in audio if words[1].split("/")[0] != "0" and "RTP/" in words[2].upper()]
    return not usable or _FINGERPRINT.search(offer) is None


def same_place(one: str, other: str) -> bool:
    """Both lead to the same connection: other branches of a call have other keys."""
    return set(_PLACE.findall(one)) == set(_PLACE.findall(other))

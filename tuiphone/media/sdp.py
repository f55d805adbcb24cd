"""Reads what peers send as session descriptions (RFC 8866) into checked values.

aiortc never sees a line of the far side: everything is read here and written anew by `shown`, so that nothing hostile
or merely unusual gets through. Which lines belong together over a call is the business of `layout`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from tuiphone.core.errors import NegotiationFailed
from tuiphone.core.ports import Candidate

MAX_SIZE = 65536
"""Characters. Browsers with every codec write some 8000."""
MAX_SECTIONS = 16
MAX_CANDIDATES = 64
MAX_CODECS = 64

TELEPHONE_EVENT = "telephone-event"
"""Digits, as RFC 4733 has them: no codec of sound, and unknown to aiortc."""
MAX_EVENTS = 4

DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")

_TOKEN = re.compile(r"[!#-'*+.\-/0-9A-Z^-~]{1,64}")
_NUMBER = re.compile(r"[0-9]{1,10}")
_ICE = re.compile(r"[!-~]{1,256}")
_HASH = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){15,63}")
_FMTP = re.compile(r"[ -~]{1,512}")
_M_LINE = re.compile(r"([a-z]{1,16}) ([0-9]{1,5})(?:/[0-9]{1,3})? ([A-Za-z/]{1,32}) ([!-~ ]{1,1024})")

# The payload types of RFC 3551 that need no a=rtpmap.
_STATIC = {0: ("PCMU", 8000), 8: ("PCMA", 8000), 9: ("G722", 8000)}
_SOUND = {"opus": 48000, "g722": 8000, "pcmu": 8000, "pcma": 8000}
_WANTED = {"audio": _SOUND, "video": {"vp8": 90000, "h264": 90000, "rtx": 90000}}
_PREFERRED = ("opus", "g722", "pcmu", "pcma", "vp8", "h264", "rtx")
_EXTENSIONS = {
    "urn:ietf:params:rtp-hdrext:sdes:mid",
    "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
}
_FEEDBACK = {"nack", "nack pli", "goog-remb", "ccm fir"}
_HASHES = {"sha-256", "sha-384", "sha-512"}
_WEAK = {"md2", "md5", "sha-1"}
"""Those of RFC 8122 section 5 by which others can pass for the far side."""
_NOWHERE = {"0.0.0.0", "::"}


@dataclass(frozen=True, slots=True)
class Codec:
    """One payload type that we can use."""

    payload_type: int
    name: str
    rate: int
    channels: int = 1
    parameters: str = ""
    """The far side's a=fmtp, as it is."""
    feedback: tuple[str, ...] = ()

    def parameter(self, name: str) -> str | None:
        """One value of the a=fmtp line."""
        for part in self.parameters.split(";"):
            key, _, value = part.strip().partition("=")
            if key.lower() == name:
                return value
        return None


@dataclass(frozen=True, slots=True)
class Security:
    """How packets are checked and encrypted: ICE credentials and the DTLS certificate's fingerprints."""

    ufrag: str = ""
    password: str = ""
    fingerprints: tuple[tuple[str, str], ...] = ()
    setup: str = ""
    lite: bool = False
    lacking: str = "it is not encrypted (no DTLS fingerprint)"
    """What is wrong with it without a fingerprint that we take."""


@dataclass(frozen=True, slots=True)
class Section:
    """One m-line and what belongs to it."""

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    mid: str | None = None
    direction: str = "sendrecv"
    security: Security = Security()
    codecs: tuple[Codec, ...] = ()
    events: tuple[Codec, ...] = ()
    """Formats of telephone-events, in the order in which they were named."""
    extensions: tuple[tuple[int, str], ...] = ()
    ssrcs: tuple[int, ...] = ()
    bundle_only: bool = False
    rtcp_mux: bool = False

    @property
    def is_refused(self) -> bool:
        """Port 0 refuses an m-line, or ends it, unless it travels in the bundle."""
        return self.port == 0 and not self.bundle_only

    @property
    def trouble(self) -> str | None:
        """Why the section cannot be used, or None."""
        if self.is_refused:
            return "it was refused"
        if self.kind not in _WANTED or "RTP/" not in self.protocol:
            return f"{self.kind} over {self.protocol} is nothing this phone knows"
        if not self.security.fingerprints:
            return self.security.lacking
        if not self.security.ufrag or not self.security.password:
            return "it has no ICE credentials, so the two sides cannot find each other"
        if not any(codec.name.lower() != "rtx" for codec in self.codecs):
            return "there is no codec that both sides know"
        return None


@dataclass(frozen=True, slots=True)
class Session:
    """A whole description."""

    sections: tuple[Section, ...]
    bundle: tuple[str, ...] = ()
    """Mids that share one transport."""
    candidates: tuple[Candidate, ...] = ()

    def first(self, kind: str) -> Section | None:
        """The first section of a kind that can be used."""
        return next((s for s in self.sections if s.kind == kind and s.trouble is None), None)


@dataclass(slots=True)
class _Draft:
    """What the lines of one m-line (or of the session, above the first) said so far."""

    m_line: tuple[str, int, str, tuple[str, ...]] | None = None
    address: str = ""
    values: dict[str, str] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)
    fingerprints: list[tuple[str, str]] = field(default_factory=list)
    rtpmaps: dict[int, tuple[str, int, int]] = field(default_factory=dict)
    fmtps: dict[int, str] = field(default_factory=dict)
    feedback: dict[str, list[str]] = field(default_factory=dict)
    extensions: list[tuple[int, str]] = field(default_factory=list)
    ssrcs: list[int] = field(default_factory=list)
    pairs: list[int] = field(default_factory=list)
    candidates: list[str] = field(default_factory=list)
    bundle: tuple[str, ...] = ()


def parse(text: str) -> Session:
    """Read a description. Raises: NegotiationFailed."""
    if len(text) > MAX_SIZE:
        raise NegotiationFailed(f"The far side's session description is too long ({len(text)} characters).")
    session = draft = _Draft()
    drafts: list[_Draft] = []
    lines = re.split(r"\r\n|\n|\r", text)
    if not lines[0].startswith("v=0"):
        raise NegotiationFailed("The far side sent something that is no session description.")
    for line in lines:
        kind, _, value = line.partition("=")
        match kind:
            case "m":
                draft = _Draft(m_line=_read_m_line(value))
                drafts.append(draft)
                if len(drafts) > MAX_SECTIONS:
                    raise NegotiationFailed("The far side's session description has too many parts.")
            case "c":
                draft.address = value.split(" ")[-1]
            case "a":
                _read_attribute(draft, value.strip())
    sections = tuple(_section(draft, session) for draft in drafts)
    return Session(_shared(sections, session.bundle), session.bundle, _candidates(drafts, sections))


def _read_m_line(value: str) -> tuple[str, int, str, tuple[str, ...]]:
    found = _M_LINE.fullmatch(value.strip())
    if found is None or int(found[2]) > 65535:
        raise NegotiationFailed("The far side's session description has a media line that cannot be read.")
    formats = tuple(f for f in found[4].split()[: 2 * MAX_CODECS] if _TOKEN.fullmatch(f))
    return found[1], int(found[2]), found[3], formats


def _read_attribute(draft: _Draft, line: str) -> None:
    name, _, value = line.partition(":")
    match name:
        case "sendrecv" | "sendonly" | "recvonly" | "inactive":
            draft.values["direction"] = name
        case "rtcp-mux" | "bundle-only" | "ice-lite" | "crypto":
            draft.flags.add(name)
        case "mid" if _TOKEN.fullmatch(value):
            draft.values["mid"] = value
        case "ice-ufrag" | "ice-pwd" if _ICE.fullmatch(value):
            draft.values[name] = value
        case "setup" if value in ("active", "passive", "actpass", "holdconn"):
            draft.values["setup"] = value
        case "fingerprint":
            algorithm, _, digest = value.partition(" ")
            if algorithm.lower() in _WEAK:
                draft.flags.add("weak")
            if algorithm.lower() in _HASHES and _HASH.fullmatch(digest.strip()) and len(draft.fingerprints) < 8:
                draft.fingerprints.append((algorithm.lower(), digest.strip().upper()))
        case "group" if value.startswith("BUNDLE"):
            mids = dict.fromkeys(value.split()[1 : MAX_SECTIONS + 1])
            draft.bundle = tuple(mid for mid in mids if _TOKEN.fullmatch(mid))
        case "candidate" if len(draft.candidates) < MAX_CANDIDATES:
            draft.candidates.append(line)
        case "rtpmap" | "fmtp" | "rtcp-fb" | "extmap" | "ssrc" | "ssrc-group":
            _read_rtp(draft, name, value)


def _read_rtp(draft: _Draft, name: str, value: str) -> None:
    first, _, rest = value.strip().partition(" ")
    rest = rest.strip()
    number = int(first) if _NUMBER.fullmatch(first) else -1
    match name:
        case "rtpmap" if 0 <= number < 128 and len(draft.rtpmaps) < MAX_CODECS:
            parts = rest.split("/")
            if _TOKEN.fullmatch(parts[0]) and all(_NUMBER.fullmatch(part) for part in parts[1:3]) and len(parts) > 1:
                draft.rtpmaps[number] = parts[0], int(parts[1]), int(parts[2]) if len(parts) > 2 else 1
        case "fmtp" if 0 <= number < 128 and len(draft.fmtps) < MAX_CODECS and _FMTP.fullmatch(rest):
            draft.fmtps[number] = rest
        case "rtcp-fb" if rest in _FEEDBACK and (first == "*" or 0 <= number < 128):
            draft.feedback.setdefault(first, []).append(rest)
        case "extmap" if rest.split(" ")[0] in _EXTENSIONS and len(draft.extensions) < 8:
            identifier = first.partition("/")[0]
            if _NUMBER.fullmatch(identifier) and 0 < int(identifier) < 15:
                draft.extensions.append((int(identifier), rest.split(" ")[0]))
        case "ssrc" if 0 <= number < 1 << 32 and number not in draft.ssrcs and len(draft.ssrcs) < 8:
            draft.ssrcs.append(number)
        case "ssrc-group" if first == "FID" and not draft.pairs:
            draft.pairs = [int(part) for part in rest.split()[:2] if _NUMBER.fullmatch(part) and int(part) < 1 << 32]


def _section(draft: _Draft, session: _Draft) -> Section:
    assert draft.m_line is not None
    kind, port, protocol, formats = draft.m_line
    values = session.values | draft.values
    direction = values.get("direction", "sendrecv")
    # Hold as RFC 2543 had it. Port 9 is no hold but the mark of a peer that has not gathered its addresses yet.
    if (draft.address or session.address) in _NOWHERE and port not in (0, 9) and direction == "sendrecv":
        direction = "sendonly"
    return Section(
        kind=kind,
        port=port,
        protocol=protocol,
        formats=formats,
        mid=draft.values.get("mid"),
        direction=direction,
        security=Security(
            ufrag=values.get("ice-ufrag", ""),
            password=values.get("ice-pwd", ""),
            fingerprints=tuple(draft.fingerprints or session.fingerprints),
            setup=values.get("setup", ""),
            lite="ice-lite" in session.flags | draft.flags,
            lacking=_lacking(protocol, session.flags | draft.flags),
        ),
        codecs=tuple(_codecs(kind, formats, draft)),
        events=tuple(_events(formats, draft))[:MAX_EVENTS] if kind == "audio" else (),
        extensions=tuple(draft.extensions),
        ssrcs=tuple(draft.pairs if len(draft.pairs) == 2 else draft.ssrcs[:1]),
        bundle_only="bundle-only" in draft.flags,
        rtcp_mux="rtcp-mux" in draft.flags,
    )


def _lacking(protocol: str, flags: set[str]) -> str:
    """Why a section without a fingerprint that we take is not for us."""
    if "weak" in flags:
        return "its certificate is named only by a hash that proves nothing any more (sha-1 or md5)"
    if "crypto" in flags:
        return "its keys stand in the description (SDES) instead of being agreed on by DTLS"
    if "SAVP" not in protocol:
        return f"it is not encrypted ({protocol})"
    return "it is not encrypted (no DTLS fingerprint)"


def _codecs(kind: str, formats: tuple[str, ...], draft: _Draft) -> list[Codec]:
    """Those of the section's codecs that we know, best first."""
    codecs: list[Codec] = []
    for text in formats:
        number = int(text) if _NUMBER.fullmatch(text) else -1
        name, rate, channels = draft.rtpmaps.get(number) or (*_STATIC.get(number, ("", 0)), 1)
        # aiortc gives a codec the far side's number only within 96 to 127; any other but RFC 3551's is lost on it.
        known = 96 <= number < 128 or _STATIC.get(number, ("", 0))[0].lower() == name.lower()
        if _WANTED.get(kind, {}).get(name.lower()) != rate or not known or number in [c.payload_type for c in codecs]:
            continue
        feedback = (*draft.feedback.get("*", ()), *draft.feedback.get(text, ()))
        codecs.append(Codec(number, name, rate, channels, draft.fmtps.get(number, ""), tuple(dict.fromkeys(feedback))))
    numbers = {str(codec.payload_type) for codec in codecs if codec.name.lower() != "rtx"}
    codecs = [c for c in codecs if c.name.lower() != "rtx" or c.parameter("apt") in numbers]
    return sorted(codecs, key=lambda codec: _PREFERRED.index(codec.name.lower()))


def _events(formats: tuple[str, ...], draft: _Draft) -> Iterator[Codec]:
    for text in dict.fromkeys(formats):
        number = int(text) if _NUMBER.fullmatch(text) else -1
        name, rate, _ = draft.rtpmaps.get(number, ("", 0, 1))
        if name.lower() == TELEPHONE_EVENT and 8000 <= rate <= 48000 and (number > 95 or 34 < number < 64):
            yield Codec(number, TELEPHONE_EVENT, rate, parameters=draft.fmtps.get(number, ""))


def _shared(sections: tuple[Section, ...], bundle: tuple[str, ...]) -> tuple[Section, ...]:
    """RFC 8843 lets all of a bundle but its first section leave out what they share."""
    owner = next((s for s in sections if s.mid in bundle and s.security.ufrag and s.security.fingerprints), None)
    if owner is None:
        return sections
    return tuple(
        replace(s, security=owner.security) if s.mid in bundle and not s.security.ufrag else s for s in sections
    )


def _candidates(drafts: list[_Draft], sections: tuple[Section, ...]) -> tuple[Candidate, ...]:
    found = [
        Candidate(text, section.mid, index)
        for index, (draft, section) in enumerate(zip(drafts, sections, strict=True))
        for text in draft.candidates
    ]
    return tuple(found[:MAX_CANDIDATES])

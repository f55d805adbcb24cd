"""Writes the far side's description anew, as aiortc likes it: `sdp` has checked every value in it."""

import re

from tuiphone.media.sdp import Codec, Section, Session


def write(session: Session) -> str:
    """The description as aiortc likes it: every section with a mid, credentials, fingerprint and a=rtcp-mux."""
    lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0"]
    if any(section.security.lite for section in session.sections):
        lines.append("a=ice-lite")
    if session.bundle:
        lines.append(f"a=group:BUNDLE {' '.join(session.bundle)}")
    for section in session.sections:
        lines += _written(section)
    return "\r\n".join(lines) + "\r\n"


def _written(section: Section) -> list[str]:
    security = section.security
    lines = [
        f"m={section.kind} 9 UDP/TLS/RTP/SAVPF {' '.join(str(codec.payload_type) for codec in section.codecs)}",
        "c=IN IP4 0.0.0.0",
        f"a={section.direction}",
        f"a=mid:{section.mid}",
        "a=rtcp:9 IN IP4 0.0.0.0",
        "a=rtcp-mux",
        f"a=ice-ufrag:{security.ufrag}",
        f"a=ice-pwd:{security.password}",
        *(f"a=fingerprint:{algorithm} {digest}" for algorithm, digest in security.fingerprints),
        f"a=setup:{security.setup}",
        *(f"a=extmap:{number} {uri}" for number, uri in section.extensions),
    ]
    for codec in section.codecs:
        channels = f"/{codec.channels}" if codec.channels != 1 else ""
        lines.append(f"a=rtpmap:{codec.payload_type} {codec.name}/{codec.rate}{channels}")
        lines += [f"a=rtcp-fb:{codec.payload_type} {feedback}" for feedback in codec.feedback]
        if codec.name.lower() == "rtx":
            lines.append(f"a=fmtp:{codec.payload_type} apt={codec.parameter('apt')}")
        elif codec.name.lower() == "h264" and (parameters := _h264_parameters(codec)):
            lines.append(f"a=fmtp:{codec.payload_type} {parameters}")
    if len(section.ssrcs) == 2:
        lines.append(f"a=ssrc-group:FID {section.ssrcs[0]} {section.ssrcs[1]}")
    lines += [f"a=ssrc:{ssrc} cname:far" for ssrc in section.ssrcs]
    return lines


def _h264_parameters(codec: Codec) -> str:
    profile, mode = codec.parameter("profile-level-id"), codec.parameter("packetization-mode")
    parts = [f"profile-level-id={profile}"] if profile and re.fullmatch(r"[0-9A-Fa-f]{6}", profile) else []
    return ";".join([*parts, f"packetization-mode={mode}"] if mode in ("0", "1") else parts)
